"""A model's word on what a new item has to do with those that resemble it: the same, the opposite, or neither.

Asked is only about what words and vectors leave in doubt. Without a model, without an answer, and where the answer
is none, the items stay apart: what stands twice does less harm than what was merged away wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from rb_mcp.errors import ProviderError
from rb_mcp.memory.loose_json import json_in, on_their_own

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.protocols import LanguageModel
    from rb_mcp.templates import Prompts
    from rb_mcp.types import MemoryItem

_MOST_TOKENS = 500
_SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {
        "reason": {"type": "string"},
        "same": {"type": "integer"},
        "contradicts": {"type": "array", "items": {"type": "integer"}},
    },
    "required": ["reason", "same", "contradicts"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Advisor:
    """A model to ask, and the words to ask it in."""

    model: LanguageModel
    prompts: Prompts


@dataclass(frozen=True)
class Relation:
    """Which of the items asked about says the same, if one does, and which say the opposite; counted from 0."""

    same: int | None = None
    opposite: frozenset[int] = frozenset()
    answered: bool = True
    """Whether a model said so; if not, it may be asked again."""


SILENT = Relation(answered=False)
"""Nobody knows."""


async def relation(item: MemoryItem, others: Sequence[MemoryItem], advisor: Advisor | None) -> Relation:
    """Return what a model says; that nobody knows where there is none, no answer, or none that can be taken."""
    if advisor is None or not others:
        return SILENT
    listed = "\n\n".join(f"[{number}]\n{item_text(other)}" for number, other in enumerate(others, start=1))
    prompt = advisor.prompts.ask("same_lesson", "answer_relation", _SCHEMA, 0.0, item=item_text(item), others=listed)
    try:
        reply = await advisor.model.complete(replace(prompt, most_tokens=_MOST_TOKENS))
    except ProviderError:  # the item is kept all the same, and consolidate asks again
        return SILENT
    return parse_relation(reply, len(others))


def parse_relation(reply: str, number: int) -> Relation:
    """Return what a reply says about `number` items, counted from 1; all of it can be taken, or nothing counts."""
    found = [value for value, alone in on_their_own(reply, json_in(reply)[0]) if alone]
    if len(found) != 1 or not isinstance(found[0], dict):
        return SILENT
    fields = cast("dict[str, object]", found[0])
    same, opposite = fields.get("same"), fields.get("contradicts", [])
    if not isinstance(opposite, list):
        return SILENT
    numbers = [same, *cast("list[object]", opposite)]
    counted = [one for one in numbers if isinstance(one, int) and not isinstance(one, bool)]
    if len(counted) != len(numbers) or not 0 <= counted[0] <= number or counted[0] in counted[1:]:
        return SILENT
    if any(not 1 <= one <= number for one in counted[1:]):
        return SILENT
    return Relation(counted[0] - 1 if counted[0] else None, frozenset(one - 1 for one in counted[1:]))


def item_text(item: MemoryItem) -> str:
    """Return an item as a model is shown it, every line quoted, so that none can pass for another item."""
    text = f"{item.title}\nWhen: {item.description}\nWhat: {item.content}"
    return "\n".join(f"> {line}" for line in text.splitlines())
