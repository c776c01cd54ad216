"""Chat messages as OpenAI's API takes them, with tool calls; a `reward` beside them states the outcome.

A list of messages, or one under `messages`; the task is `task` or `instruction` beside it, else what the user says
first. System messages instruct the agent and are no part of what it did. A reward of 1 is a success, of 0 a failure,
anything between says neither; without one, an `outcome` beside it counts as in our own format.

Source: https://platform.openai.com/docs/api-reference/chat (messages, `tool_calls`, the older `function_call`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rb_mcp.errors import InvalidInput
from rb_mcp.memory import intake
from rb_mcp.transcripts.dialogue import Dialogue, parts_text
from rb_mcp.transcripts.recording import stated

if TYPE_CHECKING:
    from rb_mcp.transcripts.recording import Recording

_ROLES = ("assistant", "developer", "function", "system", "tool", "user")


def recognises(record: object) -> bool:
    """Tell whether a JSON value is a list of chat messages, or holds one under `messages`."""
    messages = cast("dict[str, object]", record).get("messages") if isinstance(record, dict) else record
    if not isinstance(messages, list) or not messages:
        return False
    first = cast("list[object]", messages)[0]
    return isinstance(first, dict) and cast("dict[str, object]", first).get("role") in _ROLES


def convert(record: object) -> Recording:
    """Return what it records.

    Raises:
        InvalidInput: naming the message that is of another kind, or when there is no task or no step.
    """
    fields = intake.mapping("record", cast("object", {"messages": record} if isinstance(record, list) else record))
    task = next((fields[name] for name in ("task", "instruction") if fields.get(name)), None)
    dialogue = Dialogue(intake.text("task", task))
    take(dialogue, intake.mappings("messages", fields.get("messages")))
    return dialogue.recording(stated(fields), "messages")


def take(dialogue: Dialogue, messages: list[dict[str, object]], field: str = "messages") -> None:
    """Add chat messages to a dialogue.

    Raises:
        InvalidInput: naming the message that is of another kind.
    """
    for number, message in enumerate(messages):
        where = f"{field}[{number}]"
        role = message.get("role")
        if role not in _ROLES:
            raise InvalidInput(f"{where}.role", f"it is {intake.shown(repr(role))}; give one of {', '.join(_ROLES)}")
        said = parts_text(f"{where}.content", message.get("content"))
        if role == "assistant":
            dialogue.think(intake.text(f"{where}.reasoning_content", message.get("reasoning_content")))
            dialogue.say(said)
            for n, call in enumerate(_calls(where, message)):
                _call(dialogue, f"{where}.tool_calls[{n}]", call)
        elif role == "user":
            dialogue.hear(said)
        elif role in ("tool", "function"):
            dialogue.see(said, intake.text(f"{where}.tool_call_id", message.get("tool_call_id")))


def _calls(where: str, message: dict[str, object]) -> list[dict[str, object]]:
    legacy = message.get("function_call")
    if legacy:
        return [{"function": legacy}]
    return intake.mappings(f"{where}.tool_calls", message.get("tool_calls"))


def _call(dialogue: Dialogue, field: str, call: dict[str, object]) -> None:
    """Add a call; some programs leave out the wrapping `function`."""
    function = intake.mapping(f"{field}.function", call.get("function") or call.get("custom") or call)
    name = intake.text(f"{field}.function.name", function.get("name"))
    if not name:
        raise InvalidInput(f"{field}.function.name", "it is empty; every call names what it calls")
    call_id = intake.text(f"{field}.id", call.get("id"))
    dialogue.call(name, function.get("arguments", function.get("input", "")), call_id)
