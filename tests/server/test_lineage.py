"""Through the server a client is who it says it is, and never the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import Caller
from mcp import Client
from mcp.types import Implementation, TextContent
from samples import LESSON, OTHER_LESSON, STEPS, TASK

from rb_mcp.memory.opening import build_bank
from rb_mcp.server.app import build_server

if TYPE_CHECKING:
    from rb_mcp.config import Settings

pytestmark = pytest.mark.anyio


async def learned(settings: Settings, name: str, task: str = TASK) -> str:
    """Record two lessons as a client of this name, and return what its own prompt then brings."""
    client = Client(build_server(build_bank(settings)), client_info=Implementation(name=name, version="1"))
    async with client as connected:
        await Caller(connected)(
            "record_trajectory", task=task, trajectory=STEPS, outcome="success", evidence="41 passed",
            strategies=[LESSON, OTHER_LESSON],
        )  # fmt: skip
        asked = await connected.get_prompt("solve_with_memory", {"task": f"{TASK} password=hunter2x9"})
    [message] = asked.messages
    assert isinstance(message.content, TextContent)
    return message.content.text


async def test_a_client_gets_all_of_its_own_lessons_by_the_prompt_too_and_no_secret_goes_along(
    settings: Settings,
) -> None:
    text = await learned(settings, "claude-code")
    assert LESSON["title"] in text
    assert OTHER_LESSON["title"] in text
    assert "not your own work" not in text
    assert "hunter2x9" not in text


@pytest.mark.parametrize("name", ["rb-mcp", " rb-mcp ", ""])
async def test_a_client_that_calls_itself_the_owner_or_nothing_is_not_the_owner(settings: Settings, name: str) -> None:
    await learned(settings, name)
    bank = build_bank(settings).serving("claude-code")
    assert len((await bank.recall(TASK, 1, "default")).strategies) == 1
