"""Does memory help? Tasks whose recall was answered against tasks whose recall was withheld, both by chance.

The comparison is by what was drawn, not by what the agent made of it: a strategy that was recalled and set aside
counts as memory too. Chance makes the two sides alike in all else, so their difference is memory's.

The interval of the success rates is Agresti and Caffo's (one success and one failure added to either side). Over
20 to 500 tasks, rates of 0.05 to 0.95 and shares withheld of 0.1 to 0.5, with `FEWEST` on either side, a 95 %
interval of theirs covered the true difference in 92.4 % of the simulated banks in the worst case and in 96.4 % in
the mean; Newcombe's in 90.5 % and 95.4 %, the textbook's in 44.6 % and 88.9 % (`bench/lift.py`). Of the steps it is
Welch's t, which covered 90 % where steps are skewed and few of 100 tasks withheld, 93 to 95 % elsewhere.

Not covered: verdicts that are wrong (a judge that errs on both sides alike pulls the difference towards zero);
looking again and again until an interval excludes zero, which in the end it may by chance; a share that was
changed on the way, which mixes the seasons. Of several namespaces together the same holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist, fmean, variance
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from rb_mcp.tallies import Ended

FEWEST = 5
"""Tasks on either side below which no difference is told: the interval would still cover, and say nothing."""

SOUGHT = 0.10
"""Of the success rate: the smallest difference that is waited for."""

POWER = 0.80
"""The probability with which a difference that is there shows by the time that is foretold."""

_Z = NormalDist().inv_cdf(0.975)
_REACH = _Z + NormalDist().inv_cdf(POWER)


class Interval(NamedTuple):
    """A difference, with memory minus without, and between which bounds it lies with 95 % confidence."""

    difference: float
    low: float
    high: float


class Side(NamedTuple):
    """The tasks of one side: how many, how many went well, and their steps on average where they are known."""

    tasks: int
    successes: int
    steps: float | None

    @property
    def rate(self) -> float | None:
        """Return the share that went well."""
        return self.successes / self.tasks if self.tasks else None


@dataclass(frozen=True)
class Lift:
    """What memory changed: None where there are too few tasks on one of the sides to tell."""

    answered: Side
    withheld: Side
    success: Interval | None
    steps: Interval | None
    more: int
    """About how many more tasks it takes to tell; 0 when it can be told."""

    @property
    def tasks(self) -> int:
        """Return how many there are on both sides."""
        return self.answered.tasks + self.withheld.tasks


def lift(tasks: Sequence[Ended], share: float = 0.0) -> Lift:
    """Compare the two sides; `share` is what is withheld from now on, which says how long it will take."""
    sides = {kind: [task for task in tasks if task.withheld == kind] for kind in (False, True)}
    steps = {kind: [task.steps for task in sides[kind] if task.steps is not None] for kind in sides}
    answered, withheld = (
        Side(
            len(sides[kind]),
            sum(task.outcome == "success" for task in sides[kind]),
            fmean(steps[kind]) if steps[kind] else None,
        )
        for kind in (False, True)
    )
    success = between_rates(answered, withheld) if min(answered.tasks, withheld.tasks) >= FEWEST else None
    fewer = between_means(steps[False], steps[True]) if min(map(len, steps.values())) >= FEWEST else None
    return Lift(answered, withheld, success, fewer, _more(answered, withheld, success, share))


def over_time(tasks: Sequence[Ended]) -> list[tuple[date, Lift]]:
    """Return what could be told at the end of each day on which a task asked, from all tasks up to then."""
    ordered = sorted(tasks, key=lambda task: task.asked_at)
    ends = {task.asked_at.date(): place for place, task in enumerate(ordered, start=1)}
    return [(day, lift(ordered[:end])) for day, end in ends.items()]


def between_rates(answered: Side, withheld: Side) -> Interval:
    """Return the difference of two success rates as observed, in Agresti and Caffo's interval."""
    (one, spread_one), (other, spread_other) = _smoothed(answered), _smoothed(withheld)
    reach = _Z * math.sqrt(spread_one / (answered.tasks + 2) + spread_other / (withheld.tasks + 2))
    difference = answered.successes / answered.tasks - withheld.successes / withheld.tasks
    return Interval(difference, max(-1.0, one - other - reach), min(1.0, one - other + reach))


