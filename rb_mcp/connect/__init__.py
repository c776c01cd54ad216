"""Clients and their configuration: what `rb-mcp connect` writes, and the bundles made of the same.

A new client is one file and one line here.
"""

from __future__ import annotations

from rb_mcp.connect import claude_code, claude_desktop, codex, cursor, gemini, vscode

CLIENTS = {
    client.name: client
    for client in (
        claude_code.CLIENT,
        claude_desktop.CLIENT,
        cursor.CLIENT,
        vscode.CLIENT,
        codex.CLIENT,
        gemini.CLIENT,
    )
}
"""Client by the name it has on the command line."""
