"""What the bank holds, what came of its recalls, and whether memory helps: `rb-mcp stats`, its charts and picture."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rb_mcp.commands import charts
from rb_mcp.commands.terminal import as_json, print_json, print_table, with_bank, within
from rb_mcp.errors import InvalidInput
from rb_mcp.memory.lift import in_words, lift, over_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.memory.lift import Interval, Lift, Side
    from rb_mcp.tallies import Day, Ended, Summary

_SHOWN = 8
"""Points in time at which the terminal shows what could be told."""

_MARGIN = 36
"""Columns in front of a chart by day: its name and its total."""


@dataclass(frozen=True)
class _Part:
    """A namespace, or the whole bank."""

    name: str
    summary: Summary
    tasks: list[Ended]

    def lift(self, share: float, *, checked: bool = False) -> Lift:
        """Compare with and without memory; `checked`: only where evidence stands behind the verdict."""
        return lift([task for task in self.tasks if not checked or task.source == "evidence"], share)


@click.command
@within
@as_json
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Also draw the charts into a PNG file.")
@click.pass_obj
def stats(settings: Settings, namespace: str | None, json_: bool, plot: Path | None) -> None:
    """Count what the bank holds and what came of its recalls, and say whether memory helps.

    The last needs RB_MCP_HOLDOUT: the share of the recalls from which memory is withheld, by chance, to compare with.
    """

    async def look(bank: ReasoningBank) -> tuple[list[_Part], list[Day]]:
        whole = await bank.store.summary(None)
        names = whole.namespaces if namespace is None else (namespace,)
        parts = [_Part(name, await bank.store.summary(name), await bank.store.outcomes(name)) for name in names]
        if len(parts) > 1:
            parts.append(_Part("(all)", whole, await bank.store.outcomes(None)))
        return parts, await bank.store.days(namespace)

    parts, days = with_bank(settings, look)
    share = settings.holdout
    if plot:
        _draw(plot, parts, days, share)
    if json_:
        print_json({part.name: asdict(part.summary) | {"lift": _as_json(part, share)} for part in parts})
        return
    _print_contents(parts)
    if not parts:
        return
    _print_lift(parts, share)
    _print_charts(days, over_time(parts[-1].tasks))
    if plot:
        click.echo(f"\nDrawn into {plot}.")


def _print_contents(parts: Sequence[_Part]) -> None:
    rows = [
        (
            part.name,
            sum(s.experiences.values()),
            s.experiences.get("awaiting_distillation", 0),
            "/".join(str(s.outcomes.get(kind, 0)) for kind in ("success", "failure", "unknown")),
            "/".join(str(s.strategies.get(kind, 0)) for kind in ("active", "held", "retired")),
            f"{s.answered}/{s.recalls}",
            f"{s.helped}/{s.credited}",
        )
        for part in parts
        for s in (part.summary,)
    ]
    headings = (
        "namespace",
        "experiences",
        "waiting",
        "success/failure/unknown",
        "active/held/retired",
        "recalls answered",
        "went well",
    )
    print_table(headings, rows, "Nothing is recorded yet.")


def _print_lift(parts: Sequence[_Part], share: float) -> None:
    click.echo("\nDoes it help?")
    rows: list[Sequence[object]] = []
    for part in parts:
        for which, found in (("all", part.lift(share)), ("evidence", part.lift(share, checked=True))):
            if found.tasks:
                rows.append(
                    (
                        part.name,
                        which,
                        _rate(found.answered),
                        _rate(found.withheld),
                        _signed(found.success, 100),
                        f"{_steps(found.answered)} / {_steps(found.withheld)}",
                        _signed(found.steps, 1),
                    )
                )
    headings = (
        "namespace",
        "verdicts by",
        "went well with memory",
        "without",
        "difference, points (95 %)",
        "steps with / without",
        "difference (95 %)",
    )
    if rows:
        print_table(headings, rows, "")
        click.echo()
    for part in parts:
        of = f"{part.name}: " if len(parts) > 1 else ""
        if part.tasks or len(parts) == 1 or part is parts[-1]:
            click.echo(f"{of}{in_words(part.lift(share), share)}")
    if tasks := parts[-1].tasks:
        by = {source: sum(task.source == source for task in tasks) for source in ("evidence", "judge", "agent")}
        click.echo(
            f"Verdicts are noisy: {by['evidence']} of {len(tasks)} rest on evidence, {by['judge']} on a model's "
            f"judgement, {by['agent']} on the agent's word. Where both sides are misjudged alike, the difference "
            "looks smaller than it is."
        )


def _print_charts(days: Sequence[Day], lifts: Sequence[tuple[date, Lift]]) -> None:
    if not days:
        return
    width, drawn = charts.width(), charts.signs(sys.stdout.encoding)
    told = [(f"{day}, {found.tasks:,} tasks", found.success) for day, found in lifts if found.success]
    if told:
        step = (len(told) - 1) / (_SHOWN - 1)
        kept = told if len(told) <= _SHOWN else [told[round(place * step)] for place in range(_SHOWN)]
        click.echo("\nLift over time, points of success, all tasks up to the day")
        click.echo("\n".join(charts.intervals(kept, width, drawn)))
    length, parts = charts.stretches(days, width - _MARGIN)
    growth = {
        "experiences in all": [part.experiences for part in parts],
        "active strategies in all": [part.strategies for part in parts],
    }
    merges = [part.merges for part in parts]
    recalls = {
        "recalls answered": [part.answered for part in parts],
        "withheld by chance": [part.withheld for part in parts],
        "nothing near enough": [part.nothing for part in parts],
    }
    lines = [(name, sum(counts), list(accumulate(counts)), sum(counts)) for name, counts in growth.items()]
    lines.append(("merges", sum(merges), merges, max(merges)))
    most = max(max(counts) for counts in recalls.values())
    lines += [(name, sum(counts), counts, most) for name, counts in recalls.items()]
    stretch = "a day" if length == 1 else f"is {length} days"
    click.echo(
        f"\n{days[0].day} to {days[-1].day}, a column {stretch}; one scale for the recalls, one each for the others"
    )
    for name, total, shown, highest in lines:
        click.echo(f"{name:24}  {total:>7,}  {charts.columns(shown, highest, drawn)}".rstrip())


def _draw(file: Path, parts: Sequence[_Part], days: Sequence[Day], share: float) -> None:
    from rb_mcp.commands.plots import plot  # noqa: PLC0415 - only for who asks for a picture

    if not days:
        raise InvalidInput("--plot", "nothing is recorded yet, so there is nothing to draw")
    whole = parts[-1]
    name = "all namespaces" if len(parts) > 1 else f"namespace {whole.name}"
    plot(file, f"rb-mcp, {name}", days, over_time(whole.tasks), in_words(whole.lift(share), share))


def _as_json(part: _Part, share: float) -> dict[str, Any]:
    def said(found: Lift) -> dict[str, Any]:
        return {
            "with_memory": found.answered._asdict() | {"rate": found.answered.rate},
            "without": found.withheld._asdict() | {"rate": found.withheld.rate},
            "success": found.success and found.success._asdict(),
            "steps": found.steps and found.steps._asdict(),
            "more_tasks": found.more,
        }

    whole = part.lift(share)
    return said(whole) | {"evidence_only": said(part.lift(share, checked=True)), "in_words": in_words(whole, share)}


def _rate(side: Side) -> str:
    return f"{side.successes}/{side.tasks} ({side.rate:.0%})" if side.rate is not None else "0/0"


def _steps(side: Side) -> str:
    return "?" if side.steps is None else f"{side.steps:.1f}"


def _signed(found: Interval | None, scale: float) -> str:
    if found is None:
        return "too few to tell"
    digits = 0 if scale > 1 else 1
    difference, low, high = (f"{scale * value:+.{digits}f}" for value in found)
    return f"{difference} ({low} to {high})"
