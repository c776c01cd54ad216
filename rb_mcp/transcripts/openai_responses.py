"""Items of OpenAI's Responses API: `input` and `output` of a call, a list of items, or one under `items`.

Kept: messages, reasoning (its summary, and its text where it is not encrypted), calls of functions and of custom
tools with their outputs, shell calls. Built-in tools (`web_search_call`, …) are kept as the JSON they are.

Source: https://platform.openai.com/docs/api-reference/responses/create (input and output items).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from rb_mcp.errors import InvalidInput
from rb_mcp.memory import intake
from rb_mcp.transcripts.dialogue import Dialogue, parts_text
from rb_mcp.transcripts.recording import stated

if TYPE_CHECKING:
    from rb_mcp.transcripts.recording import Recording

_OWN = {"function_call", "function_call_output", "reasoning", "custom_tool_call", "local_shell_call", "item_reference"}
_WHERE = ("items", "input", "output")


def recognises(record: object) -> bool:
    """Tell whether a JSON value holds items of a kind that only this API has, or is a response of it."""
    if isinstance(record, dict):
        fields = cast("dict[str, object]", record)
        if fields.get("object") == "response" or isinstance(fields.get("items"), list):
            return isinstance(fields.get("output", fields.get("items")), list)
        kinds = [kind for name in _WHERE for kind in _kinds(fields.get(name))]
        return "message" in kinds or not _OWN.isdisjoint(kinds)
    return not _OWN.isdisjoint(_kinds(record))


def convert(record: object) -> Recording:
    """Return what it records; the task is `task` beside it, else what the user says first.

    Raises:
        InvalidInput: naming the item that is of another kind, or when there is no task or no step.
    """
    fields = intake.mapping("record", cast("object", {"items": record} if isinstance(record, list) else record))
    dialogue = Dialogue(intake.text("task", fields.get("task")))
    for name in _WHERE:
        given = fields.get(name)
        if isinstance(given, str):
            dialogue.hear(given)
            continue
        for number, item in enumerate(intake.mappings(name, given)):
            take(dialogue, item, f"{name}[{number}]")
    return dialogue.recording(stated(fields), "items")


def take(dialogue: Dialogue, item: dict[str, object], field: str) -> None:
    """Add one item to a dialogue.

    Raises:
        InvalidInput: naming the field that is missing or of another kind.
    """
    kind = item.get("type", "message")
    call_id = intake.text(f"{field}.call_id", item.get("call_id"))
    if kind == "message":
        said = parts_text(f"{field}.content", item.get("content"))
        if item.get("role") == "assistant":
            dialogue.say(said)
        elif item.get("role") == "user":
            dialogue.hear(said)
        elif item.get("role") not in ("system", "developer"):
            raise InvalidInput(f"{field}.role", f"it is {intake.shown(repr(item.get('role')))}, which nobody has")
    elif kind == "reasoning":
        for name in ("summary", "content"):
            dialogue.think(parts_text(f"{field}.{name}", item.get(name)))
    elif kind in ("function_call", "custom_tool_call"):
        name = _required(f"{field}.name", item.get("name"))
        dialogue.call(intake.text(f"{field}.name", name), item.get("arguments", item.get("input", "")), call_id)
    elif kind == "local_shell_call":
        action = intake.mapping(f"{field}.action", item.get("action"))
        dialogue.call("shell", {"command": _required(f"{field}.action.command", action.get("command"))}, call_id)
    elif isinstance(kind, str) and kind.endswith("_output"):
        dialogue.see(output_text(f"{field}.output", item.get("output")), call_id)
    elif isinstance(kind, str) and kind.endswith("_call"):
        dialogue.act(json.dumps(item, ensure_ascii=False))


def _required(field: str, value: object) -> object:
    if not value:
        raise InvalidInput(field, "it is missing")
    return value


def _kinds(items: object) -> list[str]:
    given = cast("list[object]", items) if isinstance(items, list) else []
    return [str(cast("dict[str, object]", item).get("type")) for item in given if isinstance(item, dict)]


def output_text(field: str, output: object) -> str:
    """Return what a call came back with; an exit code beside the text is put before it, as Codex words it.

    Raises:
        InvalidInput: naming the field, when it is of another kind.
    """
    if isinstance(output, str) and output.startswith("{"):
        try:
            read = cast("object", json.loads(output))
        except ValueError:
            return intake.text(field, output)
        if not (isinstance(read, dict) and "output" in read):
            return intake.text(field, output)
        output = cast("object", read)
    if isinstance(output, dict):
        fields = cast("dict[str, object]", output)
        text = parts_text(field, fields.get("output", fields.get("content")))
        about = fields.get("metadata")
        code = cast("dict[str, object]", about).get("exit_code") if isinstance(about, dict) else None
        return text if code is None else f"Exit code: {code}\n{text}"
    return parts_text(field, output)
