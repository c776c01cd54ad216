"""Which of the nearest experiences are worth showing, and what of the rest is worth a name.

A set is chosen, not a list: the nearest experience, the best of each part of a task, then others that are about as near
and teach something new, so that their number adapts and repeats give way. What they taught is ranked by similarity,
shifted by its record (`credit.py`) and a little by its age. How much of it may be other people's, `trust.py` says.

Not covered: how near an experience is (`similarity.py`), and how much fits a context (`rendering.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.memory.credit import REACH, assess
from rb_mcp.memory.trust import admitted
from rb_mcp.types import Nearby, Recalled
from rb_mcp.words import overlap, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rb_mcp.types import Origin, Strategy, Trial

MOST_EXPERIENCES = 3
"""Shown where k adapts; a fourth added nothing in the games of `evals/`, and items that do not fit do harm."""
SHARE = 0.6
"""Of the best one's score, from which another experience is shown beside it: the kind that is asked for is among the
first three 1.4 times as often as it is the first, and where the best stands out nothing comes beside it. With 0.5 a
fifth more was shown and nothing more of use; with 0.7 0.016 of the queries went wrong that had been met."""
REPEATED = 0.85
"""Word overlap of two strategies from which the second says nothing new. Lessons that differ in what they are about
come as near as 0.7, and one of them lost does more harm than a repeat: with 0.6 the games of `evals/` went worse than
with one experience."""
MOST_NEARBY = 3
NEARBY, KIND_NEARBY = 0.5, 0.6
"""Of the floor, from which a strategy may be named as a weak candidate, without a kind and with one. With 0.4 unrelated
coding prompts get twice as many names, and 0.00 to 0.05 more of the others one that is of use."""
FADED, OLDEST = 0.02, 5.0
"""Similarity that a strategy loses a year that it is older than the newest candidate, and years that count: of two that
are about as near the fresher comes first."""
_YEAR = 365.0


def ranked(
    strategies: Sequence[Strategy], scores: Mapping[str, float], tasks: Sequence[Trial], reader: Origin
) -> list[Recalled]:
    """Return each strategy once, under the nearest experience that taught it, the best first.

    Args:
        strategies: What the experiences taught.
        scores: How near each experience is, by id.
        tasks: How the tasks of the namespace ended, to weigh records against.
        reader: Who asks.
    """
    newest = max((strategy.created_at for strategy in strategies), default=None)
    rows: list[tuple[float, Recalled]] = []
    for strategy in strategies:
        ids = [evidence.experience_id for evidence in strategy.evidence if evidence.experience_id in scores]
        score, id_ = max((scores[id_], id_) for id_ in ids)
        shift = REACH * assess(strategy, tasks, (), reader).worth if strategy.trials else 0.0
        if newest:
            shift -= FADED * min(OLDEST, (newest - strategy.created_at).days / _YEAR)
        rows.append((round(score + shift, 4), Recalled(strategy, id_, round(score, 4))))
    rows.sort(key=lambda r: (-r[0], -len(r[1].strategy.evidence), r[1].strategy.created_at, r[1].strategy.id))
    return [recalled for _, recalled in rows]


class Selection:
    """Experiences chosen so far, by id.

    Args:
        recalled: What they taught, the best first.
        scores: How near each experience is, by id.
        k: How many are asked for; 0 lets their number adapt, and passes over those that teach nothing new.
    """

    def __init__(self, recalled: Sequence[Recalled], scores: Mapping[str, float], k: int) -> None:
        self.ids: list[str] = []
        self._scores = scores
        self._k = k
        self._lessons: list[frozenset[str]] = []
        # The best lesson of each experience that no nearer one taught, else its best.
        self._best = {
            **{evidence.experience_id: r for r in reversed(recalled) for evidence in r.strategy.evidence},
            **{r.experience_id: r for r in reversed(recalled)},
        }

    def take(self, ids: Iterable[str], count: int, bound: float) -> None:
        """Choose up to `count` of some experiences, the nearest first, whose score reaches a bound."""
        for id_ in ids:
            if count <= 0 or self._scores[id_] < bound:
                return
            if id_ not in self.ids and self._adds(id_):
                self.ids.append(id_)
                count -= 1

    def fill(self, ids: Sequence[str], floor: float) -> None:
        """Choose as many as k asks for, or as are about as near as the best, if that one passes the floor."""
        best = self._scores[ids[0]] if ids else 0.0
        about_as_near = SHARE * max(best, floor) if not self._k and best >= floor else floor
        chosen = sum(id_ in self.ids for id_ in ids)
        self.take(ids, (self._k or MOST_EXPERIENCES) - chosen, about_as_near)

    def _adds(self, id_: str) -> bool:
        """Tell whether an experience teaches what none of the chosen ones does, and remember it."""
        recalled = self._best.get(id_)
        if recalled is None:
            return bool(self._k)
        lesson = words(recalled.strategy.item.text())
        if not self._k and any(overlap(lesson, chosen) >= REPEATED for chosen in self._lessons):
            return False
        self._lessons.append(lesson)
        return True


def nearby(recalled: Sequence[Recalled], shown: Sequence[Recalled], least: float, reader: Origin) -> tuple[Nearby, ...]:
    """Return what to name besides: one hop along the links of what is shown, then the best of what is not.

    Only what the reader could be shown, in the words it may see; of the rest what has at least that similarity.
    """
    ids = {r.strategy.id for r in shown}
    by_id = {r.strategy.id: r for r in recalled if r.strategy.id not in ids}
    names: dict[str, Nearby] = {}
    for strategy in (r.strategy for r in shown):
        for reason, links in (("contradicts", strategy.contradicts), ("part of", strategy.parts)):
            for link in links:
                if link.id in by_id:
                    names[link.id] = _named(by_id[link.id], f"{reason} {strategy.id}")
    for candidate in admitted([r for r in by_id.values() if r.similarity >= least], reader):
        names.setdefault(candidate.strategy.id, _named(candidate))
    return tuple(names.values())[:MOST_NEARBY]


def _named(recalled: Recalled, reason: str = "") -> Nearby:
    item = recalled.strategy.item
    return Nearby(recalled.strategy.id, item.title, item.description, recalled.similarity, reason)
