"""Forgetting by limits: how many strategies a namespace recalls from, and how long one may be of no use.

What goes beyond retires, the least valuable first: it is kept, with the reason, and `rb-mcp restore` brings it back.
What a person approved and what has proven itself stays, whatever its age and however many there are.

This is upkeep for a quiet hour, not for the way of a call: it is done when the owner asks (`rb-mcp consolidate`), never
by itself, and `rb-mcp doctor` says when a namespace has outgrown `MOST`. Not covered: what does harm (`credit.py`
retires that as soon as its record says so), what says the same in other words, and erasing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rb_mcp.memory.credit import RULES, Belief
from rb_mcp.memory.trust import PROOF

if TYPE_CHECKING:
    from datetime import datetime

    from rb_mcp.protocols import Store
    from rb_mcp.types import Strategy

MOST = 10_000
"""Active strategies a namespace: as many experiences as the time of a recall is measured with (`bench/recall.py`). At
which size a recall begins to find worse was not measured."""
OLDEST = timedelta(days=365)
"""The age at which a strategy retires if no task that recalled it ever went well. Not measured: a year, so that work
which comes round once a year still finds it."""
_PAGE = 500


async def retire_least_valuable(
    store: Store,
    namespace: str,
    now: datetime,
    *,
    most: int = MOST,
    oldest: timedelta = OLDEST,
    dry_run: bool = False,
) -> list[tuple[str, str]]:
    """Retire what is beyond the limits of a namespace, or would be, and return the ids with the reasons."""
    active = await _active(store, namespace)
    doomed = _beyond(active, await _usual(store, namespace), now, most, oldest)
    if dry_run:
        return [(strategy.id, reason) for strategy, reason in doomed]
    retired: list[tuple[str, str]] = []
    for strategy, reason in doomed:
        kept = await store.revise(strategy.id, namespace, standing="retired", note=reason, seen=strategy)
        if kept.note == reason:  # else somebody changed it meanwhile
            retired.append((strategy.id, reason))
    return retired


def _beyond(
    active: list[Strategy], usual: Belief, now: datetime, most: int, oldest: timedelta
) -> list[tuple[Strategy, str]]:
    """Return what is to retire, and why: what was of no use for long, then the least valuable of what is too much."""
    # Where nobody ever reports how a task ended, that nothing is known to have helped says nothing.
    reported = any(strategy.uses for strategy in active)
    found = [
        (
            strategy,
            f"no task that recalled it went well in the {(now - strategy.created_at).days:,} days that it is kept",
        )
        for strategy in active
        if reported and _useless(strategy) and now - strategy.created_at > oldest
    ]
    doomed = {strategy.id for strategy, _ in found}
    excess = len(active) - len(doomed) - most
    if excess > 0:
        reason = f"{len(active) - len(doomed):,} strategies are more than the {most:,} that a namespace recalls from"
        loose = [one for one in active if one.id not in doomed and not _stays(one, usual)]
        loose.sort(key=lambda one: (_believed(one, usual).mean, len(one.evidence), one.created_at, one.id))
        found += [(strategy, f"{reason}, and this was one of the least valuable") for strategy in loose[:excess]]
    return found


def _useless(strategy: Strategy) -> bool:
    """Tell whether nothing ever spoke for a strategy but the one experience that taught it."""
    return not strategy.approved and not strategy.successes and len(strategy.evidence) <= 1


def _stays(strategy: Strategy, usual: Belief) -> bool:
    """Tell whether a person approved it, or it has proven itself: it served several tasks, and no worse than usual."""
    proven = strategy.successes >= PROOF and strategy.successes >= usual.mean * strategy.uses
    return strategy.approved or proven


def _believed(strategy: Strategy, usual: Belief) -> Belief:
    return Belief(usual.mean, RULES.prior).after(strategy.successes, strategy.uses - strategy.successes)


async def _usual(store: Store, namespace: str) -> Belief:
    """Return how well the tasks of a namespace go."""
    trials = await store.trials(namespace)
    good = sum(trial.count for trial in trials if trial.outcome == "success")
    return Belief().after(good, sum(trial.count for trial in trials) - good)


async def _active(store: Store, namespace: str) -> list[Strategy]:
    found: list[Strategy] = []
    while page := await store.strategies(namespace, standing="active", after=len(found), limit=_PAGE):
        found += page
    return found
