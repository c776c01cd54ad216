"""A client installed, in a home of its own, connected to rb-mcp, and run on a prompt without a person.

Not covered: Windows, where what a client leaves running is not stopped with it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from standin import Seen, StandIn, standing_in

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from hosts import Host
    from standin import Turn

HERE = Path(__file__).resolve().parent
OLDEST_NODE = 20
"""What Gemini CLI asks for."""
INSTALLING, COMMAND, SESSION = 900, 60, 180
"""Seconds that each may take."""
OUT_OF_REACH = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "E403", "E404")
"""By which of npm's errors the registry is not to be had."""


class SetupError(Exception):
    """The checks cannot be run; the text says why."""


class NotToBeHadError(SetupError):
    """What the checks need is not on this machine and cannot be fetched: they are skipped."""


def run(
    command: Sequence[str | Path], seconds: float, folder: Path = HERE, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, or kill it with all it started; one that was killed has failed."""
    with subprocess.Popen(
        list(map(str, command)),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as started:
        try:
            out, err = started.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            out, err = started.communicate()
            return subprocess.CompletedProcess(started.args, -1, out, f"{err}\nnot finished after {seconds:.0f} s")
        return subprocess.CompletedProcess(started.args, started.returncode, out, err)


def must(
    command: Sequence[str | Path], seconds: float, folder: Path = HERE, environment: Mapping[str, str] | None = None
) -> str:
    """Run a program that has to succeed, and return what it printed.

    Raises:
        SetupError: when it did not succeed.
    """
    done = run(command, seconds, folder, environment)
    if done.returncode:
        raise SetupError(f"{' '.join(map(str, command))}: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


def install(cache: Path) -> Path:
    """Install the clients, unless the installed ones are those of the lockfile, and return where their programs are.

    Raises:
        NotToBeHadError: when there is no Node, no npm, or no registry.
        SetupError: when the installation fails for another reason.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise NotToBeHadError("there is no node or no npm on PATH")
    version = must([node, "--version"], COMMAND).strip()
    if int(re.findall(r"\d+", version)[0]) < OLDEST_NODE:
        raise NotToBeHadError(f"Node is {version}; the clients need {OLDEST_NODE}")
    cache.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    stamp = cache / "installed.json"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, cache / name)
        done = run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], INSTALLING, cache)
        if any(error in done.stderr for error in OUT_OF_REACH):
            raise NotToBeHadError(f"npm cannot fetch the clients: {done.stderr.strip()[-500:]}")
        if done.returncode:
            raise SetupError(f"npm ci: {done.stderr.strip()[-2000:]}")
        # The one script that is needed: it puts the program for this machine where the command is.
        must([node, "install.cjs"], INSTALLING, cache / "node_modules" / "@anthropic-ai" / "claude-code")
        stamp.write_text(lock, encoding="utf-8")
    return cache / "node_modules" / ".bin"


@dataclass(frozen=True)
class Session:
    """What the model was sent in one run of a client, whom else the client called, and what went wrong."""

    seen: tuple[Seen, ...]
    strangers: tuple[str, ...]
    problem: str

    def first(self) -> str:
        """All that the model read before it said anything."""
        return self.seen[0].text if self.seen else ""


@dataclass(frozen=True)
class Machine:
    """One client in a home of its own, with its model, and a folder in which it works."""

    host: Host
    model: StandIn
    home: Path
    programs: Path

    @property
    def work(self) -> Path:
        """The folder."""
        return self.home / "work"

    def environment(self) -> dict[str, str]:
        """Only what everyone has; the way to any other machine ends at the stand-in, which writes it down."""
        own = {name: os.environ[name] for name in ("LANG", "TERM") if name in os.environ}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        proxies = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), self.model.url)
        direct = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
        return own | proxies | direct | {"HOME": str(self.home), "PATH": path, "RB_MCP_MODEL": "agent"}

    def ours(self, *arguments: str | Path) -> str:
        """Run a command of ours in this home.

        Raises:
            SetupError: when it did not succeed.
        """
        return must([sys.executable, "-m", "rb_mcp", *arguments], COMMAND, self.work, self.environment())

    def session(self, prompt: str, turns: Sequence[Turn], *, goes_on: bool = False) -> Session:
        """Have the client work on a prompt, in a new session or in the last, the model saying what is scripted."""
        self.model.follow(turns)
        environment = self.environment() | self.host.environment(self.model.url)
        command = [self.programs / self.host.program, *self.host.command(prompt, self.model.url, goes_on)]
        done = run(command, SESSION, self.work, environment)
        said = f"{done.stdout}\n{done.stderr}".strip()[-2000:]
        ended = f"exit status {done.returncode} after {len(self.model.seen)} turns of the model: {said}"
        problem = ended if done.returncode or not self.model.seen else ""
        return Session(tuple(self.model.seen), tuple(self.model.strangers), problem)


@contextmanager
def connected(host: Host, programs: Path, cache: Path) -> Generator[Machine]:
    """Give a client that is connected, in a fresh home, for as long as the block lasts.

    Raises:
        SetupError: when it could not be connected.
    """
    # Beside the clients: Codex does without some of its programs where its home is in a folder for temporary files.
    with (
        tempfile.TemporaryDirectory(prefix=f"{host.name}-", dir=cache, ignore_cleanup_errors=True) as home,
        standing_in(host.api) as model,
    ):
        machine = Machine(host, model, Path(home), programs)
        machine.work.mkdir()
        if host.settings[0]:
            settings = machine.home / host.settings[0]
            settings.parent.mkdir()
            settings.write_text(host.settings[1], encoding="utf-8")
        machine.ours("connect", host.name, "--yes")
        yield machine
