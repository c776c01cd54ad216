"""How good a recall is: tasks of one template should find one another, and a task of none should find nothing.

The tasks are lines of JSON with `intent` and `template_id`, such as WebArena's. Two ways to ask: each task of a
bank of all others, then once more without those of its template, when nothing in it is relevant (leave one
out); and tasks in shuffled order, each of a bank of those before it, as an agent meets them (streaming).

Printed for BM25 (FTS5), the cosine of the real embedder, reciprocal rank fusion of both, and the project's
score: hit@1, the share of the tasks with a relevant one in the bank whose best is relevant; AUROC, how well the
best's score tells those tasks from the ones with nothing relevant in the bank. Then the score of random pairs,
which is where `UseEmbedder.background` comes from, and what the floor that follows from it, and higher ones,
keep of the tasks with a relevant one in the bank and reject of those without.

Not covered: whether what is recalled helps an agent, paraphrases, languages, templates as judges of relevance.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
from operator import mul
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from figures import spread

from rb_mcp.memory.retrieval import CANDIDATES, Z, score
from rb_mcp.providers.use import UseEmbedder
from rb_mcp.stores.database import Database
from rb_mcp.stores.index import match_any
from rb_mcp.types import Candidate
from rb_mcp.words import words

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

METHODS = ("BM25", "dense", "RRF", "score")
SEEDS = 3
FLOORS = (Z, Z + 1, Z + 2)
"""The default first, in standard deviations above the mean of unrelated tasks."""
_RRF = 60
"""The usual constant of reciprocal rank fusion."""

Best = dict[str, tuple[int, float]]
"""By method, the best task of the bank and its score."""


class Tasks:
    """Every task, how near every two are, and a text index that can hold any part of them."""

    def __init__(
        self, templates: Sequence[str], spoken: Sequence[frozenset[str]], vectors: Sequence[array[float]]
    ) -> None:
        self.templates = templates
        self.spoken = spoken
        self.all = range(len(spoken))
        self.dense = [[0.0] * len(spoken) for _ in spoken]
        self.score = [[0.0] * len(spoken) for _ in spoken]
        for one in self.all:
            for other in range(one):
                cosine = sum(map(mul, vectors[one], vectors[other]))
                self.dense[one][other] = self.dense[other][one] = cosine
                value = score(spoken[one], Candidate("", spoken[other], cosine))
                self.score[one][other] = self.score[other][one] = value
        self._held: set[int] = set()
        self._index = Database(":memory:")
        self._index.run("CREATE VIRTUAL TABLE t USING fts5 (words, tokenize = 'unicode61')")
        self.missed = 0
        self.asked = 0

    def best(self, task: int, bank: Sequence[int]) -> Best:
        """Return what each method finds for a task; of equals, what comes first in the bank (BM25: in the file)."""
        self._hold(set(bank))
        text = dict[int, float](
            self._index.rows(
                "SELECT rowid, -bm25(t) AS found FROM t WHERE t MATCH ? ORDER BY found DESC",
                (match_any(self.spoken[task]),),
            )
        )
        dense = sorted(bank, key=lambda other: -self.dense[task][other])
        fused = dict.fromkeys(bank, 0.0)
        for ranking in (text, dense):
            for rank, other in enumerate(ranking, start=1):
                fused[other] += 1 / (_RRF + rank)
        found = {
            "BM25": text or {bank[0]: 0.0},
            "dense": {dense[0]: self.dense[task][dense[0]]},
            "RRF": fused,
            "score": {other: self.score[task][other] for other in bank},
        }
        best = {method: max(scores.items(), key=lambda pair: pair[1]) for method, scores in found.items()}
        near = {*list(text)[:CANDIDATES], *dense[:CANDIDATES]}
        self.asked += 1
        self.missed += max(self.score[task][other] for other in near) < best["score"][1]
        return best

    def _hold(self, bank: set[int]) -> None:
        self._index.run_many("DELETE FROM t WHERE rowid = ?", [(task,) for task in self._held - bank])
        self._index.run_many(
            "INSERT INTO t (rowid, words) VALUES (?, ?)",
            [(task, " ".join(self.spoken[task])) for task in bank - self._held],
        )
        self._held = bank


class Answers:
    """What was found for the tasks that have a relevant one in the bank, and for those that have none."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._with: list[tuple[int, Best]] = []
        self._without: list[Best] = []

    def ask(self, task: int, bank: Sequence[int]) -> None:
        """Ask for one task."""
        best = self._tasks.best(task, bank)
        if any(self._tasks.templates[other] == self._tasks.templates[task] for other in bank):
            self._with.append((task, best))
        else:
            self._without.append(best)

    def figures(self) -> dict[str, float]:
        """Return every figure by name."""
        found: dict[str, float] = {}
        for method in METHODS:
            hits = [self._tasks.templates[best[method][0]] == self._tasks.templates[task] for task, best in self._with]
            found[f"hit@1 {method}"] = statistics.fmean(hits)
            relevant = [best[method][1] for _, best in self._with]
            found[f"AUROC {method}"] = auroc(relevant, [best[method][1] for best in self._without])
        mean, deviation = UseEmbedder.background
        for z in FLOORS:
            floor, name = mean + z * deviation, f"floor {mean + z * deviation:.3f} (mean + {z:g} sd)"
            found[f"{name} keeps"] = statistics.fmean(best["score"][1] >= floor for _, best in self._with)
            found[f"{name} rejects"] = statistics.fmean(best["score"][1] < floor for best in self._without)
        found["tasks with a relevant one"] = len(self._with)
        found["tasks without"] = len(self._without)
        return found


