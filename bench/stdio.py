"""A server process over MCP on stdin and stdout, and the least that is a client of it: a line a message.

The SDK's client is left out: what a killed server leaves behind is to be seen as it is. Not covered: anything but
calling tools.
"""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from workload import Answer, Call

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 60.0
"""Seconds without an answer, or without an end, after which a server counts as stuck."""

_HELLO = (
    {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "kills", "version": "1"},
        },
    },
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
)


class Gone(Exception):  # noqa: N818 - not an error here
    """The server was killed before it answered."""


class Refused(Exception):  # noqa: N818 - same
    """The server answered a call with an error; none of ours deserves one."""


class Server:
    """One process, and a client of it; it starts up while nobody waits for it yet."""

    def __init__(self, command: Sequence[str], environ: dict[str, str], complaints: BinaryIO) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, env=environ
        )
        self._calls = 0
        for message in _HELLO:
            self._send(message)

    def call(self, call: Call) -> Answer:
        """Call a tool.

        Raises:
            Gone: when the server ends before it answers.
            Refused: when it answers with an error.
        """
        self._calls += 1
        params = {"name": call.tool, "arguments": call.arguments}
        try:
            self._send({"jsonrpc": "2.0", "id": self._calls, "method": "tools/call", "params": params})
        except BrokenPipeError as error:
            raise Gone from error
        message: dict[str, Any] = {}
        while message.get("id") != self._calls:
            assert self._process.stdout  # noqa: S101 - it was asked for above
            line = self._process.stdout.readline()
            if not line.endswith(b"\n"):
                raise Gone
            message = json.loads(line)
        result = message.get("result", {})
        if "error" in message or result.get("isError"):
            raise Refused(f"{call.tool} was refused: {message!r:.500}")
        return Answer(result["structuredContent"], result["content"][0]["text"])

    def kill(self) -> bool:
        """Kill the process, which gets no chance to put anything in order; false when it has ended before."""
        alive = self._process.poll() is None
        self._process.kill()
        return alive

    def end(self) -> int:
        """Close its input and return how it ended."""
        with self._process as process:
            assert process.stdin  # noqa: S101 - it was asked for above
            with suppress(BrokenPipeError):
                process.stdin.close()
            return process.wait(LONGEST)

    def _send(self, message: object) -> None:
        assert self._process.stdin  # noqa: S101 - it was asked for above
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()
