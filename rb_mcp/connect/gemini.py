"""Gemini CLI: servers and hooks in one file of settings; hooks have names there, and limits in milliseconds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from rb_mcp.connect.client import Client, Files, Place
from rb_mcp.connect.edits import JsonHooks, JsonServer, hooks

if TYPE_CHECKING:
    from rb_mcp.connect.entry import Entry, Moment

EVENTS: dict[Moment, str] = {"prompt": "BeforeAgent", "stop": "AfterAgent", "end": "SessionEnd"}
"""Documented at geminicli.com/docs/hooks/reference."""

_MILLISECONDS: dict[Moment, int] = {"prompt": 15_000, "stop": 30_000, "end": 30_000}


def _files(place: Place) -> Files:
    home = place.environ.get("GEMINI_CLI_HOME")  # instead of the user's home, not of the folder in it
    root = place.folder if place.scope == "project" else Path(home) if home else place.home
    note = root if place.scope == "project" else root / ".gemini"
    return Files(root / ".gemini" / "settings.json", root / ".gemini" / "settings.json", note / "GEMINI.md")


def _hooks(entry: Entry) -> JsonHooks:
    def more(moment: Moment) -> dict[str, object]:
        return {"name": f"rb-mcp-{moment}", "type": "command", "timeout": _MILLISECONDS[moment]}

    events = hooks(entry, "gemini", EVENTS, more)
    if os.name == "nt":  # there it runs hooks by PowerShell, which calls what is quoted only when told to
        events = {event: hook | {"command": "& " + hook["command"]} for event, hook in events.items()}
    return JsonHooks("gemini", events)


CLIENT = Client(
    "gemini", "Gemini CLI", _files, JsonServer, _hooks, "Start it anew; /mcp and /hooks show what it found."
)
