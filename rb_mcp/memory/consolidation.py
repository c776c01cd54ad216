"""New memory items join the bank: a near-identical one confirms what is there instead of standing beside it.

Nearness is mostly the cosine of the items' vectors, and a little word overlap, which keeps apart what the embedder
takes for the same. Above one bound two items are the same; below another they are not; between the two a model is
asked, if there is one, about the few nearest at once. Before anything is merged it is looked whether the two contradict
each other: those are both kept, and marked. The raw experiences stay in any case. The bounds come from
`bench/consolidation.py`. Not covered: items that are in the bank already (`tidying.py`).
"""

from __future__ import annotations

from operator import mul
from typing import TYPE_CHECKING

import anyio.to_thread

from rb_mcp.errors import InvalidInput, ProviderError
from rb_mcp.memory.contradiction import contradict
from rb_mcp.memory.gate import REVIEW, objection
from rb_mcp.memory.relation import relation
from rb_mcp.types import Lesson, Similar, new_id
from rb_mcp.words import overlap, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.memory.relation import Advisor
    from rb_mcp.protocols import Embedder, Store
    from rb_mcp.types import Embedding, MemoryItem

WEIGHT = 0.8
"""Of the cosine."""
SAME = 0.8
"""From here on two items are the same without a model: different lessons about one subject come as near as 0.71. Of 40
contradictions 5 that are not recognised as such come nearer, up to 0.91, and merge; 0.92 would keep those apart, too,
and leave 355 of 550 items instead of 343."""
SURE = 0.92
"""From here on they are the same even where a model could be asked."""
DOUBTFUL = 0.3
"""From here on a model is asked: a lesson in entirely other words comes no nearer."""
NEAREST = 10
"""Strategies looked at, of those nearest by words and of those by vector."""
RELATED = 0.5
"""From here on two items may contradict each other, or be parts of one approach."""
_UNRELATED = 0.082
"""Score of two unrelated texts under the embedder these bounds were measured with; others are brought to its scale."""
ASKED = 5
"""Items that a model compares a new one with, at most."""

OUTCOME_UNKNOWN = "the outcome of its task is not known yet: say it with the experience_id, and it is let in"


async def consolidate(
    items: Sequence[MemoryItem],
    task: str,
    known: bool,
    namespace: str,
    store: Store,
    distiller: str = "",
    *,
    embedder: Embedder | None = None,
    advisor: Advisor | None = None,
    review_all: bool = False,
) -> list[Lesson]:
    """Return what is to become of each item: a strategy of its own, support for one, or held for review.

    `known`: whether the outcome of what taught it is. `distiller`: which model by which prompt worded the items.
    `advisor` decides about what resembles a strategy without being the same in words and vector. With `review_all` no
    words are recalled that no person saw: what is new is held, and what confirms a strategy says so in its words.
    """
    lessons: list[Lesson] = []
    await _check_named(items, namespace, store)
    vectors = await embedded(items, embedder)
    for item, vector in zip(items, vectors, strict=True):
        # On a thread: its patterns are compiled at the first item.
        reason = await anyio.to_thread.run_sync(objection, item, task) or ("" if known else OUTCOME_UNKNOWN)
        standing = "held" if reason else "active"
        others = await nearest(item, vector, namespace, store, embedder)
        others += [
            (nearness(words(item.text()), _in_this_call(lesson, vector), embedder), _in_this_call(lesson, vector))
            for lesson in lessons
        ]
        into, against = await placed(item, others, advisor if standing == "active" else None)
        if item.same_as and standing == "active":  # whoever handed it in has read both
            into, against = item.same_as, tuple(id_ for id_ in against if id_ != item.same_as)
        kept = item
        if review_all and standing == "active":
            confirmed = [one.item for _, one in others if one.id == into]
            kept, standing, reason = (confirmed[0], standing, "") if confirmed else (item, "held", REVIEW)
        lessons.append(Lesson(kept, standing, reason, into, distiller, new_id("str"), vector, against))
    return lessons


async def _check_named(items: Sequence[MemoryItem], namespace: str, store: Store) -> None:
    """Refuse an item that says it is the same as a strategy which is not there to confirm.

    Raises:
        InvalidInput: naming the item.
    """
    named = [item.same_as for item in items if item.same_as]
    known = {s.id for s in await store.strategies(namespace, ids=named, standing="active")} if named else set[str]()
    for number, item in enumerate(items):
        if item.same_as and item.same_as not in known:
            raise InvalidInput(
                f"strategies[{number}].same_as",
                f"{item.same_as!r} is no active strategy of this namespace; copy an id from an answer, or leave it out",
            )


async def embedded(items: Sequence[MemoryItem], embedder: Embedder | None) -> Sequence[Embedding | None]:
    """Return a vector an item, or none where the embedder does not answer: words have to do then."""
    if embedder and items:
        try:
            return await embedder.embed([item.text() for item in items])
        except ProviderError:
            pass
    return [None] * len(items)


async def nearest(
    item: MemoryItem, vector: Embedding | None, namespace: str, store: Store, embedder: Embedder | None
) -> list[tuple[float, Similar]]:
    """Return the strategies that come near an item, each with its nearness."""
    spoken = words(item.text())
    found = await store.similar(namespace, spoken, NEAREST, vector)
    return [(nearness(spoken, one, embedder), one) for one in found]


def nearness(spoken: frozenset[str], other: Similar, embedder: Embedder | None) -> float:
    """Return how near a strategy is to an item of these words; by words alone where either lacks a vector."""
    shared = overlap(spoken, words(other.item.text()))
    if other.cosine is None or embedder is None:
        return shared
    unrelated = embedder.background.mean
    cosine = 1 - (1 - other.cosine) * (1 - _UNRELATED) / (1 - unrelated)
    return WEIGHT * cosine + (1 - WEIGHT) * shared


def _in_this_call(lesson: Lesson, vector: Embedding | None) -> Similar:
    """Return an item that was handed in together with another, as it will stand in the bank."""
    own = lesson.embedding
    cosine = sum(map(mul, own.values, vector.values)) if own and vector else None
    return Similar(lesson.into or lesson.id, lesson.item, lesson.standing, cosine)


async def placed(
    item: MemoryItem, others: Sequence[tuple[float, Similar]], advisor: Advisor | None
) -> tuple[str, tuple[str, ...]]:
    """Return the id of the active strategy that says the same as an item, and of those that say the opposite."""
    ranked = sorted(((near, one) for near, one in others if one.standing == "active"), key=lambda pair: -pair[0])
    against = {one.id for near, one in ranked if near >= RELATED and contradict(item, one.item)}
    able = [(near, one) for near, one in ranked if one.id not in against]
    if able and able[0][0] >= (SURE if advisor else SAME):
        return able[0][1].id, tuple(sorted(against))
    asked = [one for near, one in able[:ASKED] if near >= DOUBTFUL]
    said = await relation(item, [one.item for one in asked], advisor)
    against |= {asked[number].id for number in said.opposite}
    into = "" if said.same is None else asked[said.same].id
    if not said.answered and able and able[0][0] >= SAME:
        into = able[0][1].id
    return into, tuple(sorted(against))
