"""Hooks as clients run them: the real program, JSON on stdin, against a bank in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import anyio

from rb_mcp.config import Settings
from rb_mcp.memory import intake
from rb_mcp.memory.opening import open_bank
from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from rb_mcp.types import Experience, Strategy

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "claude-code", "version": "2"},
    },
}

CLAUDE, CODEX, GEMINI, CURSOR = "claude-code", "codex-mcp-client", "gemini-cli-mcp-client", "cursor-vscode"


class Answer:
    """What a client gets to see of a hook."""

    def __init__(self, ended: subprocess.CompletedProcess[bytes]) -> None:
        self.status = ended.returncode
        self.stdout = ended.stdout
        self.stderr = ended.stderr

    @property
    def json(self) -> dict[str, Any]:
        """What it printed, which has to be one JSON object."""
        assert self.status == 0, self.stderr
        return json.loads(self.stdout)

    @property
    def silent(self) -> bool:
        """Whether it left the client alone."""
        assert self.status == 0, self.stderr
        return self.stdout == b"" and self.stderr == b""


class Hooked:
    """A home, a bank in it, and the events of one session."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.bank = home / "data" / "bank.db"
        self.transcript = home / "session.jsonl"
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
            "HOME": str(home),
            "RB_MCP_BANK": str(self.bank),
            "RB_MCP_EMBEDDER": "hashing",
        }

    def hook(self, event: str, fields: Mapping[str, Any] | bytes, *options: str) -> Answer:
        """Run one, as a client does."""
        given = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        command = [sys.executable, *self.flags, "-m", "rb_mcp", "hook", event, *options]
        return Answer(
            subprocess.run(command, input=given, capture_output=True, env=self.environ, check=False, timeout=60)
        )

    flags: Sequence[str] = ()

    def prompt(self, prompt: str, session: str = "s1") -> Answer:
        """Claude Code's user asks for something."""
        return self.hook("prompt", claude("UserPromptSubmit", self, session, prompt=prompt))

    def stop(self, *turns: Mapping[str, Any], session: str = "s1", again: bool = False) -> Answer:
        """Claude Code's agent stops; the session so far is a line of our own format a turn."""
        self.transcript.write_text("".join(json.dumps(turn) + "\n" for turn in turns), encoding="utf-8")
        return self.hook("stop", claude("Stop", self, session, stop_hook_active=again))

    def log(self) -> str:
        """What the hooks' log says."""
        found = list(self.home.rglob("hooks.log"))
        return found[0].read_text(encoding="utf-8") if found else ""

    def settings(self) -> Settings:
        return Settings.from_environ(self.environ)

    def teach(
        self, task: str, steps: Sequence[Mapping[str, Any]], lesson: Mapping[str, Any], client: str = CLAUDE
    ) -> None:
        """Record a task with what it taught, as a client's agent would."""

        async def record() -> None:
            async with open_bank(self.settings()) as bank:
                verdict = Verdict("failure", "1 failed", "evidence")
                given = intake.trajectory(task, steps)
                await bank.serving(client).record(given, verdict, intake.items([lesson], 3), "", "default")

        anyio.run(record)

    def experiences(self) -> list[Experience]:
        """Everything in the bank, the oldest first, in full."""

        async def look() -> list[Experience]:
            async with open_bank(self.settings()) as bank:
                found = await bank.store.experiences(None)
                return [await bank.store.experience(one.id, None) for one in reversed(found)]

        return anyio.run(look)

    def strategies(self) -> list[Strategy]:
        """Every strategy in the bank."""

        async def look() -> list[Strategy]:
            async with open_bank(self.settings()) as bank:
                return await bank.store.strategies(None)

        return anyio.run(look)

    @contextmanager
    def server(self, **more: str) -> Generator[subprocess.Popen[bytes]]:
        """Have a server of the bank run meanwhile."""
        process = subprocess.Popen(
            [sys.executable, "-m", "rb_mcp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**self.environ, **more},
        )
        assert process.stdin
        assert process.stdout
        assert process.stderr
        try:
            process.stdin.write(json.dumps(HELLO).encode() + b"\n")
            process.stdin.flush()
            process.stdout.readline()
            until = time.monotonic() + 10
            while not self.sockets() and time.monotonic() < until:
                time.sleep(0.02)
            yield process
        finally:
            process.stdin.close()
            process.wait(15)
            process.stdout.close()
            process.stderr.close()

    def sockets(self) -> list[Path]:
        """Where servers listen."""
        return list(self.home.rglob("*.sock"))


def claude(event: str, hooked: Hooked, session: str = "s1", **more: Any) -> dict[str, Any]:
    """What Claude Code sends."""
    usual = {"session_id": session, "transcript_path": str(hooked.transcript), "cwd": str(hooked.home)}
    return {**usual, "hook_event_name": event, "permission_mode": "default", **more}


def codex(event: str, hooked: Hooked, **more: Any) -> dict[str, Any]:
    """What Codex sends."""
    return {**claude(event, hooked), "turn_id": "7", "model": "gpt", **more}


def gemini(event: str, hooked: Hooked, **more: Any) -> dict[str, Any]:
    """What Gemini CLI sends."""
    usual = {"session_id": "s1", "transcript_path": str(hooked.transcript), "cwd": str(hooked.home)}
    return {**usual, "hook_event_name": event, "timestamp": "2026-11-01T10:00:00Z", **more}


def cursor(event: str, hooked: Hooked, **more: Any) -> dict[str, Any]:
    """What Cursor sends."""
    usual = {"conversation_id": "c1", "generation_id": "g1", "hook_event_name": event, "cursor_version": "3.7.21"}
    return {**usual, "workspace_roots": [str(hooked.home)], "transcript_path": str(hooked.transcript), **more}
