"""How many harmful strategies credit retires, and how many helpful ones by mistake, when verdicts are wrong at random.

The world knows nothing of the formula: eight kinds of tasks, each with a rate at which its tasks go well; six
strategies a kind, each of which adds its effect to that rate whenever it is recalled, alone or with one or two
others, which share the outcome. One task in ten recalls nothing. The outcome is drawn, then flipped with the given
probability, then reported by a source drawn at random. After every task what it recalled is reviewed by
`rb_mcp.memory.credit`, and what that condemns is recalled no more. A strategy counts as harmful or helpful by what it
really does to its tasks: -.2 or worse, +.1 or better; neutral ones do nothing.

Worlds: `even` (all kinds at one rate, .3 to .9, one strategy a recall), `company` (the same, one to three a recall),
`uneven` (each kind at its own rate, .2 to .9, and nothing known of tasks that are alike), `alike` (the same, with up
to 40 alike tasks, and 10 of another kind taken for alike). Printed for each: the share retired after 20, 50 and 100
recalls of a strategy, over all seeds; first for a grid of thresholds, then for the chosen ones.

Not covered: flips that are not random, a source that lies on purpose (`trust.py`), strategies always recalled
together, effects that change with time.
"""

from __future__ import annotations

import argparse
import itertools
import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rb_mcp.memory.credit import RULES, Rules, assess
from rb_mcp.types import NOBODY, MemoryItem, Strategy, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rb_mcp.types import Outcome, Source

KINDS, EACH = 8, 6
MARKS = (20, 50, 100)
SOURCES: tuple[Source, ...] = ("evidence", "judge", "agent")
SHARES = (0.4, 0.3, 0.3)
"""How often each source reports."""
BY_SOURCE = {"evidence": 0.05, "judge": 0.27, "agent": 0.35}
"""Flips as they may really be: judges err in about a quarter of the verdicts, an agent's word is worth less."""
_ITEM, _WHEN = MemoryItem("", "", ""), datetime(2026, 1, 1, tzinfo=UTC)
GROUPS = ("harmful", "neutral", "helpful")

Tally = Counter[tuple["Source", "Outcome"]]


@dataclass(frozen=True)
class World:
    """What the tasks are like; `rate` is that of all kinds, 0 for one each."""

    rate: float
    most: int = 1
    alike: bool = False


WORLDS = {
    "even": [World(rate) for rate in (0.3, 0.5, 0.7, 0.9)],
    "company": [World(rate, most=3) for rate in (0.3, 0.5, 0.7, 0.9)],
    "uneven": [World(0)] * 4,
    "alike": [World(0, alike=True)] * 4,
}


