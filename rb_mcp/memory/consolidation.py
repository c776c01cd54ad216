"""New memory items join the bank: a near-identical one confirms what is there instead of standing beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread

from rb_mcp.memory.gate import objection
from rb_mcp.types import Lesson
from rb_mcp.words import overlap, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.protocols import Store
    from rb_mcp.types import MemoryItem

SAME = 0.85
"""Word overlap from which two items say the same; well above what different lessons on one subject share."""

OUTCOME_UNKNOWN = "the outcome of its task is not known yet: say it with the experience_id, and it is let in"


async def consolidate(
    items: Sequence[MemoryItem], task: str, known: bool, namespace: str, store: Store, distiller: str = ""
) -> list[Lesson]:
    """Return what is to become of each item: a strategy of its own, support for one, or held for review.

    `known`: whether the outcome of what taught it is. `distiller`: which model by which prompt worded the items.
    """
    lessons: list[Lesson] = []
    for item in items:
        # On a thread: its patterns are compiled at the first item.
        reason = await anyio.to_thread.run_sync(objection, item, task) or ("" if known else OUTCOME_UNKNOWN)
        spoken = words(item.text())
        alike = [
            (overlap(spoken, words(strategy.item.text())), strategy.id)
            for strategy in await store.similar(namespace, spoken, limit=10)
        ]
        near, id_ = max(alike, default=(0.0, ""))
        lessons.append(Lesson(item, "held" if reason else "active", reason, id_ if near >= SAME else "", distiller))
    return lessons
