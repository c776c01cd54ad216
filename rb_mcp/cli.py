"""`rb-mcp`: serves by default; every other command is one function, imported when it is called.

Exit status: 0 done, 1 could not, 2 used wrongly. Nothing but the protocol, or the answer to the command,
goes to stdout.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, cast

import click

from rb_mcp import __version__
from rb_mcp.config import Settings
from rb_mcp.errors import ConfigurationError, InvalidInput, RbMcpError

if TYPE_CHECKING:
    from typing import NoReturn

COMMANDS = {
    "serve": "rb_mcp.commands.serve:serve",
    "connect": "rb_mcp.commands.connect:connect",
    "demo": "rb_mcp.demo:demo",
    "recall": "rb_mcp.commands.recall:recall",
    "record": "rb_mcp.commands.transfer:record",
    "distil": "rb_mcp.commands.health:distil",
    "hook": "rb_mcp.commands.hook:hook",
    "list": "rb_mcp.commands.items:list_",
    "show": "rb_mcp.commands.items:show",
    "edit": "rb_mcp.commands.items:edit",
    "retire": "rb_mcp.commands.items:retire",
    "restore": "rb_mcp.commands.items:restore",
    "forget": "rb_mcp.commands.items:forget",
    "share": "rb_mcp.commands.sharing:share",
    "consolidate": "rb_mcp.commands.consolidate:consolidate",
    "split": "rb_mcp.commands.consolidate:split",
    "export": "rb_mcp.commands.transfer:export",
    "import": "rb_mcp.commands.transfer:import_",
    "stats": "rb_mcp.commands.stats:stats",
    "doctor": "rb_mcp.commands.upkeep:doctor",
    "backup": "rb_mcp.commands.upkeep:backup",
    "reindex": "rb_mcp.commands.upkeep:reindex",
    "rebuild-index": "rb_mcp.commands.upkeep:rebuild_index",
}
"""Command → where it is. The server's start is what users wait for: it must not pay for the others."""


class LazyGroup(click.Group):
    """Commands by name, each imported when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names, in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        return cast("click.Command", getattr(import_module(module), name))


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="rb-mcp %(version)s")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="A setting, as if it were in the environment.")
@click.pass_context
def cli(ctx: click.Context, env: tuple[str, ...]) -> None:
    """ReasoningBank over MCP: agents recall what earlier tasks taught, and learn from failures too.

    Without a command, serves one MCP client over stdin and stdout.
    """
    for pair in env:
        name, equals, value = pair.partition("=")
        if not equals or name not in Settings.variables():
            raise InvalidInput("--env", f"{pair!r} is no NAME=VALUE with one of {', '.join(Settings.variables())}")
        os.environ[name] = value
    ctx.obj = Settings.from_environ(os.environ)
    if ctx.invoked_subcommand is None:
        ctx.invoke(cast("click.Command", LazyGroup.get_command(cast("LazyGroup", ctx.command), ctx, "serve")))


def main() -> NoReturn:
    """Run a command line and exit; an error of ours is one sentence on stderr."""
    try:
        cli.main(prog_name="rb-mcp", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:  # whoever read the output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
    except RbMcpError as error:
        sys.stderr.write(f"rb-mcp: {error}\n")
        sys.exit(2 if isinstance(error, InvalidInput | ConfigurationError) else 1)
    sys.exit(0)
