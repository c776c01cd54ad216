"""VS Code with Copilot: servers in a file of their own, JSON with comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.connect.client import Client, Files, Place
from rb_mcp.connect.edits import JsonServer

if TYPE_CHECKING:
    from rb_mcp.connect.entry import Entry


def _files(place: Place) -> Files:
    if place.scope == "project":
        return Files(place.folder / ".vscode" / "mcp.json", note=place.folder / "AGENTS.md")
    return Files(place.apps / "Code" / "User" / "mcp.json")


def _server(entry: Entry) -> JsonServer:
    return JsonServer(entry, "servers", {"type": "stdio"})


CLIENT = Client("vscode", "VS Code", _files, _server, None, "MCP: List Servers in its palette starts the server.")
