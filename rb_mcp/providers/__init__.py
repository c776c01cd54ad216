"""Who embeds a text and who completes a prompt: one file each, one line each here, imported when asked for."""

from __future__ import annotations

from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, cast

from rb_mcp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rb_mcp.protocols import Embedder, LanguageModel

EMBEDDERS = {
    "use": "rb_mcp.providers.use:UseEmbedder",
    "minilm": "rb_mcp.providers.minilm:MiniLMEmbedder",
    "use+minilm": "rb_mcp.providers.use_minilm:UseMiniLMEmbedder",
    "hashing": "rb_mcp.providers.scripted:HashingEmbedder",
    "google": "rb_mcp.providers.google_embedder:GeminiEmbedder.from_environ",
    "openai": "rb_mcp.providers.openai:OpenAIEmbedder.from_environ",
}
"""Name in `RB_MCP_EMBEDDER` → what makes one. `hashing` is a stand-in for tests: quick, and blind to meaning."""

MODELS = {
    "anthropic": "rb_mcp.providers.anthropic:AnthropicModel.from_environ",
    "google": "rb_mcp.providers.google:GeminiModel.from_environ",
    "openai": "rb_mcp.providers.openai:OpenAIModel.from_environ",
}
"""First part of `RB_MCP_MODEL` → what makes one."""

_LOCAL = {"use", "minilm", "use+minilm", "hashing"}
"""Embedders that have one model, and nothing to set."""

_KEYS = {
    "anthropic": ("ANTHROPIC_API_KEY",),
    "google": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    "openai": ("OPENAI_API_KEY",),
}


def open_embedder(setting: str, environ: Mapping[str, str] | None = None) -> Embedder:
    """Return the embedder that `setting` names, as `use` or `google:gemini-embedding-001@768`.

    Nothing heavy is loaded before it is first used; `environ` holds the keys.

    Raises:
        ConfigurationError: when there is none of that name, its SDK is not installed, or its key is not set.
    """
    name, _, model = setting.partition(":")
    if name not in EMBEDDERS or (model and name in _LOCAL):
        raise ConfigurationError(f"RB_MCP_EMBEDDER is {setting!r}; there are {', '.join(sorted(EMBEDDERS))}")
    make = _loaded(EMBEDDERS[name])
    return cast("Embedder", make() if name in _LOCAL else make(model, environ or {}))


def open_model(setting: str, environ: Mapping[str, str]) -> LanguageModel:
    """Return the model that `setting` names, as `anthropic:claude-haiku-5-5`, or `anthropic` for its default.

    Nothing heavy is loaded before it is first used; `environ` holds the keys.

    Raises:
        ConfigurationError: when there is none of that name, its SDK is not installed, or its key is not set.
    """
    name, _, model = setting.partition(":")
    if name not in MODELS:
        raise ConfigurationError(f"RB_MCP_MODEL is {setting!r}; it starts with one of {', '.join(sorted(MODELS))}")
    return cast("LanguageModel", _loaded(MODELS[name])(model, environ))


def model_in_environ(environ: Mapping[str, str]) -> str:
    """Return which provider of models has a key in the environment, the first of `MODELS`; empty where none has."""
    for name, variables in _KEYS.items():
        if any(environ.get(variable, "").strip() for variable in variables):
            return name
    flags = ("GOOGLE_GENAI_USE_ENTERPRISE", "GOOGLE_GENAI_USE_VERTEXAI")
    on_cloud = any(environ.get(flag, "").lower() in {"true", "1"} for flag in flags)
    return "google" if on_cloud and environ.get("GOOGLE_CLOUD_PROJECT") else ""


def _loaded(path: str) -> Callable[..., object]:
    module, _, attribute = path.partition(":")
    return attrgetter(attribute)(import_module(module))
