"""`hook stop` and `hook end`: what became of the task goes into the bank, read from the client's own transcript.

One experience a task, and a prompt is a task: a client stops after each of them, and a session holds many that have
nothing to do with each other. So at each stop the last task of the transcript is recorded, if a tool was used on it.

- A task that goes on (a nod such as "go on", a second stop) is the same experience: the steps that are new become its
  next round, and nothing is kept twice.
- A prompt that says the last task went wrong corrects its outcome: a failure, and the evidence is that a person said
  so. What is done then is a task of its own, the former one with the correction; so the failure stays to be learned
  from. Corrections that the transcript's reader sees by itself count alike.
- What the agent recorded itself is not recorded again.

Where no model distils, the agent is asked: for its lessons once a task whose outcome is known, for the outcome of an
unknown one once a session. At the end of a session nobody is asked. Not covered: tasks before the last one that no
stop hook saw, as when hooks were installed half-way.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rb_mcp.errors import InvalidInput
from rb_mcp.hooks import reach
from rb_mcp.hooks.session import Session, Task, file_of
from rb_mcp.hooks.wording import ASKING, corrects, is_task
from rb_mcp.transcripts import Unreadable, read
from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rb_mcp.config import Settings
    from rb_mcp.hooks import Client
    from rb_mcp.hooks.event import Event
    from rb_mcp.transcripts.recording import Recording
    from rb_mcp.types import Step

PATIENCE = 8.0
"""Seconds for a server to take a record."""
_LONGEST_TASK = 8_000
_SHOWN = 500
"""Characters of a prompt that are quoted as evidence."""


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


def answer(client: Client, event: Event, settings: Settings, *, asks: bool) -> dict[str, Any] | None:
    """Record what is new in the session, and return what the client is to read, if anything.

    Raises:
        OSError: when the transcript cannot be read.
        RbMcpError: when there is nothing in it that can be, or the bank cannot be written.
    """
    if not event.transcript:
        return None
    transcript = Path(event.transcript)
    tasks = _tasks(_recordings(transcript))
    if not tasks:
        return None
    file = file_of(settings.bank, client.NAME, event.session)
    session = Session.read(file)
    before, session.calls = session.calls, own_calls(transcript)
    keeper = _Keeper(client, settings, session)
    found = None
    for task, after in pairwise(tasks):
        said = Verdict("failure", f"the user said: {after.objection[:_SHOWN]}", "evidence")
        keeper.correct(task, said if after.objection else task.verdict)
    last = tasks[-1]
    if session.calls == before and _worked(last.steps):
        found = keeper.keep(last)
    answered = None
    if asks and found and not event.again and found["next_step"]:
        answered = keeper.asking(client, last, found)
    session.keep(file)
    return answered


def _recordings(transcript: Path) -> list[Recording]:
    found: list[Recording] = []
    unreadable: list[Unreadable] = []
    with transcript.open(encoding="utf-8", errors="replace") as file:
        for one in read(file):
            if isinstance(one, Unreadable):
                unreadable.append(one)
            else:
                found.append(one)
    if unreadable and not found:
        raise InvalidInput("transcript_path", f"{transcript}: {unreadable[0].where}: {unreadable[0].why}")
    return found


class _Keeper:
    """Sends what is new to the bank, and notes it down."""

    def __init__(self, client: Client, settings: Settings, session: Session) -> None:
        self._settings = settings
        self._session = session
        self._request = {"ask": "record", "client": client.NAME, "namespace": settings.namespace}

    def keep(self, task: Turns) -> dict[str, Any] | None:
        """Record a task, or its next round; nothing when nothing is new."""
        known = self._session.task(task.key)
        if known is None:
            recall_id, self._session.recall_id = self._session.recall_id, ""
            found = self._sent(
                task.text, task.steps, task.verdict, strategies=list(task.items[:3]), recall_id=recall_id
            )
            kept = Task(task.key, found["experience_id"], len(task.steps), found["outcome"])
            self._session.tasks.append(kept)
            return found
        added = task.steps[known.steps :]
        if not _worked(added):
            self.correct(task, task.verdict)
            return None
        found = self._sent(task.text, added, task.verdict, experience_id=known.experience_id)
        known.steps, known.outcome = len(task.steps), found["outcome"]
        return found

    def correct(self, task: Turns, verdict: Verdict) -> None:
        """Tell another outcome of a task that is kept; what is unknown changes nothing."""
        known = self._session.task(task.key)
        if known and verdict.outcome not in {"unknown", known.outcome} and verdict.source == "evidence":
            self._sent(task.text, (), verdict, experience_id=known.experience_id)
            known.outcome = verdict.outcome

    def asking(self, client: Client, task: Turns, found: dict[str, Any]) -> dict[str, Any] | None:
        """Return what asks the agent for what is missing, unless it was asked before."""
        known = self._session.task(task.key)
        if known is None or known.asked or (found["outcome"] == "unknown" and self._session.asked_outcome):
            return None
        known.asked = True
        self._session.asked_outcome |= found["outcome"] == "unknown"
        why = f" ({found['reason'][:_SHOWN]})" if found["reason"] else ""
        return client.ask(
            f"{ASKING} {found['experience_id']}, outcome {found['outcome']}{why}.\n\n{found['next_step']}"
        )

    def _sent(self, task: str, steps: Sequence[Step], verdict: Verdict, **more: object) -> dict[str, Any]:
        said = {"task": task, "outcome": verdict.outcome, "evidence": verdict.reason}
        trajectory = [asdict(step) for step in steps]
        return reach.ask(self._settings, {**self._request, **said, "trajectory": trajectory, **more}, PATIENCE)


def _tasks(recordings: Sequence[Recording]) -> list[Turns]:
    """Join the turns that go on with a task to the turn that began it."""
    found: list[Turns] = []
    for number, turn in enumerate(recordings):
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
        key = f"{number}-{hashlib.sha256(prompt.encode('utf-8', 'replace')).hexdigest()[:16]}"
        found.append(Turns(key, text[:_LONGEST_TASK], steps, verdict, items, objection))
    return found


def _worked(steps: Sequence[Step]) -> bool:
    """Tell whether something was done, and not only talked about."""
    return any(step.action and step.observation and not step.observation.startswith("user: ") for step in steps)


_OWN_CALL = re.compile(r"(?:.*[^A-Za-z0-9])?(?:record_trajectory|contrast_trajectories)")
_CALLED_WITH = frozenset({"input", "arguments", "args"})


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
