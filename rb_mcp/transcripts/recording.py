"""What a transcript holds: a trajectory, the verdict it states, the memory items it brings; or why none can be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rb_mcp.memory import intake
from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rb_mcp.types import MemoryItem, Trajectory

_CLOSE = 1e-6
"""How near to 1 a reward is 1: rewards are sums and products of floats (tau-bench compares so as well)."""


@dataclass(frozen=True)
class Recording:
    """One trajectory, ready to be recorded. `shortened`: it was longer than the bank takes, and says where."""

    trajectory: Trajectory
    verdict: Verdict = field(default_factory=Verdict)
    items: tuple[MemoryItem, ...] = ()
    shortened: bool = False


@dataclass(frozen=True)
class Unreadable:
    """A record that could not be taken, and why."""

    where: str
    why: str


@dataclass(frozen=True)
class Text:
    """A file that is not JSON."""

    text: str


def by_reward(reward: object, name: str = "reward") -> Verdict:
    """Return what a reward states: 1 is a success, 0 a failure, anything else neither."""
    if isinstance(reward, bool) or not isinstance(reward, int | float):
        return Verdict()
    reason = f"{name} {reward}"
    if abs(reward - 1) <= _CLOSE:
        return Verdict("success", reason, "evidence")
    if reward == 0:
        return Verdict("failure", reason, "evidence")
    return Verdict("unknown", reason)


def stated(fields: Mapping[str, object]) -> Verdict:
    """Return what stands beside a conversation: a `reward`, or an `outcome` with its `evidence`.

    Raises:
        InvalidInput: when the outcome is none of the three.
    """
    if isinstance(fields.get("reward"), int | float):
        return by_reward(fields["reward"])
    outcome, evidence = (intake.text(name, fields.get(name)) for name in ("outcome", "evidence"))
    return intake.verdict(outcome, evidence)
