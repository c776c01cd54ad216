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

from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rb_mcp.hooks import reach
from rb_mcp.hooks.session import Session, Task, file_of
from rb_mcp.hooks.turns import own_calls, tasks_of, worked
from rb_mcp.hooks.wording import ASKING
from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.config import Settings
    from rb_mcp.hooks import Client
    from rb_mcp.hooks.event import Event
    from rb_mcp.hooks.turns import Turns
    from rb_mcp.types import Step

PATIENCE = 8.0
"""Seconds for a server to take a record."""
_SHOWN = 500
"""Characters of a prompt that are quoted as evidence."""


def answer(client: Client, event: Event, settings: Settings, *, asks: bool) -> dict[str, Any] | None:
    """Record what is new in the session, and return what the client is to read, if anything.

    Raises:
        OSError: when the transcript cannot be read.
        RbMcpError: when there is nothing in it that can be, or the bank cannot be written.
    """
    if not event.transcript:
        return None
    transcript = Path(event.transcript)
    file = file_of(settings.bank, client.NAME, event.session)
    session = Session.read(file)
    tasks = tasks_of(transcript, session.begins, client.FORMAT)
    if not tasks:
        return None
    before, session.calls = session.calls, own_calls(transcript)
    keeper = _Keeper(client, settings, session)
    found = None
    for task, after in pairwise(tasks):  # the file is written while hooks run: what came late is kept now
        if session.task(task.key):
            objected = Verdict("failure", f"the user said: {after.objection[:_SHOWN]}", "evidence")
            keeper.keep(replace(task, verdict=objected) if after.objection else task)
    last = tasks[-1]
    if session.calls == before and worked(last.steps):
        found = keeper.keep(last)
    answered = None
    if asks and found and not event.again and found["next_step"]:
        answered = keeper.asking(client, last, found)
    session.keep(file)
    return answered


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
        if not worked(added):
            self._correct(known, task)
            return None
        found = self._sent(task.text, added, task.verdict, experience_id=known.experience_id)
        known.steps, known.outcome = len(task.steps), found["outcome"]
        return found

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

    def _correct(self, known: Task, task: Turns) -> None:
        """Tell another outcome of a task that is kept; what is unknown changes nothing, nor does a bare word."""
        if task.verdict.outcome not in {"unknown", known.outcome} and task.verdict.source == "evidence":
            self._sent(task.text, (), task.verdict, experience_id=known.experience_id)
            known.outcome = task.verdict.outcome

    def _sent(self, task: str, steps: Sequence[Step], verdict: Verdict, **more: object) -> dict[str, Any]:
        said = {"task": task, "outcome": verdict.outcome, "evidence": verdict.reason}
        trajectory = [asdict(step) for step in steps]
        return reach.ask(self._settings, {**self._request, **said, "trajectory": trajectory, **more}, PATIENCE)
