"""How often an interval for memory's help covers the true one, so that its 95 % can be believed.

Simulated banks: a number of tasks, each withheld with the same probability, and on either side a true success
rate. Counted over the banks with enough tasks on both sides: how often the interval covers the true difference,
by Agresti and Caffo (the one in use), Newcombe (hybrid score) and the textbook (Wald), in the mean and the worst
of all pairs of rates; and how wide it is. Then the same of the steps, whose interval is Welch's, where they are
skewed as steps are (log-normal); whether the number of tasks that was foretold was enough; and whole banks, drawn
by the real `Holdout`, kept in a real store and read from it again.

Not covered: verdicts that are wrong, rates that change with time (they can only make an interval cover more often).
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import tempfile
from functools import cache
from itertools import accumulate, product
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from simulated_banks import records

from rb_mcp.memory.lift import FEWEST, Interval, Side, between_means, between_rates, lift, needed
from rb_mcp.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.archive import Record

TASKS = (20, 30, 50, 100, 200, 500)
SHARES = (0.1, 0.2, 0.3, 0.5)
RATES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
_Z = statistics.NormalDist().inv_cdf(0.975)


def textbook(one: Side, other: Side) -> Interval:
    """Return Wald's interval."""
    difference = one.successes / one.tasks - other.successes / other.tasks
    spread = sum(
        (side.successes / side.tasks) * (1 - side.successes / side.tasks) / side.tasks for side in (one, other)
    )
    return Interval(difference, difference - _Z * math.sqrt(spread), difference + _Z * math.sqrt(spread))


def newcombe(one: Side, other: Side) -> Interval:
    """Return Newcombe's interval, from the score intervals of both rates."""
    (p, least, most), (q, lower, upper) = score(one), score(other)
    below, above = math.hypot(p - least, upper - q), math.hypot(most - p, q - lower)
    return Interval(p - q, p - q - below, p - q + above)


def score(side: Side) -> tuple[float, float, float]:
    """Return a rate and Wilson's interval."""
    n, p = side.tasks, side.successes / side.tasks
    middle, half = p + _Z**2 / (2 * n), _Z * math.sqrt(p * (1 - p) / n + (_Z / (2 * n)) ** 2)
    return p, (middle - half) / (1 + _Z**2 / n), (middle + half) / (1 + _Z**2 / n)


METHODS = {"Agresti-Caffo": cache(between_rates), "Newcombe": cache(newcombe), "textbook": cache(textbook)}


@cache
def cumulated(tasks: int, rate: float) -> list[float]:
    """Return the binomial distribution, summed up."""
    return list(accumulate(math.comb(tasks, k) * rate**k * (1 - rate) ** (tasks - k) for k in range(tasks + 1)))


def binomial(rnd: random.Random, tasks: int, rate: float, times: int = 1) -> list[int]:
    """Draw how many of some tasks go well."""
    return rnd.choices(range(tasks + 1), cum_weights=cumulated(tasks, rate), k=times)


def drawn(rnd: random.Random, tasks: int, rate: float) -> Side:
    """Draw one side."""
    return Side(tasks, binomial(rnd, tasks, rate)[0], None)


def rates(rnd: random.Random, tasks: int, share: float, times: int) -> None:
    """Print the coverage of the intervals of success rates, for one size of bank and one share."""
    covered = {name: list[float]() for name in METHODS}
    widths = {name: list[float]() for name in METHODS}
    told = 0
    for with_memory, without in product(RATES, RATES):
        banks = [
            (drawn(rnd, tasks - n, with_memory), drawn(rnd, n, without))
            for n in binomial(rnd, tasks, share, times)
            if min(n, tasks - n) >= FEWEST
        ]
        told += len(banks)
        if len(banks) < times / 20:  # too few for a figure
            continue
        for name, method in METHODS.items():
            found = [method(*bank) for bank in banks]
            covered[name].append(statistics.fmean(i.low <= with_memory - without <= i.high for i in found))
            widths[name].append(statistics.fmean(i.high - i.low for i in found))
    print(f"{tasks:5} tasks, {share:.1f} withheld, told in {told / times / len(RATES) ** 2:4.0%}", end="")
    for name in METHODS:
        mean, worst = statistics.fmean(covered[name]), min(covered[name])
        print(f"   {name} {mean:.3f}, worst {worst:.3f}, width {statistics.fmean(widths[name]):.2f}", end="")
        _ALL[name].append((mean, worst))
    print()


