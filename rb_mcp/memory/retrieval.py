"""Task → the nearest experiences → their strategies (section 3.2 of the paper, k = 1 by default).

score = 0.4 cosine + 0.6 word overlap (Jaccard), at least 0.7 cosine, over the 50 nearest by vector and the 50 best by
BM25. Neither half is enough alone: on WebArena's repeated templates vectors follow the entity and words the kind of
task; on paraphrases and across languages there are no words in common, and half a cosine drowns among tasks that
share small words. Ranks (RRF) would order as well but have no scale, and the floor needs one. All figures here are
those of `bench/retrieval.py`, which prints them anew.

Floor: mu + 3 sigma of the score of two unrelated tasks. Both come from random pairs of the bank itself once
it holds 30 experiences, before that from figures measured for the embedder; in between bounds, because in a
bank of one kind of task all pairs are alike, and a floor drawn from them alone would shut every one out.

Measured and left out: more diverse experiences by MMR (0.3 to 0.5 points more tasks with a relevant one among the
first 2 or 3, for fewer relevant ones in all); rare words counting more (1 point of hit@1 less on WebArena); what the
items say beside the task: with the default embedder even an ideal description of when they apply brings nothing on
paraphrases and costs 3 points of AUROC; with MiniLM it would bring 8 and 2.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rb_mcp.errors import ProviderError
from rb_mcp.memory.credit import REACH, assess
from rb_mcp.memory.trust import admitted, foreign
from rb_mcp.types import NOBODY, SHARED, Candidate, Recall, Recalled, new_id, stub_id
from rb_mcp.words import overlap, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.protocols import Embedder, Purpose, Store
    from rb_mcp.types import Embedding, Origin, Strategy, Trial

WEIGHT = 0.4
"""Of the cosine. With the default embedder 0.3 to 0.5 differ by less than a point of hit@1 everywhere; MiniLM loses
half a point on WebArena at 0.5, and a point on paraphrases at 0.3."""
ALONE = 0.7
"""Of the cosine where the words say less. Without it 0.13 of the Chinese paraphrases and 0.53 of the translations pass
the floor, with it 0.57 and 0.85, and no more of the unrelated; from 0.75 on hit@1 on WebArena suffers."""
Z = 3.0
"""On a stream of WebArena tasks it keeps 0.99 of those that have a relevant experience and rejects 0.78 of those that
have none; with every other kind of task in the bank already, 0.45. Of the unrelated tasks it rejects 0.92."""
WORDS = (0.052, 0.067)
"""Mean and standard deviation of the word overlap of two of the 477 tasks: the background where nothing is embedded.
Its floor keeps 1.00 of the WebArena tasks and rejects 0.73 of those without, and keeps hardly a paraphrase."""
CANDIDATES = 50
"""From either side: the best by score was the same as in a full scan in every query measured."""
ENOUGH = 30
"""Experiences from which the bank's own background is used."""
MOST_CANDIDATES = 4_000
"""Looked through where other people's experiences crowd out the owner's own; sqlite-vec gives 4,096 at most."""
LOWEST, HIGHEST = 0.8, 1.25
"""The floor stays within these multiples of the one measured for the embedder."""
_PAIRS = 1_000


@dataclass(frozen=True)
class Considered:
    """An experience that a recall looked at, how near it is and by what, and what became of it."""

    experience_id: str
    similarity: float
    cosine: float | None
    words: float
    fate: str
    left_out: tuple[Strategy, ...] = ()
    """What it taught and what the limits on other people's work kept out."""


