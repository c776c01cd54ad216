"""Many processes that write to one bank without pause: does any fail, wait long, or go short of the others?

Each writer is a process with a store of its own that adds experiences with two strategies and a vector, one
after the other, until a moment they all share. `checker.py` then compares the file with what was written. The
longest wait is for a whole call, from its start to the commit; with more writers than cores, part of it is
waiting for a core, so the load of the machine is printed beside it.

Not covered: the server around the store (`kills.py`), reading meanwhile (`recall.py`), the real embedder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from checker import violations
from prettytable import PrettyTable
from workload import item

from rb_mcp.errors import RbMcpError
from rb_mcp.providers.scripted import HashingEmbedder
from rb_mcp.stores.checks import file_system
from rb_mcp.stores.sqlite import SqliteStore, utc_now
from rb_mcp.types import Attempt, Experience, Lesson, MemoryItem, Step, Trajectory, Verdict, new_id


@dataclass(frozen=True)
class Written:
    """What one writer did."""

    kept: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Id of each experience → the ids of its strategies."""
    errors: list[str] = field(default_factory=list[str])
    longest: float = 0.0
    """Seconds of its longest call."""


@dataclass(frozen=True)
class Result:
    """What all of them did together."""

    writers: list[Written]
    violations: list[str]

    @property
    def commits(self) -> list[int]:
        """Return how many commits each writer got, the fewest first."""
        return sorted(len(writer.kept) for writer in self.writers)

    @property
    def errors(self) -> list[str]:
        """Return what was raised."""
        return [error for writer in self.writers for error in writer.errors]

    @property
    def longest(self) -> float:
        """Return the seconds of the longest call."""
        return max(writer.longest for writer in self.writers)


def trial(path: Path, writers: int, seconds: float) -> Result:
    """Let that many processes write to a bank, which the first of them makes, at the same time."""
    command = [sys.executable, str(Path(__file__)), "--writer", str(path)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(writers)
    ]
    for process in processes:
        assert process.stdout  # noqa: S101 - it was asked for above
        process.stdout.readline()
    end = time.time() + seconds
    for process in processes:
        assert process.stdin  # noqa: S101 - it was asked for above
        process.stdin.write(f"{end}\n")
        process.stdin.flush()
    said = [process.communicate()[0] for process in processes]
    done = [Written(**json.loads(one)) if one else Written(errors=["the process died"]) for one in said]
    kept = {id_: strategies for writer in done for id_, strategies in writer.kept.items()}
    return Result(done, violations(path, kept, lessons=kept))


async def write(path: Path) -> None:
    """Be one writer: open the bank, say so, and write until the moment that is named on stdin."""
    store, embedder = SqliteStore(path), HashingEmbedder()
    await store.summary(None)
    print("ready", flush=True)
    end = float(sys.stdin.readline())
    rng = random.Random(os.getpid())  # noqa: S311 - nothing secret
    kept: dict[str, list[str]] = {}
    errors: list[str] = []
    longest = 0.0
    while time.time() < end:
        one, lessons = _experience(rng)
        [embedding] = await embedder.embed([one.task])
        before = time.perf_counter()
        try:
            _, strategies = await store.add(one, key=_key(one.task), embedding=embedding, lessons=lessons)
        except RbMcpError as error:
            errors.append(str(error))
        else:
            kept[one.id] = [strategy.id for strategy in strategies]
        longest = max(longest, time.perf_counter() - before)
    await store.close()
    print(json.dumps({"kept": kept, "errors": errors, "longest": longest}))


def _experience(rng: random.Random) -> tuple[Experience, list[Lesson]]:
    task = f"{rng.randbytes(8).hex()} {item(rng)['content']}"
    steps = (Step(**dict(zip(("thought", "action", "observation"), item(rng).values(), strict=True))),)
    attempt = Attempt(Trajectory(task, steps), Verdict("success", "the tests passed", "evidence"))
    lessons = [Lesson(MemoryItem(**item(rng))) for _ in range(2)]
    return Experience(new_id("exp"), "default", task, "distilled", utc_now(), (attempt,)), lessons


def _key(task: str) -> str:
    return hashlib.sha256(task.encode()).hexdigest()


def main() -> int:
    """Measure, print a table, and return 1 when a call failed or something is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--folder", type=Path, default=Path(), help="where the bank is made: on a disk, not in memory")
    parser.add_argument("--writer", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.writer:
        anyio.run(write, given.writer)
        return 0
    headings = ("writers", "commits", "a second", "failed", "longest call", "fewest-most of a writer", "ratio", "load")
    table = PrettyTable(headings, align="r")
    wrong: list[str] = []
    with TemporaryDirectory(dir=given.folder) as folder:
        kind = file_system(Path(folder))
        for writers in given.writers:
            result = trial(Path(folder) / f"{writers}.db", writers, given.seconds)
            least, most = result.commits[0], result.commits[-1]
            total = sum(result.commits)
            row = (writers, total, f"{total / given.seconds:.0f}", len(result.errors), f"{result.longest * 1e3:.0f} ms")
            fair = (f"{least}-{most}", f"{least / max(most, 1):.2f}", f"{os.getloadavg()[0]:.1f}")
            table.add_row([*row, *fair])
            wrong += [*result.errors, *result.violations]
    print(f"{given.seconds:g} s of writing without pause to one bank ({kind}), {os.cpu_count()} cores")
    print(table)
    for line in wrong[:20]:
        print(f"  {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
