"""Sessions of Codex: `~/.codex/sessions/YYYY/MM/DD/rollout-<time>-<id>.jsonl`, one session a file, one event a line.

    {"timestamp": "...", "type": "session_meta" | "response_item" | "event_msg" | "turn_context" | "compacted",
     "payload": {...}}

A `response_item` holds an item of the Responses API (`openai_responses.py`): a message, reasoning, a call or what it
came back with. What a shell came back with is either {"output": "...", "metadata": {"exit_code": 0}} as text, or
begins with "Exit code: 0" or "Process exited with code 0". Of `event_msg`, which repeats the items for the screen,
only the begin and the end of a turn are read. Before the first prompt the client puts messages of its own into the
user's mouth (instructions, the environment): they are told by how they begin. The oldest releases wrote the bare items,
without an envelope; those are taken, too.

The outcome is that of the last test run (`evidence.py`), if nothing is missing and the session came to rest.

Source: https://github.com/openai/codex, codex-rs/protocol/src/{protocol,models}.rs (RolloutLine, ResponseItem),
codex-rs/protocol/src/instruction_markers.rs and codex-rs/core/src/event_mapping.rs (what the client adds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rb_mcp.errors import InvalidInput
from rb_mcp.memory import intake
from rb_mcp.transcripts import openai_responses
from rb_mcp.transcripts.dialogue import Dialogue
from rb_mcp.transcripts.evidence import of_session
from rb_mcp.transcripts.recording import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rb_mcp.transcripts.recording import Recording

_ENVELOPES = ("session_meta", "response_item", "event_msg", "turn_context", "compacted")
_ADDED = (
    "# agents.md instructions",
    "<user_instructions>",
    "<environment_context>",
    "<collaboration_mode>",
    "<permissions instructions>",
    "<skill",
    "<turn_aborted>",
    "<hook_prompt",
    "<subagent_notification>",
)
_BEGIN, _END = ("task_started", "turn_started"), ("task_complete", "turn_complete", "turn_aborted")


def belongs(record: object) -> bool:
    """Tell whether a JSON value is a line of such a session."""
    if not isinstance(record, dict):
        return False
    fields = cast("dict[str, object]", record)
    if fields.get("type") in _ENVELOPES:
        return isinstance(fields.get("payload"), dict)
    return fields.get("record_type") == "state" or ({"id", "timestamp", "instructions"} <= set(fields))


def gather(lines: Iterable[tuple[str, object]]) -> Iterator[Recording | Unreadable]:
    """Yield the one session that lines make, after what could not be read of it.

    Raises:
        InvalidInput: when the user asked for nothing or the agent did nothing.
    """
    dialogue = Dialogue()
    running = False
    for where, line in lines:
        try:
            if isinstance(line, Unreadable):
                raise InvalidInput("", line.why)  # noqa: TRY301 - told like the others
            running = _take(dialogue, intake.mapping("line", line), running)
        except InvalidInput as error:
            dialogue.gaps = True
            yield Unreadable(where, str(error).removeprefix(": "))
    dialogue.at_rest = dialogue.at_rest and not running
    yield of_session(dialogue)


def _take(dialogue: Dialogue, line: dict[str, object], running: bool) -> bool:
    """Add a line to a dialogue, and return whether a turn is going on."""
    kind = line.get("type")
    if "payload" not in line:
        if kind is not None and not belongs(line):
            _item(dialogue, line)
        return running
    payload = intake.mapping("payload", line["payload"])
    if kind not in _ENVELOPES and "type" in payload:  # bookkeeping of a newer release has none
        raise InvalidInput("type", f"it is {intake.shown(repr(kind))}, which no line of a session has")
    if kind == "response_item":
        _item(dialogue, payload)
    elif kind == "event_msg":
        said = payload.get("type")
        return said in _BEGIN or (running and said not in _END)
    return running


def _item(dialogue: Dialogue, item: dict[str, object]) -> None:
    if item.get("role") == "user" and isinstance(item.get("content"), list):
        parts = intake.mappings("payload.content", item["content"])
        item = item | {"content": [part for part in parts if not _added(part)]}
    openai_responses.take(dialogue, item, "payload")
    if item.get("phase") == "commentary":
        dialogue.at_rest = False


def _added(part: dict[str, object]) -> bool:
    """Tell whether the client put it there."""
    text = part.get("text")
    return isinstance(text, str) and text.lstrip().lower().startswith(_ADDED)
