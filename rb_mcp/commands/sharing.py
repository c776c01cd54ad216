"""A strategy for every namespace: share, and --undo to take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rb_mcp.commands.items import one_strategy
from rb_mcp.commands.terminal import as_json, cut_end, print_json, with_bank
from rb_mcp.errors import InvalidInput
from rb_mcp.memory import sharing
from rb_mcp.types import SHARED

if TYPE_CHECKING:
    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.types import Strategy


@click.command
@click.argument("id_", metavar="ID")
@click.option("--undo", is_flag=True, help="Take it back: erase the copy, and the tasks that stand there for it.")
@as_json
@click.pass_obj
def share(settings: Settings, id_: str, undo: bool, json_: bool) -> None:
    """Copy a strategy into the namespace `shared`, from which every namespace recalls.

    With it goes the text of the tasks that taught it, so that others find it by theirs; none of their steps do. Share
    it again once its words have changed. The copy goes when the strategy is forgotten, or an experience behind it.
    """
    if undo:
        copies = with_bank(settings, lambda bank: _take_back(bank, id_))
        print_json({"id": id_, "erased": copies}) if json_ else click.echo(
            f"Erased from {SHARED}: {', '.join(copies)}."
        )
        return
    copy, tasks = with_bank(settings, lambda bank: _share(bank, id_))
    if json_:
        print_json({"id": id_, "shared_as": copy.id, "tasks": tasks})
        return
    if any(part.id == id_ for part in copy.parts):
        click.echo(f"{id_} is shared as {copy.id}. Every namespace recalls it by, and can read:")
        click.echo("\n".join(f"  {cut_end(task)}" for task in tasks))
        click.echo(f"rb-mcp share --undo {id_} takes it back.")
    else:
        click.echo(f"{SHARED} holds the same words already, as {copy.id}; nothing changed.")


async def _share(bank: ReasoningBank, id_: str) -> tuple[Strategy, list[str]]:
    return await sharing.share(await one_strategy(bank, id_), bank.store)


async def _take_back(bank: ReasoningBank, id_: str) -> list[str]:
    strategy = await one_strategy(bank, id_)
    is_copy = strategy.namespace == SHARED and len(strategy.parts) == 1
    copies = [id_] if is_copy else [copy.id for copy in strategy.shared_as]
    if not copies:
        raise InvalidInput("ID", f"{id_!r} is not shared")
    for copy in copies:
        await bank.store.forget(strategy_id=copy)
    return copies