def auroc(relevant: Sequence[float], other: Sequence[float]) -> float:
    """Return how often a score of a task with something relevant is above one of a task without."""
    return statistics.fmean((one > two) + 0.5 * (one == two) for one in relevant for two in other)


def background(tasks: Tasks) -> None:
    """Print the score of every two tasks."""
    pairs = [(one, other) for one in tasks.all for other in range(one)]
    strangers = [(one, other) for one, other in pairs if tasks.templates[one] != tasks.templates[other]]
    for which, chosen in (("every two tasks", pairs), ("every two of different templates", strangers)):
        scores = [tasks.score[one][other] for one, other in chosen]
        print(f"score of {which}: mean {statistics.fmean(scores):.4f}, sd {statistics.pstdev(scores):.4f}")
    print("UseEmbedder.background: mean {}, sd {}".format(*UseEmbedder.background))


def show(what: str, runs: Sequence[Answers]) -> None:
    """Print the figures of some runs."""
    print(what)
    figures = [run.figures() for run in runs]
    for name in figures[0]:
        print(f"  {name:38}{spread([one[name] for one in figures])}")


async def run(path: Path) -> None:
    """Measure everything."""
    lines = [json.loads(line) for line in (await anyio.Path(path).read_text(encoding="utf-8")).splitlines()]
    texts = [str(line["intent"]) for line in lines]
    vectors = [embedding.values for embedding in await UseEmbedder().embed(texts)]
    tasks = Tasks([str(line["template_id"]) for line in lines], [words(text) for text in texts], vectors)
    print(f"{len(texts)} tasks of {len(set(tasks.templates))} templates; of several runs: median (min-max)")
    background(tasks)
    left_out = Answers(tasks)
    for task in tasks.all:
        left_out.ask(task, [other for other in tasks.all if other != task])
        left_out.ask(task, [other for other in tasks.all if tasks.templates[other] != tasks.templates[task]])
    show("leave one out", [left_out])
    streams = [Answers(tasks) for _ in range(SEEDS)]
    for seed, stream in enumerate(streams):
        order = random.Random(seed).sample(tasks.all, len(tasks.all))  # noqa: S311 - nothing secret
        for number, task in enumerate(order):
            if number:
                stream.ask(task, order[number - 1 :: -1])
    show(f"streaming, seeds 0 to {SEEDS - 1}", streams)
    print(f"best of a full scan missed by {CANDIDATES} candidates of either side: {tasks.missed} of {tasks.asked}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", type=Path, help="lines of JSON with intent and template_id")
    anyio.run(run, parser.parse_args().tasks)


if __name__ == "__main__":
    main()