class Simulation:
    """One bank in one world."""

    def __init__(self, world: World, flips: float | Mapping[str, float], seed: int, rules: Rules = RULES) -> None:
        self.random = random.Random(seed)  # noqa: S311 - nothing secret
        self.world, self.rules = world, rules
        self.flips = dict.fromkeys(SOURCES, flips) if isinstance(flips, float | int) else flips
        self.rates = [world.rate or self.random.uniform(0.2, 0.9) for _ in range(KINDS)]
        self.effects = [self._effect(self.rates[number // EACH]) for number in range(KINDS * EACH)]
        self.trials = [Tally() for _ in self.effects]
        self.ended = [Tally() for _ in range(KINDS)]
        self.all = Tally()
        self.uses = [0 for _ in self.effects]
        self.retired: dict[int, int] = {}

    def _effect(self, rate: float) -> float:
        drawn = self.random.choices([-self.random.uniform(0.2, 0.4), 0.0, self.random.uniform(0.1, 0.3)], (5, 8, 7))[0]
        return _chance(rate + drawn) - _chance(rate)

    def run(self) -> None:
        """Do tasks until every strategy is retired or was recalled often enough."""
        while any(uses < MARKS[-1] for number, uses in enumerate(self.uses) if number not in self.retired):
            self.task(self.random.randrange(KINDS))

    def task(self, kind: int) -> None:
        """Do one task, report how it went, and review what it recalled."""
        pool = [number for number in range(kind * EACH, (kind + 1) * EACH) if number not in self.retired]
        size = 0 if self.random.random() < 0.1 else self.random.randint(1, self.world.most)
        recalled = self.random.sample(pool, min(size, len(pool)))
        well = self.random.random() < _chance(self.rates[kind] + sum(self.effects[number] for number in recalled))
        [source] = self.random.choices(SOURCES, SHARES)
        seen: Outcome = "success" if well != (self.random.random() < self.flips[source]) else "failure"
        self.ended[kind][source, seen] += 1
        self.all[source, seen] += 1
        for number in recalled:
            self.trials[number][source, seen] += 1
            self.uses[number] += 1
        tasks = _trials(self.all)
        for number in recalled:
            alike = self._alike(kind, self.trials[number]) if self.world.alike else ()
            if assess(_strategy(self.trials[number]), tasks, alike, NOBODY, self.rules).reason:
                self.retired[number] = self.uses[number]

    def _alike(self, kind: int, own: Tally) -> tuple[Trial, ...]:
        without = Tally({key: count - own[key] for key, count in self.ended[kind].items()})
        return _trials(_some(without, 40)) + _trials(_some(self.ended[(kind + 1) % KINDS], 10))

    def shares(self) -> Counter[tuple[str, int]]:
        """Count the strategies of each group, under 0, and those of them that were retired by each mark."""
        found = Counter[tuple[str, int]]()
        for number, effect in enumerate(self.effects):
            # A rate can only be lowered to .02 and raised to .98, so that some effects are in no group.
            group = "harmful" if effect <= -0.2 else "helpful" if effect >= 0.1 else "" if effect else "neutral"
            found[group, 0] += 1
            for mark in MARKS:
                found[group, mark] += self.retired.get(number, MARKS[-1] + 1) <= mark
        return found


def _chance(rate: float) -> float:
    return min(0.98, max(0.02, rate))


def _some(tally: Tally, most: int) -> Tally:
    """Return a part of a tally, in proportion."""
    share = min(1.0, most / max(1, tally.total()))
    return Tally({key: round(share * count) for key, count in tally.items()})


def _trials(tally: Tally) -> tuple[Trial, ...]:
    return tuple(Trial(NOBODY, outcome, source, count) for (source, outcome), count in tally.items())


def _strategy(tally: Tally) -> Strategy:
    return Strategy("", "", _ITEM, "success", _WHEN, trials=_trials(tally))


def measured(
    worlds: Sequence[World], flips: float | Mapping[str, float], seeds: Iterable[int], rules: Rules = RULES
) -> Counter[tuple[str, int]]:
    """Run every world with every seed, and return the counts together."""
    found = Counter[tuple[str, int]]()
    for seed in seeds:
        for number, world in enumerate(worlds):
            simulation = Simulation(world, flips, 1_000 * number + seed, rules)
            simulation.run()
            found.update(simulation.shares())
    return found


def show(what: str, found: Counter[tuple[str, int]]) -> None:
    """Print the share of each group that was retired by each mark."""
    columns = [
        f"{group} {'/'.join(f'{found[group, mark] / max(1, found[group, 0]):4.0%}' for mark in MARKS)}"
        f" of {found[group, 0]}"
        for group in GROUPS
    ]
    print(f"{what:46}{'   '.join(columns)}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--no-grid", action="store_true", help="only the chosen thresholds")
    given = parser.parse_args()
    seeds = range(given.seeds)
    print(f"chosen: {RULES}; retired after {MARKS} recalls; seeds 0 to {given.seeds - 1}")
    for flips in () if given.no_grid else (0.0, 0.3):
        for confidence, least in itertools.product((0.9, 0.95, 0.98), (4.0, 8.0, 16.0)):
            rules = replace(RULES, confidence=confidence, least=least)
            found = measured([worlds[1] for worlds in WORLDS.values()], flips, seeds, rules)
            show(f"flips {flips:.0%}, confidence {confidence}, least {least:g}", found)
    for name, values in () if given.no_grid else (("prior", (1.0, 2.0, 8.0, 16.0)), ("alike", (2.0, 4.0, 16.0, 32.0))):
        for value in values:
            for world in ("even", "alike"):
                found = measured(WORLDS[world], 0.3, seeds, replace(RULES, **{name: value}))
                show(f"flips 30%, {world}, {name} {value:g}", found)
    for flips in (0.0, 0.1, 0.2, 0.3, 0.4):
        for name, worlds in WORLDS.items():
            show(f"flips {flips:.0%}, {name}", measured(worlds, flips, seeds))
    for weights in (RULES.weights, dict.fromkeys(SOURCES, 1.0), {"evidence": 1.0, "judge": 0.5, "agent": 0.3}):
        found = measured(WORLDS["even"], BY_SOURCE, seeds, replace(RULES, weights=weights))
        show(f"flips by source, even, weights {' '.join(map(str, weights.values()))}", found)


if __name__ == "__main__":
    main()
