"""Gemini: `contents` as its API takes them, and the conversations that Gemini CLI keeps.

`contents` (a list, or one under `contents`, or `history` of a saved checkpoint):
    [{"role": "user" | "model", "parts": [{"text": "..."} | {"functionCall": {"name": "...", "args": {...}}}
                                          | {"functionResponse": {"name": "...", "response": {...}}}]}]
`~/.gemini/tmp/<project>/chats/session-*.json`:
    {"sessionId": "...", "projectHash": "...", "messages": [
        {"id": "...", "type": "user" | "gemini" | "info" | "warning" | "error", "content": "..." | parts,
         "thoughts": [{"subject": "...", "description": "..."}],
         "toolCalls": [{"id": "...", "name": "...", "args": {...}, "result": parts, "status": "success"}]}]}
`session-*.jsonl`, since 2026, the same a line each: first what the session is, then messages (of one id, the last
counts), {"$set": {...}} that changes what the session is (or replaces its messages) and {"$rewindTo": id}.

Notices of the client (`info`, `warning`) and the context it gives before the first prompt are left out. None of this
states an outcome; `task`, `reward` or `outcome` beside `contents` count as in our own format.

Source: https://ai.google.dev/api/caching#Content; https://github.com/google-gemini/gemini-cli,
packages/core/src/services/chatRecordingService.ts and chatRecordingTypes.ts.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from rb_mcp.errors import InvalidInput
from rb_mcp.memory import intake
from rb_mcp.transcripts.dialogue import Dialogue
from rb_mcp.transcripts.evidence import of_session
from rb_mcp.transcripts.recording import Unreadable, stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rb_mcp.transcripts.recording import Recording

_ADDED = ("<session_context>", "<hook_context>", "This is the Gemini CLI. We are setting up the context for our chat.")
_LISTS = ("contents", "history")


def recognises(record: object) -> bool:
    """Tell whether a JSON value is a conversation of one of these shapes."""
    if isinstance(record, dict):
        fields = cast("dict[str, object]", record)
        if {"sessionId", "projectHash", "messages"} <= set(fields):
            return True
        record = next((fields[name] for name in _LISTS if name in fields), None)
    if not isinstance(record, list) or not record:
        return False
    first = cast("list[object]", record)[0]
    return isinstance(first, dict) and isinstance(cast("dict[str, object]", first).get("parts"), list)


def convert(record: object) -> Recording:
    """Return what it records.

    Raises:
        InvalidInput: naming the part that is of another kind, or when there is no task or no step.
    """
    fields = intake.mapping("record", cast("object", {"contents": record} if isinstance(record, list) else record))
    dialogue = Dialogue(intake.text("task", fields.get("task")))
    for name in _LISTS:
        for number, content in enumerate(intake.mappings(name, fields.get(name))):
            _content(dialogue, content, f"{name}[{number}]")
    for number, message in enumerate(intake.mappings("messages", fields.get("messages"))):
        _message(dialogue, message, f"messages[{number}]")
    return of_session(dialogue) if "messages" in fields else dialogue.recording(stated(fields), "contents")


def belongs(record: object) -> bool:
    """Tell whether a JSON value is a line of a session of one message a line."""
    if not isinstance(record, dict):
        return False
    fields = cast("dict[str, object]", record)
    begins = {"sessionId", "projectHash"} <= set(fields) and "messages" not in fields
    return begins or "$set" in fields or "$rewindTo" in fields or (fields.get("type") == "gemini" and "id" in fields)


def gather(lines: Iterable[tuple[str, object]]) -> Iterator[Recording | Unreadable]:
    """Yield the one session that lines make, after what could not be read of it.

    Raises:
        InvalidInput: naming the part that is of another kind, or when there is no task or no step.
    """
    messages: dict[str, dict[str, object]] = {}
    for where, line in lines:
        if isinstance(line, Unreadable):
            yield Unreadable(where, line.why)
            continue
        fields = intake.mapping(where, line)
        changed = intake.mapping(f"{where}.$set", fields.get("$set", {}))
        if "$rewindTo" in fields:
            ids, to = list(messages), str(fields["$rewindTo"])
            gone = ids[ids.index(to) :] if to in messages else ids
            messages = {key: message for key, message in messages.items() if key not in gone}
        elif "messages" in changed:
            given = intake.mappings(f"{where}.messages", changed["messages"])
            messages = {str(message.get("id", n)): message for n, message in enumerate(given)}
        elif "id" in fields:
            messages[str(fields["id"])] = fields
    yield convert({"messages": list(messages.values())})


def _content(dialogue: Dialogue, content: dict[str, object], field: str) -> None:
    role = content.get("role", "user")
    if role not in ("user", "model", "function", "tool"):
        raise InvalidInput(f"{field}.role", f"it is {intake.shown(repr(role))}; give user or model")
    _parts(dialogue, content.get("parts"), f"{field}.parts", model=role == "model")


def _parts(dialogue: Dialogue, parts: object, field: str, *, model: bool) -> None:
    """Add parts, or plain text, to a dialogue."""
    given = cast(
        "object", [{"text": parts}] if isinstance(parts, str) else [parts] if isinstance(parts, dict) else parts
    )
    for number, part in enumerate(intake.mappings(field, given)):
        where = f"{field}[{number}]"
        text = intake.text(f"{where}.text", part.get("text"))
        call, answer = part.get("functionCall"), part.get("functionResponse")
        if call is not None:
            called = intake.mapping(f"{where}.functionCall", call)
            name = intake.text(f"{where}.functionCall.name", called.get("name"))
            dialogue.call(name, called.get("args", {}), intake.text(f"{where}.functionCall.id", called.get("id")))
        elif answer is not None:
            answered = intake.mapping(f"{where}.functionResponse", answer)
            call_id = intake.text(f"{where}.functionResponse.id", answered.get("id"))
            dialogue.see(_response(answered.get("response")), call_id)
        elif not model:
            if not text.startswith(_ADDED):
                dialogue.hear(text or _named(part))
        elif part.get("thought"):
            dialogue.think(text)
        else:
            dialogue.say(text or _named(part))


def _message(dialogue: Dialogue, message: dict[str, object], field: str) -> None:
    """Add a message of a kept session, its thoughts before its words and its calls with what they came back with."""
    kind = message.get("type")
    if kind in ("info", "warning"):
        return
    if kind not in ("user", "gemini", "error"):
        raise InvalidInput(f"{field}.type", f"it is {intake.shown(repr(kind))}; give user or gemini")
    for thought in intake.mappings(f"{field}.thoughts", message.get("thoughts")):
        said = (intake.text(f"{field}.thoughts", thought.get(name)) for name in ("subject", "description"))
        dialogue.think(": ".join(part for part in said if part))
    if kind == "error":
        dialogue.see(intake.text(f"{field}.content", message.get("content")))
        return
    calls = intake.mappings(f"{field}.toolCalls", message.get("toolCalls"))
    content = message.get("content")
    if calls and isinstance(content, list):  # the calls stand in both
        parts = intake.mappings(f"{field}.content", cast("object", content))
        content = [part for part in parts if "functionCall" not in part]
    _parts(dialogue, content, f"{field}.content", model=kind == "gemini")
    for number, call in enumerate(calls):
        where = f"{field}.toolCalls[{number}]"
        call_id = intake.text(f"{where}.id", call.get("id"))
        dialogue.call(intake.text(f"{where}.name", call.get("name")), call.get("args", {}), call_id)
        dialogue.see(_result(call.get("result"), f"{where}.result"), call_id)


def _result(result: object, field: str) -> str:
    if result is None or isinstance(result, str):
        return intake.text(field, result)
    parts = intake.mappings(field, cast("object", result if isinstance(result, list) else [result]))
    answers = [part.get("functionResponse") for part in parts]
    return "\n".join(
        _response(cast("dict[str, object]", answer).get("response"))
        if isinstance(answer, dict)
        else intake.text(field, part.get("text")) or _named(part)
        for part, answer in zip(parts, answers, strict=True)
    )


def _response(response: object) -> str:
    """Return what a function answered; its `output` or `error` where it is no more than that."""
    if isinstance(response, dict) and len(cast("dict[str, object]", response)) == 1:
        [(name, said)] = cast("dict[str, object]", response).items()
        if isinstance(said, str) and name in {"output", "error", "result"}:
            return said if name != "error" else f"error: {said}"
    return response if isinstance(response, str) else json.dumps(response, ensure_ascii=False)


def _named(part: dict[str, object]) -> str:
    """Return a part that is no text: code and what it printed as it is, of images and files the kind."""
    for name in ("executableCode", "codeExecutionResult"):
        if name in part:
            return json.dumps(part[name], ensure_ascii=False)
    return " ".join(f"[{name}]" for name in part if name not in {"text", "thought", "thoughtSignature"})
