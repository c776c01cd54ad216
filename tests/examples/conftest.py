"""A bank that the hooks find by the environment, its model a server that distils the same lesson from everything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from samples import LESSON
from wire import Answer, served

from rb_mcp.config import Settings
from rb_mcp.memory.opening import open_bank

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from rb_mcp.types import Experience, Strategy


@pytest.fixture(autouse=True)
def learning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    said: dict[str, Any] = {"role": "assistant", "content": json.dumps({"items": [LESSON]})}
    with served() as wire:
        wire.answer(Answer({"choices": [{"index": 0, "message": said, "finish_reason": "stop"}]}))
        monkeypatch.setenv("RB_MCP_BANK", str(tmp_path / "bank.db"))
        monkeypatch.setenv("RB_MCP_EMBEDDER", "hashing")
        monkeypatch.setenv("RB_MCP_MODEL", "openai:local")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{wire.url}/v1")
        yield


@pytest.fixture
def experiences(tmp_path: Path) -> Callable[[], list[Experience]]:
    """Return what is recorded by now, in full, the latest first."""

    async def held() -> list[Experience]:
        async with open_bank(Settings(bank=tmp_path / "bank.db", embedder="hashing")) as bank:
            return [await bank.store.experience(one.id, None) for one in await bank.store.experiences(None)]

    return lambda: anyio.run(held)


@pytest.fixture
def strategies(tmp_path: Path) -> Callable[[], list[Strategy]]:
    """Return what is learned by now."""

    async def held() -> list[Strategy]:
        async with open_bank(Settings(bank=tmp_path / "bank.db", embedder="hashing")) as bank:
            return await bank.store.strategies("default")

    return lambda: anyio.run(held)
