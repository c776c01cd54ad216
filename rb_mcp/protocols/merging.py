"""What consolidation does to strategies that are kept already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.types import Embedding, Kept, Lesson


class Merging(Protocol):
    """What consolidation does to strategies that are kept already. Each step is one transaction and can be undone."""

    async def item_vectors(
        self, namespace: str | None, embedder: str, embeddings: Sequence[tuple[str, Embedding]] = ()
    ) -> list[tuple[str, str]]:
        """Take some embeddings by strategy id; return ids and texts of other active ones that lack one.

        Of an embedder that the bank is neither bound to nor to move to, nothing is taken.
        """
        ...

    async def item_vector(self, strategy_id: str, embedder: str) -> Embedding | None:
        """Return the vector of a strategy's words, if it has one."""
        ...

    async def apart(self, namespace: str) -> dict[str, set[str]]:
        """Return, for each strategy of a namespace, under which reasons it is kept apart from others."""
        ...

    async def keep_apart(self, strategy_ids: Sequence[str]) -> None:
        """Remember that these are not to be merged with one another."""
        ...

    async def merge(self, strategy_id: str, into: str) -> bool:
        """Let one active strategy go into another, its evidence with it; false when one of them is active no more."""
        ...

    async def contradict(self, strategy_id: str, other: str) -> bool:
        """Mark that two strategies advise opposites; false when that was marked already."""
        ...

    async def compose(self, namespace: str, lesson: Lesson, parts: Sequence[str]) -> Kept | None:
        """Keep a strategy that is composed of others, on the evidence of all of them; None when it was before."""
        ...

    async def composed(self, namespace: str) -> list[frozenset[str]]:
        """Return the parts of every composed strategy of a namespace, whatever its standing is."""
        ...

    async def split(self, strategy_id: str) -> list[str]:
        """Undo what made a strategy of several, and return the ids of those that are active again, or retired.

        What went into it stands by itself again; so does what confirmed it in other words, from then on under an id of
        its own; one that was composed is retired.
        """
        ...
