"""Runs tests in a forked process, in which one module may be another than the one in its file.

What tests import and nobody changes is imported before the fork, which is why a run takes a second and not five.
Needs `os.fork`. Not covered: programs that tests start; they see the module as it is in its file.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING

import coverage
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from types import CodeType, ModuleType

LEFT_OUT = ("takes_about_twice", "in_time", "grows_with_the_length", "random_overwrites", "every_overwrite")
"""Parts of the names of tests that compare times, and would fail by chance, or that alone last as long as the rest."""

PASSED, NO_TESTS = 0, 5
_BROKEN = 3
_MEMORY = 4 << 30
_IMPORTED_ONCE = {"anyio", "apsw", "coverage", "hypothesis", "jsonschema", "mcp", "mcp_types", "pydantic", "starlette"}


@dataclass
class Tests:
    """What was seen of tests: how long each takes, which of them run a line of a file, what they import."""

    seconds: dict[str, float] = field(default_factory=dict[str, float])
    running: dict[str, dict[int, list[str]]] = field(default_factory=dict[str, dict[int, list[str]]])
    modules: list[str] = field(default_factory=list[str])

    def reach(self, file: str, lines: range) -> tuple[set[str], set[str]]:
        """Return the tests that run one of these lines, all of them where it runs at import time; and the file's."""
        by_line = self.running.get(file, {})
        whole = {name for names in by_line.values() for name in names}
        found = {name for line in lines for name in by_line.get(line, ())}
        return (set(self.seconds), set(self.seconds)) if "" in found else (found, whole - {""})


def observe(tree: Path, files: Sequence[Path]) -> Tests:
    """Run the tests of these files once as they are, and return what was seen.

    Raises:
        RuntimeError: when one of them fails, with what pytest said.
    """
    seen, log = tree.parent / "seen.json", tree.parent / "seen.log"

    def child() -> int:
        cover = coverage.Coverage(data_file=None, config_file=False, source=[str(tree / "rb_mcp")])
        observer = Observer(cover)
        cover.start()
        status = run_tests(tree, files, tree.parent / "first", observer)
        cover.stop()
        data = cover.get_data()
        running = {
            Path(file).relative_to(tree).as_posix(): data.contexts_by_lineno(file) for file in data.measured_files()
        }
        modules = sorted(name for name in list(sys.modules) if name.partition(".")[0] in _IMPORTED_ONCE)
        seen.write_text(json.dumps([observer.seconds, running, modules]))
        return status

    status = os.waitstatus_to_exitcode(os.waitpid(fork(child, log), 0)[1])
    if status != PASSED:
        raise RuntimeError(f"the tests fail with nothing changed:\n{log.read_text()[-4_000:]}")
    seconds, running, modules = json.loads(seen.read_text())
    by_line = {file: {int(line): names for line, names in lines.items()} for file, lines in running.items()}
    return Tests(seconds, by_line, modules)


def run_tests(tree: Path, files: Sequence[Path], temporary: Path, plugin: object) -> int:
    """Run tests of a tree in this process, which is good for nothing else afterwards."""
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    os.environ["PYTHONPATH"] = str(tree)
    options = ["-x", "-q", "--tb=short", "-p", "no:randomly", "-p", "no:cacheprovider", f"--basetemp={temporary}"]
    early = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # plugins were imported before the fork
    return int(pytest.main([*options, *early, *map(str, files)], plugins=[plugin]))


def fork(work: Callable[[], int], log: Path, cpu_seconds: int = 0) -> int:
    """Run a function in a child that leads its own group, and return the child's id."""
    import resource  # noqa: PLC0415 - not there on Windows, where nothing forks

    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    status = _BROKEN
    try:
        os.setsid()
        with log.open("wb") as out:
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
        if cpu_seconds:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        status = work()
    except BaseException:  # noqa: BLE001 - it is printed, and nothing may leave the child as if it were the parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


class Chosen:
    """Has pytest run these tests in this order, and forget the rest."""

    def __init__(self, names: Sequence[str]) -> None:
        self._place = {name: place for place, name in enumerate(names)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Filter and sort."""
        chosen = [item for item in items if item.nodeid in self._place]
        items[:] = sorted(chosen, key=lambda item: self._place[item.nodeid])


class Observer:
    """Notes how long each test takes, and tells coverage which one is running."""

    def __init__(self, cover: coverage.Coverage) -> None:
        self._cover = cover
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what is not asked."""
        items[:] = [item for item in items if not any(part in item.name for part in LEFT_OUT)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Run one test under its own name."""
        self._cover.switch_context(item.nodeid)
        start = time.perf_counter()
        result = yield
        self.seconds[item.nodeid] = time.perf_counter() - start
        self._cover.switch_context("")
        return result


class Finder:
    """Puts a changed module where the real one is looked for."""

    def __init__(self, file: str, source: bytes) -> None:
        parts = Path(file).with_suffix("").parts
        self._name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self._source = source

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find the changed module and no other."""
        if name != self._name:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None:
            raise ImportError(name)
        spec.loader = _Loader(name, spec.origin, self._source)
        return spec


class _Loader(SourceFileLoader):
    """Loads the changed module; no bytecode of it is kept or used."""

    def __init__(self, name: str, path: str, source: bytes) -> None:
        super().__init__(name, path)
        self._changed = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._changed, self.get_filename(fullname), "exec", dont_inherit=True)
