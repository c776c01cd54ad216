"""Query → a plan → a recall: which experiences are near, and what of what they taught is worth showing.

Section 3.2 of the paper recalls the strategies of the nearest experience (k = 1). This is that, and what its appendix D
calls a controller, without a model: a task of two parts is recalled part by part (`decomposition.py`); as many
experiences come as are about as near as the best (k = 0, at most three) and teach something new; below the floor
nothing is shown, and at most three weak candidates are named; an error in the context has its own way in
(`remedies.py`); one hop leads along links that are kept. How near an experience is, `similarity.py` says.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from rb_mcp.errors import ProviderError
from rb_mcp.language import language
from rb_mcp.memory.decomposition import ALIKE, cuts
from rb_mcp.memory.selection import KIND_NEARBY, NEARBY, Selection, nearby, ranked
from rb_mcp.memory.similarity import Scale, Similarity, floor, similarity
from rb_mcp.memory.trust import admitted, foreign
from rb_mcp.types import (
    NOBODY,
    SHARED,
    KnownRemedy,
    Probe,
    Query,
    Recall,
    Recalled,
    new_id,
    stub_id,
)
from rb_mcp.words import overlap, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rb_mcp.protocols import Embedder, Purpose, Store
    from rb_mcp.types import Candidate, Embedding, Origin, Pool, Strategy, Trial

CANDIDATES = 30
"""Of each side: the best by score was the same as in a full scan in 99.8 % of the queries measured."""
MOST_CANDIDATES = 2_000
"""Looked through where other people's experiences crowd out the owner's own."""
LOOKED_AT = 12
"""Experiences whose strategies are looked at for a recall."""
MOST_REMEDIES = 2
ENOUGH = 30
"""Experiences from which the bank measures the scale of an embedder that was only estimated."""
_PAIRS = 400


@dataclass(frozen=True)
class Considered:
    """An experience that a recall looked at, how near it is and by what, and what became of it."""

    experience_id: str
    similarity: Similarity
    fate: str
    part: int = 0
    """Of which part of the task; 0 for the whole."""
    left_out: tuple[Strategy, ...] = ()
    """What it taught and what the limits on other people's work kept out."""


@dataclass(frozen=True)
class Plan:
    """How a recall was answered: for `rb-mcp recall --explain`."""

    parts: tuple[str, ...] = ()
    """Of the task; empty where it stayed whole."""
    with_kind: bool = False
    errors: tuple[str, ...] = ()
    """Signatures of the errors for which remedies were looked up."""
    considered: tuple[Considered, ...] = ()
    space: str = ""
    """The embedder whose vectors were compared; empty where words had to do."""


@dataclass(frozen=True)
class _Part:
    """A task, or a part of one, with the candidates for it, the nearest first."""

    text: str
    probe: Probe
    pool: Pool
    scale: Scale
    with_kind: bool
    ranked: tuple[tuple[Similarity, Candidate], ...]
    floor: float


