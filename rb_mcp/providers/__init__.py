"""Who embeds a text: one file each, one line each here, imported when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from rb_mcp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rb_mcp.protocols import Embedder

EMBEDDERS = {
    "use": "rb_mcp.providers.use:UseEmbedder",
    "hashing": "rb_mcp.providers.scripted:HashingEmbedder",
}
"""Name in `RB_MCP_EMBEDDER` → class. `hashing` is a stand-in for tests: quick, and blind to meaning."""


def open_embedder(name: str) -> Embedder:
    """Return the embedder called `name`; nothing heavy is loaded before it is first used.

    Raises:
        ConfigurationError: when there is none of that name.
    """
    if name not in EMBEDDERS:
        raise ConfigurationError(f"RB_MCP_EMBEDDER is {name!r}; there are {', '.join(sorted(EMBEDDERS))}")
    module, _, attribute = EMBEDDERS[name].partition(":")
    return cast("Callable[[], Embedder]", getattr(import_module(module), attribute))()
