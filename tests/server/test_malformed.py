"""Whatever comes in, every request is answered once, nothing ends the server, and no trace of it goes out."""

from __future__ import annotations

import http.client
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from queue import Queue
from typing import TYPE_CHECKING, Any

import pytest
from corpora.messages import LEGACY, LINES, METAS, MODERN, OWN, RESULT, Line
from corpora.requests import REQUESTS, Asked
from mcp.types import JSONRPCRequest

from rb_mcp.server.wire import LONGEST_LINE, Lines, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HELLO: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
TRACES = ("Traceback", 'File "', ".py", "pydantic", "validation error", "object at 0x")
PATIENCE = 60


class Pipes:
    """A real server at the other end of two pipes; its answers are taken in by a thread."""

    def __init__(self, folder: Path, era: str) -> None:
        self.era = era
        environ = {**os.environ, "RB_MCP_BANK": str(folder / "bank.db"), "RB_MCP_EMBEDDER": "hashing"}
        command = [sys.executable, "-m", "rb_mcp"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environ)
        self.answers: Queue[bytes] = Queue()
        self._asked = 1_000_000
        self._complaints: list[bytes] = []
        threading.Thread(target=self._take_in, daemon=True).start()
        threading.Thread(target=self._take_complaints, daemon=True).start()

    def _take_in(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.answers.put(line)
        self.answers.put(b"")

    def _take_complaints(self) -> None:
        assert self.process.stderr
        self._complaints.extend(self.process.stderr)

    def send(self, line: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        line = self.answers.get(timeout=PATIENCE)
        assert line, "the server has ended"
        answer = json.loads(line)
        assert answer["jsonrpc"] == "2.0"
        assert ("result" in answer) != ("error" in answer)
        assert line.endswith(b"\n")
        return answer

    def answered(self, sent: bytes, most: int) -> list[dict[str, Any]]:
        """Send something, then a request that is to be answered, and return what came beside its answer."""
        self._asked += 1
        request = {"jsonrpc": "2.0", "id": self._asked, "method": "tools/list", "params": {"_meta": METAS[self.era]}}
        self.send(sent)
        self.send(json.dumps(request).encode())
        found: list[dict[str, Any]] = []
        well = False
        while not well or len(found) < most:
            answer = self.receive()
            if answer["id"] == self._asked:
                assert len(answer["result"]["tools"]) == 3
                well = True
            else:
                found.append(answer)
        return found

    def end(self) -> str:
        """Close its input, and return its complaints; nothing is to come any more."""
        assert self.process.stdin
        self.process.stdin.close()
        assert self.process.wait(15) == 0
        assert self.answers.get(timeout=PATIENCE) == b""
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()
        return b"".join(self._complaints).decode()


def _ready(folder: Path, era: str) -> Pipes:
    pipes = Pipes(folder, era)
    if era == LEGACY:
        pipes.send(json.dumps(HELLO).encode())
        assert pipes.receive()["id"] == 1
    return pipes


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Pipes]]:
    """One process an era for all lines, whatever their order."""
    pipes = {era: _ready(tmp_path_factory.mktemp("bank"), era) for era in METAS}
    yield pipes
    for one in pipes.values():
        complaints = one.end()
        assert not [trace for trace in ("Traceback", "Error:", "err_") if trace in complaints], complaints


@pytest.mark.parametrize(
    ("era", "line"),
    [(era, line) for line in LINES for era in line.eras],
    ids=lambda one: one.name if isinstance(one, Line) else one,
)
def test_every_line_is_answered_once_and_the_server_goes_on(servers: dict[str, Pipes], era: str, line: Line) -> None:
    own = 100 + LINES.index(line)
    expected = [(own if id_ == OWN else id_, code) for id_, code in line.answers]
    answers = servers[era].answered(line.bytes(era, own), len(expected))
    assert [(answer["id"], answer.get("error", {}).get("code", RESULT)) for answer in answers] == expected
    said = json.dumps(answers)
    assert not [trace for trace in TRACES if trace in said], said


