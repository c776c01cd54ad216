"""Tier C: does a task find what was learned from its like? Retrieval alone, by `bench/retrieval.py`, no agent."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

sys.path.append(str(Path(__file__).parents[1] / "bench"))

import task_sets as sets  # of bench/, which is on no path but its own
from retrieval import Bench, View, coding, own, shuffled, streamed  # the same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrieval import Answers

Measured = dict[str, dict[str, float]]
"""By what was asked, its figures by name."""

FILE = "retrieval.json"
COLUMNS = ("hit@1", "hit@3", "AUROC", "BM25", "words", "useful", "wrong", "false", "nearby", "shown")
TOLD = """\
## Tier C: retrieval

No agent: through the bank's own floor and plan, what is shown for a task? *hit@1*, *hit@3*: of the tasks that have a
relevant experience in the bank, for how many it is the nearest, or one of the nearest three; beside it BM25 and plain
word overlap. *AUROC*: how well the best score tells those tasks from the ones that have none. *Useful*: something shown
in full is relevant; *wrong*: something is shown, and nothing of it is; *nearby*: useful, or a candidate that is only
named is relevant. *False*: something is shown where nothing is relevant. *Shown*: experiences on average. Coding
prompts are of one kind in quite other words, half of them were used to choose the weights (*fit*), on half none was
fitted (*judge*); the other sets were looked at for weights too. Of WebArena a stream, each task in the bank of those
before it. **This is no evidence** that it helps.

"""


async def measured(tasks: Path | None) -> Measured:
    """Return the figures of the project's own tasks and, where a file of WebArena's is at hand, of those."""
    bench = Bench(tasks)
    await coding(bench)
    await own(bench)
    if tasks:
        answers: Answers = {View(): []}
        await streamed(bench, shuffled(sets.taught(bench.templates(), 0, each_label=True), 0), answers)
        bench.rows("WebArena, a stream", answers, "yes")
    return bench.table


def section(folder: Path, _: Mapping[str, object]) -> list[str]:
    """Return the part of the report."""
    file = folder / FILE
    if not file.exists():
        return ["## Tier C: retrieval", "", "Not run."]
    table = cast("Measured", json.loads(file.read_text(encoding="utf-8")))
    lines = [
        *TOLD.splitlines(),
        f"| asked for | with, without | {' | '.join(COLUMNS)} |",
        f"|---|---:|{'---:|' * len(COLUMNS)}",
        *(_row(name, figures) for name, figures in table.items()),
    ]
    if "WebArena, a stream" not in table:
        lines += ["", "WebArena's tasks were not at hand: `--webarena FILE` names them."]
    return lines


def _row(name: str, figures: Mapping[str, float]) -> str:
    counts = f"{figures['with']:.0f}, {figures['without']:.0f}"
    cells = [f"{figures[column]:.3f}" if column in figures else "" for column in COLUMNS]
    return f"| {' | '.join([name, counts, *cells])} |"
