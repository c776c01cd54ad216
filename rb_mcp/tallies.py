"""What the bank is counted in: what it holds, how far its vectors are, how tasks ended, what each day brought."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from rb_mcp.types import Outcome, Source


@dataclass(frozen=True)
class Summary:
    """What a namespace, or the whole bank, holds."""

    experiences: dict[str, int] = field(default_factory=dict[str, int])
    """Experiences by status."""
    outcomes: dict[str, int] = field(default_factory=dict[str, int])
    """Attempts by outcome."""
    strategies: dict[str, int] = field(default_factory=dict[str, int])
    """Strategies by standing."""
    recalls: int = 0
    answered: int = 0
    """Recalls that found something."""
    credited: int = 0
    """Recalls whose task came back with a known outcome."""
    helped: int = 0
    """Of those, the ones that ended in success."""
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vectors:
    """How many of a bank's texts, experiences and active strategies, have a vector of an embedder."""

    embedder: str
    embedded: int
    texts: int
    bound: str
    """The embedder it is recalled by; empty while there is none."""
    target: str
    """The one it is to move to, if any."""
    wanted: bool
    """Whether the bank takes vectors of this one."""

    @property
    def due(self) -> bool:
        """Whether there is something to do for whoever has this embedder."""
        return self.wanted and (self.embedded < self.texts or self.embedder == self.target)


@dataclass(frozen=True)
class Ended:
    """A task for which a recall was drawn to be answered or withheld, and how it ended: once an experience.

    `steps` are those of its last round; None where none were handed in, or several attempts were contrasted.
    """

    namespace: str
    asked_at: datetime
    withheld: bool
    outcome: Outcome
    source: Source
    steps: int | None = None


@dataclass(frozen=True)
class Day:
    """What a day (UTC) brought: experiences, strategies, confirmations of known ones, and answers to recalls."""

    day: date
    experiences: int = 0
    strategies: int = 0
    """Learned that day and active today."""
    merges: int = 0
    """Experiences behind a strategy beyond its first, by the day of the experience."""
    answered: int = 0
    nothing: int = 0
    """Recalls that found nothing near enough."""
    withheld: int = 0
