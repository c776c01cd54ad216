"""What consolidation merges, keeps apart and marks, over its bounds; and what it costs a record.

Four figures a bound: how many strategies the corpus of 550 items that say 50 lessons ends as, without a model and with
one that judges rightly (an oracle that reads the labels: what the machinery reaches, no real model); how many remain
of 50 that share words; how many strategies hold two lessons. The corpus is `tests/corpora/lessons.py`, written without
sight of the code; bounds were first set on `bench/development.txt`, and at first contact SAME = 0.65 left 188 of 550
and 47 of 50. It was then raised to what keeps all 50, and contradictions in like words apart. Contradictions: 17 of 40
found and 9 of 40 wrong at first contact; the comparison of descriptions came after that.

`--speed` adds what it costs to place one item in a namespace of 5,000, as a multiple of embedding it. `--model NAME`
asks a real model, named as in RB_MCP_MODEL, about items drawn from the doubtful band, each with its five nearest
lessons: how often it finds the one that says the same, and how often it names one that does not.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import re
import sys
import tempfile
from array import array
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import anyio
from figures import Times

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from corpora.lessons import contradictions, distinct, lessons

from rb_mcp.config import Settings
from rb_mcp.memory import consolidation
from rb_mcp.memory.consolidation import nearness
from rb_mcp.memory.contradiction import contradict
from rb_mcp.memory.relation import Advisor, relation
from rb_mcp.providers import open_embedder, open_model
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.templates import Prompts
from rb_mcp.types import Attempt, Embedding, Experience, Lesson, MemoryItem, Similar, Trajectory, Verdict, new_id
from rb_mcp.words import words

EMBEDDER = open_embedder(Settings().embedder)
BOUNDS = (0.65, 0.7, 0.72, 0.75, 0.8, 0.85)


class Matrix:
    """The nearness of every item to every other one."""

    def __init__(self, items: list[MemoryItem]) -> None:
        vectors = anyio.run(EMBEDDER.embed, [item.text() for item in items])
        spoken = [words(item.text()) for item in items]
        self.near: list[list[float]] = []
        for i, item in enumerate(items):
            row: list[float] = []
            for j in range(len(items)):
                cosine = sum(a * b for a, b in zip(vectors[i].values, vectors[j].values, strict=True)) if j < i else 0.0
                row.append(nearness(spoken[j], Similar("", item, "active", cosine), EMBEDDER) if j < i else 0.0)
            self.near.append(row)

    def __call__(self, one: int, other: int) -> float:
        """Return the nearness of two."""
        return self.near[max(one, other)][min(one, other)]


def grouped(
    near: Matrix, labels: list[str], same: float, *, model: bool, items: list[MemoryItem]
) -> tuple[int, int, int]:
    """Take the items in as they come in a drawn order; return the strategies, those of two lessons, and the calls."""
    order = list(range(len(labels)))
    random.Random(1).shuffle(order)  # noqa: S311 - a seed, not a secret
    groups: list[list[int]] = []
    calls = 0
    for i in order:
        ranked = sorted(groups, key=lambda group: -near(i, group[0]))
        ranked = [g for g in ranked[: consolidation.ASKED] if near(i, g[0]) >= consolidation.DOUBTFUL]
        ranked = [group for group in ranked if not contradict(items[i], items[group[0]])]
        if ranked and near(i, ranked[0][0]) >= (consolidation.SURE if model else same):
            ranked[0].append(i)
            continue
        calls += bool(ranked)
        right = [group for group in ranked if model and labels[group[0]] == labels[i]]
        if right:
            right[0].append(i)
        else:
            groups.append([i])
    return len(groups), sum(len({labels[i] for i in group}) > 1 for group in groups), calls if model else 0


def merging() -> None:
    """Print the table of bounds."""
    named = [(i, one.name) for one in lessons() for i in (one.item, *(item for _, item in one.paraphrases))]
    apart = distinct()
    corpus, alike = Matrix([item for item, _ in named]), Matrix(apart)
    items, labels = [item for item, _ in named], [name for _, name in named]
    for same in BOUNDS:
        left, mixed, _ = grouped(corpus, labels, same, model=False, items=items)
        kept, _, _ = grouped(alike, [str(i) for i in range(50)], same, model=False, items=apart)
        mark = " <- SAME" if same == consolidation.SAME else ""
        print(f"  {same:.2f}: {len(items)} -> {left}, {mixed} of them of two lessons; 50 -> {kept}{mark}")
    left, mixed, calls = grouped(corpus, labels, 0, model=True, items=items)
    print(f"  with an oracle for a model: {len(items)} -> {left}, {mixed} of two lessons, {calls} calls")
    pairs = [
        Matrix([pair.one, pair.other])(0, 1)
        for pair in contradictions()
        if pair.contradicts and not contradict(pair.one, pair.other)
    ]
    print(f"  contradictions not recognised that would merge: {sum(n >= consolidation.SAME for n in pairs)}/40")


def contradicting() -> None:
    """Print precision and recall of contradictions, on the corpus and on the development data."""
    sections: dict[str, list[MemoryItem]] = {}
    text = Path(__file__).with_name("development.txt").read_text(encoding="utf-8")
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        name, _, body = section.partition("\n")
        sections[name] = [MemoryItem(*block.split("\n")) for block in body.strip().split("\n\n")]
    development = [
        (one, other, name == "contradiction")
        for name in ("contradiction", "agreement")
        for one, other in zip(sections[name][::2], sections[name][1::2], strict=True)
    ]
    for what, pairs in (
        ("corpus", [(pair.one, pair.other, pair.contradicts) for pair in contradictions()]),
        ("development", development),
    ):
        found = [(contradict(one, other), label) for one, other, label in pairs]
        right, said = sum(a and b for a, b in found), sum(a for a, _ in found)
        print(f"  {what}: precision {right / said:.2f}, recall {right / sum(b for _, b in found):.2f} of {len(found)}")


def between(one: Embedding, other: Embedding) -> Embedding:
    """Return a vector as near to one as to the other."""
    values = [a + b for a, b in zip(one.values, other.values, strict=True)]
    length = math.sqrt(sum(value * value for value in values))
    return Embedding(one.embedder, array("f", [value / length for value in values]))


async def speed(size: int) -> None:
    """Print what placing an item costs beyond its embedding."""
    drawn = random.Random(7)  # noqa: S311 - a seed, not a secret
    pool = [item for one in lessons() for item in (one.item, *(i for _, i in one.paraphrases))]
    known = await EMBEDDER.embed([item.text() for item in pool])
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "bank.db")
        for start in range(0, size, 250):
            items = [
                MemoryItem(a.title, b.description, f"{c.content} Case {start + n}.")
                for n in range(250)
                for a, b, c in [drawn.sample(pool, 3)]
            ]
            vectors = [between(*drawn.sample(known, 2)) for _ in items]  # to embed them all would take minutes
            task = f"task {start}"
            verdict = Verdict("success", "seen", "evidence")
            one = Experience(
                new_id("exp"), "default", task, "distilled", datetime.now(UTC), (Attempt(Trajectory(task), verdict),)
            )
            taught = [Lesson(item, embedding=vector) for item, vector in zip(items, vectors, strict=True)]
            await store.add(one, key=task, embedding=None, lessons=taught)
        embedding, by_words, placing = Times(), Times(), Times()
        for item in pool[:40]:
            with embedding.taken():
                [vector] = await EMBEDDER.embed([item.text()])
            with by_words.taken():
                await consolidation.nearest(item, None, "default", store, EMBEDDER)
            with placing.taken():
                near = await consolidation.nearest(item, vector, "default", store, EMBEDDER)
                await consolidation.placed(item, near, None)
        await store.close()
    print(f"  embedding the item: {embedding}\n  by words alone, as before: {by_words}\n  placing it: {placing}")


def asked_of(name: str, cases: int) -> None:
    """Print what a model says of paraphrases whose lesson stands among the nearest, and of those where it does not."""
    advisor = Advisor(open_model(name, os.environ), Prompts(None))
    drawn = random.Random(3)  # noqa: S311 - a seed, not a secret
    heads = [one.item for one in lessons()]
    said = [(number, item) for number, one in enumerate(lessons()) for _, item in one.paraphrases]
    matrix = Matrix([*heads, *(item for _, item in said)])
    found: Counter[str] = Counter()
    for case in drawn.sample(range(len(said)), cases):
        lesson, item = said[case]
        near = sorted(range(len(heads)), key=lambda head: -matrix(len(heads) + case, head))
        there = bool(found.total() % 2)
        near = [head for head in near if there or head != lesson][: consolidation.ASKED]
        if matrix(len(heads) + case, near[0]) >= consolidation.SURE or (there and lesson not in near):
            continue
        answer = anyio.run(relation, item, [heads[head] for head in near], advisor)
        named = None if answer.same is None else near[answer.same]
        what = (
            "no answer" if not answer.answered else "none" if named is None else "right" if named == lesson else "wrong"
        )
        found[f"{'lesson there' if there else 'lesson not there'}: {what}"] += 1
        print(f"  {found.total()}: {dict(sorted(found.items()))}", flush=True)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", type=int, nargs="?", const=5_000, help="strategies in the namespace")
    parser.add_argument("--model", help="a real model, as in RB_MCP_MODEL")
    parser.add_argument("--cases", type=int, default=40, help="how often it is asked")
    asked = parser.parse_args()
    if asked.model:
        asked_of(asked.model, asked.cases)
        return 0
    print("merging, over the bound SAME:")
    merging()
    print("contradictions:")
    contradicting()
    if asked.speed:
        print(f"placing an item among {asked.speed:,}:")
        anyio.run(speed, asked.speed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
