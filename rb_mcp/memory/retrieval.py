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
from typing import TYPE_CHECKING

from rb_mcp.errors import ProviderError
from rb_mcp.language import language
from rb_mcp.memory.credit import REACH, assess
from rb_mcp.memory.decomposition import ALIKE, cuts
from rb_mcp.memory.similarity import Scale, Similarity, floor, similarity
from rb_mcp.memory.trust import admitted, foreign
from rb_mcp.types import (
    NOBODY,
    SHARED,
    KnownRemedy,
    Nearby,
    Probe,
    Query,
    Recall,
    Recalled,
    new_id,
    stub_id,
)
from rb_mcp.words import overlap, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rb_mcp.protocols import Embedder, Purpose, Store
    from rb_mcp.types import Candidate, Embedding, Origin, Pool, Strategy, Trial

CANDIDATES = 30
"""Of each side: the best by score was the same as in a full scan in 99.8 % of the queries measured."""
MOST_CANDIDATES = 2_000
"""Looked through where other people's experiences crowd out the owner's own."""
MOST_EXPERIENCES = 3
"""Shown where k adapts; a fourth added nothing in the games of `evals/`, and items that do not fit do harm."""
SHARE = 0.6
"""Of the best one's score, from which another experience is shown beside it: the kind that is asked for is among the
first three 1.4 times as often as it is the first, and where the best stands out nothing comes beside it."""
REPEATED = 0.6
"""Word overlap of two strategies from which the second says nothing new."""
LOOKED_AT = 12
"""Experiences whose strategies are looked at for a recall."""
MOST_NEARBY = 3
NEARBY = 0.4
"""Of the floor, from which a strategy may be named as a weak candidate."""
MOST_REMEDIES = 2
FADED = 0.02
"""Similarity that a strategy loses a year that it is older than the newest candidate, at most five times: of two
that are about as near the fresher comes first."""
_YEAR = 365.0
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
        near, taught = await self._near(parts, namespaces, reader)
        tasks = await self._ended(namespace) if any(strategy.trials for strategy in taught) else ()
        ranked = _ranked(taught, near, tasks, reader)
        chosen = _chosen(parts, near, ranked, query.k, reader)
        shown = admitted(
            [one for one in ranked if any(e.experience_id in chosen for e in one.strategy.evidence)], reader
        )
        remedies, errors = await self._remedies(query, namespaces, reader)
        best = max((part.ranked[0][0].total for part in parts if part.ranked), default=0.0)
        recall = Recall(
            new_id("rec"),
            namespace,
            shown,
            round(best, 4),
            round(parts[0].floor, 4),
            nearby=_nearby(ranked, shown, parts[0].floor, reader),
            remedies=remedies,
        )
        considered = [
            _considered(one, number, part, chosen, shown, taught)
            for number, part in enumerate(parts, start=len(parts) > 1)
            for one in part.ranked
        ]
        names = tuple(part.text for part in parts) if len(parts) > 1 else ()
        return recall, Plan(names, parts[0].with_kind, errors, tuple(considered), whole.pool.space)

    async def named(self, query: Query, namespace: str) -> Recall:
        """Return the strategies that a query names, in its order, and the ids of those that are not to be shown."""
        namespaces = tuple(dict.fromkeys((namespace, SHARED)))
        there = await self.store.strategies(namespaces, ids=list(query.ids), standing="active", limit=len(query.ids))
        behind = {s.id: s.evidence[0].experience_id if s.evidence else "" for s in there}
        near: dict[str, float] = {}
        if ids := [id_ for id_ in behind.values() if id_]:
            probe = await self._probe(query.task, query.kind, query.context)
            pool = await self.store.search(namespaces, probe, CANDIDATES, among=ids)
            scale = await self._scale(pool, namespaces)
            for candidate in pool.candidates:
                total = similarity(probe, candidate, scale, with_kind=probe.kind is not None).total
                near[candidate.experience_id] = round(total, 4)
        by_id = {strategy.id: strategy for strategy in there}
        shown = tuple(
            Recalled(by_id[id_], behind[id_], near.get(behind[id_], 0.0)) for id_ in query.ids if id_ in by_id
        )
        missing = tuple(id_ for id_ in query.ids if id_ not in by_id)
        return Recall(new_id("rec"), namespace, shown, max(near.values(), default=0.0), missing=missing)

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
        ranked = sorted(
            (
                (similarity(probe, candidate, scale, with_kind=with_kind), candidate)
                for candidate in pool.candidates
                if candidate.experience_id not in stubs
            ),
            key=lambda pair: -pair[0].total,
        )
        by_words = all(candidate.cosine is None for candidate in pool.candidates)
        bound = floor(pool.size, with_kind=with_kind, by_words=by_words)
        return _Part(text, probe, pool, scale, with_kind, tuple(ranked), bound)

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
        known = {candidate.experience_id: candidate for _, candidate in whole.ranked}
        places = cuts(whole.text, [candidate.words for candidate in known.values()])
        if not places:
            return []
        # Compared roughly, the whole like its parts: by the leading encoder, without a kind.
        texts = [whole.text, *dict.fromkeys(text for cut in places for text in cut)]
        vectors = dict(zip(texts, await self._embedded(texts, "fragment"), strict=True))
        roughly: dict[str, _Part] = {}
        for text in texts:
            probe = Probe(words(text), task=vectors[text], language=whole.probe.language)
            pool = await self.store.search(namespaces, probe, CANDIDATES, among=list(known))
            roughly[text] = await self._judged(text, probe, pool, namespaces, with_kind=False)
        best = max(roughly[whole.text].floor, *(s.total for s, _ in roughly[whole.text].ranked[:1]))
        able = [
            (min(tops), cut)
            for cut in places
            if (tops := [roughly[text].ranked[0][0].total for text in cut])
            and min(tops) > best
            and overlap(*(roughly[text].ranked[0][1].words for text in cut)) < ALIKE
        ]
        if not able:
            return []
        _, chosen = max(able)
        return [await self._part(Query(text), namespaces, reader) for text in chosen]

    async def _near(
        self, parts: Sequence[_Part], namespaces: tuple[str, ...], reader: Origin
    ) -> tuple[dict[str, float], Sequence[Strategy]]:
        """Return the nearest experiences of each part, own and others', with their scores, and what they taught."""
        near: dict[str, float] = {}
        for part in parts:
            own = [one for one in part.ranked if not foreign(one[1].origin, reader)]
            others = [one for one in part.ranked if foreign(one[1].origin, reader)]
            for score, candidate in own[:LOOKED_AT] + others[:LOOKED_AT]:
                near[candidate.experience_id] = max(score.total, near.get(candidate.experience_id, 0.0))
        taught = await self.store.strategies(namespaces, of=list(near), standing="active", limit=100) if near else []
        return near, taught

    async def _remedies(
        self, query: Query, namespaces: tuple[str, ...], reader: Origin
    ) -> tuple[tuple[KnownRemedy, ...], tuple[str, ...]]:
        """Return what ended the errors of a context, or of a task that quotes one, in earlier tasks."""
        from rb_mcp.memory.signatures import ALIKE as SAME_ERROR  # noqa: PLC0415 - many patterns; a server starts without them
        from rb_mcp.memory.signatures import likeness, signatures  # noqa: PLC0415 - see above

        reported = (*signatures(query.context), *signatures(query.task))
        keys = tuple(dict.fromkeys(signature.key for signature in reported))
        if not keys:
            return (), ()
        stored = await self.store.remedies(namespaces, sorted({key.partition(" ")[0] for key in keys}))
        ranked = sorted(
            (
                (-likeness(keys, [remedy.key]), number, remedy, experience_id)
                for number, (remedy, experience_id, origin) in enumerate(stored)
                if not foreign(origin, reader)
            ),
            key=lambda row: row[:2],
        )
        shown: dict[str, KnownRemedy] = {}
        for likely, _, remedy, experience_id in ranked:
            if -likely >= SAME_ERROR and len(shown) < MOST_REMEDIES:
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


