"""Whose work a strategy is, and how much of a recall it may fill.

Nothing here understands what it reads, and patterns miss advice that is well disguised; so what did not come from
the bank owner's own work is held down by numbers instead. The owner's own is what this account recorded through
the program that now asks, or on the command line. Of the rest, at most one item that has not proven itself stands
in a recall, behind the owner's own; and no foreign source, proven or not, fills more than half of one.

Not covered: a poisoned page in a trajectory of the owner's own. That item is the owner's, with the trust of the
verdict it rests on, until it is seen and forgotten with all that came from there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.types import Evidence, Origin, Recalled, Strategy

OWNER = "rb-mcp"
"""What the command line calls itself: the owner's hand."""
UNNAMED = "unnamed client"
"""What a program that gives itself no name is called."""
PROOF = 2
"""Tasks of the owner's own that recalled a foreign item and went well, before it counts as proven."""

Trust = Literal["approved", "evidence", "judge", "agent", "foreign"]
"""From most to least: what a person let in; what tests or a person bore out; a model's verdict; the agent's word;
somebody else's work."""


def named(client: str) -> str:
    """Return what a program is called by the name it gives itself: none passes for the owner, by silence or name."""
    return UNNAMED if client in {"", OWNER} else client


def foreign(origin: Origin, reader: Origin) -> bool:
    """Tell whether something is not the reader's own work. What was kept before lineage was counts as the owner's."""
    return bool(
        origin.imported
        or origin.person not in {"", reader.person}
        or (reader.client not in {"", OWNER} and origin.client not in {"", OWNER, reader.client})
    )


def as_seen(strategy: Strategy, reader: Origin) -> Strategy:
    """Return a strategy led by the reader's own evidence, in the reader's own words, where there is any."""
    own = [evidence for evidence in strategy.evidence if not foreign(evidence.origin, reader)]
    if not own or own[0] == strategy.evidence[0]:
        return strategy
    evidence = (own[0], *(one for one in strategy.evidence if one != own[0]))
    return replace(strategy, item=strategy.item if strategy.edited else own[0].item, evidence=evidence)


def trust(strategy: Strategy, reader: Origin) -> Trust:
    """Return the trust of the weakest link behind the words of a strategy, as the reader sees it."""
    if strategy.approved:
        return "approved"
    behind = _behind(strategy)
    return "foreign" if behind is None or foreign(behind.origin, reader) else behind.source


def unproven(strategy: Strategy, reader: Origin) -> bool:
    """Tell whether a strategy is somebody else's and has not yet served the reader's own tasks well."""
    if trust(strategy, reader) != "foreign":
        return False
    own = [trial for trial in strategy.trials if not foreign(trial.origin, reader)]
    good = sum(trial.count for trial in own if trial.outcome == "success")
    return good < PROOF or 2 * good <= sum(trial.count for trial in own)


def admitted(found: Sequence[Recalled], reader: Origin) -> tuple[Recalled, ...]:
    """Return what may stand in a recall: all of the owner's own, then of the rest what the limits let in."""
    seen = [replace(one, strategy=as_seen(one.strategy, reader)) for one in found]
    own = [one for one in seen if trust(one.strategy, reader) != "foreign"]
    proven = [one for one in seen if one not in own and not unproven(one.strategy, reader)]
    new = [one for one in seen if one not in own and unproven(one.strategy, reader)]
    kept = own + proven + new[:1]
    while over := _owner_of_more_than_half(kept, reader):
        last = max(number for number, one in enumerate(kept) if _source(one, reader) == over)
        del kept[last]
    return tuple(kept)


def _owner_of_more_than_half(kept: Sequence[Recalled], reader: Origin) -> Origin | None:
    """Return the foreign source that fills more than half of a recall, a recall of one apart."""
    counted = Counter(source for one in kept if (source := _source(one, reader)))
    return next((source for source, count in counted.items() if count > 1 and 2 * count > len(kept)), None)


def _source(one: Recalled, reader: Origin) -> Origin | None:
    """Return which foreign source a recalled item is of; what a person let in is of none."""
    behind = _behind(one.strategy)
    return behind.origin if behind and trust(one.strategy, reader) == "foreign" else None


def _behind(strategy: Strategy) -> Evidence | None:
    return strategy.evidence[0] if strategy.evidence else None
