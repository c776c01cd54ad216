"""`rb-mcp serve`: the MCP server, over stdio or, with --http, over streamable HTTP on this machine."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

import click

from rb_mcp import __version__

if TYPE_CHECKING:
    from rb_mcp.config import Settings


@click.command
@click.option("--http", is_flag=True, help="Serve streamable HTTP at /mcp instead of stdin and stdout.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With --http: an address of this machine.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="With --http.")
@click.pass_obj
def serve(settings: Settings, http: bool = False, host: str = "127.0.0.1", port: int = 8765) -> None:
    """Serve MCP clients (the default command)."""
    # What is loaded here lives as long as the process: collecting it meanwhile was measured to cost a fifth of the
    # start, which is what a client waits for.
    gc.disable()
    from rb_mcp.server.app import serve_http, serve_stdio  # noqa: PLC0415 - only this command pays for the SDK

    gc.freeze()
    gc.enable()

    if http:
        click.echo(f"rb-mcp {__version__} serves http://{host}:{port}/mcp; end it with Ctrl-C", err=True)
        try:
            serve_http(settings, host, port)
        except SystemExit as error:  # the HTTP server has said why, with a status of its own
            sys.exit(1 if error.code else 0)
    else:
        serve_stdio(settings)
