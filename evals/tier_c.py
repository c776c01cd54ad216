"""Tier C: does a task find what was learned from its like? Retrieval alone, by `bench/retrieval.py`, no agent."""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

sys.path.append(str(Path(__file__).parents[1] / "bench"))

from retrieval import METHODS, own, stream  # of bench/, which is on no path but its own

from rb_mcp.providers import open_embedder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrieval import Measured

FILE = "retrieval.json"
TOLD = """\
## Tier C: retrieval

No agent: is the best that is found of the same kind as the task (*hit@1*), are the first k (*p@k*), and does its score
tell tasks that have a relevant one from those that have none (*AUROC*)? *Kept* and *rejected*: by the default floor, of
the former and of the latter. The kinds are WebArena's templates, each task asked for in the bank of all others, and in
shuffled order in the bank of those before it (median of three orders); and the project's own 220 tasks, asked for in
other words. Beside it BM25, vectors alone, and their fusion by rank (RRF). **This is no evidence** that what is found
helps, nor of other people's tasks.

"""


async def measured(tasks: Path | None) -> Measured:
    """Return the figures of the project's own tasks and, where a file of WebArena's is at hand, of those."""
    embedder = open_embedder("use")
    found, _ = await own(embedder)
    if tasks:
        found.update((await stream(tasks, embedder))[0])
    return found


def section(folder: Path, _: Mapping[str, object]) -> list[str]:
    """Return the part of the report."""
    kept = folder / FILE
    if not kept.exists():
        return ["## Tier C: retrieval", "", "Not run."]
    found = cast("Measured", json.loads(kept.read_text(encoding="utf-8")))
    said = [
        *TOLD.splitlines(),
        "| asked for | n, without | hit@1 | BM25 | vectors | RRF | p@2 | p@3 | p@4 | AUROC | kept | rejected |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(_row(what, runs) for what, runs in found.items()),
    ]
    if "leave one out" not in found:
        said += ["", "WebArena's tasks were not at hand: `--webarena FILE` names them."]
    return said


def _row(what: str, runs: list[dict[str, float]]) -> str:
    def cell(name: str) -> str:
        return f"{statistics.median(run[name] for run in runs):.3f}" if name in runs[0] else ""

    floor = next(name for name in runs[0] if name.startswith("floor")).rpartition(" ")[0]
    tasks = f"{runs[0]['tasks with a relevant one']:.0f}, {runs[0]['tasks without']:.0f}"
    hits = [cell(f"hit@1 {method}") for method in ("score", *(one for one in METHODS if one not in {"score", "words"}))]
    precise = [cell(f"precision@{k} score") for k in (2, 3, 4)]
    passed = [cell(f"{floor} {one}") for one in ("keeps", "rejects")]
    return f"| {' | '.join([what, tasks, *hits, *precise, cell('AUROC score'), *passed])} |"
