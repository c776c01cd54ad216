"""The wire of Google's Gemini API, as Gemini CLI uses it: generateContent, streamed and in one piece.

Source: ai.google.dev, Generating content. Not covered: thinking, images, cached content.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from standin import Call, Reply, Saying, Seen, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT = frozenset({"functionResponse", "output", "parts", "response", "text"})


def answer(path: str, body: Any, say: Callable[[Seen], Saying]) -> Reply:
    """Answer one request; one that offers no tools is not the agent's, and gets a few words."""
    method = path.partition("?")[0].rpartition(":")[2]
    if method == "countTokens":
        return Reply({"totalTokens": len(json.dumps(body)) // 4})
    if method not in {"generateContent", "streamGenerateContent"}:
        return Reply({"error": {"code": 404, "message": f"no {path} here", "status": "NOT_FOUND"}}, status=404)
    tools = tuple(one["name"] for tool in body.get("tools", ()) for one in tool.get("functionDeclarations", ()))
    said = say(Seen(tools, text_of([body.get("systemInstruction"), body["contents"]], _TEXT))) if tools else "{}"
    part = {"functionCall": {"name": said.tool, "args": said.arguments}} if isinstance(said, Call) else {"text": said}
    response = {
        "candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 20, "totalTokenCount": 120},
        "modelVersion": "gemini",
        "responseId": f"response-{len(body['contents'])}",
    }
    return Reply(events=(("", response),)) if method == "streamGenerateContent" else Reply(response)