@dataclass
class Retriever:
    """Finds what earlier tasks taught that is relevant to this one. Remembers the scale of embedders, nothing else."""

    store: Store
    embedder: Embedder
    _scales: dict[tuple[str, ...], tuple[int, Scale]] = field(default_factory=dict[tuple[str, ...], tuple[int, Scale]])
    _tasks: dict[str, tuple[int, Sequence[Trial]]] = field(default_factory=dict[str, "tuple[int, Sequence[Trial]]"])

    async def embed(self, text: str, purpose: Purpose = "document") -> Embedding | None:
        """Return the vector of a text; without one, for want of an embedder or of a text, words have to do."""
        return (await self._embedded([text], purpose))[0] if text else None

    async def _embedded(self, texts: Sequence[str], purpose: Purpose) -> list[Embedding | None]:
        try:
            return list(await self.embedder.embed(texts, purpose=purpose))
        except ProviderError:
            return [None] * len(texts)

    async def retrieve(self, query: Query, namespace: str, reader: Origin = NOBODY) -> Recall:
        """Return what is worth showing for a query: strategies, weak candidates by name, remedies.

        Of experiences that are not the reader's own as many are looked at besides, never in place of the own.
        """
        return (await self.consider(query, namespace, reader))[0]

    async def consider(self, query: Query, namespace: str, reader: Origin = NOBODY) -> tuple[Recall, Plan]:
        """Return a recall, and the plan that led to it."""
        namespaces = tuple(dict.fromkeys((namespace, SHARED)))
        whole = await self._part(query, namespaces, reader)
        parts = (await self._split(whole, namespaces, reader) if query.k != 1 else []) or [whole]
        scores, strategies = await self._taught(parts, namespaces, reader)
        tasks = await self._ended(namespace) if any(strategy.trials for strategy in strategies) else ()
        recalled = ranked(strategies, scores, tasks, reader)
        chosen = _chosen(parts, Selection(recalled, scores, query.k), scores, reader)
        shown = admitted([r for r in recalled if any(e.experience_id in chosen for e in r.strategy.evidence)], reader)
        remedies, errors = await self._remedies(query, namespaces, reader)
        recall = Recall(
            new_id("rec"),
            namespace,
            shown,
            round(max((score.total for part in parts for score, _ in part.ranked[:1]), default=0.0), 4),
            round(parts[0].floor, 4),
            nearby=nearby(recalled, shown, parts[0].floor * (KIND_NEARBY if parts[0].with_kind else NEARBY), reader),
            remedies=remedies,
        )
        considered = [
            _considered(score, candidate, number, part, chosen, shown, strategies)
            for number, part in enumerate(parts, start=len(parts) > 1)
            for score, candidate in part.ranked
        ]
        names = tuple(part.text for part in parts) if len(parts) > 1 else ()
        return recall, Plan(names, parts[0].with_kind, errors, tuple(considered), whole.pool.space)

    async def named(self, query: Query, namespace: str) -> Recall:
        """Return the strategies that a query names, in its order, and the ids of those that are not to be shown."""
        namespaces = tuple(dict.fromkeys((namespace, SHARED)))
        strategies = await self.store.strategies(
            namespaces, ids=list(query.ids), standing="active", limit=len(query.ids)
        )
        by_id = {strategy.id: strategy for strategy in strategies}
        sources = {s.id: s.evidence[0].experience_id if s.evidence else "" for s in strategies}
        scores: dict[str, float] = {}
        if ids := [id_ for id_ in sources.values() if id_]:
            probe = await self._probe(query.task, query.kind, query.context)
            pool = await self.store.search(namespaces, probe, CANDIDATES, among=ids)
            part = await self._judged(query.task, probe, pool, namespaces, with_kind=probe.kind is not None)
            scores = {candidate.experience_id: round(score.total, 4) for score, candidate in part.ranked}
        shown = tuple(
            Recalled(by_id[id_], sources[id_], scores.get(sources[id_], 0.0)) for id_ in query.ids if id_ in by_id
        )
        missing = tuple(id_ for id_ in query.ids if id_ not in by_id)
        return Recall(new_id("rec"), namespace, shown, max(scores.values(), default=0.0), missing=missing)

    async def _probe(self, task: str, kind: str = "", context: str = "", purpose: Purpose = "query") -> Probe:
        from rb_mcp.memory.footprint import query_terms  # noqa: PLC0415 - many patterns; a server starts without them

        vectors = await self._embedded([task, kind] if kind else [task], purpose)
        return Probe(words(task), query_terms(task, context), vectors[0], vectors[1] if kind else None, language(task))

    async def _part(self, query: Query, namespaces: tuple[str, ...], reader: Origin) -> _Part:
        probe = await self._probe(query.task, query.kind, query.context)
        pool = await self._pool(namespaces, probe, reader)
        return await self._judged(query.task, probe, pool, namespaces, with_kind=probe.kind is not None)

    async def _judged(
        self, text: str, probe: Probe, pool: Pool, namespaces: tuple[str, ...], *, with_kind: bool
    ) -> _Part:
        """Score and rank the candidates of a pool, and set the floor."""
        scale = await self._scale(pool, namespaces)
        lead = scale.lead or (pool.space == self.embedder.name and _lone(probe.task))
        scale = replace(scale, lead=lead, size=pool.size)
        stubs = {stub_id(candidate.experience_id) for candidate in pool.candidates}  # of what was shared from here
        by_score = sorted(
            (
                (similarity(probe, candidate, scale, with_kind=with_kind), candidate)
                for candidate in pool.candidates
                if candidate.experience_id not in stubs
            ),
            key=lambda pair: -pair[0].total,
        )
        by_words = all(candidate.cosine is None for candidate in pool.candidates)
        bound = floor(pool.size, with_kind=with_kind, by_words=by_words)
        return _Part(text, probe, pool, scale, with_kind, tuple(by_score), bound)

    async def _pool(self, namespaces: tuple[str, ...], probe: Probe, reader: Origin) -> Pool:
        """Return candidates, from further away where other people's fill the first of them."""
        limit = CANDIDATES
        while True:
            pool = await self.store.search(namespaces, probe, limit)
            own = sum(not foreign(candidate.origin, reader) for candidate in pool.candidates)
            enough = own == len(pool.candidates) or own >= CANDIDATES or len(pool.candidates) < limit
            if enough or limit == MOST_CANDIDATES:
                return pool
            limit = min(MOST_CANDIDATES, 4 * limit)

    async def _split(self, whole: _Part, namespaces: tuple[str, ...], reader: Origin) -> list[_Part]:
        """Return the two parts of a task that has them; see `decomposition.py`."""
        candidates = {candidate.experience_id: candidate.words for _, candidate in whole.ranked}
        places = cuts(whole.text, list(candidates.values()))
        if not places:
            return []
        # Compared roughly, the whole like its parts: by the leading encoder, without a kind.
        texts = [whole.text, *dict.fromkeys(text for cut in places for text in cut)]
        vectors = await self._embedded(texts, "fragment")
        best: dict[str, tuple[float, Candidate]] = {}
        for text, vector in zip(texts, vectors, strict=True):
            probe = Probe(words(text), task=vector, language=whole.probe.language)
            pool = await self.store.search(namespaces, probe, CANDIDATES, among=list(candidates))
            part = await self._judged(text, probe, pool, namespaces, with_kind=False)
            best[text] = max(((score.total, c) for score, c in part.ranked), key=itemgetter(0))
        bound = max(best[whole.text][0], floor(whole.pool.size))
        able = [
            (min(best[text][0] for text in cut), cut)
            for cut in places
            if all(best[text][0] > bound for text in cut) and overlap(*(best[text][1].words for text in cut)) < ALIKE
        ]
        return [await self._part(Query(text), namespaces, reader) for text in max(able)[1]] if able else []

    async def _taught(
        self, parts: Sequence[_Part], namespaces: tuple[str, ...], reader: Origin
    ) -> tuple[dict[str, float], Sequence[Strategy]]:
        """Return the scores of the nearest experiences of each part, the reader's and others', and what they taught."""
        scores: dict[str, float] = {}
        for part in parts:
            for theirs in (False, True):
                group = [row for row in part.ranked if foreign(row[1].origin, reader) == theirs]
                for score, candidate in group[:LOOKED_AT]:
                    id_ = candidate.experience_id
                    scores[id_] = max(score.total, scores.get(id_, 0.0))
        ids = list(scores)
        return scores, await self.store.strategies(namespaces, of=ids, standing="active", limit=100) if ids else []

    async def _remedies(
        self, query: Query, namespaces: tuple[str, ...], reader: Origin
    ) -> tuple[tuple[KnownRemedy, ...], tuple[str, ...]]:
        """Return what ended the errors of a context, or of a task that quotes one, in earlier tasks."""
        from rb_mcp.memory import signatures as errors  # noqa: PLC0415 - many patterns; a server starts without them

        reported = (*errors.signatures(query.context), *errors.signatures(query.task))
        keys = tuple(dict.fromkeys(signature.key for signature in reported))
        if not keys:
            return (), ()
        stored = await self.store.remedies(namespaces, sorted({key.partition(" ")[0] for key in keys}))
        by_likeness = sorted(
            (
                (-errors.likeness(keys, [remedy.key]), number, remedy, experience_id)
                for number, (remedy, experience_id, origin) in enumerate(stored)
                if not foreign(origin, reader)
            ),
            key=lambda row: row[:2],
        )
        shown: dict[str, KnownRemedy] = {}
        for likely, _, remedy, experience_id in by_likeness:
            if -likely >= errors.ALIKE and len(shown) < MOST_REMEDIES:
                shown.setdefault(remedy.remedy, KnownRemedy(remedy.error, remedy.remedy, experience_id))
        return tuple(shown.values()), keys

    async def _scale(self, pool: Pool, namespaces: tuple[str, ...]) -> Scale:
        """Return the scale of a pool's cosines: that of its embedder, measured by the bank where it is estimated."""
        background = self.embedder.background
        if pool.space in {"", self.embedder.name}:
            if background.estimated and pool.size >= ENOUGH:
                known, scale = self._scales.get(namespaces, (0, Scale(background.mean, background.deviation)))
                if pool.size > 1.25 * known:
                    _, cosines = await self.store.background(namespaces, _PAIRS)
                    if len(cosines) >= ENOUGH:
                        scale = Scale(statistics.fmean(cosines), max(0.02, statistics.pstdev(cosines)))
                    self._scales[namespaces] = (pool.size, scale)
                return scale
        elif background.lead:  # the bank has not moved yet from the encoder that leads this embedder
            background = background.lead
        return Scale(background.mean, background.deviation)

    async def _ended(self, namespace: str) -> Sequence[Trial]:
        """Return how the tasks of a namespace ended, as of when it was about as large as now."""
        count, _ = await self.store.background((namespace,), 0)
        known, tasks = self._tasks.get(namespace, (0, ()))
        if not known or count > 1.25 * known:
            tasks = await self.store.trials(namespace)
            self._tasks[namespace] = (count, tasks)
        return tasks