def test_a_request_before_the_handshake_is_answered(tmp_path: Path) -> None:
    pipes = Pipes(tmp_path, LEGACY)
    for id_, method in enumerate(("tools/list", "ping", "no/such"), start=2):
        pipes.send(json.dumps({"jsonrpc": "2.0", "id": id_, "method": method}).encode())
    answers = {answer["id"]: answer for answer in (pipes.receive() for _ in range(3))}
    assert answers[2]["error"]["code"] == -32602
    assert answers[3]["result"] == {}
    assert answers[4]["error"]["code"] == -32601
    pipes.send(json.dumps(HELLO).encode())
    assert pipes.receive()["result"]["serverInfo"]["name"] == "rb-mcp"
    assert pipes.end() == ""


def test_a_request_under_way_when_the_input_ends_is_still_answered(tmp_path: Path) -> None:
    pipes = _ready(tmp_path, LEGACY)
    call = {"name": "recall_strategies", "arguments": {"task": "t"}}
    for id_ in range(10, 30):
        pipes.send(json.dumps({"jsonrpc": "2.0", "id": id_, "method": "tools/call", "params": call}).encode())
    assert pipes.process.stdin
    pipes.process.stdin.close()
    assert sorted(pipes.receive()["id"] for _ in range(20)) == list(range(10, 30))
    assert pipes.end() == ""


BIG = b"x" * (1 << 20)


def test_a_line_beyond_the_limit_is_refused_by_its_id_and_never_held(tmp_path: Path) -> None:
    pipes = _ready(tmp_path, MODERN)
    assert pipes.process.stdin
    assert len(pipes.answered(b"{", 1)) == 1
    before = _most_memory(pipes)
    for head, tail, id_ in (
        (b'{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"a":"', b'"}}', 5),
        (b'{"method":"tools/call","params":{"id":9,"a":"', b'"},"jsonrpc":"2.0","id":"six"}', "six"),
    ):
        pipes.process.stdin.write(head)
        for _ in range(3 * LONGEST_LINE >> 20):
            pipes.process.stdin.write(BIG)
        [refused] = pipes.answered(tail, 1)
        assert refused["id"] == id_
        assert refused["error"]["code"] == -32600
        assert "longer than" in refused["error"]["message"]
    assert _most_memory(pipes) - before < 1.5 * LONGEST_LINE
    assert pipes.end() == ""


def _most_memory(pipes: Pipes) -> int:
    """Return the most bytes the server ever held, where the system says so."""
    try:
        with open(f"/proc/{pipes.process.pid}/status") as status:  # noqa: PTH123 - a file of the kernel's
            return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except FileNotFoundError:
        return 0


@pytest.mark.parametrize(
    ("line", "id_"),
    [
        (b'{"jsonrpc":"2.0","id":5,"method":"m","params":{"a":"%s"}}', 5),
        (b'{"id":"a\\ud83d","jsonrpc":"2.0","method":"m","params":{"a":"%s"}}', "a\ufffd"),
        (b'{"method":"m","params":{"a":"%s","id":9},"jsonrpc":"2.0","id":5}\r', 5),
        (b'{"method":"m","params":{"a":"%s"},"id":5,"jsonrpc":"2.0"}', 5),
        (b'{"params":{"a":"%s","id":9},"id":5,"method":"m"}', 5),
        (b'{"jsonrpc":"2.0","id":5,"result":{"a":"%s"}}', None),
        (b'{"result":{"a":"%s","method":"m"},"jsonrpc":"2.0","id":5}', None),
        (b'{"method":"m","params":{"a":"%s","id":5}}', None),
        (b'{"params":{"a":"%s"},"id":5,"x":{"method":"m","id":6}}', None),
        (b'{"jsonrpc":"2.0","id":5.5,"method":"m","params":{"a":"%s"}}', None),
        (b'{"jsonrpc":"2.0","method":"m","params":{"a":"%s"}}', None),
        (b"%s", None),
    ],
)
def test_the_id_of_a_line_too_long_is_the_requests_own_or_none(line: bytes, id_: object) -> None:
    whole = line % (b"y" * 300_000) + b"\n"
    lines = Lines(io.BytesIO(whole + b'{"jsonrpc":"2.0","id":1,"method":"ping"}'), limit=200_000)
    refused = lines.read()
    assert isinstance(refused, Refusal)
    assert refused.id == id_
    after = lines.read()
    assert isinstance(after, JSONRPCRequest)
    assert after.id == 1
    assert lines.read() is None


