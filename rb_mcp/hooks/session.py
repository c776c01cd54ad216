"""What hooks remember of a session, from one process to the next: ids and counts, no text of the user's.

A small file a session, in a folder of the user's own. It can be lost at any time: then a block may come twice, or a
task that went on is recorded anew. Of old sessions the files are removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, cast

from rb_mcp.sockets import state_folder

if TYPE_CHECKING:
    from pathlib import Path

MOST_SESSIONS = 200
"""Files that are kept, the latest."""
LONGEST_PAUSE = 14 * 86_400
"""Seconds after which a session is taken to be over."""
MOST_TASKS, MOST_SHOWN = 50, 200
"""Tasks, and strategies, that are remembered of one session, the latest."""


@dataclass
class Task:
    """A task that was recorded."""

    key: str
    """Its place in the session and a digest of its words."""
    experience_id: str
    steps: int
    """How many are kept."""
    outcome: str
    asked: bool = False
    """The agent was asked for something about it."""


@dataclass
class Session:
    """One session of a client, as its hooks know it."""

    recall_id: str = ""
    """Of the latest recall: what came of its task is still to be recorded."""
    begins: list[int] = field(default_factory=list[int])
    """Where in the transcript each task begins: its size in bytes when the prompt came."""
    shown: list[str] = field(default_factory=list[str])
    """Strategies that stand in the session's context."""
    tasks: list[Task] = field(default_factory=list[Task])
    calls: int = 0
    """How often the agent itself had called `record_trajectory` when last looked."""
    asked_outcome: bool = False

    @classmethod
    def read(cls, file: Path) -> Session:
        """Return what is known of a session; nothing where its file is not there, or is none of ours."""
        try:
            found = cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))
            known = {one.name: found[one.name] for one in fields(cls) if one.name != "tasks" and one.name in found}
            return cls(**known, tasks=[Task(**task) for task in found.get("tasks", [])])
        except (OSError, ValueError, TypeError, AttributeError):
            return cls()

    def keep(self, file: Path) -> None:
        """Write it down, whole or not at all."""
        del self.shown[:-MOST_SHOWN], self.tasks[:-MOST_TASKS], self.begins[:-MOST_TASKS]
        new = not file.exists()
        part = file.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(asdict(self)), encoding="utf-8")
        part.replace(file)
        if new:
            _clean(file.parent)

    def task(self, key: str) -> Task | None:
        """Return what is known of a task."""
        return next((task for task in self.tasks if task.key == key), None)


def file_of(bank: Path, client: str, session: str) -> Path:
    """Return where a session is remembered; its folder is there."""
    folder = state_folder() / "sessions"
    folder.mkdir(mode=0o700, exist_ok=True)
    digest = hashlib.sha256("\0".join((str(bank.resolve()), client, session)).encode("utf-8", "replace")).hexdigest()
    return folder / f"{digest[:24]}.json"


def _clean(folder: Path) -> None:
    found: list[tuple[float, Path]] = []
    for file in folder.iterdir():
        with suppress(OSError):  # another hook may clean as well
            found.append((file.stat().st_mtime, file))
    found.sort(reverse=True)
    for number, (changed, file) in enumerate(found):
        if number >= MOST_SESSIONS or changed < time.time() - LONGEST_PAUSE:
            file.unlink(missing_ok=True)
