"""The wire of OpenAI's Responses API, as Codex uses it: streamed server-sent events.

Tools of MCP servers stand in namespaces, and are often deferred: the model looks them up by `tool_search`, which is no
function but an item of its own, answered by the client with an item that holds the tools.

Source: platform.openai.com, Responses, its streaming events and its tool search. Not covered: reasoning, images,
WebSocket, stored responses, custom tools.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from standin import Reply, Saying, Seen, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT = frozenset({"content", "description", "output", "text"})


def answer(path: str, body: Any, say: Callable[[Seen], Saying]) -> Reply:
    """Answer one request."""
    place = path.partition("?")[0]
    if not place.endswith("/responses") or not body:
        return Reply({"error": {"message": f"no {place} here", "type": "invalid_request_error"}}, status=404)
    found = [tool for item in body["input"] if item["type"] == "tool_search_output" for tool in item["tools"]]
    tools = tuple(_names(body.get("tools", []) + found))
    said = say(Seen(tools, text_of([body.get("instructions"), found, body["input"]], _TEXT)))
    item, streamed = _item(said, len(body["input"]))
    return Reply(events=tuple(_events(body["model"], item, streamed)))


def _item(said: Saying, count: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what is said as an item of the output, and the events that carry it piece by piece."""
    if isinstance(said, str):
        content: dict[str, Any] = {"type": "output_text", "text": said, "annotations": []}
        item: dict[str, Any] = {"type": "message", "id": f"msg_{count:04}", "role": "assistant", "content": [content]}
        return item, [{"type": "response.output_text.delta", "content_index": 0, "delta": said}]
    call = {"call_id": f"call_{count:04}", "arguments": json.dumps(said.arguments)}
    if said.tool == "tool_search":
        call |= {"type": "tool_search_call", "id": f"tsc_{count:04}", "execution": "client"}
        return call | {"arguments": said.arguments}, []
    namespace, _, name = said.tool.rpartition(".")
    call |= {"type": "function_call", "id": f"fc_{count:04}", "name": name}
    delta = {"type": "response.function_call_arguments.delta", "delta": call["arguments"]}
    return call | ({"namespace": namespace} if namespace else {}), [delta]


def _events(model: str, item: dict[str, Any], streamed: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    response = {"id": f"resp_{item['id']}", "object": "response", "model": model}
    done = item | {"status": "completed"}
    usage = {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120}
    completed = {"status": "completed", "output": [done], "usage": usage}
    place = {"output_index": 0, "item_id": item["id"]}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": response | {"status": "in_progress", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": item | {"status": "in_progress"}},
        *(event | place for event in streamed),
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {"type": "response.completed", "response": response | completed},
    ]
    return [(event["type"], event | {"sequence_number": number}) for number, event in enumerate(events)]


def _names(tools: list[dict[str, Any]]) -> list[str]:
    """The tools' names; those of a namespace carry its name and a full stop before theirs."""
    names: list[str] = []
    for tool in tools:
        if tool["type"] == "namespace":
            names += [f"{tool['name']}.{inner['name']}" for inner in tool["tools"]]
        else:
            names.append(tool.get("name") or tool["type"])
    return names
