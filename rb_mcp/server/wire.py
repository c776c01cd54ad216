"""Bytes → messages: whatever a client sends, it is answered, and nothing of it ends the server.

The SDK reads lines of any length and drops what it cannot read, so that a client waits until its own time-out.
Here every line is read first: what is no message becomes a refusal, sent with the id of the request where that
can be made out; the rest goes on to the SDK. What clients do by accident is mended: half an emoji, bytes that
are not UTF-8 and a byte order mark. Of a key that comes twice the last one counts, as in every common parser.

Not covered: what a method makes of its parameters, which the SDK and the tools answer.
"""

from __future__ import annotations

import io
import json
import re
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import anyio
import anyio.to_thread
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
)
from pydantic import ValidationError
from pydantic_core import from_json

from rb_mcp.memory.intake import LONGEST_TRAJECTORY

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from typing import BinaryIO

    from anyio.streams.memory import MemoryObjectSendStream
    from mcp.shared._stream_protocols import ReadStream, WriteStream

LONGEST_LINE = 12 * LONGEST_TRAJECTORY + 2_000_000
"""Bytes: the longest trajectory with every character escaped as two halves, and room for what is around it."""

_PART = 1 << 16
_ENDS = 4_096
"""Bytes at either end of a line too long to be read, where its id is looked for."""

_BOM = b"\xef\xbb\xbf"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_MEMBER = rb'"(jsonrpc|method|id)"\s*:\s*("(?:[^"\\\x00-\x1f]|\\.)*"|-?\d{1,4000})'
_FIRST = re.compile(rb"\s*\{\s*(?:" + _MEMBER + rb"\s*,\s*)*")
_LAST = re.compile(rb"(?:,\s*" + _MEMBER + rb"\s*)*\}\s*\Z")


@dataclass(frozen=True)
class Refusal:
    """Why something is no message, to be sent to whoever sent it."""

    code: int
    message: str
    id: str | int | None = None

    def error(self) -> JSONRPCError:
        """Return it as an answer."""
        return JSONRPCError(jsonrpc="2.0", id=self.id, error=ErrorData(code=self.code, message=self.message))


class Lines:
    """The lines of a stream, none held beyond the limit."""

    def __init__(self, stream: BinaryIO, limit: int = LONGEST_LINE) -> None:
        self._stream = stream
        self._limit = limit

    def read(self) -> JSONRPCMessage | Refusal | None:
        """Return the next message, or why there is none in the next line; nothing at the end of the stream.

        Blocks until there is one; lines without anything in them are passed over.
        """
        while line := self._line():
            if isinstance(line, Refusal):
                return line
            if line.strip():
                return read(line)
        return None

    def _line(self) -> bytes | bytearray | Refusal:
        first = self._stream.readline(_PART)
        if len(first) < _PART or first.endswith(b"\n"):
            return first
        line = bytearray(first)
        while part := self._stream.readline(_PART):
            line += part
            if part.endswith(b"\n"):
                break
            if len(line) > self._limit:
                return self._skipped(bytes(line[:_ENDS]))
        return line

    def _skipped(self, head: bytes) -> Refusal:
        """Let the rest of a line go by."""
        tail = b""
        while part := self._stream.readline(_PART):
            tail = (tail + part)[-_ENDS:]
            if part.endswith(b"\n"):
                break
        return Refusal(
            INVALID_REQUEST,
            f"the message is longer than {self._limit:,} bytes; shorten the longest observations, or record each "
            "attempt on its own and contrast them by experience_ids",
            _id_at_the_ends(head, tail),
        )


def read(given: bytes | bytearray) -> JSONRPCMessage | Refusal:
    """Return the message that these bytes are, or why they are none."""
    start = given[:_PART].removeprefix(_BOM).lstrip()[:1]
    if start == b"[":  # refused unread: a list of lists costs a hundred times its own size to read
        return Refusal(INVALID_REQUEST, "this is a batch, which MCP does not speak; send one message after the other")
    try:
        value = decoded(given)
    except (ValueError, RecursionError) as error:
        return Refusal(PARSE_ERROR, f"this is not JSON that can be read ({error}); send one JSON-RPC message")
    if not isinstance(value, dict):
        return Refusal(INVALID_REQUEST, "this is not a JSON-RPC message; send an object with jsonrpc and method")
    return _message(cast("dict[str, object]", value))


