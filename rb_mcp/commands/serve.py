"""`rb-mcp serve`: the MCP server, over stdio or, with --http, over streamable HTTP on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rb_mcp.config import Settings


@click.command
@click.option("--http", is_flag=True, help="Serve streamable HTTP at /mcp instead of stdin and stdout.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With --http: an address of this machine.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="With --http.")
@click.pass_obj
def serve(settings: Settings, http: bool = False, host: str = "127.0.0.1", port: int = 8765) -> None:
    """Serve MCP clients (the default command)."""
    from rb_mcp.server.app import serve_http, serve_stdio  # noqa: PLC0415 - only this command pays for the SDK

    if http:
        serve_http(settings, host, port)
    else:
        serve_stdio(settings)
