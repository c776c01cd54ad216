"""`hook prompt`: what earlier tasks taught is put before the model with the task that begins.

Every prompt that is a task is recalled for, not only the first of a session: sessions go on for days and from one
task to the next. But nothing is said twice: when all that is recalled stands in the session already, nothing is
printed. The recall is remembered, so that what becomes of the task is credited to it, and counted where it was
withheld. A bank that does not exist yet is not made. No model words the recall, so the kind of problem is not known;
where the work stands goes along in its place (`surroundings.py`), and what is nearly near enough is named.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rb_mcp.hooks import reach
from rb_mcp.hooks.session import Session, file_of
from rb_mcp.hooks.surroundings import at_hand
from rb_mcp.hooks.wording import is_task

if TYPE_CHECKING:
    from rb_mcp.config import Settings
    from rb_mcp.hooks import Client
    from rb_mcp.hooks.event import Event

PATIENCE = 2.5
"""Seconds for a server to answer: one that has yet to load its embedder takes one or two."""
MENU = 0.8
"""Of the floor, from which weak candidates are named although nothing is near enough: nobody asked for them."""
LONGEST_TASK = 8_000
"""Characters of a prompt that are recalled for; a task may have no more."""


def answer(client: Client, event: Event, settings: Settings) -> dict[str, Any] | None:
    """Return what the client is to read, if anything; note down where in the transcript the task begins.

    Raises:
        RbMcpError: when the bank cannot be read.
    """
    if not is_task(event.prompt):
        return None
    file = file_of(settings.bank, client.NAME, event.session)
    session = Session.read(file)
    session.begins.append(_size(event.transcript))
    session.keep(file)
    if client.context("") is None or not settings.bank.exists():
        return None
    request = {
        "ask": "recall",
        "client": client.NAME,
        "namespace": settings.namespace,
        "task": event.prompt.strip()[:LONGEST_TASK],
        "context": at_hand(event),
        "menu": MENU,
    }
    answer = reach.ask(settings, request, PATIENCE)
    session.recall_id = answer["recall_id"]
    new = [id_ for id_ in (*answer["strategies"], *answer.get("nearby", ())) if id_ not in session.shown]
    session.shown += new
    session.keep(file)
    return client.context(answer["text"]) if new else None


def _size(transcript: str) -> int:
    try:
        return Path(transcript).stat().st_size if transcript else 0
    except OSError:  # the first prompt comes before the file
        return 0
