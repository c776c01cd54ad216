"""What is in the bank more than once, or at odds, or belongs together: consolidate, and split to undo it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from rb_mcp.commands.terminal import as_json, print_json, print_table, quiet, with_bank, within
from rb_mcp.memory.limits import MOST, OLDEST, retire_least_valuable
from rb_mcp.memory.relation import Advisor
from rb_mcp.memory.tidying import Tidying

if TYPE_CHECKING:
    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.memory.tidying import Tidied


@click.command
@within
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing; no model is asked.")
@click.option("--most", default=MOST, show_default=True, type=click.IntRange(1), help="Active strategies that stay.")
@click.option(
    "--oldest",
    default=OLDEST.days,
    show_default=True,
    type=click.IntRange(1, 36_500),
    metavar="DAYS",
    help="Age at which what never helped retires.",
)
@as_json
@click.pass_obj
def consolidate(settings: Settings, namespace: str | None, dry_run: bool, most: int, oldest: int, json_: bool) -> None:
    """Merge near-identical strategies, mark those that contradict each other, and compose those that belong together.

    Then retire what was of no use for long, and the least valuable of what is too much; never what a person approved or
    what has proven itself. Nothing is lost: rb-mcp split ID undoes a merge or a composition, rb-mcp restore ID brings
    back what retired. Composing, and deciding about what only might be the same, takes a model (RB_MCP_MODEL). Safe to
    stop and to repeat.
    """

    async def run(bank: ReasoningBank) -> dict[str, Tidied]:
        advisor = Advisor(bank.distiller.model, bank.prompts) if bank.distiller else None
        names = (namespace,) if namespace else (await bank.store.summary(None)).namespaces
        found: dict[str, Tidied] = {}
        for name in names:
            found[name] = await Tidying(
                bank.store, bank.retriever.embedder, advisor, name, dry_run, _progress, bank.review_all
            ).run()
            found[name].retired = await retire_least_valuable(
                bank.store, name, bank.clock(), most=most, oldest=timedelta(days=oldest), dry_run=dry_run
            )
        return found

    found = with_bank(settings, run)
    if json_:
        print_json({name: _as_json(done) for name, done in found.items()})
        return
    rows = [row for name, done in found.items() for row in _rows(name, done, dry_run)]
    print_table(("namespace", "what", "strategies"), rows, "Nothing to consolidate.")
    for name, done in found.items():
        click.echo(
            f"{name}: {done.looked_at} strategies, {len(done.merged)} {'would be ' if dry_run else ''}merged, "
            f"{len(done.contradictions)} contradictions, {len(done.composed)} composed, {len(done.retired)} retired."
        )
        if done.trouble:
            click.echo(f"{name}: not all were composed: {done.trouble}", err=True)


@click.command
@click.argument("id_", metavar="ID")
@as_json
@click.pass_obj
def split(settings: Settings, id_: str, json_: bool) -> None:
    """Undo what made a strategy of several: what was merged stands by itself again, what was composed is retired."""
    apart = with_bank(settings, lambda bank: bank.store.split(id_))
    if json_:
        print_json({"id": id_, "apart": apart})
    elif apart == [id_]:
        click.echo(f"{id_} was composed; it is retired, and its parts stay as they are.")
    elif apart:
        click.echo(f"Split off {id_}, and active again: {', '.join(apart)}.")
    else:
        click.echo(f"{id_} was not made of several; nothing changed.")


def _progress(done: int, of: int) -> None:
    if not quiet() and done % 100 == 0:
        click.echo(f"{done} of {of}", err=True)


def _rows(namespace: str, done: Tidied, dry_run: bool) -> list[tuple[str, str, str]]:
    would = "would be " if dry_run else ""
    return [
        *((namespace, f"{would}merged", f"{one.id} into {into}: {one.item.title}") for one, into in done.merged),
        *((namespace, "contradict", f"{one} and {other}") for one, other in done.contradictions),
        *(
            (namespace, f"{would}composed", f"{id_} {title} of {', '.join(parts)}".strip())
            for id_, title, parts in done.composed
        ),
        *((namespace, f"{would}retired", f"{id_}: {reason}") for id_, reason in done.retired),
    ]


def _as_json(done: Tidied) -> dict[str, object]:
    return {
        "looked_at": done.looked_at,
        "merged": [{"id": one.id, "title": one.item.title, "into": into} for one, into in done.merged],
        "contradictions": [list(pair) for pair in done.contradictions],
        "composed": [{"id": id_, "title": title, "parts": list(parts)} for id_, title, parts in done.composed],
        "retired": [{"id": id_, "reason": reason} for id_, reason in done.retired],
        "trouble": done.trouble,
    }
