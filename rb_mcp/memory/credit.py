"""Credit: the outcome of a task that recalled strategies counts for or against them (step 7 of the loop).

What is believed of a strategy is a Beta distribution over the share of its tasks that go well. It begins at what is
known of other tasks, so that little evidence says little and a hard namespace condemns nothing, and moves with the
strategy's own record, weighted by who judged. Other tasks are those that are alike and did not recall it, where
there are enough of them, for the tasks it serves may be the hard ones; else all of its namespace. Either way they
are weighed by the sources that judged its own: an agent's word is kinder than a test. What does worse sinks in a
recall; what is all but certain to do worse retires, with the reason.

Only tasks count that are not foreign to whoever reports (`trust.py`), for or against. Nobody's report retires another
client's item, nor one of the namespace `shared`, which other namespaces rely on, nor what a person approved: those
sink. What retired comes back when a corrected outcome clears it.

Not covered: lessons that are always recalled together share one fate, since outcomes cannot tell them apart; and a
strategy that was recalled but not heeded is credited all the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rb_mcp.memory.trust import foreign
from rb_mcp.types import SHARED
from rb_mcp.words import overlap, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rb_mcp.protocols import Store
    from rb_mcp.types import Experience, Origin, Source, Strategy, Trial

WEIGHTS: dict[Source, float] = {"evidence": 1.0, "judge": 0.7, "agent": 0.5}
"""With verdicts wrong in 5, 27 and 35 of 100 as evidence, judges and agents give them, these retire as many harmful
strategies as equal weights do (.99 after 100 recalls) and fewer neutral ones (.24 instead of .36)."""
CONDEMNED = "by its record: "
"""How the note begins of what was retired here: it tells what may come back from what a person retired."""
REACH = 0.25
"""Similarity per unit of worth: what does .4 worse ranks .1 lower, against a standard deviation of .17 between the
tasks of one WebArena template; so the record decides among neighbours, and similarity between near and far."""
LIKENESS = 0.3
"""Word overlap from which tasks are alike: of two WebArena tasks .93 of those of one template reach it and .001 of
the others, so that .85 of what reaches it is of one template."""
MOST_ALIKE = 50
"""Tasks taken for alike, the nearest: worth about as much as a record by which something retires."""
LOOKED_AT = 2_000
"""The latest tasks of a namespace, among which alike ones are looked for."""


@dataclass(frozen=True)
class Rules:
    """When a record condemns a strategy, as set by `bench/credit.py`.

    With three verdicts in ten flipped, of the strategies that were recalled 100 times .57 to .79 of the harmful ones
    retired and .02 to .03 of the helpful ones, depending on the world; with none flipped .97 to 1 and .01 to .02.
    Where no alike tasks are known in a namespace of easy and hard tasks it is .12 to .18 of the helpful ones.
    """

    confidence: float = 0.95
    """Probability of doing worse from which it retires. It is looked at after every task, so that .9 retires twice as
    many of the helpful ones and .98 leaves half of the harmful ones, three verdicts in ten being flipped."""
    least: float = 8.0
    """Tasks by evidence, or more of weaker sources, before it can retire: from 16 harm goes on for 20 recalls and
    longer, below 8 more of the neutral ones go."""
    prior: float = 4.0
    """How many tasks the belief is worth that a strategy does neither better nor worse than others. With three verdicts
    in ten flipped, 1 retires a fifth more of the harmful ones within 20 recalls and twice as many of the helpful ones;
    8 half as many helpful ones, and a fifth to a third fewer harmful ones within 20 recalls, a twentieth within 100."""
    alike: float = 8.0
    """How many tasks the belief is worth that a kind of task is as hard as its namespace, and the fewest of the kind
    by which that is corrected. 2 to 16 make no difference that can be told; at 32 half again as many neutral ones go,
    since the kind is believed too late."""
    weights: Mapping[Source, float] = field(default_factory=lambda: WEIGHTS)
    """What a verdict is worth, by who gave it."""


RULES = Rules()
_NOTHING_KNOWN = 2.0
"""The weight of a uniform distribution."""


@dataclass(frozen=True)
class Belief:
    """A Beta distribution over the share of tasks that go well: its mean, and how many tasks it is worth."""

    mean: float = 0.5
    strength: float = _NOTHING_KNOWN

    @property
    def variance(self) -> float:
        """How far off the mean may be, squared."""
        return self.mean * (1 - self.mean) / (self.strength + 1)

    def after(self, good: float, bad: float) -> Belief:
        """Return what is believed once so many more tasks went well and badly."""
        strength = self.strength + good + bad
        return Belief((self.mean * self.strength + good) / strength, strength)

    def below(self, other: Belief) -> float:
        """Return the probability of being less than another share, by the normal approximation."""
        return 0.5 * math.erfc((self.mean - other.mean) / math.sqrt(2 * (self.variance + other.variance)))


class Record:
    """How tasks of a reader ended, by who judged them; `less` is taken away from `trials`."""

    def __init__(self, trials: Sequence[Trial], reader: Origin, rules: Rules, less: Record | None = None) -> None:
        self.good: dict[Source, float] = dict.fromkeys(rules.weights, 0.0)
        self.bad: dict[Source, float] = dict.fromkeys(rules.weights, 0.0)
        self.tasks = self.went_well = 0
        for trial in trials:
            if not foreign(trial.origin, reader):
                ended = self.good if trial.outcome == "success" else self.bad
                ended[trial.source] += trial.count * rules.weights[trial.source]
                self.tasks += trial.count
                self.went_well += trial.count * (trial.outcome == "success")
        if less:  # what was read a moment later may be more than there was
            self.good = {source: max(0.0, count - less.good[source]) for source, count in self.good.items()}
            self.bad = {source: max(0.0, count - less.bad[source]) for source, count in self.bad.items()}
        self.weight = sum(self.good.values()) + sum(self.bad.values())

    def added_to(self, before: Belief) -> Belief:
        """Return what is believed after these tasks."""
        return before.after(sum(self.good.values()), sum(self.bad.values()))

    def judged_like(self, other: Record, before: Belief) -> Belief:
        """Return what is believed of these tasks had each been judged by the source that judged one of the others.

        What one source said is drawn towards what the rest said, with the weight of `before`.
        """
        if not other.weight:
            return self.added_to(before)
        good, bad = sum(self.good.values()), sum(self.bad.values())
        mean = variance = 0.0
        for source in self.good:
            share = (other.good[source] + other.bad[source]) / other.weight
            rest = before.after(good - self.good[source], bad - self.bad[source])
            said = Belief(rest.mean, before.strength).after(self.good[source], self.bad[source])
            mean += share * said.mean
            variance += share * share * said.variance
        return Belief(mean, mean * (1 - mean) / variance - 1)


@dataclass(frozen=True)
class Assessment:
    """What the record of a strategy says."""

    worth: float
    """By how much more of its tasks are expected to go well than of others: near 0 while there is little evidence."""
    reason: str = ""
    """Why it should retire; empty where it should not."""


def assess(
    strategy: Strategy, tasks: Sequence[Trial], alike: Sequence[Trial], reader: Origin, rules: Rules = RULES
) -> Assessment:
    """Weigh a strategy against the `tasks` of its namespace, its own among them, and those `alike` without it."""
    own = Record(strategy.trials, reader, rules)
    others = Record(tasks, reader, rules, less=own).judged_like(own, Belief())
    kind = Record(alike, reader, rules)
    if kind.weight >= rules.alike:
        others = kind.judged_like(own, Belief(others.mean, rules.alike))
    believed = own.added_to(Belief(others.mean, rules.prior))
    worth = believed.mean - others.mean
    if own.weight < rules.least or believed.below(others) < rules.confidence:
        return Assessment(worth)
    went = f"of {own.tasks} tasks that recalled it {own.went_well} went well"
    return Assessment(worth, f"{CONDEMNED}{went}, where {others.mean:.0%} go well otherwise")


async def review(store: Store, experience: Experience) -> list[Strategy]:
    """Retire what the record condemns of what was recalled for a task, and bring back what it no longer condemns.

    To be called whenever the outcome of a task, or what it recalled, is another than before.
    """
    reader = experience.origin
    changed: list[Strategy] = []
    tasks: list[Trial] = []
    for strategy in await store.recalled(experience.id, experience.namespace):
        condemned = strategy.standing == "retired" and strategy.note.startswith(CONDEMNED)
        enough = strategy.standing == "active" and Record(strategy.trials, reader, RULES).weight >= RULES.least
        if not (condemned or enough) or not _answers_to(reader, strategy):
            continue
        tasks = tasks or await store.trials(experience.namespace)
        reason = assess(strategy, tasks, await _alike(store, strategy), reader).reason
        if condemned and not reason:
            changed.append(await store.revise(strategy.id, strategy.namespace, standing="active", seen=strategy))
        elif reason and not condemned:
            retired = await store.revise(
                strategy.id, strategy.namespace, standing="retired", note=reason, seen=strategy
            )
            changed.append(retired)
    return changed


def _answers_to(reader: Origin, strategy: Strategy) -> bool:
    """Tell whether the reader's tasks may retire a strategy: it is the reader's own, or came with an import."""
    return (
        not reader.imported
        and not strategy.approved
        and strategy.namespace != SHARED
        and all(one.origin.imported or not foreign(one.origin, reader) for one in strategy.evidence)
    )


async def _alike(store: Store, strategy: Strategy) -> list[Trial]:
    """Return how tasks ended that are like the one that first taught a strategy, and did not recall it.

    Not only those that a recall could find: what failed often taught nothing, and without it the rest goes too well.
    """
    if not strategy.evidence:
        return []
    first = await store.experience(strategy.evidence[0].experience_id, strategy.namespace)
    spoken = words(first.task)
    known = await store.tasks(strategy.namespace, LOOKED_AT)
    near = sorted(((overlap(spoken, other), id_) for id_, other in known if id_ != first.id), reverse=True)
    alike = [id_ for likeness, id_ in near[:MOST_ALIKE] if likeness >= LIKENESS]
    return await store.trials(strategy.namespace, of=alike, without=strategy.id)
