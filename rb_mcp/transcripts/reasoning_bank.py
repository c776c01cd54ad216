"""The memory of the official ReasoningBank code (google-research/reasoning-bank): a task a line, with its items.

    {"task_id": "47", "query": "...", "think_list": ["..."], "action_list": ["..."], "status": "success" | "fail",
     "memory_items": "# Memory Item 1 ..." | ["...", ...], "template_id": 197}

Each thought and action is a step; the memory items are taken as they are. What stands there and is no item (the
workflows of its other modes) is kept as a last thought.

`status` is quoted, not believed: both scripts that write it (`induce_memory.py`) write "success" where the reward is 0
and "fail" where it is 1, and files in which somebody mended that look the same. So the outcome is unknown, and the
items are held for review until somebody states it.

Source: https://github.com/google-research/reasoning-bank, WebArena/induce_memory.py.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, cast

from rb_mcp.errors import Malformed
from rb_mcp.memory import intake
from rb_mcp.memory.replies import parse_items
from rb_mcp.transcripts.dialogue import Dialogue
from rb_mcp.transcripts.recording import Recording
from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from rb_mcp.types import MemoryItem


def recognises(record: object) -> bool:
    """Tell whether a JSON value is a line of that memory."""
    return isinstance(record, dict) and {"query", "think_list", "action_list"} <= set(cast("dict[str, object]", record))


def convert(record: object) -> Recording:
    """Return what it records.

    Raises:
        InvalidInput: naming the field that is missing or of another kind.
    """
    fields = intake.mapping("record", record)
    dialogue = Dialogue(intake.text("query", fields.get("query")))
    thoughts, actions = (_texts(name, fields.get(name)) for name in ("think_list", "action_list"))
    for thought, action in zip_longest(thoughts, actions, fillvalue=""):
        dialogue.think(thought)
        dialogue.act(action)
    said = "\n\n".join(_texts("memory_items", fields.get("memory_items")))
    items = _items(said)
    if not items:
        dialogue.think(said)
    status = intake.text("status", fields.get("status"))
    reason = f"status {status}, which the program that writes it mixes up" if status else ""
    found = dialogue.recording(Verdict("unknown", reason), "action_list")
    return Recording(found.trajectory, found.verdict, items, found.shortened)


def _texts(field: str, value: object) -> list[str]:
    """Return texts; an action of several lines may be a list of its own."""
    if not isinstance(value, list):
        return [intake.text(field, value)]
    return ["\n".join(_texts(f"{field}[{n}]", one)) for n, one in enumerate(cast("list[object]", value))]


def _items(said: str) -> tuple[MemoryItem, ...]:
    try:
        return parse_items(said, intake.MOST_CONTRASTED_ITEMS) if said else ()
    except Malformed:
        return ()
