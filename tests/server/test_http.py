"""Streamable HTTP: this machine only, Host and Origin checked, the same loop."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from conftest import Caller
from mcp import Client
from samples import LESSON, STEPS, TASK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    environ = {**os.environ, "RB_MCP_BANK": str(tmp_path / "bank.db"), "RB_MCP_EMBEDDER": "hashing"}
    command = [sys.executable, "-m", "rb_mcp", "serve", "--http", "--port", str(number)]
    server = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", number)) == 0:
                break
        time.sleep(0.1)
    yield number
    server.terminate()
    assert server.wait(15) in (0, -15)
    assert server.stdout
    assert server.stdout.read() == b""
    server.stdout.close()


def _status(port: int, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    plain = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }
    connection.request("POST", "/mcp", json.dumps(hello), plain | headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.anyio
async def test_the_loop_runs_over_http(port: int, era: str) -> None:
    async with Client(f"http://127.0.0.1:{port}/mcp", mode=era) as client:  # pyright: ignore[reportArgumentType]
        call = Caller(client)
        await call("record_trajectory", task=TASK, trajectory=STEPS, outcome="success", strategies=[LESSON])
        [found] = (await call("recall_strategies", task=TASK))["strategies"]
        assert found["title"] == LESSON["title"]


def test_a_web_page_cannot_reach_the_bank_through_a_browser(port: int) -> None:
    assert _status(port) == 200
    assert _status(port, Host="evil.example") == 421
    assert _status(port, Host="127.0.0.1.evil.example") == 421
    assert _status(port, Origin="https://evil.example") == 403
    assert _status(port, Origin="null") == 403


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.com", ""])  # noqa: S104 - to be refused
def test_no_other_address_is_served_without_authentication(host: str) -> None:
    command = [sys.executable, "-m", "rb_mcp", "serve", "--http", "--host", host]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "only this machine" in done.stderr
    assert "Traceback" not in done.stderr
