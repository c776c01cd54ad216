"""Withholding by chance: without it nobody can say whether memory helps, or is only asked for the easier tasks.

A recall that found something is, with the probability that is set, answered as if it had found nothing; both
kinds are kept as draws, and what came of their tasks is compared (`lift.py`). A recall that found nothing is no
draw: memory could have made no difference.

Whoever gets nothing may ask again. The same task, asked again by the same client before its outcome is recorded,
gets what it got before: a second draw would let tasks that are asked about twice, which are the harder ones,
slip from one side to the other. Not covered: the same task in other words, or asked of another process.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from rb_mcp.types import Recall

MOST_OPEN = 1_000
"""Draws that are remembered, the latest ones: of many recalls nothing is ever recorded."""


class _Draw(NamedTuple):
    recall_id: str
    asked: int
    """Stands for the task, its namespace and the client; the task itself is not kept."""
    withhold: bool


def _chance() -> Callable[[], float]:
    return random.Random().random  # noqa: S311 - a fair draw, nothing to guess; seeded by the system, per process


@dataclass
class Holdout:
    """Draws which recalls are withheld, and remembers each draw until what came of the task is recorded."""

    share: float = 0.0
    """The probability; 0 means that nothing is drawn, let alone withheld."""
    chance: Callable[[], float] = field(default_factory=_chance)
    """Numbers from 0 up to 1, evenly."""
    _open: deque[_Draw] = field(default_factory=lambda: deque[_Draw](maxlen=MOST_OPEN))

    def draw(self, found: Recall, task: str, client: str = "") -> Recall:
        """Return a recall as it is to be answered and kept: as found, or withheld; marked as drawn if it was."""
        if not self.share or not found.strategies:
            return found
        asked = hash((found.namespace, client, task))
        earlier = next((draw for draw in self._open if draw.asked == asked), None)
        withhold = earlier.withhold if earlier else self.chance() < self.share
        self._open.append(_Draw(found.id, asked, withhold))
        if not withhold:
            return replace(found, withheld=0)
        return replace(found, strategies=(), nearby=(), remedies=(), withheld=len(found.strategies))

    def settled(self, recall_id: str) -> None:
        """Take note that what came of a recall's task is recorded: asked for once more, it is a new task."""
        done = {draw.asked for draw in self._open if draw.recall_id == recall_id}
        self._open = deque((draw for draw in self._open if draw.asked not in done), maxlen=MOST_OPEN)
