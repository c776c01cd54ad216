"""A model on the loopback, in OpenAI's protocol: it judges at random, makes up lessons, and is away now and then.

Stands for the outside world where what is tested is the queue and the bank, not what a model has to say.
"""

from __future__ import annotations

import json
import random
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from workload import item

if TYPE_CHECKING:
    from collections.abc import Generator

_AWAY = 0.2
"""Share of the requests that are answered by 503."""


@contextmanager
def serving_model() -> Generator[str]:
    """Serve for as long as the block lasts, and give the address."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of who was killed while it asked."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["content-length"])).decode()
        away = random.random() < _AWAY  # noqa: S311 - nothing secret
        body = json.dumps({} if away else {"choices": [{"finish_reason": "stop", "message": _message(asked)}]})
        self.send_response(503 if away else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object, **__: object) -> None:
        """Say nothing."""


def _message(asked: str) -> dict[str, str]:
    """Return what the model says: whichever of a verdict, a choice or lessons was asked for."""
    schema = json.loads(asked)["response_format"]["json_schema"]["schema"]["properties"]
    rng = random.Random()  # noqa: S311 - nothing secret
    said: dict[str, object] = {
        "evidence": "",
        "reason": "it looks so",
        "outcome": rng.choice(("success", "failure", "unknown")),
        "best": 1,
        "items": [item(rng)],
    }
    return {"role": "assistant", "content": json.dumps({name: said[name] for name in schema})}
