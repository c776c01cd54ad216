"""Chat messages as OpenAI's API takes them, with tool calls; a `reward` beside them states the outcome.

Each assistant message is a step: what it said is the thought when it also called tools, the action when it
did not; what tools and users answered is the observation. System messages instruct the agent and are no
part of what it did. A reward of 1 is a success, of 0 a failure, anything between says neither.
"""

from __future__ import annotations

import json
from typing import cast

from rb_mcp.errors import InvalidInput
from rb_mcp.memory import intake
from rb_mcp.transcripts.recording import Recording
from rb_mcp.types import Verdict

_ROLES = {"system", "developer", "user", "assistant", "tool", "function"}


def recognises(record: object) -> bool:
    """Tell whether a JSON value is a list of chat messages, or holds one under `messages`."""
    messages = cast("dict[str, object]", record).get("messages") if isinstance(record, dict) else record
    if not isinstance(messages, list) or not messages:
        return False
    first = cast("list[object]", messages)[0]
    return isinstance(first, dict) and cast("dict[str, object]", first).get("role") in _ROLES


def convert(record: object) -> Recording:
    """Return what it records; the task is `task`, `instruction` or else the first thing the user said.

    Raises:
        InvalidInput: naming the message that is of another kind, or when there is no task or no step.
    """
    fields = intake.mapping("record", cast("object", {"messages": record} if isinstance(record, list) else record))
    messages = intake.mappings("messages", fields.get("messages"))
    stated = next((fields[name] for name in ("task", "instruction") if fields.get(name)), None)
    task = intake.text("task", stated)
    steps: list[dict[str, str]] = []
    for number, message in enumerate(messages):
        where = f"messages[{number}]"
        role = message.get("role")
        if role not in _ROLES:
            raise InvalidInput(
                f"{where}.role", f"it is {intake.shown(repr(role))}; give one of {', '.join(sorted(_ROLES))}"
            )
        said = _said(f"{where}.content", message.get("content"))
        if role == "assistant":
            calls = [_call(f"{where}.tool_calls[{n}]", call) for n, call in enumerate(_calls(where, message))]
            steps.append({"thought": said if calls else "", "action": "\n".join(calls) or said, "observation": ""})
        elif role not in {"system", "developer"} and said:
            if role == "user" and not task:
                task = said
                continue
            if not steps:
                steps.append({"thought": "", "action": "", "observation": ""})
            heard = f"user: {said}" if role == "user" else said
            steps[-1]["observation"] = f"{steps[-1]['observation']}\n{heard}".strip()
    trajectory = intake.trajectory(intake.task(task), steps, "messages")
    if not trajectory.steps:
        raise InvalidInput("messages", "there is no message of the assistant in them")
    return Recording(trajectory, _verdict(fields))


def _verdict(fields: dict[str, object]) -> Verdict:
    reward = fields.get("reward")
    if isinstance(reward, bool) or not isinstance(reward, int | float):
        return intake.verdict(
            intake.text("outcome", fields.get("outcome")), intake.text("evidence", fields.get("evidence"))
        )
    if reward in (0, 1):
        return Verdict("success" if reward else "failure", f"reward {reward}", "evidence")
    return Verdict("unknown", f"reward {reward}")


def _said(field: str, content: object) -> str:
    """Return the text of a message: plain, or of parts of which only text and refusals can be kept as such."""
    if not isinstance(content, list):
        return intake.text(field, content)
    parts = intake.mappings(field, cast("object", content))
    return "\n".join(
        intake.text(field, part.get("text", part.get("refusal"))) or f"[{part.get('type', 'part')}]" for part in parts
    )


def _calls(where: str, message: dict[str, object]) -> list[dict[str, object]]:
    legacy = message.get("function_call")
    if legacy:
        return [{"function": legacy}]
    return intake.mappings(f"{where}.tool_calls", message.get("tool_calls"))


def _call(field: str, call: dict[str, object]) -> str:
    function = intake.mapping(f"{field}.function", call.get("function") or call.get("custom"))
    arguments = function.get("arguments", function.get("input", ""))
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    return f"{intake.text(f'{field}.function.name', function.get('name'))}({arguments})"
