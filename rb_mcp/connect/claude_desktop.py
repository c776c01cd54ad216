"""Claude Desktop: servers only; it has no hooks, and no file of instructions."""

from __future__ import annotations

from rb_mcp.connect.client import Client, Files, Place
from rb_mcp.connect.edits import JsonServer
from rb_mcp.errors import InvalidInput


def _files(place: Place) -> Files:
    if place.scope == "project":
        raise InvalidInput("--scope", "Claude Desktop knows no projects on the disk; use --scope user")
    return Files(place.apps / "Claude" / "claude_desktop_config.json")


CLIENT = Client("claude-desktop", "Claude Desktop", _files, JsonServer, None, "Quit it entirely, then start it anew.")
