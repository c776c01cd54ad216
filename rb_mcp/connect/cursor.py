"""Cursor: its hooks can ask for a follow-up, but not add to a prompt; the user's rules are kept in its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.connect.client import Client, Files, Place
from rb_mcp.connect.edits import JsonHooks, JsonServer, hooks

if TYPE_CHECKING:
    from rb_mcp.connect.entry import Entry, Moment

EVENTS: dict[Moment, str] = {"prompt": "beforeSubmitPrompt", "stop": "stop", "end": "sessionEnd"}
"""Documented at cursor.com/docs/agent/hooks."""


def _files(place: Place) -> Files:
    root = (place.folder if place.scope == "project" else place.home) / ".cursor"
    note = place.folder / "AGENTS.md" if place.scope == "project" else None
    return Files(root / "mcp.json", root / "hooks.json", note)


def _hooks(entry: Entry) -> JsonHooks:
    # After a follow-up it calls the hook again and says so nowhere: its own limit is what ends that.
    events = hooks(entry, "cursor", EVENTS, lambda moment: {"loop_limit": 1} if moment == "stop" else {})
    return JsonHooks("cursor", events, grouped=False, file={"version": 1})


CLIENT = Client(
    "cursor", "Cursor", _files, JsonServer, _hooks, "It reads the files by itself; Settings shows the server."
)
