"""What a task would recall, and why each experience came or did not. Nothing is written."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from rb_mcp.commands.terminal import as_json, cut_end, print_json, print_table, with_bank
from rb_mcp.memory import intake
from rb_mcp.memory.rendering import block
from rb_mcp.memory.retrieval import ALONE, WEIGHT

if TYPE_CHECKING:
    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.memory.retrieval import Considered
    from rb_mcp.types import Recall

_LISTED = 20


@click.command
@click.argument("task")
@click.option("-k", default=1, show_default=True, help="How many earlier tasks to draw on, 1 to 10.")
@click.option("--namespace", "-n", default="", help="Where to look; RB_MCP_NAMESPACE otherwise.")
@click.option("--client", default="", help="As this program would see it, by the name it gives itself.")
@click.option("--explain", is_flag=True, help="Also why each experience came or did not, the nearest first.")
@as_json
@click.pass_obj
def recall(settings: Settings, task: str, k: int, namespace: str, client: str, explain: bool, json_: bool) -> None:
    """Show what TASK would recall."""
    where = intake.namespace(namespace, settings.namespace)
    asked, most = intake.task(task), intake.count("k", k, intake.MOST_RECALLED)

    async def look(bank: ReasoningBank) -> tuple[str, Recall, list[tuple[Considered, str]]]:
        seen = bank.serving(intake.client(client)) if client else bank
        found, considered = await seen.retriever.consider(bank.redactor(asked), most, where, seen.origin)
        tasks = [(await bank.store.experience(one.experience_id, None)).task for one in considered[:_LISTED]]
        text = bank.prompts.fill("nothing_recalled").text()
        if found.strategies:
            text, _ = block(found.strategies, bank.prompts.fill("recall").text(), seen.origin)
        return text, found, list(zip(considered, tasks, strict=False))

    text, found, considered = with_bank(settings, look)
    if json_:
        recalled = [
            {"id": one.strategy.id, "experience_id": one.experience_id, "similarity": one.similarity}
            for one in found.strategies
        ]
        why = [{**asdict(one), "left_out": [s.id for s in one.left_out], "task": t} for one, t in considered]
        print_json({"strategies": recalled, "floor": found.floor, "nearest": found.nearest, "considered": why})
        return
    click.echo(text)
    if not explain:
        return
    click.echo(
        f"\nfloor {found.floor:.2f}; similarity is {WEIGHT:g} x meaning + {1 - WEIGHT:g} x words, at least {ALONE:g} x "
        "meaning; words alone where either task has no vector"
    )
    rows = [
        (
            one.experience_id,
            f"{one.similarity:.2f}",
            "-" if one.cosine is None else f"{one.cosine:.2f}",
            f"{one.words:.2f}",
            _fate(one),
            cut_end(task),
        )
        for one, task in considered
    ]
    print_table(("experience", "similarity", "meaning", "words", "what became of it", "task"), rows, "Nothing is near.")


def _fate(one: Considered) -> str:
    if not one.left_out:
        return one.fate
    return f"{one.fate}, but {len(one.left_out)} left out: not your own work, or too much from one source"
