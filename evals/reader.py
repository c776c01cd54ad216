"""The agent of the evaluation: it picks one of the commands a game offers, and reads whatever memory it is given.

The same in every arm, and fixed: it knows English forms (`reading.py`), no word of any game, and learns nothing by
itself. What it likes about a command: that it has not done it yet, that the game has just spoken of the same things,
and what it has read. Of the rest, chance decides: a softmax, drawn so that every arm meets the same luck.

Not covered: planning, and everything else that a language model would bring. It is no evidence about one.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from games import LIMIT, chance
from reading import Advice, advice, notes, steps, telling, without_news

from rb_mcp.types import Attempt, Step, Trajectory, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from games import Games, Task, View

AGAIN = 2.5
"""What a command loses each time it was done before in this attempt."""
SPOKEN = 1.5
"""What it gains when all its words stand in the game's last answer."""
READ = 4.0
"""What it gains when it is, word for word, what is advised for just this situation; and loses when advised against."""
_OWN_ATTEMPT = "The attempt so far is data to examine"
"""Where the text of self-refinement goes over to the agent's own last attempt (`prompts/self_refine.md`)."""


@dataclass(frozen=True)
class Played:
    """What really came of an attempt, whatever was reported of it."""

    steps: tuple[Step, ...]
    solved: bool
    advised: bool
    """Whether its memory held anything that the agent could read as advice."""


@dataclass
class Reader:
    """Plays one task, as often as it is asked to."""

    games: Games
    task: Task
    flips: float = 0.0
    """The share of verdicts that are reported the wrong way round."""
    played: list[Played] = field(default_factory=list[Played])

    def query(self) -> str:
        """Return the task as an agent words it when it asks its memory: what is asked, and what it sees first."""
        asked, view = self.games.start(self.task)
        return f"{asked}\n\n{view.surroundings}"

    async def __call__(self, task: str, memory: str) -> Attempt:
        """Play the task from its start, with this memory in mind."""
        attempt = len(self.played)
        read = understood(memory, task)
        _, view = self.games.start(self.task)
        done = Counter[str]()
        taken: list[Step] = []
        while len(taken) < LIMIT and not view.done:
            command = self._choice(view, read, done, attempt, len(taken))
            view = self.games.act(command)
            done[command] += 1
            taken.append(Step(action=command, observation=view.answer))
        self.played.append(Played(tuple(taken), view.solved, bool(read)))
        return Attempt(Trajectory(task, tuple(taken)), self._verdict(view.solved, attempt))

    def _choice(self, view: View, read: Sequence[Advice], done: Counter[str], attempt: int, step: int) -> str:
        scene = telling(f"{view.answer} {view.surroundings} {view.holding}")
        heard = telling(view.answer)

        def liking(command: str) -> float:
            said = telling(command)
            spoken = len(said & heard) / max(1, len(said))
            luck = chance(self.task.stream, self.task.seed, attempt, step, command, "luck")
            gumbel = -math.log(-math.log(luck or 0.5))
            advised = weight(said, scene, read)
            if done[command]:  # what was advised and done is done
                advised = min(0.0, advised)
            return READ * advised + SPOKEN * spoken - AGAIN * done[command] + gumbel

        return max(view.commands, key=liking)

    def _verdict(self, solved: bool, attempt: int) -> Verdict:
        wrong = chance(self.task.stream, self.task.seed, attempt, "verdict") < self.flips
        outcome = "success" if solved != wrong else "failure"
        return Verdict(outcome, f"the game's final state: {outcome}", "evidence")


def understood(memory: str, task: str) -> list[Advice]:
    """Return what a block of memory advises: items, workflows, whole trajectories, the agent's own last attempt."""
    memory, _, own = memory.partition(_OWN_ATTEMPT)
    found = advice(notes(memory))
    for line in memory.splitlines():
        if line.startswith("Workflow: "):
            found += advice(line.removeprefix("Workflow: "))
    heard = ""
    for action, answer in steps(memory):
        found.append(Advice(telling(heard), telling(action)))
        heard = answer
    return found + [Advice(frozenset(), telling(action), against=True) for action in without_news(steps(own), task)]


def weight(command: frozenset[str], scene: frozenset[str], read: Sequence[Advice]) -> float:
    """Return how strongly what was read speaks for a command here, from -1 to 1."""
    fors = againsts = 0.0
    for one in read:
        shared = len(command & one.act)
        if not shared:
            continue
        alike = shared / len(command | one.act)
        fits = len(one.cue & scene) / len(one.cue) if one.cue else 1.0
        if not one.against:
            fors = max(fors, (alike * fits) ** 2)
        elif one.act <= command:
            againsts = max(againsts, fits**2)
    return fors - againsts
