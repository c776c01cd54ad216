"""A bank in a temporary folder, with an embedder that needs no weights, and clients of both protocol eras."""

from __future__ import annotations

import atexit
import os
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from mcp.types import TextContent, TextResourceContents

from rb_mcp.config import Settings
from rb_mcp.memory.opening import build_bank
from rb_mcp.server.app import build_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from rb_mcp.memory.bank import ReasoningBank

SHARED_DATA = Path(os.environ.get("RB_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")

_OTHERS = ("RB_MCP_", "ANTHROPIC_", "OPENAI_", "GEMINI_", "GOOGLE_")
for name in [name for name in os.environ if name.startswith(_OTHERS)]:
    del os.environ[name]  # the settings and the keys of whoever runs the tests are not theirs
_state = tempfile.TemporaryDirectory(prefix="rb-")  # a short path: a socket's may not be long
atexit.register(_state.cleanup)
os.environ["XDG_STATE_HOME"] = _state.name


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(bank=tmp_path / "bank.db", embedder="hashing")


@pytest.fixture
def bank(settings: Settings) -> ReasoningBank:
    return build_bank(settings)


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> str:
    """The protocol of 2026-07-28, and the older ones."""
    return request.param


@pytest.fixture
def connect(era: str) -> Callable[[Settings], AbstractAsyncContextManager[Caller]]:
    @asynccontextmanager
    async def connected(settings: Settings) -> AsyncGenerator[Caller]:
        async with Client(build_server(build_bank(settings)), mode=era) as client:
            yield Caller(client)

    return connected


class Caller:
    """A client that calls tools and keeps both halves of each answer apart."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.text = ""

    async def __call__(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that is to succeed, and return the structured half; the text half is in `text`."""
        result = await self.client.call_tool(tool, arguments)
        self.text = text_of(result.content)
        assert not result.is_error, self.text
        assert result.structured_content is not None
        return result.structured_content

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Call a tool that is to refuse, and return its sentence."""
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error, f"{tool} took {arguments!r:.200}"
        return text_of(result.content)

    async def read(self, uri: str) -> str:
        """Read a resource."""
        [contents] = (await self.client.read_resource(uri)).contents
        assert isinstance(contents, TextResourceContents)
        return contents.text


def text_of(content: Sequence[object]) -> str:
    """Return the one text of an answer."""
    [text] = content
    assert isinstance(text, TextContent)
    return text.text
