"""How long a client waits for its hooks: CPU time of each, against the start of the server.

Every prompt and every stop of a session runs a hook, so it may cost at most a third of what the server's start does,
which a session pays once (`cold_start.py`). The two are measured in turns in one run, on a bank of some experiences:
each hook with a server of the bank at hand, which does the work, and without one.

Not covered: what the server spends on a hook's behalf, and how long transcripts are (`stop` reads all of one).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cold_start import Servers
from figures import spread, within

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

TARGET = 1 / 3

EXPERIENCES = 30


def task(number: int) -> str:
    """Return one of many tasks that are alike."""
    return f"Fix failing test number {number} of the parser for {('dates', 'orders', 'prices')[number % 3]}"


def record(number: int) -> str:
    """Return a session that failed at it, in our own format."""
    steps = [{"thought": "look", "action": f"pytest -k {number}.{n}", "observation": "x" * 400} for n in range(20)]
    return json.dumps({"task": task(number), "trajectory": steps, "outcome": "failure", "evidence": "1 failed"})


def with_lesson(number: int) -> str:
    """Return the same with what it taught."""
    item = {
        "title": f"Run test {number} alone",
        "description": "When one test of many fails.",
        "content": f"Run it alone, compare what was expected with what came, and change one thing ({number}).",
    }
    return json.dumps({**json.loads(record(number)), "strategies": [item]})


class Hooks:
    """Hooks of one home, as a client runs them."""

    def __init__(self, folder: Path) -> None:
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("RB_MCP_", "XDG_"))}
        self.environ = {**ours, "HOME": str(folder), "RB_MCP_BANK": str(folder / "bank.db")}
        self._transcript = folder / "session.jsonl"
        self._count = 0
        lines = folder / "experiences.jsonl"
        lines.write_text("\n".join(with_lesson(number) for number in range(EXPERIENCES)), encoding="utf-8")
        self._command("record", str(lines))

    def _command(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "rb_mcp", *arguments], env=self.environ, check=True, capture_output=True)

    def prompt(self) -> float:
        """Return the CPU seconds of a recall that finds something."""
        self._count += 1
        fields = {"hook_event_name": "UserPromptSubmit", "prompt": task(self._count % EXPERIENCES)}
        return self._seconds("prompt", fields, says=True)

    def stop(self) -> float:
        """Return the CPU seconds of recording a task, of which the agent is asked for lessons."""
        self._count += 1
        self._transcript.write_text(record(10_000 + self._count), encoding="utf-8")
        return self._seconds("stop", {"hook_event_name": "Stop", "transcript_path": str(self._transcript)}, says=True)

    def nod(self) -> float:
        """Return the CPU seconds of a prompt that is no task."""
        return self._seconds("prompt", {"hook_event_name": "UserPromptSubmit", "prompt": "go on"}, says=False)

    @contextmanager
    def server(self) -> Generator[None]:
        """Have a server of the bank run meanwhile, its embedder loaded."""
        with subprocess.Popen(
            [sys.executable, "-m", "rb_mcp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.environ,
        ) as server:
            while not list(Path(self.environ["HOME"]).rglob("*.sock")):
                if server.poll() is not None:
                    raise RuntimeError("the server does not start")
            self.prompt()
            yield
            server.communicate(b"")

    def _seconds(self, event: str, fields: Mapping[str, str], *, says: bool) -> float:
        given = json.dumps({"session_id": f"s{self._count}", **fields}).encode()
        hook = subprocess.Popen(
            [sys.executable, "-m", "rb_mcp", "hook", event],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self.environ,
        )
        if hook.stdin is None or hook.stdout is None:
            raise RuntimeError("no pipes")
        hook.stdin.write(given)
        hook.stdin.close()
        said = hook.stdout.read()
        _, status, usage = os.wait4(hook.pid, 0)
        hook.returncode = os.waitstatus_to_exitcode(status)
        hook.stdout.close()
        if hook.returncode or bool(said) != says:
            raise RuntimeError(f"hook {event} said {said!r}")
        return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Measure, print, and return 1 when a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--rounds", type=int, default=15, help="runs of each (default: 15)")
    rounds = parser.parse_args().rounds
    start: list[float] = []
    taken: dict[str, list[float]] = {}
    with TemporaryDirectory(prefix="rb") as folder:
        servers, hooks = Servers(Path(folder)), Hooks(Path(folder))

        def turn(where: str, count: int) -> None:
            for number in range(count + 1):  # the first fills the caches
                found = {f"prompt, {where}": hooks.prompt(), f"stop, {where}": hooks.stop(), "a nod": hooks.nod()}
                seconds = servers.session(servers.ours)
                if number:
                    start.append(seconds)
                    for name, one in found.items():
                        taken.setdefault(name, []).append(one)

        turn("alone", rounds)
        with hooks.server():
            turn("with a server", rounds)
    whole = statistics.median(start)
    print(f"CPU, {rounds} of each in turns: median (min-max)")
    print(f"  {'start of the server':24}{spread(start, 'ms', 1e3)}")
    for name, seconds in sorted(taken.items()):
        print(f"  {name:24}{spread(seconds, 'ms', 1e3)}")
    reached = [within(f"{name} / start", statistics.median(one) / whole, TARGET) for name, one in sorted(taken.items())]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
