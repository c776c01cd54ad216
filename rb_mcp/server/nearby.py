"""What a running server does for the hooks of the same account: it answers one request a connection, over a socket.

The server has what a hook cannot afford to load: the embedder, the compiled redactor, an open bank. The socket lies
in a folder that nobody else may enter, and is never on a network. A server that cannot listen serves its clients all
the same; hooks then do their work by themselves. On Windows it does not listen.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING

import anyio

from rb_mcp import sockets
from rb_mcp.errors import ConfigurationError, InvalidInput, RbMcpError
from rb_mcp.memory import exchange

if TYPE_CHECKING:
    from pathlib import Path

    from anyio.abc import SocketStream

    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.server.log import Log

PATIENCE = 30.0
"""Seconds that a hook may take to say what it wants; its own deadline is shorter."""

_log = logging.getLogger("rb_mcp.server")


class Nearby:
    """Listens for the hooks of one bank.

    Args:
        bank: What answers.
        path: The bank's file, which the socket is named after.
        log: Where failures are told.
    """

    def __init__(self, bank: ReasoningBank, path: Path, log: Log) -> None:
        self._bank = bank
        self._path = path
        self._log = log
        self._socket: Path | None = None
        self._ended = False
        self.asked = anyio.Event()
        """Set by the first request: before that no background work opens the bank."""

    async def listen(self) -> None:
        """Answer until cancelled."""
        if sys.platform == "win32":
            return
        try:
            address = sockets.address(self._path)
            self._socket = address.with_suffix(".part")
            listener = await anyio.create_unix_listener(self._socket, mode=0o600)
            self._socket = self._socket.rename(address)  # whoever finds it can connect: it listens already
        except (ConfigurationError, OSError) as error:  # no such folder, a path that is too long
            if self._ended:  # a signal came before it listened, and the socket was removed
                return
            _log.warning("hooks are not answered here: %s", self._log.plain(str(error)))
            return
        try:
            async with listener:
                await listener.serve(self._answered)
        finally:
            self.close()

    def close(self) -> None:
        """Remove the socket; for a process that ends without unwinding."""
        self._ended = True
        if self._socket:
            self._socket.unlink(missing_ok=True)

    async def _answered(self, stream: SocketStream) -> None:
        async with stream:
            try:
                with anyio.fail_after(PATIENCE):
                    request = await _read(stream)
                await stream.send(json.dumps(await self._answer(request)).encode())
            except (TimeoutError, anyio.BrokenResourceError, anyio.ClosedResourceError):
                return  # whoever asked has gone, or never said what for

    async def _answer(self, request: bytes) -> dict[str, object]:
        self.asked.set()
        try:
            return await exchange.answer(self._bank, json.loads(request))
        except InvalidInput as error:
            return {"error": str(error)}
        except RbMcpError as error:
            return {"error": self._log.told(error, "a hook's request")}
        except Exception as error:  # noqa: BLE001 - the outermost boundary: one request costs nobody else theirs
            return {"error": self._log.masked(error, "a hook's request")}


async def _read(stream: SocketStream) -> bytes:
    """Return what was sent until the other side finished, none of it when it is too long."""
    parts: list[bytes] = []
    size = 0
    async for part in stream:
        size += len(part)
        if size > sockets.LONGEST_MESSAGE:
            return b"null"
        parts.append(part)
    return b"".join(parts)
