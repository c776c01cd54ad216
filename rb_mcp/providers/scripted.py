"""Stand-ins for the outside world: an embedder by hashing, a model with a script, a clock that is set by hand.

For tests, benchmarks and demonstrations. The embedder sees words, not meaning; the model sees nothing.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rb_mcp.errors import ProviderError
from rb_mcp.types import Background, Embedding
from rb_mcp.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rb_mcp.protocols import Purpose
    from rb_mcp.work import Prompt


class HashingEmbedder:
    """Each word adds to a few of the dimensions, by its hash."""

    background = Background(0.08, 0.08)

    def __init__(self, name: str = "hashing-64", dimensions: int = 64) -> None:
        self.name = name
        self.dimensions = dimensions

    async def embed(
        self,
        texts: Sequence[str],
        *,
        purpose: Purpose = "document",  # noqa: ARG002 - both are embedded alike
    ) -> list[Embedding]:
        """Return one unit vector a text."""
        return [Embedding(self.name, self._vector(text)) for text in texts]

    def _vector(self, text: str) -> array[float]:
        values = [0.0] * self.dimensions
        for word in words(text) or {""}:
            digest = hashlib.sha256(word.encode("utf-8", "replace")).digest()
            for i in range(0, 8, 2):
                values[int.from_bytes(digest[i : i + 2]) % self.dimensions] += 1 if digest[i + 8] & 1 else -1
        length = math.sqrt(sum(value * value for value in values)) or 1.0
        if not any(values):
            values[0] = 1.0
        return array("f", (value / length for value in values))


class ScriptedModel:
    """Replies from a list, or from a function of the prompt; a reply that is an exception is raised.

    What it was shown is in `prompts`.
    """

    def __init__(
        self,
        replies: Iterable[str | Exception] | Callable[[Prompt], str | Exception],
        name: str = "scripted:model",
    ) -> None:
        self.name = name
        self.prompts: list[Prompt] = []
        self._reply = replies if callable(replies) else None
        self._script = iter(()) if callable(replies) else iter(replies)

    async def complete(self, prompt: Prompt) -> str:
        """Return, or raise, the next reply.

        Raises:
            ProviderError: when the script is at its end.
        """
        self.prompts.append(prompt)
        reply = self._reply(prompt) if self._reply else next(self._script, None)
        if reply is None:
            raise ProviderError(f"the script of {self.name} ends after {len(self.prompts) - 1} replies")
        if isinstance(reply, Exception):
            raise reply
        return reply


class ScriptedClock:
    """Tells the time it was set to, a little later at each look."""

    def __init__(self, start: datetime | None = None, step: timedelta = timedelta(seconds=1)) -> None:
        self.now = start or datetime(2026, 1, 1, tzinfo=UTC)
        self._step = step

    def __call__(self) -> datetime:
        """Return the time, and let it go on by one step."""
        self.now += self._step
        return self.now
