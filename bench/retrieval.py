"""How good a recall is: tasks of one kind should find one another, and a task of no kind in the bank nothing.

Two collections of tasks. The project's own (`tests/corpora/tasks.py`, written without sight of the code): a bank of
220 tasks, asked for by paraphrases that share few words and are about other things (another task of the kind is
right), by the same task in other words in Chinese, by its translation, and by 120 tasks for which nothing in it is
of use, the first 60 far from it, the others near. And, when a file is named, its tasks as lines of JSON with `intent`
and `template_id`, such as WebArena's: each of them in a bank of all others, then once more without those of its
template, when nothing in it is relevant (leave one out); and in shuffled order, each in a bank of those before
it, as an agent meets them (streaming).

Printed for BM25 (FTS5), word overlap, the cosine of the embedder, reciprocal rank fusion of BM25 and cosine, and the
project's score: hit@1, the share of the tasks with a relevant one in the bank whose best is relevant; AUROC, how well
the best's score tells those tasks from the ones with nothing relevant in the bank. For the score also precision@k,
how many of the first k are relevant; what the default floor, and higher ones, keep of the tasks with a relevant one
and reject of those without; and the score of random pairs, which is where an embedder's `background` comes from. Last,
what it would bring to compare a task with what was learned as well: with the kinds' own names in the place of lessons,
the best description of when they apply that there can be.

Not covered: whether what is recalled helps an agent; templates as judges of relevance.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
from operator import mul
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from figures import spread

from rb_mcp.memory.retrieval import CANDIDATES, Z, score
from rb_mcp.providers import open_embedder
from rb_mcp.stores.database import Database
from rb_mcp.stores.index import match_any
from rb_mcp.types import Candidate
from rb_mcp.words import overlap, words

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from corpora import tasks as corpus  # the tests' folder is on no path but theirs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.protocols import Embedder

METHODS = ("BM25", "words", "dense", "RRF", "score")
SEEDS = 3
FLOORS = (Z, Z + 1, Z + 2)
"""The default first, in standard deviations above the mean of unrelated tasks."""
DEEPEST = 4
"""For precision@k."""
_RRF = 60
"""The usual constant of reciprocal rank fusion."""
_BATCH = 64

Found = dict[str, list[tuple[int, float]]]
"""By method, the first tasks of the bank, each with its score."""
Measured = dict[str, list[dict[str, float]]]
"""By what was asked, the figures of each run."""


class Tasks:
    """Every task with what it is relevant to, and a text index that can hold any part of them."""

    def __init__(self, labels: Sequence[str], texts: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        self.labels = labels
        self.all = range(len(texts))
        self._spoken = [words(text) for text in texts]
        self._vectors = vectors
        self._near: dict[tuple[int, int], tuple[float, float, float]] = {}
        self._held: set[int] = set()
        self._index = Database(":memory:")
        self._index.run("CREATE VIRTUAL TABLE t USING fts5 (words, tokenize = 'unicode61')")
        self.missed = 0
        self.asked = 0

    def near(self, one: int, other: int) -> tuple[float, float, float]:
        """Return how near two tasks are by words, by vector, and by the score."""
        pair = min(one, other), max(one, other)
        if pair not in self._near:
            spoken, heard = self._spoken[one], self._spoken[other]
            cosine = sum(map(mul, self._vectors[one], self._vectors[other]))
            self._near[pair] = overlap(spoken, heard), cosine, score(spoken, Candidate("", heard, cosine))
        return self._near[pair]

    def find(self, task: int, bank: Sequence[int]) -> Found:
        """Return what each method finds for a task; of equals, what comes first in the bank (BM25: in the file)."""
        self._hold(set(bank))
        text = dict[int, float](
            self._index.rows(
                "SELECT rowid, -bm25(t) AS found FROM t WHERE t MATCH ? ORDER BY found DESC",
                (match_any(self._spoken[task]),),
            )
        )
        by = {name: {other: self.near(task, other)[n] for other in bank} for n, name in enumerate(METHODS[1:4])}
        shared, dense, scored = by.values()
        nearest = sorted(bank, key=lambda other: -dense[other])
        fused = dict.fromkeys(bank, 0.0)
        for ranking in (text, nearest):
            for rank, other in enumerate(ranking, start=1):
                fused[other] += 1 / (_RRF + rank)
        scores = dict(zip(METHODS, (text or {bank[0]: 0.0}, shared, dense, fused, scored), strict=True))
        found = {name: sorted(one.items(), key=lambda pair: -pair[1])[:DEEPEST] for name, one in scores.items()}
        self.asked += 1
        self.missed += (
            max(scored[other] for other in {*list(text)[:CANDIDATES], *nearest[:CANDIDATES]}) < (found["score"][0][1])
        )
        return found

    def _hold(self, bank: set[int]) -> None:
        self._index.run_many("DELETE FROM t WHERE rowid = ?", [(task,) for task in self._held - bank])
        self._index.run_many(
            "INSERT INTO t (rowid, words) VALUES (?, ?)",
            [(task, " ".join(self._spoken[task])) for task in bank - self._held],
        )
        self._held = bank


class Answers:
    """What was found for the tasks that have a relevant one in the bank, and for those that have none."""

    def __init__(self, tasks: Tasks, background: tuple[float, float]) -> None:
        self._tasks = tasks
        self._background = background
        self._with: list[tuple[int, Found]] = []
        self._without: list[Found] = []

    def ask(self, task: int, bank: Sequence[int]) -> None:
        """Ask for one task."""
        found = self._tasks.find(task, bank)
        if any(self._tasks.labels[other] == self._tasks.labels[task] for other in bank):
            self._with.append((task, found))
        else:
            self._without.append(found)

    def figures(self) -> dict[str, float]:
        """Return every figure by name."""
        figures: dict[str, float] = {}
        labels = self._tasks.labels
        for method in METHODS:
            if self._with:
                figures[f"hit@1 {method}"] = statistics.fmean(
                    labels[found[method][0][0]] == labels[task] for task, found in self._with
                )
            if self._with and self._without:
                relevant = [found[method][0][1] for _, found in self._with]
                figures[f"AUROC {method}"] = auroc(relevant, [found[method][0][1] for found in self._without])
        for k in range(2, DEEPEST + 1) if self._with else ():
            figures[f"precision@{k} score"] = statistics.fmean(
                labels[other] == labels[task] for task, found in self._with for other, _ in found["score"][:k]
            )
        mean, deviation = self._background
        for z in FLOORS:
            floor, name = mean + z * deviation, f"floor {mean + z * deviation:.3f} (mean + {z:g} sd)"
            if self._with:
                figures[f"{name} keeps"] = statistics.fmean(found["score"][0][1] >= floor for _, found in self._with)
            if self._without:
                figures[f"{name} rejects"] = statistics.fmean(found["score"][0][1] < floor for found in self._without)
        return {**figures, "tasks with a relevant one": len(self._with), "tasks without": len(self._without)}


def auroc(relevant: Sequence[float], other: Sequence[float]) -> float:
    """Return how often a score of a task with something relevant is above one of a task without."""
    return statistics.fmean((one > two) + 0.5 * (one == two) for one in relevant for two in other)


def pairs(tasks: Tasks, background: tuple[float, float]) -> None:
    """Print the score and the word overlap of every two tasks."""
    every = [tasks.near(one, other) for one in tasks.all for other in range(one)]
    for name, scores in (("score", [near[2] for near in every]), ("word overlap", [near[0] for near in every])):
        print(f"{name} of every two tasks: mean {statistics.fmean(scores):.4f}, sd {statistics.pstdev(scores):.4f}")
    print("background of the embedder, as it is set: mean {}, sd {}".format(*background))


def show(measured: Measured) -> None:
    """Print figures."""
    for what, runs in measured.items():
        print(what)
        for name in runs[0]:
            print(f"  {name:38}{spread([one[name] for one in runs])}")


async def embedded(labels: Sequence[str], texts: Sequence[str], embedder: Embedder) -> Tasks:
    """Return tasks with their vectors."""
    vectors: list[Sequence[float]] = []
    for start in range(0, len(texts), _BATCH):
        vectors += [embedding.values for embedding in await embedder.embed(texts[start : start + _BATCH])]
    return Tasks(labels, texts, vectors)


async def own(embedder: Embedder) -> tuple[Measured, Tasks]:
    """Measure with the project's own tasks: one bank of 220, asked for in five ways."""
    kinds = dict(zip(corpus.paraphrases(), corpus.kinds(), strict=True))
    asked = {
        "paraphrases, another task of the kind is right": corpus.paraphrases(),
        "Chinese paraphrases": corpus.chinese(),
        "translations, English asked for in Chinese": corpus.crosslingual(),
    }
    recorded = [pair for pairs in asked.values() for pair in pairs]
    unrelated = corpus.unrelated()
    labels = [kinds.get(pair, pair[0]) for pair in recorded]
    texts = [*(one for one, _ in recorded), *(other for _, other in recorded), *unrelated]
    tasks = await embedded([*labels, *labels, *[""] * len(unrelated)], texts, embedder)
    bank = range(len(recorded))
    first, nothing = len(bank), range(2 * len(bank), len(texts))
    measured: Measured = {}
    for what, some in asked.items():
        answers = Answers(tasks, embedder.background)
        for task in [*range(first, first + len(some)), *nothing]:
            answers.ask(task, bank)
        measured[what] = [answers.figures()]
        first += len(some)
    half = len(nothing) // 2
    for what, some in (("unrelated, far", nothing[:half]), ("unrelated, near", nothing[half:])):
        answers = Answers(tasks, embedder.background)
        for task in some:
            answers.ask(task, bank)
        measured[what] = [answers.figures()]
    return measured, tasks


