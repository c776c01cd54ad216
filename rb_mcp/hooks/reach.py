"""How a hook reaches the bank: through a server of it that runs already, else by itself.

A server has its embedder loaded; the default one costs a second of CPU for its first text, which no prompt should
wait for. So a hook on its own embeds nothing: it recalls by words alone, and what it records gets its vector from the
next server. If a server does not answer in time it is done here: the same record sent twice is one experience.
"""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rb_mcp import sockets
from rb_mcp.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rb_mcp.config import Settings
    from rb_mcp.protocols import Embedder, Purpose
    from rb_mcp.types import Embedding

_PART = 1 << 16


class Unloaded:
    """An embedder as it is known, without what it takes to embed."""

    def __init__(self, real: Embedder) -> None:
        self.name = real.name
        self.dimensions = real.dimensions
        self.background = real.background

    async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:  # noqa: ARG002 - the seam's
        """Decline.

        Raises:
            ProviderError: always; the text has no vector for now.
        """
        raise ProviderError("a hook loads no embedder")


def ask(settings: Settings, request: Mapping[str, object], patience: float) -> dict[str, Any]:
    """Return the answer to a request as `memory.exchange` has it, from a server within `patience` seconds or from here.

    Raises:
        RbMcpError: when the bank cannot do it.
    """
    found = _from_server(settings.bank, request, time.monotonic() + patience)
    return found if found is not None else _from_here(settings, request)


def _from_server(bank: Path, request: Mapping[str, object], until: float) -> dict[str, Any] | None:
    if not hasattr(socket, "AF_UNIX"):
        return None
    message = json.dumps(request).encode()
    for path in sockets.listening(bank):
        # A server that has just gone, or is too busy, is as good as none.
        with suppress(OSError, ValueError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            answer = json.loads(_exchanged(line, path, message, until))
            if isinstance(answer, dict) and "error" not in answer:
                return answer  # pyright: ignore[reportUnknownVariableType] - JSON
    return None


def _exchanged(line: socket.socket, path: Path, message: bytes, until: float) -> bytes:
    """Send a message and return the answer.

    Raises:
        OSError: when there is none by then.
    """

    def limit() -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(left)

    limit()
    line.connect(str(path))
    line.sendall(message)
    line.shutdown(socket.SHUT_WR)
    parts: list[bytes] = []
    while True:
        limit()
        part = line.recv(_PART)
        if not part:
            return b"".join(parts)
        parts.append(part)


def _from_here(settings: Settings, request: Mapping[str, object]) -> dict[str, Any]:
    import anyio  # noqa: PLC0415 - with a server at hand none of this is loaded

    from rb_mcp.memory import exchange  # noqa: PLC0415 - see above
    from rb_mcp.memory.opening import open_bank  # noqa: PLC0415 - see above
    from rb_mcp.memory.retrieval import Retriever  # noqa: PLC0415 - see above
    from rb_mcp.redaction import Redactor  # noqa: PLC0415 - see above

    async def done() -> dict[str, Any]:
        async with open_bank(settings) as whole:
            bank = replace(whole, retriever=Retriever(whole.store, Unloaded(whole.retriever.embedder)))
            if request["ask"] == "recall":  # no model sees the task, nothing keeps it: it need not be redacted
                bank = replace(bank, redactor=Redactor("off"))
            return await exchange.answer(bank, request)

    return anyio.run(done)
