"""What a recall costs beside the engine's own two queries.

A recall here is `Retriever.retrieve` with the vectors given; the time of embedding is printed apart, as are the
first recall of a process, which opens the bank and draws the floor, and the write that keeps a recall. Beside
each recall, in turns, runs the least that any program would do with the same file: the nearest by vec0, over the
tasks' vectors as they are, and the best by FTS5 over their words, in bare apsw, as many as a recall looks at. CPU time
(of all threads) is compared; the wall clock is printed too. The recall that is compared is for a task alone and one
experience; beside it one whose kind is known, and a whole query: kind, a file at hand, and as many as earn their place.

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
from rb_mcp.providers.use_minilm import UseMiniLMEmbedder
from rb_mcp.stores.index import CHUNK
from rb_mcp.stores.search import match_any
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.types import SHARED, Embedding, Query
from rb_mcp.words import words

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

    from rb_mcp.protocols import Purpose
    from rb_mcp.providers.local import LocalEmbedder

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
    """An embedder under the name of the real one that returns the vectors it was given."""

    def __init__(self, embedder: type[LocalEmbedder], vector: array[float], kind: array[float]) -> None:
        self.name, self.dimensions, self.background = embedder.name, embedder.dimensions, embedder.background
        self.vector, self.kind = vector, kind

    async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:
        """Return the task's vector, and of a query the kind's after it."""
        kinds = len(texts) - 1 if purpose == "query" else 0
        vectors = [self.vector] * (len(texts) - kinds) + [self.kind] * kinds
        return [Embedding(self.name, vector) for vector in vectors]


async def recalls(path: Path, held: Synthetic, rounds: int) -> bool:
    """Compare recalls with the engine's queries, and tell whether the target was reached."""
    store, db = SqliteStore(path), bare(path)
    given = Given(held.embedder, held.vectors[0], held.kind(0)[1])
    add_plain_vectors(db, CHUNK, held)
    retriever = Retriever(store, given)
    first, ours, engine, kept, of_kind, full = (Times() for _ in range(6))
    answered = 0
    with first.taken():
        await retriever.retrieve(Query(held.tasks[0], k=1), held.namespace(0))
    for number in range(rounds):
        which = number * len(held.tasks) // rounds
        (task, given.vector), namespace = held.query(which), held.namespace(which)
        kind, given.kind = held.kind(which)
        vector, match = given.vector.tobytes(), f"words : ({match_any(words(task))})"
        with ours.taken():
            recall = await retriever.retrieve(Query(task, k=1), namespace)
        with engine.taken():
            db.rows(NEAREST, (vector, CANDIDATES, namespace, SHARED))
            if held.namespaces > 1:
                db.rows(_BEST_HERE, (match, namespace, SHARED, CANDIDATES))
            else:
                db.rows(_BEST, (match, CANDIDATES))
        with of_kind.taken():
            await retriever.retrieve(Query(task, kind, k=1), namespace)
        with full.taken():
            await retriever.retrieve(Query(task, kind, f"see {held.file(which)}"), namespace)
        with kept.taken():
            await store.keep_recall(recall)
        answered += bool(recall.strategies)
    await store.close()
    db.close()
    print(f"  first recall      {first}\n  recall            {ours} {answered} of {rounds} found something")
    print(f"  ... of a kind     {of_kind}\n  a whole query     {full}")
    print(f"  bare engine       {engine}\n  keeping a recall  {kept}")
    plain = statistics.median(engine.cpu)
    for what, times in (("with a kind", of_kind), ("a whole query", full)):
        print(f"  {what} / bare engine: {statistics.median(times.cpu) / plain:.2f}")
    ratio = statistics.median(ours.cpu) / plain
    return within("recall / bare engine, medians of CPU", ratio, TARGET)


async def embedding(kind: type[LocalEmbedder], rounds: int) -> None:
    """Print what one short text costs the real embedder."""
    embedder, first, later = kind(), Times(), Times()
    for number in range(rounds + 1):
        with (later if number else first).taken():
            await embedder.embed([f"find the cheapest flight to Lisbon on day {number}"])
    print(f"embedding one short text\n  first             {first}\n  later             {later}")


async def run(experiences: int, namespaces: int, rounds: int, joined: bool) -> bool:
    """Fill a bank and measure."""
    embedder = UseMiniLMEmbedder if joined else UseEmbedder
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bank.db"
        held = Synthetic(experiences, namespaces, embedder=embedder)
        await held.fill(path)
        print(f"{experiences:,} experiences, namespaces: {namespaces:,}; {rounds} rounds: median (min-max)")
        reached = await recalls(path, held, rounds)
    await embedding(embedder, rounds)
    return reached


def main() -> int:
    """Measure, print, and return 1 when the target was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiences", type=int, default=10_000)
    parser.add_argument("--namespaces", type=int, default=1, help="over which they are spread (default: 1)")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--joined", action="store_true", help="vectors as those of use+minilm, every fifth of one half")
    given = parser.parse_args()
    return 0 if anyio.run(run, given.experiences, given.namespaces, given.rounds, given.joined) else 1


if __name__ == "__main__":
    sys.exit(main())
