"""Sentence encoders that run in this process: loaded when the first text comes, one computation at a time.

Not covered: what is computed, which is each encoder's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import anyio.to_thread
from anyio import CapacityLimiter

from rb_mcp.providers.blas import single_blas_thread
from rb_mcp.types import Background, Embedding

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Sequence

    from rb_mcp.protocols import Purpose

    Encode = Callable[[Sequence[str], bool], list[array[float]]]
    """Texts, and whether to compare them roughly → one unit vector of float32 each, in order."""

REPAIR = "run: pip install --force-reinstall rb-mcp"
"""What the user of a local encoder does when its files are not there: they come with the package."""


class LocalEmbedder(ABC):
    """An embedder over weights on the disk. Queries and documents are embedded alike."""

    name: str
    dimensions: int
    background: Background

    def __init__(self) -> None:
        self._encode: Encode | None = None
        self._one_at_a_time: CapacityLimiter | None = None

    async def embed(
        self,
        texts: Sequence[str],
        *,
        purpose: Purpose = "document",
    ) -> list[Embedding]:
        """Return one unit vector a text.

        Raises:
            ProviderError: when the encoder or its weights are not there, or are not the ones this was written for.
        """
        self._one_at_a_time = self._one_at_a_time or CapacityLimiter(1)
        roughly = purpose == "fragment"
        return await anyio.to_thread.run_sync(self._embed, list(texts), roughly, limiter=self._one_at_a_time)

    def _embed(self, texts: list[str], roughly: bool) -> list[Embedding]:
        with single_blas_thread():
            self._encode = self._encode or self._load()
            return [Embedding(self.name, values) for values in self._encode(texts, roughly)]

    @abstractmethod
    def _load(self) -> Encode: ...