def _ranked(
    taught: Sequence[Strategy], near: dict[str, float], tasks: Sequence[Trial], reader: Origin
) -> list[Recalled]:
    """Return each strategy once, under the nearest experience that taught it, ranked by that, record and freshness."""
    newest = max((strategy.created_at for strategy in taught), default=None)
    rows: list[tuple[float, Recalled]] = []
    for strategy in taught:
        score, id_ = max((near[e.experience_id], e.experience_id) for e in strategy.evidence if e.experience_id in near)
        shift = REACH * assess(strategy, tasks, (), reader).worth if strategy.trials else 0.0
        if newest:
            shift -= FADED * min(5.0, (newest - strategy.created_at).days / _YEAR)
        rows.append((round(score + shift, 4), Recalled(strategy, id_, round(score, 4))))
    rows.sort(key=lambda r: (-r[0], -len(r[1].strategy.evidence), r[1].strategy.created_at, r[1].strategy.id))
    return [recalled for _, recalled in rows]


def _chosen(
    parts: Sequence[_Part], near: dict[str, float], ranked: Sequence[Recalled], k: int, reader: Origin
) -> set[str]:
    """Return the experiences to be shown: the best of each part, then others that are about as near and teach more.

    With a given k as many as that, as the paper has it; of other people's as many besides, which `trust.py` limits.
    """
    chosen: list[str] = []
    texts: list[frozenset[str]] = []
    teaches = {  # the best of each that none nearer taught, else the best
        **{evidence.experience_id: one for one in reversed(ranked) for evidence in one.strategy.evidence},
        **{one.experience_id: one for one in reversed(ranked)},
    }

    def take(ids: Iterable[str], most: int, bound: float) -> None:
        count = 0
        for id_ in ids:
            if count == most or near[id_] < bound:
                return
            one = teaches.get(id_)
            if id_ in chosen or (one is None and not k):
                continue
            text = words(one.strategy.item.text()) if one else frozenset[str]()
            if not k and any(overlap(text, other) >= REPEATED for other in texts):
                continue
            chosen.append(id_)
            texts.append(text)
            count += 1

    for own in (True, False):
        of = [
            [c.experience_id for _, c in part.ranked if c.experience_id in near and foreign(c.origin, reader) != own]
            for part in parts
        ]
        if len(parts) > 1:
            for ids, part in zip(of, parts, strict=True):
                take(ids, 1, part.floor)
        merged = sorted({id_ for ids in of for id_ in ids}, key=lambda id_: -near[id_])
        merged = of[0] if len(parts) == 1 else merged
        best = near[merged[0]] if merged else 0.0
        bound = max(SHARE * best, SHARE * parts[0].floor) if not k and best >= parts[0].floor else parts[0].floor
        shown = sum(id_ in chosen for id_ in merged)
        take(merged, (k or MOST_EXPERIENCES) - shown, bound)
    return set(chosen)


