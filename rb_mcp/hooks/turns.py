"""A transcript → the tasks of a session: what of it is new, and which turns belong together.

Clients write one file a session and readers make one trajectory of it, while a session holds many tasks. So a prompt's
hook notes how long the file was, and only the last two tasks of it are read, each as if it were a session of its own:
the last because it was just worked on, the one before because clients write late. Without such notes, or of a file
that is not written line by line, the whole is read.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from rb_mcp.errors import InvalidInput
from rb_mcp.hooks.wording import corrects, is_task
from rb_mcp.transcripts import FORMATS, Unreadable, read
from rb_mcp.transcripts.evidence import evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rb_mcp.transcripts.recording import Recording
    from rb_mcp.types import Step, Verdict

_LONGEST_TASK = 8_000
_OWN_CALL = re.compile(r"(?:.*[^A-Za-z0-9])?(?:record_trajectory|contrast_trajectories)")
_CALLED_WITH = frozenset({"input", "arguments", "args"})


@dataclass(frozen=True)
class Turns:
    """The turns of a session that are about one task."""

    key: str
    text: str
    steps: tuple[Step, ...]
    verdict: Verdict
    items: tuple[dict[str, str], ...]
    objection: str = ""
    """With what the user corrected the task before this one; empty when this is no correction."""


def tasks_of(transcript: Path, begins: Sequence[int], form: str) -> list[Turns]:
    """Return the last tasks of a transcript, given where tasks begin in it, in bytes, and what format it is likely of.

    Raises:
        OSError: when it cannot be read.
        InvalidInput: when nothing in it can be.
    """
    found: list[tuple[str, Recording]] = []
    data = transcript.read_bytes()
    starts = [_line(data, begin) for begin in begins[-2:]]
    for start, end in pairwise([*starts, len(data)]):
        found += [(f"{start}-{number}", one) for number, one in enumerate(_readable(data[start:end], form)[0])]
    if not found:
        recordings, unreadable = _readable(data, form)
        if unreadable and not recordings:
            raise InvalidInput("transcript_path", f"{transcript}: {unreadable[0].where}: {unreadable[0].why}")
        found = [(f"0-{number}", one) for number, one in enumerate(recordings)]
    return _joined(found)


def _line(data: bytes, begin: int) -> int:
    """Return where the next line begins; a place amid a line is one that was just being written."""
    if begin == 0 or begin > len(data) or data[begin - 1 : begin] == b"\n":
        return begin
    return data.find(b"\n", begin) + 1 or len(data)


def _readable(data: bytes, form: str) -> tuple[list[Recording], list[Unreadable]]:
    """Return what can be read as that format, else as any: to ask them all costs the import of each."""
    text = data.decode("utf-8", "replace")
    recordings: list[Recording] = []
    unreadable: list[Unreadable] = []
    for name in (form, "auto") if form in FORMATS else ("auto",):
        unreadable.clear()
        for one in read(io.StringIO(text), name):
            if isinstance(one, Unreadable):
                unreadable.append(one)
            else:
                recordings.append(one)
        if recordings:
            break
    if not unreadable:  # the client says that the agent came to rest, before its file does
        recordings = [replace(one, verdict=evidence(one.trajectory)) if _open(one) else one for one in recordings]
    return recordings, unreadable


def _open(recording: Recording) -> bool:
    return recording.verdict.outcome == "unknown"


def _joined(recordings: Sequence[tuple[str, Recording]]) -> list[Turns]:
    """Join what goes on with a task to what began it."""
    found: list[Turns] = []
    for place, turn in recordings:
        prompt, steps, verdict = turn.trajectory.task, turn.trajectory.steps, turn.verdict
        items = tuple(asdict(item) for item in turn.items)
        objection = prompt if found and corrects(prompt) else ""
        if not objection and not is_task(prompt):
            if not found:
                continue
            last = found[-1]
            known = verdict if verdict.outcome != "unknown" else last.verdict
            found[-1] = Turns(last.key, last.text, last.steps + steps, known, last.items + items, last.objection)
            continue
        text = f"{found[-1].text}\n\n{prompt}" if objection else prompt
        key = f"{place}-{hashlib.sha256(prompt.encode('utf-8', 'replace')).hexdigest()[:16]}"
        found.append(Turns(key, text[:_LONGEST_TASK], steps, verdict, items, objection))
    return found


def worked(steps: Sequence[Step]) -> bool:
    """Tell whether something was done, and not only talked about."""
    return any(step.action and step.observation and not step.observation.startswith("user: ") for step in steps)


def own_calls(transcript: Path) -> int:
    """Count the calls by which an agent itself records, whatever prefix its client gives our tools.

    A call has a name and what it was called with; a list of tools, or talk about one, has not.
    """
    text = transcript.read_text(encoding="utf-8", errors="replace")
    if "_traject" not in text:
        return 0
    try:
        return sum(_calls(json.loads(text)))
    except ValueError:  # a value a line
        return sum(sum(_calls(value)) for line in text.splitlines() if "_traject" in line for value in _json(line))


def _json(line: str) -> Iterator[object]:
    try:
        yield json.loads(line)
    except ValueError:
        return


def _calls(value: object) -> Iterator[int]:
    if isinstance(value, list):
        for one in cast("list[object]", value):
            yield from _calls(one)
    elif isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        name = fields.get("name")
        yield int(isinstance(name, str) and bool(_OWN_CALL.fullmatch(name)) and bool(_CALLED_WITH & fields.keys()))
        for one in fields.values():
            yield from _calls(one)
