"""The server: tools, resources and prompts joined to a bank, over stdio or streamable HTTP.

Not covered: authentication. Over HTTP only this machine is served, with the Host and Origin of each request
checked, so that no web page can reach the bank through a browser.
"""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from mcp import MCPError
from mcp.server.mcpserver import MCPServer
from mcp.types import INVALID_PARAMS

from rb_mcp import __version__
from rb_mcp.errors import ConfigurationError, RbMcpError
from rb_mcp.memory.bank import ReasoningBank, build_bank
from rb_mcp.memory.distillation import Worker
from rb_mcp.server.prompts import add_prompts
from rb_mcp.server.resources import add_resources
from rb_mcp.server.tools import all_tools

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from typing import Any, BinaryIO

    from _typeshed import WriteableBuffer
    from mcp.server.mcpserver import Context
    from mcp.types import GetPromptResult, InputRequiredResult

    from rb_mcp.config import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")

_FAREWELL = 1.5
"""Seconds that a write under way is given after a signal."""


class BankServer(MCPServer[ReasoningBank]):
    """The SDK's server, with refusals of prompts that say what is wrong; the SDK would hide the sentence."""

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[ReasoningBank, Any] | None = None,
    ) -> GetPromptResult | InputRequiredResult:
        """Return a prompt with its material.

        Raises:
            MCPError: invalid params, naming the prompt or the argument that is unknown, missing or wrong.
        """
        prompts = {prompt.name: prompt.arguments or [] for prompt in await self.list_prompts()}
        given = arguments or {}
        if name not in prompts:
            raise MCPError(INVALID_PARAMS, f"there is no prompt {name!r:.60}; there are {', '.join(prompts)}")
        for argument in prompts[name]:
            if argument.required and argument.name not in given:
                raise MCPError(INVALID_PARAMS, f"{argument.name}: it is missing")
        known = [argument.name for argument in prompts[name]]
        for argument in given:
            if argument not in known:
                raise MCPError(INVALID_PARAMS, f"{argument!r:.60}: {name} takes {', '.join(known)}")
        try:
            return await super().get_prompt(name, arguments, context)
        except ValueError as error:
            cause = error.__cause__ and error.__cause__.__cause__
            if isinstance(cause, RbMcpError):
                raise MCPError(INVALID_PARAMS, str(cause)) from error
            raise


def build_server(bank: ReasoningBank) -> MCPServer[ReasoningBank]:
    """Return a server of this bank, not yet running; the bank is opened when a call first needs it."""

    @asynccontextmanager
    async def lifespan(_: MCPServer[ReasoningBank]) -> AsyncGenerator[ReasoningBank]:
        async with anyio.create_task_group() as tasks:
            if bank.distiller:
                tasks.start_soon(Worker(bank.distiller, bank.queued).run)
            try:
                yield bank
            finally:
                tasks.cancel_scope.cancel()
                with anyio.CancelScope(shield=True):
                    await bank.store.close()

    server = BankServer(
        "rb-mcp",
        title="ReasoningBank",
        version=__version__,
        instructions=bank.prompts.fill("instructions").text(),
        tools=all_tools(model=bank.distiller is not None),
        lifespan=lifespan,
        log_level="WARNING",
        subscriptions=False,  # nothing here changes under a client that would have to be told
    )
    add_resources(server, bank)
    add_prompts(server, bank)
    return server


def serve_stdio(settings: Settings) -> None:
    """Serve one client over stdin and stdout until its input ends or a signal comes."""
    bank = build_bank(settings)
    server = build_server(bank)
    sys.stdin = io.TextIOWrapper(io.BufferedReader(_MendedLines(sys.stdin.buffer)))
    anyio.run(_until_signalled, server.run_stdio_async, bank.store.close)


def serve_http(settings: Settings, host: str, port: int) -> None:
    """Serve any number of clients of this machine over streamable HTTP, at `/mcp`.

    Raises:
        ConfigurationError: when the host is not this machine's own.
    """
    if host not in LOOPBACK:
        raise ConfigurationError(
            f"--host is {host!r}; without authentication only this machine may be served: {', '.join(LOOPBACK)}"
        )
    server = build_server(build_bank(settings))

    async def run() -> None:
        await server.run_streamable_http_async(host=host, port=port, stateless_http=True)

    anyio.run(run)


async def _until_signalled(run: Callable[[], Awaitable[None]], close: Callable[[], Awaitable[None]]) -> None:
    """Run the server, and end the process when SIGTERM or SIGINT comes.

    The thread that reads stdin cannot be interrupted, so after a signal the process does not wait for it.
    Every call commits before it answers: nothing is lost.
    """
    if sys.platform == "win32":
        await run()
        return
    async with anyio.create_task_group() as tasks:

        async def watch() -> None:
            with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
                async for _ in signals:
                    with anyio.move_on_after(_FAREWELL):
                        await close()
                    os._exit(0)

        tasks.start_soon(watch)
        await run()
        tasks.cancel_scope.cancel()


class _MendedLines(io.RawIOBase):
    r"""Lines of stdin, with lone surrogates in them replaced.

    A client that cuts a text in the middle of an emoji sends half of it (`"\ud83d"`): legal JSON, but not
    text, and the SDK drops such a message without an answer.
    """

    _SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")

    def __init__(self, lines: BinaryIO) -> None:
        self._lines = lines
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Give the next part of a line."""
        if not self._rest:
            self._rest = memoryview(self._mended(self._lines.readline()))
        target = memoryview(buffer).cast("B")
        part = self._rest[: len(target)]
        target[: len(part)] = part
        self._rest = self._rest[len(part) :]
        return len(part)

    def _mended(self, line: bytes) -> bytes:
        if not self._SURROGATE.search(line):
            return line
        try:
            text = json.dumps(json.loads(line), ensure_ascii=False)
        except (ValueError, RecursionError):
            return line
        return re.sub("[\ud800-\udfff]", "\ufffd", text).encode() + b"\n"
