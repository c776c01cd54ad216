"""Do the tests have teeth? Break the code in one small place, run the tests that reach it, and see whether one fails.

`python3 dev.py mutate` draws 300 changes of each part without looking; `mutate gate --all` tries every one. What is
printed is the share that some test noticed (a test that no longer ends has noticed too), with the 95 % interval of a
sample, and every change that nobody noticed. Exit status 1 when a part is below 85 %.

Nothing is written into the checkout: the tree is copied, the changed module exists only in the memory of a forked
process that imports it. Each change meets the tests that run its lines, then the others that run its file, quickest
first, until one fails or their time is spent: a slow test that alone would notice is not asked, so the share is a
lower bound. Tests that compare times are left out, for they would fail by chance; and some runs are made with nothing
changed: were one of those to fail, the figure would be void.

Why not a library: mutmut 3.8 changes what is inside functions and nothing else, so of the patterns and tables that a
gate and a redactor consist of it changes none; and of its changes to strings, which in a store are SQL, two thirds
are of case, which SQL does not notice.

Not covered: programs that tests start see the unchanged code; the SQL files of the migrations; what `mutations.py`
leaves alone.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from changed import NO_TESTS, PASSED, Chosen, Finder, Tests, fork, observe, run_tests
from mutations import mutations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutations import Mutation

HERE = Path(__file__).parents[1]
COPIED = ("rb_mcp", "prompts", "tests", "bench", "examples", "pyproject.toml", "README.md", "CHANGELOG.md")
TARGET = 0.85
BUDGET = 25.0
"""Seconds of tests, as they last unchanged, that one change may cost."""

UNCHANGED = 3
"""Runs of a part with nothing changed, amid the others."""

_GATE = ("gate", "orders", "consolidation", "trust", "signs/*")


@dataclass(frozen=True)
class Part:
    """What is broken, and the tests that should notice, as patterns of paths."""

    code: tuple[str, ...]
    tests: tuple[str, ...]

    def files(self, tree: Path) -> tuple[list[Path], list[Path]]:
        """Return both as files of a tree."""
        code, tests = (sorted({file for one in some for file in tree.glob(one)}) for some in (self.code, self.tests))
        return code, tests


PARTS = {
    "stores": Part(
        ("rb_mcp/stores/*.py",),
        ("tests/stores/test_[!m]*.py", "tests/stores/test_me*.py", "tests/memory/test_holdout.py"),
    ),
    "gate": Part(
        tuple(f"rb_mcp/memory/{name}.py" for name in _GATE),
        tuple(f"tests/memory/test_{name}*.py" for name in _GATE[:-1]),
    ),
    "parser": Part(
        tuple(f"rb_mcp/memory/{name}.py" for name in ("replies", "loose_json", "markdown")),
        ("tests/memory/test_replies.py", "tests/memory/test_parser*.py"),
    ),
    "redactor": Part(("rb_mcp/redaction/*.py",), ("tests/test_redaction*.py",)),
}


def main() -> int:
    """Try the changes of each part and print how many were noticed."""
    options = argparse.ArgumentParser(prog="mutate", description=(__doc__ or "").split("\n\n")[0])
    options.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; none named: all of them")
    options.add_argument("--sample", type=int, default=300, help="how many changes of each part (300)")
    options.add_argument("--all", action="store_true", help="every change")
    options.add_argument("--seed", type=int, default=1, help="which sample (1)")
    options.add_argument("--workers", type=int, default=os.cpu_count() or 2, help="how many at once")
    options.add_argument("--only", default="", help="only of files whose path holds this, to look closer")
    given = options.parse_args()
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        options.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    enough = [_tried(name, given) for name in given.parts or PARTS]
    return 0 if all(enough) else 1


def _tried(name: str, given: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder:
        tree = Path(folder) / "tree"
        left = shutil.ignore_patterns("node_modules", "__pycache__", ".*")
        tree.mkdir()
        for one in COPIED:
            if (HERE / one).is_dir():
                shutil.copytree(HERE / one, tree / one, ignore=left)
            else:
                shutil.copy(HERE / one, tree / one)
        code, files = PARTS[name].files(tree)
        places = [file.relative_to(tree).as_posix() for file in code]
        changes = [change for place in places if given.only in place for change in mutations(tree, place)]
        print(f"{name}: {len(changes)} changes possible; the tests are run unchanged first", flush=True)
        tests = observe(tree, files)
        for module in tests.modules:  # imported once, before forking
            import_module(module)
        few = not given.all and given.sample < len(changes)
        drawn = random.Random(given.seed).sample(changes, given.sample) if few else changes  # noqa: S311 - no secret
        return Trial(name, tree, files, tests).run(drawn, len(changes), given.workers)


@dataclass
class _Running:
    """A child that runs tests on a change, or on none."""

    change: Mutation | None
    folder: Path
    until: float


@dataclass
class Trial:
    """One part, its changes tried one by one."""

    name: str
    tree: Path
    files: Sequence[Path]
    tests: Tests
    noticed: int = 0
    endless: int = 0
    missed: list[Mutation] = field(default_factory=list["Mutation"])
    _running: dict[int, _Running] = field(default_factory=dict[int, _Running])

    def run(self, drawn: Sequence[Mutation], among: int, workers: int) -> bool:
        """Try the changes; print each that nobody noticed, then the share, and return whether it is enough."""
        start = time.monotonic()
        waiting: list[Mutation | None] = list(drawn)
        for place in range(UNCHANGED):
            waiting.insert(len(waiting) * place // UNCHANGED, None)
        for number, change in enumerate(waiting):
            while len(self._running) >= workers:
                self._wait()
            self._start(number, change)
            if sys.stdout.isatty():
                print(f"\r{self.name}: {number + 1} of {len(waiting)}", end=" ", flush=True)
        while self._running:
            self._wait()
        n = len(drawn)
        low, high = interval(self.noticed, n)
        margin = "" if n == among else f" (95 % interval {low:.1%} to {high:.1%}; drawn from {among})"
        print(
            f"{self.name}: {self.noticed} of {n} changes noticed, {self.endless} of them by no longer ending; "
            f"{len(self.missed)} not: {self.noticed / n:.1%}{margin}; {(time.monotonic() - start) / 60:.0f} min",
            flush=True,
        )
        return self.noticed >= TARGET * n

    def _start(self, number: int, change: Mutation | None) -> None:
        names = self._shown_to(change)
        if change and not names:
            self._miss(change, "no test runs it")
            return
        needed = {self.tree / name.partition("::")[0] for name in names}
        folder = self.tree.parent / f"run{number}"
        folder.mkdir()

        def child() -> int:
            if change:
                source = change.applied((self.tree / change.file).read_bytes())
                sys.meta_path.insert(0, Finder(change.file, source))
            files = [file for file in self.files if file in needed]
            return run_tests(self.tree, files, folder / "tmp", Chosen(names))

        usual = sum(self.tests.seconds[name] for name in names)
        pid = fork(child, folder / "log", round(15 + 5 * usual))
        self._running[pid] = _Running(change, folder, time.monotonic() + 60 + 15 * usual)

    def _shown_to(self, change: Mutation | None) -> list[str]:
        """Return the tests that a change is shown to: the quickest of those that run its lines, then of its file.

        The rest of the file's too, because what is kept in a cache runs once, in whichever test was the first.
        """
        first = rest = set(self.tests.seconds)
        if change and not change.everywhere:
            first, rest = self.tests.reach(change.file, change.lines)
        chosen: list[str] = []
        spent = 0.0
        for name in sorted(rest if first else (), key=lambda name: (name not in first, self.tests.seconds[name], name)):
            spent += self.tests.seconds[name]
            if spent > BUDGET and chosen:
                break
            chosen.append(name)
        return chosen

    def _wait(self) -> None:
        """Take in what has ended, and end what takes too long."""
        time.sleep(0.01)
        for pid, one in list(self._running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            late = not ended and time.monotonic() > one.until
            if late:
                os.kill(pid, signal.SIGKILL)
                status = os.waitpid(pid, 0)[1]
            elif not ended:
                continue
            del self._running[pid]
            self._judge(one, os.waitstatus_to_exitcode(status), late=late)
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)  # what the tests started and could not end
            shutil.rmtree(one.folder, ignore_errors=True)

    def _judge(self, one: _Running, code: int, *, late: bool) -> None:
        if one.change is None:
            if code != PASSED:
                said = (one.folder / "log").read_text()[-4_000:]
                raise RuntimeError(f"the tests failed with nothing changed, so the figures mean nothing:\n{said}")
        elif code in (PASSED, NO_TESTS):
            self._miss(one.change, "not noticed")
        else:
            self.noticed += 1
            self.endless += late or code in (-signal.SIGXCPU, -signal.SIGKILL)

    def _miss(self, change: Mutation, why: str) -> None:
        self.missed.append(change)
        print(f"\r  {why}: {change.told((self.tree / change.file).read_bytes())}", flush=True)


def interval(hits: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    z, share = 1.96, hits / n
    middle, reach = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - reach) / (1 + z * z / n), (middle + reach) / (1 + z * z / n)


if __name__ == "__main__":
    sys.exit(main())
