"""Two encoders in one vector: the multilingual one, and beside it the one that knows English better.

English is [√½·USE, √½·MiniLM], any other language [USE, 0…0]: both have length one, and two texts in English are
compared by the mean of what both encoders say, two in another language by the multilingual one alone. Across languages
the cosine is √½ of what that one says.
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from itertools import chain
from math import sqrt
from typing import TYPE_CHECKING

from rb_mcp.language import language
from rb_mcp.providers.local import LocalEmbedder
from rb_mcp.providers.minilm import MiniLMEmbedder, load_minilm
from rb_mcp.providers.use import UseEmbedder, load_use
from rb_mcp.types import Background

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.providers.local import Encode

_REMEMBERED = 64
"""Texts whose vectors are kept: a task is embedded when it is recalled for, and again when it is recorded."""


class UseMiniLMEmbedder(LocalEmbedder):
    """One unit vector of 896 numbers a text."""

    name = f"{UseEmbedder.name}:{UseEmbedder.dimensions}+{MiniLMEmbedder.name}:{MiniLMEmbedder.dimensions}"
    """Says what it joins and where the first part ends: the store compares by that part what only it could read."""
    dimensions = UseEmbedder.dimensions + MiniLMEmbedder.dimensions
    background = Background(0.08, 0.08, lead=UseEmbedder.background)
    """Measured over the tasks of `tests/corpora/paraphrases.txt`."""

    def _load(self) -> Encode:
        use, minilm = load_use(), load_minilm()
        half = sqrt(0.5)
        absent = array("f", bytes(4 * MiniLMEmbedder.dimensions))

        @lru_cache(_REMEMBERED)
        def vector(text: str) -> array[float]:
            [multilingual] = use([text], False)
            if language(text) != "en":
                return multilingual + absent
            [english] = minilm([text], False)
            return array("f", (half * value for value in chain(multilingual, english)))

        def encode(texts: Sequence[str], roughly: bool = False) -> list[array[float]]:
            if roughly:
                return [multilingual + absent for multilingual in use(texts, True)]
            # Copies: who changes a vector shall not change the next one of the same text.
            return [vector(text)[:] for text in texts]

        return encode
