"""`rb-mcp hook EVENT`: what clients run at the start and the end of a task."""

from __future__ import annotations

import click

from rb_mcp.hooks import CLIENTS
from rb_mcp.hooks.run import DEADLINES, main


@click.command
@click.argument("event", type=click.Choice(list(DEADLINES)))
@click.option("--client", type=click.Choice(sorted(CLIENTS)), help="Whose hook it is; told from stdin otherwise.")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="A setting, where the client has no place for them.")
@click.option("--verbose", is_flag=True, help="Also say on stderr what goes into the log.")
def hook(event: str, client: str | None, env: tuple[str, ...], verbose: bool) -> None:
    """Recall for a prompt, or record what became of it: run by a client, with JSON on stdin.

    It never fails: exit status 0, nothing on stdout and a line in the log where something is wrong.
    """
    settings = [word for setting in env for word in ("--env", setting)]
    main([event, *(["--client", client] if client else []), *settings, *(["--verbose"] if verbose else [])])