def test_a_line_of_many_parts_within_the_limit_is_read_whole() -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "m", "params": {"a": "é" * 150_000}}
    lines = Lines(io.BytesIO(json.dumps(message, ensure_ascii=False).encode() + b"\n"), limit=400_000)
    found = lines.read()
    assert isinstance(found, JSONRPCRequest)
    assert found.params == message["params"]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """One server for all requests."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    environ = {**os.environ, "RB_MCP_BANK": str(tmp_path_factory.mktemp("bank") / "bank.db")}
    command = [sys.executable, "-m", "rb_mcp", "serve", "--http", "--port", str(number)]
    pipe = subprocess.PIPE
    complaints: list[bytes] = []
    with subprocess.Popen(command, env=environ, stdout=pipe, stderr=pipe) as server:
        assert server.stdout
        assert server.stderr
        taking = threading.Thread(target=complaints.extend, args=(server.stderr,), daemon=True)
        taking.start()
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", number)) == 0:
                    break
            time.sleep(0.1)
        yield number
        assert server.poll() is None, "it has ended"
        server.terminate()
        assert server.stdout.read() == b""
        taking.join()
    said = b"".join(complaints).decode()
    assert not [trace for trace in ("Traceback", "Error:", "err_", "behind it") if trace in said], said


def _asked(port: int, sent: bytes) -> tuple[int, str]:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as wire:
        with suppress(BrokenPipeError, ConnectionResetError):  # an answer may come before all is sent
            wire.sendall(sent)
        with closing(http.client.HTTPResponse(wire, method=sent.partition(b" ")[0].decode("latin-1"))) as answer:
            answer.begin()
            body = ""
            with suppress(ConnectionResetError):  # or the rest of it may be in the way
                body = answer.read().decode()
            return answer.status, body


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: one.name)
def test_every_request_gets_a_status_and_the_server_goes_on(port: int, request_: Asked) -> None:
    status, body = _asked(port, request_.bytes(port))
    assert status == request_.status, body
    assert not [trace for trace in TRACES if trace in body], body
    if request_.code is not None:
        text = next((line[6:] for line in body.splitlines() if line.startswith("data: {")), body)
        answer = json.loads(text)
        assert answer["jsonrpc"] == "2.0"
        assert answer.get("error", {}).get("code", RESULT) == request_.code
        assert "id" in answer
    status, body = _asked(port, Asked("", 200).bytes(port))
    assert status == 200
    assert '"result":{}' in body


def test_a_client_that_hangs_up_in_the_middle_of_its_body_costs_nothing(port: int) -> None:
    whole = Asked("", 200, body=b"x" * 1_000_000).bytes(port)
    for length in (10, 100, len(whole) // 2, len(whole) - 1):
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as wire:
            wire.sendall(whole[:length])
    assert _asked(port, Asked("", 200).bytes(port))[0] == 200


def test_the_answer_to_a_body_too_long_says_what_to_do(port: int) -> None:
    status, body = _asked(port, Asked("", 413, body=b"x" * (8 << 20)).bytes(port))
    assert status == 413
    assert "stdin" in json.loads(body)["error"]["message"]
