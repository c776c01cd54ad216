"""OpenTelemetry spans of the GenAI conventions (`gen_ai.*`): a trace is a trajectory.

A span a line, attributes as an object, or OTLP's JSON ({"resourceSpans": [{"scopeSpans": [{"spans": [...]}]}]}, its
attributes as a list of {"key", "value"}), a batch a line or the whole file. Read are `gen_ai.input.messages` and
`gen_ai.output.messages` (lists, or JSON as text, of {"role", "parts": [{"type": "text" | "reasoning" | "tool_call" |
"tool_call_response", ...}]}) and, of the spans of tools, `gen_ai.tool.name`, `.call.id`, `.call.arguments` and
`.call.result`. Each request repeats the conversation before it: what was there already is not taken again.

Spans arrive when they end; they are put in the order in which they began. A span states no outcome of the task. Not
covered: content kept in span events or in attributes of other conventions (`gen_ai.prompt.0.content`).

Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans (status Development).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from rb_mcp.errors import InvalidInput
from rb_mcp.memory import intake
from rb_mcp.transcripts.dialogue import Dialogue
from rb_mcp.transcripts.recording import Unreadable
from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rb_mcp.transcripts.recording import Recording

_TOOL = "execute_tool"
_AGENTS = ("invoke_agent", "create_agent", "invoke_workflow")
_MESSAGES = ("gen_ai.input.messages", "gen_ai.output.messages")


@dataclass
class _Trace:
    """What the spans of a trace hold, each thing once, with when it began."""

    things: list[tuple[int, int, str, dict[str, object]]] = field(
        default_factory=list[tuple[int, int, str, dict[str, object]]]
    )
    taken: Counter[str] = field(default_factory=Counter[str])


def belongs(record: object) -> bool:
    """Tell whether a JSON value is a span, or a batch of spans."""
    if not isinstance(record, dict):
        return False
    fields = cast("dict[str, object]", record)
    return isinstance(fields.get("resourceSpans"), list) or ({"traceId", "spanId"} <= set(fields))


def gather(lines: Iterable[tuple[str, object]]) -> Iterator[Recording | Unreadable]:
    """Yield what could not be read, then the trajectory of each trace.

    Raises:
        InvalidInput: when there is no trace in it.
    """
    traces: dict[str, _Trace] = {}
    for where, line in lines:
        try:
            if isinstance(line, Unreadable):
                raise InvalidInput("", line.why)  # noqa: TRY301 - told like the others
            for span in _spans(intake.mapping("line", line)):
                _take(traces.setdefault(intake.text("traceId", span.get("traceId")), _Trace()), span)
        except InvalidInput as error:
            yield Unreadable(where, str(error).removeprefix(": "))
    for name, trace in traces.items():
        try:
            yield _recording(trace)
        except InvalidInput as error:
            yield Unreadable(f"trace {name}", str(error))


def _spans(line: dict[str, object]) -> Iterator[dict[str, object]]:
    if "resourceSpans" not in line:
        yield line
        return
    for resource in intake.mappings("resourceSpans", line["resourceSpans"]):
        for scope in intake.mappings("scopeSpans", resource.get("scopeSpans")):
            yield from intake.mappings("spans", scope.get("spans"))


def _take(trace: _Trace, span: dict[str, object]) -> None:
    """Keep of a span what no other held before."""
    attributes = _attributes(span.get("attributes"))
    operation = attributes.get("gen_ai.operation.name")
    begin, end = (_time(span, name) for name in ("startTimeUnixNano", "endTimeUnixNano"))
    if operation == _TOOL:
        tool = {name.removeprefix("gen_ai.tool."): value for name, value in attributes.items() if ".tool." in name}
        trace.things.append((begin, len(trace.things), _TOOL, tool))
        return
    seen = Counter[str]()
    for name in _MESSAGES:
        when = end if operation in _AGENTS and name == _MESSAGES[1] else begin
        for message in intake.mappings(name, _parsed(name, attributes.get(name))):
            role = intake.text(f"{name}.role", message.get("role"))
            for part in intake.mappings(f"{name}.parts", message.get("parts")):
                key = _key(role, part)
                seen[key] += 1
                if seen[key] > trace.taken[key]:
                    trace.things.append((when, len(trace.things), role, part))
    trace.taken |= seen


def _key(role: str, part: dict[str, object]) -> str:
    """Return what tells a part of a message again when a later request repeats it."""
    if part.get("type") in ("tool_call", "tool_call_response") and part.get("id"):
        return f"{part['type']} {part['id']}"
    return f"{role} {json.dumps(part, sort_keys=True)}"


def _recording(trace: _Trace) -> Recording:
    dialogue = Dialogue()
    answered = set[str]()
    for _, _, role, part in sorted(trace.things, key=lambda thing: thing[:2]):
        if role == _TOOL:
            _tool(dialogue, part, answered)
        else:
            _part(dialogue, role, part, answered)
    return dialogue.recording(Verdict(), "trace")


def _tool(dialogue: Dialogue, tool: dict[str, object], answered: set[str]) -> None:
    """Add what a tool's span says; where the model's call of it was kept, only what came back."""
    call_id = _text(tool.get("call.id"))
    if not (call_id and dialogue.called(call_id)):
        dialogue.call(_text(tool.get("name")), tool.get("call.arguments", ""), call_id)
    if call_id not in answered:
        dialogue.see(_text(tool.get("call.result")), call_id)
        answered.update({call_id} - {""})


def _part(dialogue: Dialogue, role: str, part: dict[str, object], answered: set[str]) -> None:
    kind, call_id = part.get("type"), _text(part.get("id"))
    said = _text(part.get("content"))
    if kind == "tool_call":
        if not (call_id and dialogue.called(call_id)):
            dialogue.call(_text(part.get("name")), part.get("arguments", ""), call_id)
    elif kind == "tool_call_response":
        if call_id not in answered:
            dialogue.see(_text(part.get("response", part.get("result"))), call_id)
            answered.update({call_id} - {""})
    elif role == "system":
        return
    elif kind == "reasoning":
        dialogue.think(said)
    else:
        said = said if kind == "text" else f"[{kind}]"
        if role == "user":
            dialogue.hear(said)
        elif role == "tool":
            dialogue.see(said)
        else:
            dialogue.say(said)


def _attributes(given: object) -> dict[str, object]:
    """Return attributes as an object, whichever of the two ways they are written.

    Raises:
        InvalidInput: when they are neither.
    """
    if not isinstance(given, list):
        return intake.mapping("attributes", given or {})
    pairs = intake.mappings("attributes", cast("object", given))
    return {intake.text("key", pair.get("key")): _value(pair.get("value")) for pair in pairs}


def _value(value: object) -> object:
    """Return what OTLP wraps in {"stringValue": …} and the like, in {"arrayValue": …} and in {"kvlistValue": …}."""
    if not isinstance(value, dict) or len(cast("dict[str, object]", value)) != 1:
        return cast("object", value)
    [(kind, held)] = cast("dict[str, object]", value).items()
    if kind in {"arrayValue", "kvlistValue"}:
        values = intake.mappings(kind, intake.mapping(kind, held).get("values"))
        if kind == "arrayValue":
            return [_value(one) for one in values]
        return {str(one.get("key")): _value(one.get("value")) for one in values}
    return held


def _parsed(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(name, f"it is not JSON ({error})") from error


def _time(span: dict[str, object], name: str) -> int:
    """Return a time in nanoseconds; one that is missing comes first.

    Raises:
        InvalidInput: when it is no number.
    """
    value = span.get(name, 0)
    if isinstance(value, int):
        return value
    text = intake.text(name, value)
    if not text.isascii() or not text.isdigit() or len(text) > 20:  # noqa: PLR2004 - a 64-bit number
        raise InvalidInput(name, f"it is {intake.shown(repr(value))}; give nanoseconds")
    return int(text)


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)
