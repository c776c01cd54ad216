"""What a recall costs beside the engine's own two queries.

A recall here is `Retriever.retrieve` with the vector given; the time of embedding is printed apart, as are the
first recall of a process, which opens the bank and draws the floor, and the write that keeps a recall. Beside
each recall, in turns, runs the least that any program would do with the same file: the nearest 50 by vec0, over
the vectors as they are, and the best 50 by FTS5, in bare apsw. CPU time (of all threads) is compared; the wall
clock is printed too.

Not covered: how good the answers are (`retrieval.py`), the size of the file (`file_size.py`), the SDK's share
of a call, several processes at once, a cold disk: everything here is in the page cache.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import anyio
from figures import Times, within
from synthetic import NEAREST, Synthetic, add_plain_vectors, bare

from rb_mcp.memory.retrieval import CANDIDATES, Retriever
from rb_mcp.providers.use import UseEmbedder
from rb_mcp.stores.index import CHUNK, match_any
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.types import SHARED, Embedding
from rb_mcp.words import words

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

    from rb_mcp.protocols import Purpose

TARGET = 2.0

# By bm25(), not by rank: for rank FTS5 sorts every match itself, before the namespace is looked at, which was
# measured to take up to four times as long for the same answer and would flatter what is compared with it.
_BEST = """
SELECT rowid FROM experiences_fts WHERE experiences_fts MATCH ? ORDER BY bm25(experiences_fts) LIMIT ?
"""
_BEST_HERE = """
SELECT f.rowid FROM experiences_fts f JOIN experiences e ON e.seq = f.rowid
WHERE experiences_fts MATCH ? AND e.namespace IN (?, ?) ORDER BY bm25(experiences_fts) LIMIT ?
"""


class Given:
    """An embedder under the name of the real one that returns the vector it was given."""

    name = UseEmbedder.name
    dimensions = UseEmbedder.dimensions
    background = UseEmbedder.background

    def __init__(self, vector: array[float]) -> None:
        self.vector = vector

    async def embed(
        self,
        texts: Sequence[str],
        *,
        purpose: Purpose = "document",  # noqa: ARG002 - the vector is given
    ) -> list[Embedding]:
        """Return the vector, once a text."""
        return [Embedding(self.name, self.vector) for _ in texts]


async def recalls(path: Path, held: Synthetic, rounds: int) -> bool:
    """Compare recalls with the engine's queries, and tell whether the target was reached."""
    store, db, given = SqliteStore(path), bare(path), Given(held.vectors[0])
    add_plain_vectors(db, CHUNK, held)
    retriever = Retriever(store, given)
    first, ours, engine, kept = Times(), Times(), Times(), Times()
    answered = 0
    with first.taken():
        await retriever.retrieve(held.tasks[0], 1, held.namespace(0))
    for number in range(rounds):
        which = number * len(held.tasks) // rounds
        (task, given.vector), namespace = held.query(which), held.namespace(which)
        vector, match = given.vector.tobytes(), match_any(words(task))
        with ours.taken():
            recall = await retriever.retrieve(task, 1, namespace)
        with engine.taken():
            db.rows(NEAREST, (vector, CANDIDATES, namespace, SHARED))
            if held.namespaces > 1:
                db.rows(_BEST_HERE, (match, namespace, SHARED, CANDIDATES))
            else:
                db.rows(_BEST, (match, CANDIDATES))
        with kept.taken():
            await store.keep_recall(recall)
        answered += bool(recall.strategies)
    await store.close()
    db.close()
    print(f"  first recall      {first}\n  recall            {ours} {answered} of {rounds} found something")
    print(f"  bare engine       {engine}\n  keeping a recall  {kept}")
    ratio = statistics.median(ours.cpu) / statistics.median(engine.cpu)
    return within("recall / bare engine, medians of CPU", ratio, TARGET)


async def embedding(rounds: int) -> None:
    """Print what one short text costs the real embedder."""
    embedder, first, later = UseEmbedder(), Times(), Times()
    for number in range(rounds + 1):
        with (later if number else first).taken():
            await embedder.embed([f"find the cheapest flight to Lisbon on day {number}"])
    print(f"embedding one short text\n  first             {first}\n  later             {later}")


async def run(experiences: int, namespaces: int, rounds: int) -> bool:
    """Fill a bank and measure."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bank.db"
        held = Synthetic(experiences, namespaces)
        await held.fill(path)
        print(f"{experiences:,} experiences, namespaces: {namespaces:,}; {rounds} rounds: median (min-max)")
        reached = await recalls(path, held, rounds)
    await embedding(rounds)
    return reached


def main() -> int:
    """Measure, print, and return 1 when the target was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiences", type=int, default=10_000)
    parser.add_argument("--namespaces", type=int, default=1, help="over which they are spread (default: 1)")
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    return 0 if anyio.run(run, given.experiences, given.namespaces, given.rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
