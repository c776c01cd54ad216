"""A whole namespace consolidated: merged, marked for contradictions and, where there is a model, composed.

Strategies are taken best supported first, so that clusters form around those; what a person worded or let in is never
merged away. Each merge is a transaction of its own: to be stopped, repeated, and undone one by one. What a person or a
model found to be different is not asked about again. Not covered: what retires for want of success (`limits.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rb_mcp.errors import ProviderError
from rb_mcp.memory.composition import MOST, composable, compose
from rb_mcp.memory.consolidation import ASKED, DOUBTFUL, RELATED, embedded, nearest, placed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rb_mcp.memory.relation import Advisor
    from rb_mcp.protocols import Embedder, Store
    from rb_mcp.types import Similar, Strategy

_ALL = 1_000_000


@dataclass
class Tidied:
    """What was done, or with a dry run would be."""

    looked_at: int = 0
    merged: list[tuple[Strategy, str]] = field(default_factory=list["tuple[Strategy, str]"])
    """Each with the id of the one it went into."""
    contradictions: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    composed: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list[tuple[str, str, tuple[str, ...]]])
    """Id, title and parts; in a dry run only the parts, which a model was not asked about."""
    retired: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Each with the reason."""
    trouble: str = ""
    """Why composing ended early."""


@dataclass
class Tidying:
    """One pass over one namespace."""

    store: Store
    embedder: Embedder
    advisor: Advisor | None
    namespace: str
    dry_run: bool = False
    looked: Callable[[int, int], None] | None = None
    """Told how far it is."""
    review_all: bool = False
    """A person is to see what is composed before it is recalled."""

    async def run(self) -> Tidied:
        """Do it, and return what was done."""
        done = Tidied()
        if not self.dry_run:
            await self._fill_vectors()
        kept = await self._merge(done)
        await self._compose(kept, done)
        return done

    async def _fill_vectors(self) -> None:
        """Embed what lacks a vector; where the embedder does not answer, words have to do."""
        try:
            todo = await self.store.item_vectors(self.namespace, self.embedder.name)
            while todo:
                vectors = await self.embedder.embed([text for _, text in todo])
                pairs = [(id_, vector) for (id_, _), vector in zip(todo, vectors, strict=True)]
                todo = await self.store.item_vectors(self.namespace, self.embedder.name, pairs)
        except ProviderError:
            return

    async def _merge(self, done: Tidied) -> list[tuple[Strategy, list[tuple[float, Similar]]]]:
        """Merge and mark; return what is left, each with what is near it."""
        active = await self.store.strategies(self.namespace, standing="active", limit=_ALL)
        active.reverse()  # the oldest first, of those that are alike in the rest
        active.sort(key=lambda one: (not one.approved, -len(one.evidence)))
        apart = await self.store.apart(self.namespace)
        kept: dict[str, tuple[Strategy, list[tuple[float, Similar]]]] = {}
        for number, strategy in enumerate(active):
            if self.looked:
                self.looked(number, len(active))
            near = await self._near(strategy)
            before = [
                (nearness, one)
                for nearness, one in near
                if one.id in kept and not apart.get(strategy.id, set()) & apart.get(one.id, set())
            ]
            into = await self._placed(strategy, before, done)
            if into:
                done.merged.append((strategy, into))
                if not self.dry_run:
                    await self.store.merge(strategy.id, into)
            else:
                kept[strategy.id] = (strategy, near)
        done.looked_at = len(active)
        return list(kept.values())

    async def _placed(self, strategy: Strategy, before: Sequence[tuple[float, Similar]], done: Tidied) -> str:
        """Return the id of the strategy that another one goes into, if any, and mark what it contradicts."""
        may_go = not strategy.approved and not strategy.edited and not strategy.parts
        advisor = self.advisor if may_go and not self.dry_run else None
        into, against = await placed(strategy.item, before, advisor)
        known = {one.id for one in strategy.contradicts}
        for other in against:
            if other not in known and (self.dry_run or await self.store.contradict(strategy.id, other)):
                done.contradictions.append((strategy.id, other))
        if advisor and not into:
            asked = sorted(before, key=lambda pair: -pair[0])[:ASKED]
            for one in (one for near, one in asked if near >= DOUBTFUL and one.id not in against):
                await self.store.keep_apart([strategy.id, one.id])
        return into if may_go else ""

    async def _near(self, strategy: Strategy) -> list[tuple[float, Similar]]:
        vector = await self.store.item_vector(strategy.id, self.embedder.name)
        if vector is None and self.dry_run:
            [vector] = await embedded([strategy.item], self.embedder)
        found = await nearest(strategy.item, vector, self.namespace, self.store, self.embedder)
        return [(near, one) for near, one in found if one.id != strategy.id and one.standing == "active"]

    async def _compose(self, kept: Sequence[tuple[Strategy, list[tuple[float, Similar]]]], done: Tidied) -> None:
        """Compose each cluster that was not composed before, until the model fails."""
        if self.advisor is None:
            return
        before = await self.store.composed(self.namespace)
        by_id = {strategy.id: strategy for strategy, _ in kept}
        used: set[str] = set()
        for strategy, near in kept:
            around = [by_id[one.id] for nearness, one in near if nearness >= RELATED and one.id in by_id]
            parts = [one for one in (strategy, *around) if one.id not in used and not one.parts][:MOST]
            ids = frozenset(one.id for one in parts)
            if strategy.id in used or not composable(parts) or any(ids <= whole for whole in before):
                continue
            used |= ids
            if self.dry_run:
                done.composed.append(("", "", tuple(one.id for one in parts)))
                continue
            try:
                lesson = await compose(parts, self.advisor, review_all=self.review_all)
            except ProviderError as error:
                done.trouble = str(error)
                return
            if lesson:
                [vector] = await embedded([lesson.item], self.embedder)
                whole = await self.store.compose(
                    self.namespace, replace(lesson, embedding=vector), [one.id for one in parts]
                )
                if whole:
                    done.composed.append((whole.id, whole.title, tuple(one.id for one in parts)))
