"""`rb-mcp connect CLIENT`: write a client's configuration, or take out again what was written."""

from __future__ import annotations

import json
import os
import sys
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import click
import platformdirs

from rb_mcp.config import Settings
from rb_mcp.connect import CLIENTS
from rb_mcp.connect.client import Place
from rb_mcp.connect.entry import NAME, installed, settings
from rb_mcp.connect.files import look, plan
from rb_mcp.errors import InvalidInput
from rb_mcp.redaction import Redactor

if TYPE_CHECKING:
    from rb_mcp.connect.client import Client, Scope
    from rb_mcp.connect.edits import Edit
    from rb_mcp.connect.files import Change

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.command
@click.argument("client", type=click.Choice([*CLIENTS]), required=False)
@click.option(
    "--scope", type=click.Choice(["user", "project"]), default="user", show_default=True,
    help="Whose configuration: yours, or that of the project in the working folder.",
)  # fmt: skip
@click.option("--remove", is_flag=True, help="Take out what connect has put in.")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="An RB_MCP_ setting for server and hooks; repeatable.")
@click.option("--no-hooks", is_flag=True, help="Leave the client's hooks alone.")
@click.option("--no-note", is_flag=True, help="Leave CLAUDE.md, AGENTS.md, GEMINI.md alone.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--print", "print_", is_flag=True, help="Print what to paste, also for a client not named here.")
def connect(
    client: str | None, scope: Scope, remove: bool, env: tuple[str, ...], no_hooks: bool, no_note: bool, dry_run: bool,
    yes: bool, print_: bool,
) -> None:  # fmt: skip
    """Connect a client to this memory: the server, its hooks, and a short note for the agent.

    Shows every change first and asks. What is in the files stays, comments too, and a copy of each is kept beside it;
    --remove takes out exactly what was put in. Settings given before are kept; --env NAME= takes one away.
    """
    if client is None:
        if not print_:
            raise InvalidInput("CLIENT", f"name one of {', '.join(CLIENTS)}; for another, see --print")
        click.echo(json.dumps({"mcpServers": {NAME: installed(settings(env, {})).server()}}, indent=2))
        return
    if remove and (env or no_hooks or no_note or print_):
        raise InvalidInput("--remove", "it takes all of it out; leave --env, --no-hooks, --no-note and --print away")
    known = CLIENTS[client]
    edits = _edits(known, _place(scope), env, hooks=not no_hooks, note=not no_note, fresh=remove or print_)
    if print_:
        for path, wanted in edits.items():
            click.echo(f"In {path}:\n\n{reduce(lambda made, edit: edit.put(made), wanted, '')}")
        return
    changes = plan(edits, remove=remove)
    if not changes:
        click.echo(f"{known.title}: nothing to change.")
    elif _agreed(changes, dry_run=dry_run, yes=yes):
        for change in changes:
            kept = change.write()
            done = "deleted" if change.after is None else "written"
            click.echo(f"{change.path} {done}" + (f"; what it held is in {kept}" if kept else ""))
        if not remove:
            click.echo(known.afterwards)


def _edits(
    client: Client, place: Place, env: tuple[str, ...], *, hooks: bool, note: bool, fresh: bool
) -> dict[Path, list[Edit]]:
    there = {} if fresh else look(client.files(place).server, client.server(installed()).settings)
    chosen = settings(env, there)
    if not fresh:
        for name in sorted({*Settings.variables()} & {*os.environ} - {*chosen}):
            click.echo(f"{name} is set here, but {client.title} would not know: --env {name}=… tells it", err=True)
    return client.edits(place, installed(chosen), hooks=hooks, note=note)


def _place(scope: Scope) -> Place:
    apps = platformdirs.user_config_path(roaming=True)
    return Place(scope, Path.home(), Path.cwd(), apps, os.environ)


def _agreed(changes: list[Change], *, dry_run: bool, yes: bool) -> bool:
    """Show the changes, and say whether they are to be made."""
    redacted = Redactor()  # what stands beside ours may hold keys, and this output may go to an agent
    for line in "\n".join(redacted(change.diff()) for change in changes).splitlines():
        click.secho(line, fg=_COLOURS.get(line[:1]))
    if dry_run:
        click.echo("Nothing was written: this was a dry run.", err=True)
        return False
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo("Nothing was written: there is nobody to ask. --yes writes it.", err=True)
        sys.exit(1)
    if not click.confirm("Write this?"):
        click.echo("Nothing was written.", err=True)
        sys.exit(1)
    return True