@dataclass
class Retriever:
    """Finds what earlier tasks taught that is relevant to this one. Remembers floors, nothing else."""

    store: Store
    embedder: Embedder
    _floors: dict[tuple[bool, tuple[str, ...]], tuple[int, float]] = field(
        default_factory=dict[tuple[bool, tuple[str, ...]], tuple[int, float]]
    )
    _tasks: dict[str, tuple[int, Sequence[Trial]]] = field(default_factory=dict[str, "tuple[int, Sequence[Trial]]"])

    async def embed(self, task: str, purpose: Purpose = "document") -> Embedding | None:
        """Return the task's vector; without one, for want of an embedder, text alone has to do."""
        try:
            return (await self.embedder.embed([task], purpose=purpose))[0]
        except ProviderError:
            return None

    async def retrieve(self, task: str, k: int, namespace: str, reader: Origin = NOBODY) -> Recall:
        """Return the active strategies of the `k` nearest experiences above the floor, best first.

        Of experiences that are not the reader's own as many are looked at besides, never in place of the own.
        """
        return (await self.consider(task, k, namespace, reader))[0]

    async def consider(
        self, task: str, k: int, namespace: str, reader: Origin = NOBODY
    ) -> tuple[Recall, list[Considered]]:
        """Return a recall, and everything that was looked at for it, the nearest first."""
        namespaces = tuple(dict.fromkeys((namespace, SHARED)))
        spoken = words(task)
        candidates = await self._candidates(namespaces, spoken, await self.embed(task, "query"), reader)
        stubs = {stub_id(candidate.experience_id) for candidate in candidates}  # of what was shared from here
        candidates = [candidate for candidate in candidates if candidate.experience_id not in stubs]
        scored = sorted(((score(spoken, c), c) for c in candidates), key=lambda pair: -pair[0])
        floor = await self._floor(namespaces, by_words=all(c.cosine is None for c in candidates))
        own = [(near, c.experience_id) for near, c in scored if not foreign(c.origin, reader)]
        others = [(near, c.experience_id) for near, c in scored if foreign(c.origin, reader)]
        near = {id_: similarity for similarity, id_ in own[:k] + others[:k] if similarity >= floor}
        nearest = scored[0][0] if scored else 0.0
        taught = await self.store.strategies(namespaces, of=list(near), standing="active", limit=100) if near else []
        tasks = await self._ended(namespace) if any(strategy.trials for strategy in taught) else ()
        ranked = admitted(_ranked(taught, near, tasks, reader), reader)
        recall = Recall(new_id("rec"), namespace, ranked, round(nearest, 4), round(floor, 4))
        came = {one.strategy.id for one in ranked}
        considered: list[Considered] = []
        for similarity, candidate in scored:
            id_ = candidate.experience_id
            left = [s for s in taught if s.id not in came and any(e.experience_id == id_ for e in s.evidence)]
            fate = "recalled" if id_ in near else "below the floor" if similarity < floor else "nearer ones came first"
            shared = overlap(spoken, candidate.words)
            considered.append(Considered(id_, similarity, candidate.cosine, shared, fate, tuple(left)))
        return recall, considered

    async def _candidates(
        self, namespaces: Sequence[str], spoken: frozenset[str], vector: Embedding | None, reader: Origin
    ) -> list[Candidate]:
        """Return candidates, from further away where other people's fill the first of them."""
        limit = CANDIDATES
        while True:
            found = await self.store.search(namespaces, spoken, vector, limit)
            own = sum(not foreign(candidate.origin, reader) for candidate in found)
            if own == len(found) or own >= CANDIDATES or len(found) < limit or limit == MOST_CANDIDATES:
                return found
            limit = min(MOST_CANDIDATES, 4 * limit)

    async def _floor(self, namespaces: tuple[str, ...], *, by_words: bool) -> float:
        mean, deviation = WORDS if by_words else self.embedder.background
        measured = mean + Z * deviation
        held, _ = await self.store.background(namespaces, 0)
        if held < ENOUGH:
            return measured
        known, floor = self._floors.get((by_words, namespaces), (0, 0.0))
        if not known or held > 1.25 * known:
            _, pairs = await self.store.background(namespaces, _PAIRS)
            scores = [score(one, Candidate("", other, None if by_words else cosine)) for cosine, one, other in pairs]
            own = statistics.fmean(scores) + Z * statistics.pstdev(scores) if len(scores) >= ENOUGH else measured
            floor = min(max(own, LOWEST * measured), HIGHEST * measured)
            self._floors[by_words, namespaces] = (held, floor)
        return floor

    async def _ended(self, namespace: str) -> Sequence[Trial]:
        """Return how the tasks of a namespace ended, as of when it was about as large as now."""
        held, _ = await self.store.background((namespace,), 0)
        known, tasks = self._tasks.get(namespace, (0, ()))
        if not known or held > 1.25 * known:
            tasks = await self.store.trials(namespace)
            self._tasks[namespace] = (held, tasks)
        return tasks


def score(spoken: frozenset[str], candidate: Candidate) -> float:
    """Return how near a task is to a candidate's; by words alone where either lacks a vector."""
    shared, cosine = overlap(spoken, candidate.words), candidate.cosine
    return shared if cosine is None else max(WEIGHT * cosine + (1 - WEIGHT) * shared, ALONE * cosine)


def _ranked(
    taught: Sequence[Strategy], near: dict[str, float], tasks: Sequence[Trial], reader: Origin
) -> list[Recalled]:
    """Return each strategy once, under the nearest experience that taught it, its rank shifted by its record."""
    found: list[tuple[float, Recalled]] = []
    for strategy in taught:
        similarity, id_ = max(
            (near[e.experience_id], e.experience_id) for e in strategy.evidence if e.experience_id in near
        )
        shift = REACH * assess(strategy, tasks, (), reader).worth if strategy.trials else 0.0
        found.append((round(similarity + shift, 4), Recalled(strategy, id_, round(similarity, 4))))
    found.sort(key=lambda r: (-r[0], -len(r[1].strategy.evidence), r[1].strategy.created_at, r[1].strategy.id))
    return [recalled for _, recalled in found]