def between_means(answered: Sequence[float], withheld: Sequence[float]) -> Interval:
    """Return the difference of two means in Welch's interval; each side needs two values at least."""
    one, other = variance(answered) / len(answered), variance(withheld) / len(withheld)
    difference, both = fmean(answered) - fmean(withheld), one + other
    if not both:
        return Interval(difference, difference, difference)
    freedom = both**2 / (one**2 / (len(answered) - 1) + other**2 / (len(withheld) - 1))
    reach = t_quantile(freedom) * math.sqrt(both)
    return Interval(difference, difference - reach, difference + reach)


def t_quantile(freedom: float) -> float:
    """Return Student's t below which 97.5 % lie, by its expansion around the normal (Abramowitz, Stegun 26.7.5).

    Too low by 0.8 % at 2 degrees of freedom, 0.03 % at 4, which is the least that `FEWEST` leaves, and less beyond.
    """
    z, v = _Z, freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
        + (79 * z**9 + 776 * z**7 + 1_482 * z**5 - 1_920 * z**3 - 945 * z) / (92_160 * v**4)
    )


def needed(answered: Side, withheld: Side, share: float) -> int:
    """Return how many tasks show a difference as large as the one seen, or `SOUGHT`, with the probability `POWER`.

    From few tasks this is a guess, and for small differences too low a one, because chance makes them look larger:
    as foretold after 50 tasks, 20 points showed in 91 % of the simulated banks, 10 points in 64 %.
    """
    (one, spread_one), (other, spread_other) = _smoothed(answered), _smoothed(withheld)
    difference = max(abs(one - other), SOUGHT)
    return math.ceil((_REACH / difference) ** 2 * (spread_one / (1 - share) + spread_other / share))


def _more(answered: Side, withheld: Side, success: Interval | None, share: float) -> int:
    """Return how many tasks are missing; of a difference that shows, none."""
    if success and not success.low <= 0 <= success.high:
        return 0
    tasks = answered.tasks + withheld.tasks
    missing = needed(answered, withheld, share or (withheld.tasks + 1) / (tasks + 2)) - tasks
    return max(missing, 0 if success else FEWEST - min(answered.tasks, withheld.tasks))


def _smoothed(side: Side) -> tuple[float, float]:
    """Return a success rate and its spread, one success and one failure added."""
    rate = (side.successes + 1) / (side.tasks + 2)
    return rate, rate * (1 - rate)


def in_words(lift: Lift, share: float) -> str:
    """Return what can be said, in a few sentences."""
    if not lift.tasks and not share:
        return "Whether memory helps is not measured: RB_MCP_HOLDOUT=0.1 withholds it from a random tenth of the tasks."
    return f"{_of_success(lift, share)}{_of_steps(lift.steps)}"


def _of_success(lift: Lift, share: float) -> str:
    if lift.success is None or (lift.more and lift.success.low <= 0 <= lift.success.high):
        seen = f"; so far {points(lift.success)}" if lift.success else ""
        return f"Not enough data yet, about {_rounded(lift.more)} more tasks{seen}.{_quicker(lift, share)}"
    seen = f"{points(lift.success)}, over {lift.tasks:,} tasks"
    if lift.success.low > 0:
        return f"Memory helps: {seen}."
    if lift.success.high < 0:
        return f"Memory harms: {seen}."
    return f"No difference shows, and one of {SOUGHT * 100:.0f} points would most likely have shown by now: {seen}."


def _of_steps(steps: Interval | None) -> str:
    """Return how many steps memory saves or costs, if that can be told."""
    if steps is None or steps.low <= 0 <= steps.high:
        return ""
    least, most = sorted(abs(bound) for bound in steps[1:])
    change = "fewer" if steps.difference < 0 else "more"
    return (
        f" Tasks take {abs(steps.difference):.1f} steps {change} with memory (95 % interval {least:.1f} to {most:.1f})."
    )


def points(success: Interval) -> str:
    """Return a difference of success rates with its interval."""
    difference, low, high = (f"{100 * value:+.0f}" for value in success)
    return f"{difference} points of success (95 % interval {low} to {high})"


def _quicker(lift: Lift, share: float) -> str:
    """Return how much sooner the largest share would tell, where that is much."""
    if not share:
        return " None are being withheld at present: set RB_MCP_HOLDOUT, to 0.1 say, for the count to go on."
    fewer = max(needed(lift.answered, lift.withheld, 0.5) - lift.tasks, FEWEST)
    return f" With RB_MCP_HOLDOUT=0.5 about {_rounded(fewer)}." if 2 * fewer < lift.more else ""


def _rounded(count: int) -> str:
    """Return a count that is an estimate: two digits of it, rounded up."""
    unit = 10 ** max(0, len(str(count)) - 2)
    return f"{-(-count // unit) * unit:,}"
