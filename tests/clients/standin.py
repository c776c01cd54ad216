"""A scripted model on the loopback: an HTTP server that speaks a vendor's API and keeps what it was sent.

A script is a list of turns. A turn is what the model says next: a text, a tool call, or a function that makes one of
them of the request so far. Past its end the model says that it is done. It is a proxy too, one that lets nothing
through: whom a client calls beside its model is written down.

Not covered: errors, limits, sampling settings, authentication: every key is good.
"""

from __future__ import annotations

import json
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence


@dataclass(frozen=True)
class Seen:
    """One request as the model reads it: the names of the tools it may call, and all text before it."""

    tools: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Call:
    """A call of one tool, by the name under which the client offers it."""

    tool: str
    arguments: dict[str, Any]


Saying: TypeAlias = "str | Call"
Turn: TypeAlias = "Saying | Callable[[Seen], Saying]"


@dataclass(frozen=True)
class Reply:
    """What goes back: JSON, or server-sent events as pairs of a name, which may be empty, and JSON."""

    body: Any = None
    events: tuple[tuple[str, Any], ...] = ()
    status: int = 200

    def encoded(self) -> tuple[str, bytes]:
        """Return the content type and the bytes."""
        if not self.events:
            return "application/json", json.dumps(self.body).encode()
        lines = [f"event: {name}\n" * bool(name) + f"data: {json.dumps(data)}\n\n" for name, data in self.events]
        return "text/event-stream", "".join(lines).encode()


Api: TypeAlias = "Callable[[str, Any, Callable[[Seen], Saying]], Reply]"
"""A vendor's API: path and body of a request, and whom to ask what the model says → the answer.

It asks only where the request is a turn of the agent: clients also have sessions named and words counted.
"""


@dataclass
class StandIn:
    """The model: its script, what it was sent, and whom the client called beside it."""

    api: Api
    url: str
    seen: list[Seen] = field(default_factory=list[Seen])
    strangers: list[str] = field(default_factory=list[str])
    _turns: list[Turn] = field(default_factory=list["Turn"])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def follow(self, turns: Sequence[Turn]) -> None:
        """Forget what was sent and what was left to say, and say this from now on."""
        with self._lock:
            self._turns, self.seen, self.strangers = list(turns), [], []

    def say(self, seen: Seen) -> Saying:
        """Take the next turn of the script."""
        with self._lock:
            self.seen.append(seen)
            turn = self._turns.pop(0) if self._turns else "Done."
        return turn(seen) if callable(turn) else turn


def text_of(part: object, names: frozenset[str]) -> str:
    """Return all text that stands under these names in a request, however deep, in its order."""
    if isinstance(part, str):
        return part
    if isinstance(part, dict):
        found = cast("dict[str, object]", part)
        return "\n".join(text_of(value, names) for name, value in found.items() if name in names)
    return "\n".join(text_of(one, names) for one in cast("list[object]", part)) if isinstance(part, list) else ""


@contextmanager
def standing_in(api: Api) -> Generator[StandIn]:
    """Serve a model for as long as the block lasts."""
    with _Server(api) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.model
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: Api) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.model = StandIn(api, f"http://127.0.0.1:{self.server_port}")

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # clients that end hang up
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        assert isinstance(self.server, _Server)
        model = self.server.model
        sent = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.command == "CONNECT" or not self.path.startswith("/"):
            model.strangers.append(self.path)
            self._give(Reply(f"{self.path} is out of reach", status=403))
        else:
            self._give(model.api(self.path, json.loads(sent) if sent else None, model.say))

    do_GET = do_HEAD = do_CONNECT = do_POST  # noqa: N815 - the base class's names

    def _give(self, reply: Reply) -> None:
        kind, content = reply.encoded()
        self.send_response(reply.status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: Any, **__: Any) -> None:
        pass
