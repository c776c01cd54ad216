"""Related strategies → one above them that names them as its parts (the paper's compositional memory).

The parts stay as they are, active and recalled. Only strategies of one origin are composed: the whole speaks with one
voice, and somebody else's words must not pass for the owner's own. It goes through the gate as any other item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread

from rb_mcp.memory.gate import REVIEW, objection
from rb_mcp.memory.relation import item_text
from rb_mcp.memory.replies import items_schema, parse_items
from rb_mcp.types import Lesson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.memory.relation import Advisor
    from rb_mcp.types import Strategy

FEWEST, MOST = 3, 8
"""Parts of a whole: two make no approach, more than eight no prompt that is read to its end."""


def composable(parts: Sequence[Strategy]) -> bool:
    """Tell whether strategies may be composed: enough of them, of one origin, none composed or contradicted itself."""
    origins = {evidence.origin for part in parts for evidence in part.evidence}
    ids = {part.id for part in parts}
    at_odds = any(other.id in ids for part in parts for other in part.contradicts)
    return len(parts) >= FEWEST and len(origins) == 1 and not at_odds and not any(part.parts for part in parts)


async def compose(parts: Sequence[Strategy], advisor: Advisor, *, review_all: bool = False) -> Lesson | None:
    """Return what a model makes of strategies that belong together; None when it makes nothing of them.

    Raises:
        ProviderError: when it does not answer, or not what it was asked.
    """
    listed = "\n\n".join(f"[{number}]\n{item_text(part.item)}" for number, part in enumerate(parts, start=1))
    prompt = advisor.prompts.ask("compose", "answer_items", items_schema(1), 1.0, parts=listed)
    items = parse_items(await advisor.model.complete(prompt), 1)
    if not items:
        return None
    reason = await anyio.to_thread.run_sync(objection, items[0], "") or (REVIEW if review_all else "")
    return Lesson(items[0], "held" if reason else "active", reason, distiller=prompt.signed(advisor.model.name))
