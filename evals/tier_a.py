"""Tier A: the arms, the streams they are run on, and what comes out, task by task."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from arms import Bank, Remembered, Texts, Without, irrelevant, raw, workflow
from games import Games, tasks
from reader import Reader

from rb_mcp.config import Settings
from rb_mcp.providers import open_embedder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from arms import Arm
    from games import Task

    from rb_mcp.protocols import Embedder

    Make = Callable[[Path, Embedder], Arm]

LENGTH = 120
"""Tasks of a stream."""
UNSEEN = 40
"""Of these, in the streams that end with objects never met before, the last so many."""


@dataclass(frozen=True)
class Setting:
    """An arm of the evaluation."""

    told: str
    """What it is, in a line of the report."""
    make: Make
    flips: float = 0.0
    """The share of the verdicts that are reported the wrong way round."""


@dataclass(frozen=True)
class Solved:
    """What became of one task: its first attempt, the one handed over, and whether any attempt solved it.

    `advised`: whether the first attempt had anything to read.
    """

    first: bool
    steps: int
    best: bool
    any: bool
    advised: bool


@dataclass
class Came:
    """What became of an arm: its tasks in their order, and what its memory held at the end, in all."""

    tasks: list[Solved] = field(default_factory=list[Solved])
    held: Counter[str] = field(default_factory=Counter[str])

    def add(self, other: Came) -> None:
        """Add what became of it on another stream."""
        self.tasks += other.tasks
        self.held += other.held


def _scaled(told: str, scaling: str, attempts: int, flips: float = 0.0) -> Setting:
    return Setting(told, lambda f, e: Bank(f, e, scaling=scaling, attempts=attempts), flips)  # pyright: ignore[reportArgumentType]


ARMS: dict[str, Setting] = {
    "none": Setting("no memory", lambda _, __: Without()),
    "irrelevant": Setting("a block about something else", lambda _, __: Without(irrelevant())),
    "random": Setting("as `success`, recalled by chance", lambda f, e: Bank(f, e, failures="ignored", random=1)),
    "raw": Setting("nearest successful trajectory (after Synapse)", lambda _, e: Texts(e, raw)),
    "workflow": Setting("nearest workflow, unconditioned (after AWM)", lambda _, e: Texts(e, workflow)),
    "success": Setting("bank, successes only", lambda f, e: Bank(f, e, failures="ignored")),
    "both": Setting("bank, successes and diagnosed failures", Bank),
    "naive": Setting("bank, failures turned into bare warnings", lambda f, e: Bank(f, e, failures="naive")),
    "adaptive": Setting("as `both`, as many experiences as are about as near, at most 3", lambda f, e: Bank(f, e, k=0)),
    "k 2": Setting("as `both`, 2 experiences recalled", lambda f, e: Bank(f, e, k=2)),
    "k 3": Setting("as `both`, 3 experiences recalled", lambda f, e: Bank(f, e, k=3)),
    "k 4": Setting("as `both`, 4 experiences recalled", lambda f, e: Bank(f, e, k=4)),
    "success k 4": Setting("as `success`, 4 experiences recalled", lambda f, e: Bank(f, e, k=4, failures="ignored")),
    "uncredited": Setting("as `both`, without credit", lambda f, e: Bank(f, e, credit=False)),
    "k 4 uncredited": Setting("as `k 4`, without credit", lambda f, e: Bank(f, e, k=4, credit=False)),
    "success k 4 uncredited": Setting(
        "as `success k 4`, without credit", lambda f, e: Bank(f, e, k=4, failures="ignored", credit=False)
    ),
    "flips 10": Setting("as `both`, 10 % of verdicts flipped", Bank, 0.1),
    "flips 27": Setting("as `both`, 27 % of verdicts flipped", Bank, 0.27),
    "flips 50": Setting("as `both`, 50 % of verdicts flipped", Bank, 0.5),
    "flips 27 uncredited": Setting("the same at 27 %, without credit", lambda f, e: Bank(f, e, credit=False), 0.27),
    "none 3": Setting("no memory, best of 3", lambda _, __: Without(k=3)),
    "none 5": Setting("no memory, best of 5", lambda _, __: Without(k=5)),
    "separate 3": _scaled("bank, 3 attempts, each distilled alone", "separate", 3),
    "parallel 3": _scaled("bank, 3 attempts contrasted (MaTTS, parallel)", "parallel", 3),
    "parallel 5": _scaled("bank, 5 attempts contrasted (MaTTS, parallel)", "parallel", 5),
    "sequential 3": _scaled("bank, 3 rounds of self-refinement (MaTTS, sequential)", "sequential", 3),
    "sequential 5": _scaled("bank, 5 rounds of self-refinement (MaTTS, sequential)", "sequential", 5),
    "parallel 3 flips 27": _scaled("as `parallel 3`, 27 % of verdicts flipped", "parallel", 3, 0.27),
}
"""k = 1 of either scaling is `both`: one attempt has nothing to contrast and nothing to refine."""

FEW = ("none", "random", "raw", "workflow", "success", "both", "k 4")
"""The arms that are run on the streams beside the main one."""


@dataclass(frozen=True)
class Part:
    """Some streams, and the arms that are run on them."""

    kind: str
    arms: tuple[str, ...]
    streams: int
    unseen: int = 0


PARTS = {
    "tidy": Part("tidy", tuple(ARMS), 6),
    "unseen": Part("tidy", FEW, 6, UNSEEN),
    "mixed": Part("mixed", FEW, 3),
}


async def stream(part: Part, number: int, arms: Sequence[str], length: int = LENGTH) -> dict[str, Came]:
    """Run arms over one stream of a part, each with a memory of its own that begins empty."""
    embedder = Remembered(open_embedder(Settings().embedder))
    found: dict[str, Came] = {}
    made = tasks(part.kind, number, length, part.unseen)
    with Games() as games:
        for name in arms:
            with tempfile.TemporaryDirectory(dir=_memory()) as folder:
                arm = ARMS[name].make(Path(folder) / "bank.db", embedder)
                came = [await _solved(arm, games, task, ARMS[name].flips) for task in made]
                found[name] = Came(came[-part.unseen :], Counter(await arm.close()))
    return found


async def _solved(arm: Arm, games: Games, task: Task, flips: float) -> Solved:
    reader = Reader(games, task, flips)
    best = (await arm.solve(reader.query(), reader)).trajectory.steps
    first = reader.played[0]
    [handed, *_] = [one for one in reader.played if one.steps == best]
    return Solved(
        first.solved, len(first.steps), handed.solved, any(one.solved for one in reader.played), first.advised
    )


def _memory() -> str | None:
    """Return a folder in memory where there is one: a bank waits for the disk at each record, and here for nothing."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - the folder in it is private