async def lessons(embedder: Embedder) -> None:
    """Print hit@1 and AUROC on the paraphrases when part of the score is that of a task and the name of a kind."""
    recorded, asked = zip(*corpus.paraphrases(), strict=True)
    kinds = corpus.kinds()
    names = [kind.partition(": ")[2] for kind in kinds]
    texts = [*asked, *corpus.unrelated(), *recorded, *names]
    tasks = await embedded(texts, texts, embedder)
    count = len(kinds)
    bank = range(len(texts) - 2 * count, len(texts) - count)
    print("paraphrases alone, when part of the score is that of the task and the name of the kind")
    for part in (0.0, 0.2, 0.5):
        best = [
            max(
                ((1 - part) * tasks.near(task, other)[2] + part * tasks.near(task, other + count)[2], other - bank[0])
                for other in bank
            )
            for task in range(bank[0])
        ]
        hits = statistics.fmean(kinds[other] == kinds[task] for task, (_, other) in enumerate(best[:count]))
        told = auroc([value for value, _ in best[:count]], [value for value, _ in best[count:]])
        print(f"  {part:g} of the score: hit@1 {hits:.3f}, AUROC {told:.3f}")


async def stream(path: Path, embedder: Embedder) -> tuple[Measured, Tasks]:
    """Measure with the tasks of a file, leaving one out and streaming."""
    lines = [json.loads(line) for line in (await anyio.Path(path).read_text(encoding="utf-8")).splitlines()]
    tasks = await embedded(
        [str(line["template_id"]) for line in lines], [str(line["intent"]) for line in lines], embedder
    )
    left_out = Answers(tasks, embedder.background)
    for task in tasks.all:
        left_out.ask(task, [other for other in tasks.all if other != task])
        left_out.ask(task, [other for other in tasks.all if tasks.labels[other] != tasks.labels[task]])
    streams = [Answers(tasks, embedder.background) for _ in range(SEEDS)]
    for seed, answers in enumerate(streams):
        order = random.Random(seed).sample(tasks.all, len(tasks.all))  # noqa: S311 - nothing secret
        for number, task in enumerate(order):
            if number:
                answers.ask(task, order[number - 1 :: -1])
    figures = [answers.figures() for answers in streams]
    return {"leave one out": [left_out.figures()], f"streaming, seeds 0 to {SEEDS - 1}": figures}, tasks


async def run(path: Path | None, embedder: Embedder) -> None:
    """Measure everything and print it."""
    measured, tasks = await own(embedder)
    print("a bank of 220 tasks, asked for by:")
    show(measured)
    await lessons(embedder)
    asked = [tasks]
    if path:
        measured, tasks = await stream(path, embedder)
        print(f"{len(tasks.labels)} tasks of {len(set(tasks.labels))} templates; of several runs: median (min-max)")
        pairs(tasks, embedder.background)
        show(measured)
        asked.append(tasks)
    missed, times = sum(one.missed for one in asked), sum(one.asked for one in asked)
    print(f"best of a full scan missed by {CANDIDATES} candidates of either side: {missed} of {times}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", type=Path, nargs="?", help="lines of JSON with intent and template_id")
    parser.add_argument("--embedder", default="use", help="as in RB_MCP_EMBEDDER")
    arguments = parser.parse_args()
    anyio.run(run, arguments.tasks, open_embedder(arguments.embedder))


if __name__ == "__main__":
    main()
