"""What a task would recall, and why each experience came or did not. Nothing is written."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from rb_mcp.commands.terminal import as_json, cut_end, print_json, print_table, with_bank
from rb_mcp.memory import intake
from rb_mcp.types import Query

if TYPE_CHECKING:
    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.memory.retrieval import Considered, Plan
    from rb_mcp.types import Recall

_LISTED = 20


@click.command
@click.argument("task")
@click.option("--kind", default="", help="The kind of problem, in general words.")
@click.option("--context", default="", help="What the work has at hand: the error first of all.")
@click.option("-k", default=0, help="How many earlier tasks to draw on, 1 to 10; as many as fit otherwise.")
@click.option("--namespace", "-n", default="", help="Where to look; RB_MCP_NAMESPACE otherwise.")
@click.option("--client", default="", help="As this program would see it, by the name it gives itself.")
@click.option("--explain", is_flag=True, help="Also the plan, and why each experience came or did not.")
@as_json
@click.pass_obj
def recall(
    settings: Settings,
    task: str,
    kind: str,
    context: str,
    k: int,
    namespace: str,
    client: str,
    explain: bool,
    json_: bool,
) -> None:
    """Show what TASK would recall."""
    where = intake.namespace(namespace, settings.namespace)
    query = Query(intake.task(task), intake.kind(kind), intake.context(context), intake.adaptive(k))

    async def look(bank: ReasoningBank) -> tuple[str, Recall, Plan, list[str]]:
        seen = bank.serving(intake.client(client)) if client else bank
        answer, plan = await seen.retriever.consider(await seen.redacted(query), where, seen.origin)
        listed = plan.considered[:_LISTED]
        tasks = [(await bank.store.experience(one.experience_id, None)).task for one in listed]
        return (await seen.shown(answer))[0], answer, plan, tasks

    text, answer, plan, tasks = with_bank(settings, look)
    considered = list(zip(plan.considered, tasks, strict=False))
    if json_:
        print_json({
            "strategies": [
                {"id": one.strategy.id, "experience_id": one.experience_id, "similarity": one.similarity}
                for one in answer.strategies
            ],
            "nearby": [asdict(near) for near in answer.nearby],
            "remedies": [asdict(known) for known in answer.remedies],
            "floor": answer.floor,
            "nearest": answer.nearest,
            "parts": plan.parts,
            "errors": plan.errors,
            "considered": [
                {**asdict(one), "left_out": [s.id for s in one.left_out], "task": told} for one, told in considered
            ],
        })  # fmt: skip
        return
    click.echo(text)
    if explain:
        _explain(answer, plan, considered)


def _explain(answer: Recall, plan: Plan, considered: list[tuple[Considered, str]]) -> None:
    click.echo()
    if plan.parts:
        click.echo(f"recalled in {len(plan.parts)} parts: {' | '.join(cut_end(part) for part in plan.parts)}")
    sides = "task, lesson and kind" if plan.with_kind else "task and lesson (no kind was given)"
    click.echo(f"compared: {sides}, by {plan.space or 'words alone'}; floor {answer.floor:.2f}")
    if plan.errors:
        click.echo(f"errors looked up: {'; '.join(cut_end(error) for error in plan.errors)}")
    rows = [
        (
            one.experience_id,
            f"{one.similarity.total:.2f}",
            f"{one.similarity.task:.2f}",
            f"{one.similarity.lesson:.2f}",
            f"{one.similarity.kind:.2f}",
            f"{one.similarity.touched:.2f}",
            _fate(one),
            cut_end(task),
        )
        for one, task in considered
    ]
    heads = ("experience", "similarity", "task", "lesson", "kind", "touched", "what became of it", "its task")
    print_table(heads, rows, "Nothing is near.")


def _fate(one: Considered) -> str:
    part = f"part {one.part}: " if one.part else ""
    if not one.left_out:
        return part + one.fate
    return f"{part}{one.fate}, but {len(one.left_out)} left out: not your own work, or too much from one source"
