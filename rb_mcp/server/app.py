"""The server: tools, resources and prompts joined to a bank, over stdio or streamable HTTP.

Not covered: authentication. Over HTTP only this machine is served, with the Host and Origin of each request
checked, so that no web page can reach the bank through a browser.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import anyio
from mcp import MCPError
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import (
    MCPServerError,
    ResourceError,
    ResourceNotFoundError,
    ToolError,
    UnexpectedToolError,
)
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS
from pydantic import ValidationError

from rb_mcp import __version__
from rb_mcp.errors import ConfigurationError, InvalidInput, RbMcpError
from rb_mcp.memory.bank import ReasoningBank
from rb_mcp.memory.distillation import POLL, Worker
from rb_mcp.memory.opening import build_bank
from rb_mcp.memory.reindexing import LONGEST_WAIT, Filler
from rb_mcp.server.log import Log
from rb_mcp.server.nearby import Nearby
from rb_mcp.server.prompts import add_prompts
from rb_mcp.server.resources import add_resources
from rb_mcp.server.tools import all_tools
from rb_mcp.server.wire import stdio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
    from typing import Any

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
    from mcp.server.lowlevel.helper_types import ReadResourceContents
    from mcp.server.mcpserver import Context
    from mcp.types import CallToolResult, Completion, GetPromptResult, InputRequiredResult
    from pydantic import AnyUrl

    from rb_mcp.config import Settings

    _Completes = Callable[..., Awaitable[Completion | None]]

LOOPBACK = ("127.0.0.1", "localhost", "::1")

_FAREWELL = 1.5
"""Seconds that a write under way is given after a signal."""


class BankServer(MCPServer[ReasoningBank]):
    """The SDK's server, with refusals that say what is wrong, and failures that are told by an id."""

    def __init__(self, log: Log, **given: Any) -> None:  # noqa: ANN401 - what the SDK's server takes
        super().__init__("rb-mcp", middleware=[self._told], **given)
        self._failures = log
        self.called = anyio.Event()
        """Set by the first call of a tool: before that no background work opens the bank."""

    async def run_stdio_async(self) -> None:
        """Serve stdin and stdout, and answer what is no message too."""
        async with stdio() as (read, write):
            server = self._lowlevel_server
            await server.run(read, write, server.create_initialization_options())

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[ReasoningBank, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool.

        Raises:
            ToolError: with a sentence, and the id of the failure where it is not the caller's own.
        """
        self.called.set()
        try:
            return await super().call_tool(name, arguments, context)
        except Exception as error:  # the outermost boundary: the SDK would send the message of what is not expected
            if isinstance(error, MCPError | ToolError) and not isinstance(error, UnexpectedToolError):
                raise
            raise ToolError(self._sentence(error, f"tool {name}")) from None

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[ReasoningBank, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        """Read a resource.

        Raises:
            ResourceError: with a sentence, and the id of the failure where it is not the caller's own.
        """
        try:
            return await super().read_resource(uri, context)
        except ResourceNotFoundError:
            raise
        except ResourceError as error:
            raise ResourceError(self._sentence(error, f"resource {uri}")) from None

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
        return await super().get_prompt(name, arguments, context)

    def completion(  # pyright: ignore[reportIncompatibleMethodOverride] - the SDK's own type is inferred, not said
        self,
    ) -> Callable[[_Completes], _Completes]:
        """Register the function that completes arguments; what fails in it is told by an id."""

        def registered(complete: _Completes) -> _Completes:
            async def told(*given: Any) -> Completion | None:  # noqa: ANN401 - handed on as it came
                with self._answering("completion/complete"):
                    return await complete(*given)

            super(BankServer, self).completion()(told)
            return complete

        return registered

    async def _told(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        with self._answering(ctx.method):
            return await call_next(ctx)

    @contextmanager
    def _answering(self, doing: str) -> Generator[None]:
        """Answer whatever fails by a sentence; the SDK would send the message of the exception, or log its values."""
        try:
            yield
        except (MCPError, ValidationError):  # these the SDK answers as what they are
            raise
        except Exception as error:  # noqa: BLE001 - the outermost boundary: what nobody expected is answered too
            code = INVALID_PARAMS if isinstance(_ours(error), InvalidInput) else INTERNAL_ERROR
            raise MCPError(code, self._sentence(error, doing)) from None

    def _sentence(self, error: Exception, doing: str) -> str:
        mine = _ours(error)
        if isinstance(mine, InvalidInput):
            return str(mine)
        return self._failures.told(mine, doing) if mine else self._failures.masked(error, doing)


def _ours(error: BaseException | None) -> RbMcpError | None:
    """Return the error of ours that the SDK's stand around, if there is one."""
    while error and not isinstance(error, RbMcpError):
        error = error.__cause__ if isinstance(error, MCPServerError | ValueError) else None
    return error


def build_server(bank: ReasoningBank, log: Log | None = None, nearby: Nearby | None = None) -> MCPServer[ReasoningBank]:
    """Return a server of this bank, not yet running; the bank is opened when a call first needs it.

    With `nearby` it also answers the hooks of this account while it runs.
    """
    failures = log or Log()

    async def fill() -> None:
        await server.called.wait()
        await Filler(bank.store, bank.retriever.embedder).run()

    @asynccontextmanager
    async def lifespan(_: MCPServer[ReasoningBank]) -> AsyncGenerator[ReasoningBank]:
        async with anyio.create_task_group() as tasks:
            if bank.distiller:
                tasks.start_soon(_work, Worker(bank.distiller, bank.queued).run, "distilling", failures)
            tasks.start_soon(_work, fill, "embedding", failures, LONGEST_WAIT)
            if nearby:
                tasks.start_soon(nearby.listen)
            try:
                yield bank
            finally:
                tasks.cancel_scope.cancel()
                with anyio.CancelScope(shield=True):
                    await bank.store.close()

    server = BankServer(
        failures,
        title="ReasoningBank",
        version=__version__,
        instructions=bank.prompts.fill("instructions").text(),
        tools=all_tools(model=bank.distiller is not None),
        lifespan=lifespan,
        log_level="WARNING",
        subscriptions=False,  # nothing here changes under a client that would have to be told
    )
    if nearby:
        server.called = nearby.asked  # whoever asks first
    add_resources(server, bank)
    add_prompts(server, bank)
    return server


async def _work(run: Callable[[], Awaitable[None]], doing: str, log: Log, pause: float = POLL) -> None:
    """Work in the background; what nobody expected of one piece costs neither the server nor the other pieces.

    A job is taken up again when its lease is over.
    """
    while True:
        try:
            await run()
        except Exception as error:  # noqa: BLE001 - the outermost boundary: no caller is there to be told
            log.masked(error, f"{doing} in the background")
            await anyio.sleep(pause)


def serve_stdio(settings: Settings) -> None:
    """Serve one client over stdin and stdout until its input ends or a signal comes."""
    log = Log(settings.redact)
    log.start()
    bank = build_bank(settings)
    nearby = Nearby(bank, settings.bank, log)
    server = build_server(bank, log, nearby)

    async def close() -> None:
        nearby.close()
        await bank.store.close()

    anyio.run(_until_signalled, server.run_stdio_async, close)


def serve_http(settings: Settings, host: str, port: int) -> None:
    """Serve any number of clients of this machine over streamable HTTP, at `/mcp`.

    Raises:
        ConfigurationError: when the host is not this machine's own.
    """
    if host not in LOOPBACK:
        raise ConfigurationError(
            f"--host is {host!r}; without authentication only this machine may be served: {', '.join(LOOPBACK)}"
        )
    from rb_mcp.server.http import serve  # noqa: PLC0415 - a server on stdin and stdout does without

    log = Log(settings.redact)
    log.start()
    bank = build_bank(settings)
    server = build_server(bank, log, Nearby(bank, settings.bank, log))
    anyio.run(serve, server.streamable_http_app, host, port)


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
