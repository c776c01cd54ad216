"""Claude Code: `claude` in a terminal, and the same in editors and on the desktop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.connect.client import Client, Files, Place
from rb_mcp.connect.edits import JsonHooks, JsonServer, hooks

if TYPE_CHECKING:
    from rb_mcp.connect.entry import Entry, Moment

EVENTS: dict[Moment, str] = {"prompt": "UserPromptSubmit", "stop": "Stop", "end": "SessionEnd"}
"""Documented at code.claude.com/docs/en/hooks."""

_SECONDS: dict[Moment, int] = {"prompt": 15, "stop": 30, "end": 30}


def _files(place: Place) -> Files:
    root = place.root("CLAUDE_CONFIG_DIR", ".claude")
    if place.scope == "project":
        return Files(place.folder / ".mcp.json", root / "settings.json", place.folder / "CLAUDE.md")
    # Servers of the user stand beside the folder, but inside it once the variable moves it.
    server = root if place.environ.get("CLAUDE_CONFIG_DIR") else place.home
    return Files(server / ".claude.json", root / "settings.json", root / "CLAUDE.md")


def _server(entry: Entry) -> JsonServer:
    return JsonServer(entry, more={"type": "stdio"})


def hook_edit(entry: Entry) -> JsonHooks:
    """Return the hooks of the settings, which are also those of a plugin."""
    return JsonHooks(
        "claude-code",
        hooks(entry, "claude-code", EVENTS, lambda moment: {"type": "command", "timeout": _SECONDS[moment]}),
    )


CLIENT = Client(
    "claude-code",
    "Claude Code",
    _files,
    _server,
    hook_edit,
    "Start it anew; /mcp shows the server, /hooks the hooks.",
)