_ALL: dict[str, list[tuple[float, float]]] = {name: [] for name in METHODS}


def steps(rnd: random.Random, tasks: int, share: float, times: int) -> float:
    """Return the coverage of the interval of the steps: medians of 8 and 12, two thirds within a factor of 1.8."""
    covered = list[bool]()
    truth = (8 - 12) * math.exp(0.6**2 / 2)
    while len(covered) < times:
        [n] = binomial(rnd, tasks, share)
        if min(n, tasks - n) >= FEWEST:
            one = [rnd.lognormvariate(math.log(8), 0.6) for _ in range(tasks - n)]
            found = between_means(one, [rnd.lognormvariate(math.log(12), 0.6) for _ in range(n)])
            covered.append(found.low <= truth <= found.high)
    return statistics.fmean(covered)


def foretold(rnd: random.Random, rate: float, true: float, share: float, times: int) -> tuple[float, float]:
    """Return what is foretold after 50 tasks, in the median, and how often the interval then excludes zero."""
    totals, shown = list[int](), 0
    for _ in range(times):
        [n] = binomial(rnd, 50, share)
        one, other = drawn(rnd, 50 - n, rate + true), drawn(rnd, n, rate)
        totals.append(max(50, needed(one, other, share)))
        [n] = binomial(rnd, totals[-1] - 50, share)
        m = totals[-1] - 50 - n
        one = Side(one.tasks + m, one.successes + binomial(rnd, m, rate + true)[0], None)
        other = Side(other.tasks + n, other.successes + binomial(rnd, n, rate)[0], None)
        shown += bool(other.tasks) and not between_rates(one, other).low <= 0 <= between_rates(one, other).high
    return statistics.median(totals), shown / times


async def banks(rnd: random.Random, share: float, count: int) -> tuple[int, int]:
    """Return in how many simulated banks of 40 tasks a difference is told, and in how many its interval covers."""
    truths: dict[str, float] = {}
    exported: list[Record] = []
    for number in range(count):
        without, with_memory = rnd.uniform(0.05, 0.95), rnd.uniform(0.05, 0.95)
        name = f"bank{number}"
        truths[name] = with_memory - without
        exported += records(rnd, tasks=40, share=share, with_memory=with_memory, without=without, namespace=name)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "bank.db")
        await store.load(exported)
        found = {name: lift(await store.outcomes(name)).success for name in truths}
        await store.close()
    told = {name: success for name, success in found.items() if success}
    return len(told), sum(success.low <= truths[name] <= success.high for name, success in told.items())


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=2_000, help="simulated banks for each pair of rates")
    times = parser.parse_args(arguments).times
    rnd = random.Random(20260101)  # noqa: S311 - the same banks every time
    print(f"{times:,} banks for each of {len(RATES) ** 2} pairs of success rates; {FEWEST} tasks a side at least")
    for tasks, share in product(TASKS, SHARES):
        rates(rnd, tasks, share, times)
    for name, cells in _ALL.items():
        worst = min(worst for _, worst in cells)
        print(f"{name}: {statistics.fmean(mean for mean, _ in cells):.3f} in the mean, {worst:.3f} in the worst cell")
    print("\nsteps, log-normal, Welch:")
    for tasks, share in product((50, 100, 200), (0.1, 0.3, 0.5)):
        print(f"{tasks:5} tasks, {share:.1f} withheld: covered {steps(rnd, tasks, share, times):.3f}")
    print("\nforetold after 50 tasks, half of them withheld, 0.5 going well without memory:")
    for true in (0.05, 0.1, 0.2, 0.3, 0.4):
        total, shown = foretold(rnd, 0.5, true, 0.5, times)
        print(f"  true difference {true:.2f}: {total:.0f} tasks in the median; by then it shows in {shown:.0%}")
    print("\nbanks of 40 tasks in a real store, each with rates of its own:")
    for share in SHARES:
        told, covered = anyio.run(banks, rnd, share, 200)
        print(f"  {share:.1f} withheld: told in {told} of 200, covered in {covered} of those, {covered / told:.1%}")


if __name__ == "__main__":
    main()
