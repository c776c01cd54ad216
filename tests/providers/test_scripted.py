"""The stand-ins do what they were told to."""

from __future__ import annotations

import pytest

from rb_mcp.errors import ProviderError, Refused
from rb_mcp.providers.scripted import ScriptedModel
from rb_mcp.work import Prompt

pytestmark = pytest.mark.anyio

PROMPT = Prompt("s", "u")


async def test_a_scripted_model_says_its_lines_in_order_and_keeps_what_it_was_shown() -> None:
    model = ScriptedModel(["one", Refused("no"), "two"])
    assert await model.complete(PROMPT) == "one"
    with pytest.raises(Refused, match="no"):
        await model.complete(PROMPT)
    assert await model.complete(Prompt("s", "other")) == "two"
    with pytest.raises(ProviderError, match="ends after 3 replies"):
        await model.complete(PROMPT)
    assert [prompt.user for prompt in model.prompts] == ["u", "u", "other", "u"]


async def test_a_scripted_model_may_answer_by_the_prompt() -> None:
    model = ScriptedModel(lambda prompt: prompt.user.upper() or Refused("nothing was asked"), name="scripted:echo")
    assert model.name == "scripted:echo"
    assert await model.complete(PROMPT) == "U"
    with pytest.raises(Refused):
        await model.complete(Prompt("s", ""))
