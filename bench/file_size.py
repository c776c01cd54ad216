"""What the bank's file costs beside its vectors, and which `chunk_size` vec0 should have.

The size is that of a whole bank of 1,000 namespaces with 5 experiences each, whose strategies are short and
whose trajectories are empty, relative to the bytes of the vectors alone (of tasks, kinds and strategies); with the
largest tables' shares of it.
Then vec0 alone, by `chunk_size`: CPU time of the nearest 50, each size in turns with the others, and the bytes
it takes, for 10,000 vectors in one namespace and in 1,000.

Not covered: how a file grows and shrinks with time (freed pages are used again, never given back).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from figures import Times, within
from synthetic import NEAREST, SIDES, Synthetic, add_plain_vectors, bare

from rb_mcp.memory.retrieval import CANDIDATES
from rb_mcp.providers.use import UseEmbedder
from rb_mcp.stores.index import CHUNK
from rb_mcp.types import SHARED

TARGET = 3.0
CHUNKS = (8, 16, 64, 256, 1024)

_RAW = 4 * UseEmbedder.dimensions
_SPACES, _EACH = 1_000, 5
_VECTORS = 10_000


def whole_bank(path: Path, held: Synthetic) -> bool:
    """Print what takes how much room, and tell whether the target was reached."""
    raw = SIDES * _RAW * len(held.vectors)
    print(f"{_SPACES:,} namespaces of {_EACH}: the largest tables, in multiples of the raw vectors")
    db = bare(path)
    for name, took in db.rows("SELECT name, sum(pgsize) AS took FROM dbstat GROUP BY name ORDER BY took DESC LIMIT 6"):
        print(f"  {name:34}{took / raw:6.2f}")
    free = db.value("PRAGMA freelist_count") * db.value("PRAGMA page_size")
    print(f"  {'free pages':34}{free / raw:6.2f}")
    db.close()
    return within("file / raw vectors", path.stat().st_size / raw, TARGET)


def chunk_sizes(folder: Path, namespaces: int, rounds: int) -> None:
    """Print vec0's query time and size by chunk size."""
    held = Synthetic(_VECTORS, namespaces)
    files = {chunk: bare(folder / f"{namespaces}-{chunk}.db") for chunk in CHUNKS}
    times = {chunk: Times() for chunk in CHUNKS}
    for chunk, db in files.items():
        add_plain_vectors(db, chunk, held)
    for number in range(rounds):
        asked = (held.query(number)[1].tobytes(), CANDIDATES, held.namespace(number), SHARED)
        for chunk, db in files.items():
            with times[chunk].taken():
                db.rows(NEAREST, asked)
    print(f"vec0 alone, {_VECTORS:,} vectors, namespaces: {namespaces:,} (index.py has chunk_size {CHUNK})")
    for chunk, db in files.items():
        took = db.value("SELECT sum(pgsize) FROM dbstat") / _VECTORS / _RAW
        print(f"  chunk_size {chunk:<7}{times[chunk]}{took:7.2f} x the raw vectors")
        db.close()


async def run(rounds: int) -> bool:
    """Measure everything."""
    with TemporaryDirectory() as folder:
        held, path = Synthetic(_SPACES * _EACH, _SPACES), Path(folder) / "bank.db"
        await held.fill(path)
        reached = whole_bank(path, held)
        for namespaces in (1, 1_000):
            chunk_sizes(Path(folder), namespaces, rounds)
    return reached


def main() -> int:
    """Measure, print, and return 1 when the target was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40, help="queries of each kind (default: 40)")
    return 0 if anyio.run(run, parser.parse_args().rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
