"""What a difference between two arms is worth: the same tasks with and without, compared one by one.

Not covered: that tasks of one stream are not independent, since what a task taught is recalled by later ones; the
intervals are those of independent tasks, and so a little too narrow for the arms that learn.
"""

from __future__ import annotations

import math
import random
import statistics
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

RESAMPLES = 1_000


class Compared(NamedTuple):
    """One arm against another: the mean difference, its 95 % interval, tasks gained and lost, and p."""

    difference: float
    low: float
    high: float
    gained: int
    lost: int
    p: float


def mcnemar(gained: int, lost: int) -> float:
    """Return the exact two-sided p of McNemar's test: that as lopsided a split of the pairs that differ is chance."""
    pairs = gained + lost
    tail = sum(math.comb(pairs, count) for count in range(min(gained, lost) + 1))
    return min(1.0, 2 * tail / 2**pairs)


def interval(differences: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % percentile interval of the mean of paired differences, by the bootstrap over tasks."""
    drawn = random.Random(0)  # noqa: S311 - nothing secret, and the same figures each time
    size = len(differences)
    means = sorted(sum(drawn.choices(differences, k=size)) / size for _ in range(RESAMPLES))
    return means[round(0.025 * RESAMPLES)], means[round(0.975 * RESAMPLES) - 1]


def compared(with_it: Sequence[bool], without: Sequence[bool]) -> Compared:
    """Compare the successes of two arms on the same tasks in the same order."""
    pairs = list(zip(with_it, without, strict=True))
    differences = [float(one) - float(other) for one, other in pairs]
    gained = sum(one and not other for one, other in pairs)
    lost = sum(other and not one for one, other in pairs)
    return Compared(statistics.fmean(differences), *interval(differences), gained, lost, mcnemar(gained, lost))
