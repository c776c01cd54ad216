"""The wire of Anthropic's Messages API, as Claude Code uses it: streamed, now and then in one piece.

Source: docs.claude.com, Messages and Streaming Messages. Not covered: thinking, images, caching.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from standin import Call, Reply, Saying, Seen, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT = frozenset({"content", "text"})


def answer(path: str, body: Any, say: Callable[[Seen], Saying]) -> Reply:
    """Answer one request; one that offers no tools is not the agent's, and gets a few words."""
    place = path.partition("?")[0]
    if place.endswith("/count_tokens"):
        return Reply({"input_tokens": len(json.dumps(body)) // 4})
    if not place.endswith("/messages"):
        return Reply({"type": "error", "error": {"type": "not_found_error", "message": place}}, status=404)
    tools = tuple(tool["name"] for tool in body.get("tools", ()))
    said = say(Seen(tools, text_of([body.get("system"), body["messages"]], _TEXT))) if tools else "A session"
    message = _message(body["model"], said, len(body["messages"]))
    return Reply(events=tuple(_events(message))) if body.get("stream") else Reply(message)


def _message(model: str, said: Saying, count: int) -> dict[str, Any]:
    if isinstance(said, Call):
        block = {"type": "tool_use", "id": f"toolu_{count:04}", "name": said.tool, "input": said.arguments}
    else:
        block = {"type": "text", "text": said}
    return {
        "id": f"msg_{count:04}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [block],
        "stop_reason": "tool_use" if isinstance(said, Call) else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 100, "output_tokens": 20},
    }


def _events(message: dict[str, Any]) -> list[tuple[str, Any]]:
    [block] = message["content"]
    if block["type"] == "text":
        start, delta = block | {"text": ""}, {"type": "text_delta", "text": block["text"]}
    else:
        start = block | {"input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    opening: dict[str, Any] = message | {"content": [], "stop_reason": None}
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": opening},
        {"type": "content_block_start", "index": 0, "content_block": start},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ending, "usage": {"output_tokens": 20}},
        {"type": "message_stop"},
    ]
    return [(event["type"], event) for event in events]
