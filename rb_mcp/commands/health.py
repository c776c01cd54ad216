"""What waits in the bank: distil."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

import click

from rb_mcp.commands.terminal import as_json, print_json, print_table, quiet, with_bank, within
from rb_mcp.errors import ConfigurationError
from rb_mcp.memory.distillation import Worker

if TYPE_CHECKING:
    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank


@click.command
@within
@click.option("--retry", is_flag=True, help="Also what was given up.")
@as_json
@click.pass_obj
def distil(settings: Settings, namespace: str | None, retry: bool, json_: bool) -> None:
    """Let the model of RB_MCP_MODEL judge and distil what waits for it; exit status 1 when something is left."""

    async def run(bank: ReasoningBank) -> dict[str, object]:
        if bank.distiller is None:
            raise ConfigurationError("there is no model to distil with; set RB_MCP_MODEL, or a provider's key")
        await bank.store.enqueue(namespace, dead=retry)
        before = await bank.store.waiting()
        worker = Worker(bank.distiller, bank.queued)
        with click.progressbar(length=len(before), label="distilling", file=sys.stderr, hidden=quiet()) as bar:
            while await worker.step():
                bar.update(1)
        left = [one for one in await bank.store.waiting() if one.state != "asked"]
        return {
            "distilled": len(before) - len(left),
            "left": [{"experience_id": one.experience_id, "state": one.state, "reason": one.reason} for one in left],
        }

    result = with_bank(settings, run)
    left = cast("list[dict[str, str]]", result["left"])
    if json_:
        print_json(result)
    else:
        click.echo(f"{result['distilled']} distilled.")
        if left:
            rows = [(one["experience_id"], one["state"], one["reason"]) for one in left]
            print_table(("left", "state", "reason"), rows, "")
    if left:
        sys.exit(1)
