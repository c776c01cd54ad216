"""What a transcript holds: a trajectory, the verdict it states, the memory items it brings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from rb_mcp.types import MemoryItem, Trajectory


@dataclass(frozen=True)
class Recording:
    """One trajectory, ready to be recorded."""

    trajectory: Trajectory
    verdict: Verdict = field(default_factory=Verdict)
    items: tuple[MemoryItem, ...] = ()
