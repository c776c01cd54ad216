"""Messages as Anthropic's API takes them: content in blocks of text, thinking, `tool_use` and `tool_result`.

A list of messages, or one under `messages`; the task is `task` beside it, else what the user says first. Signed or
redacted thinking that holds no text is left out; images and documents are named, not kept.

Source: https://docs.anthropic.com/en/api/messages (content blocks).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rb_mcp.errors import InvalidInput
from rb_mcp.memory import intake
from rb_mcp.transcripts.dialogue import Dialogue, parts_text
from rb_mcp.transcripts.recording import stated

if TYPE_CHECKING:
    from rb_mcp.transcripts.recording import Recording

_OWN = ("tool_use", "tool_result", "thinking", "redacted_thinking", "server_tool_use")


def recognises(record: object) -> bool:
    """Tell whether a JSON value holds messages with a block that only this API has."""
    messages = cast("dict[str, object]", record).get("messages") if isinstance(record, dict) else record
    if not isinstance(messages, list):
        return False
    for message in cast("list[object]", messages):
        content = cast("dict[str, object]", message).get("content") if isinstance(message, dict) else None
        for block in cast("list[object]", content) if isinstance(content, list) else []:
            if isinstance(block, dict) and cast("dict[str, object]", block).get("type") in _OWN:
                return True
    return False


def convert(record: object) -> Recording:
    """Return what it records.

    Raises:
        InvalidInput: naming the message that is of another kind, or when there is no task or no step.
    """
    fields = intake.mapping("record", cast("object", {"messages": record} if isinstance(record, list) else record))
    dialogue = Dialogue(intake.text("task", fields.get("task")))
    for number, message in enumerate(intake.mappings("messages", fields.get("messages"))):
        take(dialogue, message, f"messages[{number}]")
    return dialogue.recording(stated(fields), "messages")


def take(dialogue: Dialogue, message: dict[str, object], field: str) -> None:
    """Add a message to a dialogue.

    Raises:
        InvalidInput: naming the field that is missing or of another kind.
    """
    role = message.get("role")
    if role not in ("user", "assistant", "system"):
        raise InvalidInput(f"{field}.role", f"it is {intake.shown(repr(role))}; give user or assistant")
    if role == "system":
        return
    add = dialogue.say if role == "assistant" else dialogue.hear
    for number, block in enumerate(blocks(f"{field}.content", message.get("content"))):
        where = f"{field}.content[{number}]"
        kind = block.get("type")
        if kind == "text":
            add(_required(f"{where}.text", block.get("text")))
        elif kind == "thinking":
            dialogue.think(_required(f"{where}.thinking", block.get("thinking")))
        elif kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
            name, call_id = (_required(f"{where}.{key}", block.get(key)) for key in ("name", "id"))
            dialogue.call(name, block.get("input", {}), call_id)
        elif isinstance(kind, str) and kind.endswith("tool_result"):
            call_id = _required(f"{where}.tool_use_id", block.get("tool_use_id"))
            dialogue.see(parts_text(f"{where}.content", block.get("content")), call_id)
        elif kind != "redacted_thinking":
            add(f"[{kind}]")


def blocks(field: str, content: object) -> list[dict[str, object]]:
    """Return the blocks of a content; plain text is one block.

    Raises:
        InvalidInput: naming the field, when it is missing or of another kind.
    """
    if content is None or isinstance(content, str):
        return [{"type": "text", "text": content}]
    return intake.mappings(field, content)


def _required(field: str, value: object) -> str:
    if value is None:
        raise InvalidInput(field, "it is missing")
    return intake.text(field, value)