def _nearby(ranked: Sequence[Recalled], shown: Sequence[Recalled], bound: float, reader: Origin) -> tuple[Nearby, ...]:
    """Return what to name besides: one hop along the links of what is shown, then the best of what is not."""
    ids = {one.strategy.id for one in shown}
    known = {one.strategy.id: one for one in ranked}
    named: dict[str, Nearby] = {}
    for one in shown:
        for link, related in (("contradicts", one.strategy.contradicts), ("is part of it", one.strategy.parts)):
            for other in related:
                near = known.get(other.id)
                if other.id not in ids and near:  # only what the reader would be shown, in the words it may see
                    reason = f"{link} {one.strategy.id}" if link == "contradicts" else f"part of {one.strategy.id}"
                    named.setdefault(other.id, _named(near, reason))
    rest = [one for one in ranked if one.strategy.id not in ids and one.similarity >= NEARBY * bound]
    for one in admitted(rest, reader):
        named.setdefault(one.strategy.id, _named(one))
    return tuple(named.values())[:MOST_NEARBY]


def _named(one: Recalled, reason: str = "") -> Nearby:
    item = one.strategy.item
    return Nearby(one.strategy.id, item.title, item.description, one.similarity, reason)


def _considered(
    one: tuple[Similarity, Candidate],
    number: int,
    part: _Part,
    chosen: set[str],
    shown: Sequence[Recalled],
    taught: Sequence[Strategy],
) -> Considered:
    score, candidate = one
    id_ = candidate.experience_id
    came = {recalled.strategy.id for recalled in shown}
    fate = "recalled" if id_ in chosen else "below the floor" if score.total < part.floor else "nearer ones came first"
    left = [s for s in taught if s.id not in came and any(e.experience_id == id_ for e in s.evidence)]
    return Considered(id_, score, fate, number, tuple(left) if id_ in chosen else ())