def _lone(vector: Embedding | None) -> bool:
    """Tell whether only the leading encoder of a joined embedder read a text: the others left their numbers at zero."""
    return vector is not None and "+" in vector.embedder and vector.values[-1] == 0.0


def _chosen(
    parts: Sequence[_Part], selection: Selection, scores: Mapping[str, float], reader: Origin
) -> frozenset[str]:
    """Return the experiences to be shown: of each part the best, then as many as there is room for.

    Of other people's as many besides, which `trust.py` limits.
    """
    for theirs in (False, True):
        by_part = [
            [
                c.experience_id
                for _, c in part.ranked
                if c.experience_id in scores and foreign(c.origin, reader) == theirs
            ]
            for part in parts
        ]
        if len(parts) > 1:
            for ids, part in zip(by_part, parts, strict=True):
                selection.take(ids, 1, part.floor)
        union = dict.fromkeys(id_ for ids in by_part for id_ in ids)
        selection.fill(sorted(union, key=lambda id_: -scores[id_]), parts[0].floor)
    return frozenset(selection.ids)


def _considered(
    score: Similarity,
    candidate: Candidate,
    number: int,
    part: _Part,
    chosen: frozenset[str],
    shown: Sequence[Recalled],
    strategies: Sequence[Strategy],
) -> Considered:
    id_ = candidate.experience_id
    shown_ids = {recalled.strategy.id for recalled in shown}
    fate = "recalled" if id_ in chosen else "below the floor" if score.total < part.floor else "nearer ones came first"
    taught = [s for s in strategies if s.id not in shown_ids and any(e.experience_id == id_ for e in s.evidence)]
    return Considered(id_, score, fate, number, tuple(taught) if id_ in chosen else ())