def decoded(given: bytes | bytearray) -> object:
    """Return what JSON says, with what is damaged in its texts replaced by U+FFFD.

    Raises:
        ValueError: when it is not JSON, or nests deeper than anyone means to.
        RecursionError: the same.
    """
    plain = given.removeprefix(_BOM)
    try:
        return from_json(plain, allow_inf_nan=False)
    except ValueError:
        whole = mended(plain)
        if whole == plain:
            raise
        return from_json(whole, allow_inf_nan=False)


def mended(given: bytes | bytearray) -> bytes:
    r"""Return the same JSON without a byte order mark, bytes that are not UTF-8, and half an emoji.

    A client that cuts a text in the middle of one sends `"\ud83d"`: legal JSON, but not text.

    Raises:
        ValueError: when there is half an emoji in it, and it is not JSON.
        RecursionError: the same, when it nests too deep.
    """
    text = given.removeprefix(_BOM).decode("utf-8", "replace")
    if _SURROGATE.search(given):
        text = re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(json.loads(text), ensure_ascii=False))
    return text.encode()


def _message(value: dict[str, object]) -> JSONRPCMessage | Refusal:
    asks = "method" in value
    id_ = value.get("id")
    if isinstance(id_, bool) or not isinstance(id_, str | int):
        if asks and "id" in value:
            return Refusal(INVALID_REQUEST, "id: it is neither text nor a whole number; give one of the two")
        id_ = None
    if not asks and ("result" in value or "error" in value):
        kind = JSONRPCResponse if "result" in value else JSONRPCError
        id_ = None  # the id of an answer is the server's own: a refusal under it would be taken for another answer
    elif not isinstance(value.get("method"), str):
        return Refusal(INVALID_REQUEST, "method: it is missing or not text; say what is asked for", id_)
    else:
        kind = JSONRPCNotification if id_ is None else JSONRPCRequest
    if value.get("jsonrpc") != "2.0":
        return Refusal(INVALID_REQUEST, 'jsonrpc: it is missing or another version; give "2.0"', id_)
    if not isinstance(value.get("params"), dict | None):
        return Refusal(INVALID_PARAMS, "params: they are not an object; give them by name", id_)
    try:
        return kind.model_validate(value, by_name=False)
    except ValidationError as error:
        wrong = ", ".join(sorted({str(one["loc"][0]) for one in error.errors(include_input=False)}))
        return Refusal(INVALID_REQUEST, f"{wrong}: it is not what JSON-RPC 2.0 has there", id_)


def _id_at_the_ends(head: bytes, tail: bytes) -> str | int | None:
    """Return the id of a request of which only the ends are known.

    The members before the first and after the last one that is no plain value are certainly the message's own.
    """
    first, last = _FIRST.match(head), _LAST.search(tail)
    found = dict(re.findall(_MEMBER, b"".join(match[0] for match in (first, last) if match)))
    if b"method" not in found or b"id" not in found:
        return None
    try:
        return cast("str | int", decoded(found[b"id"]))
    except ValueError:
        return None


@asynccontextmanager
async def stdio() -> AsyncGenerator[tuple[ReadStream[SessionMessage | Exception], WriteStream[SessionMessage]]]:
    """Give the streams of a server on stdin and stdout; refusals are sent from here.

    The SDK's own transport writes, and keeps stdout from whatever else would print to it; reading is done here.
    """
    lines = Lines(sys.stdin.buffer)
    async with stdio_server(stdin=anyio.wrap_file(io.StringIO())) as (unread, write):
        await unread.aclose()
        send, receive = anyio.create_memory_object_stream[SessionMessage | Exception]()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_forward, lines, send, write)
            yield receive, write
            tasks.cancel_scope.cancel()


async def _forward(
    lines: Lines, send: MemoryObjectSendStream[SessionMessage | Exception], write: WriteStream[SessionMessage]
) -> None:
    async with send:
        while (found := await anyio.to_thread.run_sync(lines.read, abandon_on_cancel=True)) is not None:
            if isinstance(found, Refusal):
                await write.send(SessionMessage(found.error()))
            else:
                await send.send(SessionMessage(found))
