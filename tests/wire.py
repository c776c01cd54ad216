"""A server on the loopback that answers what it is told to and keeps what it was sent."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping


@dataclass(frozen=True)
class Answer:
    """One reply: `body` as JSON unless it is text, after `delay` seconds.

    With a `pace` the body comes a byte at a time, that many seconds apart; `cut` promises more bytes than come.
    """

    body: object = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay: float = 0.0
    pace: float = 0.0
    cut: bool = False


@dataclass(frozen=True)
class Request:
    """What was sent; the names of headers in small letters."""

    path: str
    headers: Mapping[str, str]
    body: Any


class Wire(ThreadingHTTPServer):
    """Gives one answer a request, in order, and the last one over and over."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self._answers: list[Answer] = []
        self._lock = threading.Lock()

    def answer(self, *answers: Answer) -> None:
        """Forget what was to be said, and say this."""
        self._answers = list(answers)

    def take(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up: some tests do just that."""


@contextmanager
def served() -> Generator[Wire]:
    """Serve for as long as the block lasts."""
    wire = Wire()
    thread = threading.Thread(target=wire.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.closing.set()
        wire.shutdown()
        wire.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Wire)
        sent = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        is_json = "json" in self.headers.get("content-type", "")
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.take(Request(self.path, headers, json.loads(sent) if is_json else sent))
        if answer.delay and self.server.closing.wait(answer.delay):
            return
        body = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
        kind = "text/html" if body.startswith(b"<") else "application/json"
        self.send_response(answer.status)
        for name, value in {"Content-Type": kind, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + 100 * answer.cut))
        self.end_headers()
        if not answer.pace:
            self.wfile.write(body)
            return
        for place in range(len(body)):
            self.wfile.write(body[place : place + 1])
            if self.server.closing.wait(answer.pace):
                return

    def log_message(self, *_: Any, **__: Any) -> None:
        pass
