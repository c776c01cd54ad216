"""What the suites need to know of each service: how to reach it, and how its replies look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rb_mcp.providers.anthropic import AnthropicModel
from rb_mcp.providers.google import GeminiModel, GoogleAccount
from rb_mcp.providers.openai import OpenAIModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from rb_mcp.protocols import LanguageModel

KEY = "key-of-the-tests"


@dataclass(frozen=True)
class Service:
    name: str
    make: Callable[..., LanguageModel]
    """Takes the address, and any of model, deadline."""
    path: str
    key_header: tuple[str, str]
    key_variable: str
    url_variable: str
    says: Callable[[str], Any]
    """A text → the reply that holds it."""
    cut_off: Any
    refusals: tuple[Any, ...]
    empty: tuple[object, ...]
    rejection: Callable[[str], Any]
    """A sentence → the body of an error."""


def claude(text: str | None, stop: str = "end_turn", **more: Any) -> dict[str, Any]:
    content = [] if text is None else [{"type": "text", "text": text}]
    usage = {"input_tokens": 1, "output_tokens": 1}
    return {"id": "m", "type": "message", "role": "assistant", "content": content, "stop_reason": stop} | {
        "model": "claude",
        "usage": usage,
        **more,
    }


def gemini(text: str | None, stop: str = "STOP") -> dict[str, Any]:
    parts = [] if text is None else [{"text": text}]
    return {"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": stop}]}


def chat(text: str | None, stop: str = "stop", **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": text, **more}, "finish_reason": stop}]}


def make_claude(url: str, model: str = "claude-haiku-5-5", **more: Any) -> AnthropicModel:
    return AnthropicModel(model, api_key=KEY, base_url=url, **more)


def make_gemini(url: str, model: str = "gemini-3.8-flash", **more: Any) -> GeminiModel:
    return GeminiModel(model, account=GoogleAccount(api_key=KEY, base_url=url), **more)


def make_chat(url: str, model: str = "local", **more: Any) -> OpenAIModel:
    return OpenAIModel(model, api_key=KEY, base_url=f"{url}/v1", **more)


ANTHROPIC = Service(
    name="anthropic:claude-haiku-5-5",
    make=make_claude,
    path="/v1/messages",
    key_header=("authorization", f"Bearer {KEY}"),
    key_variable="ANTHROPIC_API_KEY",
    url_variable="ANTHROPIC_BASE_URL",
    says=claude,
    cut_off=claude('{"items": [', "max_tokens"),
    refusals=(
        claude(None, "refusal"),
        claude("I would rather", "refusal", stop_details={"type": "refusal", "category": "reasoning_extraction"}),
    ),
    empty=(claude(None), claude("  \n"), {}, {"content": "text"}, {"content": [None, 3, {"type": "thinking"}]}),
    rejection=lambda said: {"type": "error", "error": {"type": "some_error", "message": said}},
)
GOOGLE = Service(
    name="google:gemini-3.8-flash",
    make=make_gemini,
    path="/v1/models/gemini-3.8-flash:generateContent",
    key_header=("x-goog-api-key", KEY),
    key_variable="GEMINI_API_KEY",
    url_variable="GOOGLE_GEMINI_BASE_URL",
    says=gemini,
    cut_off=gemini('{"items": [', "MAX_TOKENS"),
    refusals=(
        gemini(None, "SAFETY"),
        gemini("I would rather", "PROHIBITED_CONTENT"),
        {"candidates": [{"finishReason": "RECITATION"}]},
        {"promptFeedback": {"blockReason": "SAFETY"}},
    ),
    empty=(gemini(None), gemini(" "), {}, {"candidates": []}, gemini(None, "A_NEW_REASON"), {"candidates": "text"}),
    rejection=lambda said: {"error": {"code": 0, "message": said, "status": "SOME_STATUS"}},
)
OPENAI = Service(
    name="openai:local",
    make=make_chat,
    path="/v1/chat/completions",
    key_header=("authorization", f"Bearer {KEY}"),
    key_variable="OPENAI_API_KEY",
    url_variable="OPENAI_BASE_URL",
    says=chat,
    cut_off=chat('{"items": [', "length"),
    refusals=(chat(None, refusal="I would rather not."), chat("I would", "content_filter")),
    empty=(chat(None), chat(""), {}, {"choices": []}, {"choices": [None]}, {"choices": [{"message": {"content": 3}}]}),
    rejection=lambda said: {"error": {"message": said, "type": "some_error", "code": None}},
)
SERVICES = (ANTHROPIC, GOOGLE, OPENAI)
