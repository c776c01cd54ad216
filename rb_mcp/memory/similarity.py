"""How near an earlier experience is to a query: the sides of both, compared and joined into one number.

Two scores, by what the query says. T, L, K stand for task, lesson (a strategy's words: when it applies, what to do)
and kind of problem; the query's sides are small letters; each pair is a cosine, and T joins cosine and word overlap:

    without a kind   T(t,T) + 1.5 max(0, cos(t,L) - 0.1)
    with one         (T(t,T) + cos(t,L) + cos(k,L) + cos(k,K) + cos(k,T) + cos(t,K)) / 2

and of both, what the work touched: 0.2 b / (b + 8), b being the BM25 of identifiers, files and errors in common.

Neither half of T is enough alone: on WebArena's repeated templates vectors follow the entity and words the kind of
task; on paraphrases there are no words in common. A lesson counts from where unrelated ones end, so that useless ones
do not disturb. An experience whose kind nobody said is compared by its lesson and task in place of it.

Weights and floors were chosen with a look at one half of `tests/corpora/coding.jsonl` (`fit`), at another file of
coding prompts, at WebArena, and for other languages at `tests/corpora/chinese.txt`; `TOUCHED` at the history of one
public repository. `bench/retrieval.py` says of each set whether it was used so, and what each side adds.

The floor is the score below which nothing is shown. It is one for all tasks: measured, the level that unrelated tasks
reach differs less between WebArena and coding prompts than between small and large banks, since among more experiences
the best of the unrelated is better. So it grows with the logarithm of the bank.

Measured and left out: floors from the bank's own pairs (they rise where tasks are alike, which is where more may pass);
rare words counting more; word overlap with lessons; a vote of ranks (RRF), which has no scale for a floor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_mcp.words import overlap

if TYPE_CHECKING:
    from rb_mcp.types import Candidate, Probe

REFERENCE = (0.08, 0.08)
"""Mean and standard deviation of the cosine of two unrelated tasks under the embedder that the weights were fitted
with. The cosines of another are brought to this scale by its own two (`Embedder.background`)."""

WEIGHT, OVERLAP = 0.3, 0.7
"""Of cosine and word overlap, where a task is told by both."""
ALONE, SHARED = 0.6, 0.1
"""The same where the words say less: paraphrases and translations."""
LEAD = 0.7
"""In place of ALONE for texts that only the leading encoder of two reads: its cosines of what belongs together are
lower. With it .42 of Chinese paraphrases and .75 of translations pass the floor with no lesson's help, others .12."""
LESSON, USELESS = 1.5, 0.1
"""Weight of a lesson, and the cosine that the best unrelated one of a bank of `SMALL` experiences reaches."""
CHANCE, SMALL = 0.025, 24
"""By how much that grows a natural logarithm of the bank's size: of 162 random lessons the best reaches 0.155. Without
it 0.18 to 0.22 of the WebArena tasks with nothing relevant get something, with it 0.15 or fewer."""
LEAD_USELESS = 0.3
"""The same where only the leading encoder reads the query: of 60 Chinese paraphrases and 40 translations in a bank of
random English lessons the best is right for 0.68 to 0.70 and 0.90; with 0.1 for 0.55 and 0.70."""
TOUCHED, HALF = 0.2, 8.0
"""What the terms touched add at most, and the BM25 at which they add half of it."""

FLOOR, KIND_FLOOR = 0.385, 0.62
"""In a bank of `SIZE` experiences, without and with a kind."""
WORDS_FLOOR = 0.25
"""The same where nothing is embedded: three standard deviations above the mean word overlap of two WebArena tasks."""
GROWTH, KIND_GROWTH = 0.01, 0.03
"""Per natural logarithm of the bank's size."""
SIZE = 40
SMALLEST = 10
"""Experiences below which a bank is no smaller."""


@dataclass(frozen=True)
class Scale:
    """A linear map of one embedder's cosines to those of the reference; the identity for a joined one."""

    mean: float = REFERENCE[0]
    deviation: float = REFERENCE[1]
    lead: bool = False
    """Whether only one encoder reads the query."""
    size: int = SIZE
    """Experiences in the bank, in the query's language."""

    @property
    def useless(self) -> float:
        """The cosine of a lesson and a query that the best of so many unrelated ones reaches."""
        return (LEAD_USELESS if self.lead else USELESS) + CHANCE * math.log(max(self.size, SMALLEST) / SMALL)

    def __call__(self, cosine: float) -> float:
        """Return a cosine as the reference embedder would have it, at most 1."""
        mean, deviation = REFERENCE
        return min(1.0, mean + (cosine - self.mean) * deviation / self.deviation)


@dataclass(frozen=True)
class Similarity:
    """A score, and what each side adds to it."""

    total: float
    task: float = 0.0
    lesson: float = 0.0
    kind: float = 0.0
    touched: float = 0.0


def similarity(probe: Probe, candidate: Candidate, scale: Scale, *, with_kind: bool) -> Similarity:
    """Return how near a candidate is to a query, in about [0, 2]; by words and terms alone where it has no vector."""
    shared = overlap(probe.words, candidate.words)
    touched = TOUCHED * candidate.touched / (candidate.touched + HALF)
    if candidate.cosine is None:
        return Similarity(shared + touched, shared, touched=touched)
    task = _task(scale(candidate.cosine), shared, scale)
    lesson = scale(candidate.lesson) if candidate.lesson is not None else USELESS
    if not with_kind or candidate.kind_task is None:
        adds = LESSON * max(0.0, lesson - scale.useless)
        return Similarity(task + adds + touched, task, adds, touched=touched)
    kind_lesson = scale(candidate.kind_lesson) if candidate.kind_lesson is not None else USELESS
    kind_task = scale(candidate.kind_task)
    kind = scale(candidate.kind) if candidate.kind is not None else kind_lesson
    task_kind = scale(candidate.task_kind) if candidate.task_kind is not None else kind_task
    kinds = (kind_lesson + kind + kind_task + task_kind) / 2
    return Similarity(task / 2 + lesson / 2 + kinds + touched, task / 2, lesson / 2, kinds, touched)


def _task(cosine: float, shared: float, scale: Scale) -> float:
    alone = LEAD if scale.lead else ALONE
    return max(WEIGHT * cosine + OVERLAP * shared, alone * cosine + SHARED * shared)


def floor(size: int, *, with_kind: bool = False, by_words: bool = False) -> float:
    """Return the score below which nothing is shown, in a bank of this many experiences in the query's language."""
    if by_words:
        return WORDS_FLOOR
    growth = math.log(max(size, SMALLEST) / SIZE)
    return KIND_FLOOR + KIND_GROWTH * growth if with_kind else FLOOR + GROWTH * growth
