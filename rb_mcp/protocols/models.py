"""Who embeds a text, who completes a prompt, what time it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rb_mcp.types import Background, Embedding
    from rb_mcp.work import Prompt


Purpose = Literal["query", "document", "fragment"]
"""What a vector is for: a `query` is looked for among `document`s. Some models embed the two differently. A `fragment`
of a query is compared roughly: an embedder that joins several encoders may ask the first of them alone."""


class Clock(Protocol):
    """Tells the time, in UTC."""

    def __call__(self) -> datetime:
        """Return now."""
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors. A bank is bound to the name of one."""

    @property
    def name(self) -> str:
        """Model and release: vectors under different names are never compared."""
        ...

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        ...

    @property
    def background(self) -> Background:
        """The cosine of two unrelated tasks; see `memory/similarity.py`."""
        ...

    async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:
        """Return one unit vector a text, in order, for texts that are kept or for one that is looked for.

        Raises:
            ProviderError: when the embedder is not installed or does not answer.
        """
        ...


class LanguageModel(Protocol):
    """Completes a prompt. Never retries by itself: one policy, that of the queue, decides about that."""

    @property
    def name(self) -> str:
        """Provider and model, as `RB_MCP_MODEL` spells them: `anthropic:claude-haiku-5-5`."""
        ...

    async def complete(self, prompt: Prompt) -> str:
        """Return the text of the reply, as JSON where the prompt has a schema and the model can be held to it.

        Raises:
            Unavailable: overloaded, rate-limited, out of reach, too slow; with the wait it asked for.
            Refused: the model declined.
            Malformed: the reply is empty, cut off, or no reply at all (a web page, half a JSON document).
            ProviderError: everything that trying again does not mend: no key, no such model, too long a prompt.
        """
        ...
