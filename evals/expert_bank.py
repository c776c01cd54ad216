"""The bank of Tier B, the games that are played beside it, and what each arm is given to read.

The bank is the real one, built by `record`: `EXPERIENCES` rooms tidied by the games' own expert, one lesson each,
worded by rule, let in by the gate, consolidated. It learns nothing from what is played. An agent's own memory would
hold its own runs, failures among them: an expert's are what a bank may at best come to hold.

Not covered: what a model would make of the runs; judging; credit.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

from games import STREAMS, Task, chance
from player import query

from rb_mcp.memory.scaling import memory
from rb_mcp.types import MemoryItem, Step, Trajectory, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recording import RecordedGames

    from rb_mcp.memory.bank import ReasoningBank

EXPERIENCES = 120
"""Games in the bank."""
K = 3
"""Experiences recalled."""

Arm = Literal["none", "random", "recalled"]
ARMS: tuple[Arm, ...] = get_args(Arm)

_GAME, _PARAMETERS = STREAMS["tidy"][1]
_FIRST_KEPT, _FIRST_SEEN, _FIRST_UNSEEN = 800, 700, 20_700
_NAMESPACE = "default"
_ID = re.compile(r"str_[0-9a-f]{16}")


def experiences() -> list[Task]:
    """Return the games whose solutions the bank holds."""
    return [_task(_FIRST_KEPT + number, "train") for number in range(EXPERIENCES)]


def games(played: RecordedGames, seen: int) -> list[Task]:
    """Return the games to play, half as many unseen ones among the `seen`, so that any beginning is a fair part.

    A game that is solved like one in the bank, or like one before it, is left out: the same things lie about in it.
    """
    known = {frozenset(played.gold(task)) for task in experiences()}
    found: dict[str, list[Task]] = {"train": [], "test": []}
    for fold, first, wanted in (("train", _FIRST_SEEN, seen), ("test", _FIRST_UNSEEN, seen // 2)):
        seed = first
        while len(found[fold]) < wanted:
            task = _task(seed, fold)
            solved_by = frozenset(played.gold(task))
            if solved_by not in known:
                found[fold].append(task)
            known.add(solved_by)
            seed += 1
    order: list[Task] = []
    for number, task in enumerate(found["train"]):
        order += [task, *found["test"][number // 2 : number // 2 + number % 2]]
    return order


def _task(seed: int, fold: str) -> Task:
    return Task(0, seed, _GAME, _PARAMETERS, seed, fold)


async def fill(bank: ReasoningBank, played: RecordedGames) -> list[str]:
    """Record what the expert did, with the lesson of each game; return what the gate held back, and why."""
    held: list[str] = []
    for task in experiences():
        commands = played.gold(task)
        asked, view = played.start(task)
        told = query(asked, view)
        steps = tuple(Step(action=command, observation=played.act(command).answer) for command in commands)
        verdict = Verdict("success", "the game's final state: solved", "evidence")
        receipt = await bank.record(Trajectory(told, steps), verdict, [lesson(commands)], "", _NAMESPACE)
        held += [f"{one.title}: {one.note}" for one in receipt.strategies if one.action == "held"]
    return held


def lesson(commands: Sequence[str]) -> MemoryItem:
    """Return what a solved game teaches: by which commands each thing gets to where it belongs."""
    kept = [command for command in commands if command != "look around"]
    things = [command.removeprefix("take ") for command in kept if command.startswith("take ")]
    return MemoryItem(
        f"Tidy {' and '.join(things)}"[:120], f"Where {' or '.join(things)} lie about.", f"{', then '.join(kept)}."
    )


async def memories(bank: ReasoningBank, task: Task, told: str) -> dict[Arm, str]:
    """Return the block of each arm: nothing, as many strategies as are recalled but drawn by chance, what is recalled.

    What is drawn stands under the figures of what was recalled, so that nothing but the strategies differs; so do the
    weak candidates that are only named. Their ids, which are random, are numbered anew, so that a prompt can be met
    again.
    """
    recall = await bank.recall(told, K, _NAMESPACE)
    active = await bank.store.strategies(_NAMESPACE, standing="active", limit=1_000)
    drawn = sorted(active, key=lambda one: chance("random", task.fold, task.seed, one.item.text()))
    swapped = tuple(
        replace(one, strategy=other, experience_id=other.evidence[0].experience_id)
        for one, other in zip(recall.strategies, drawn, strict=False)
    )
    weak = tuple(
        replace(one, id=other.id, title=other.item.title, description=other.item.description)
        for one, other in zip(recall.nearby, drawn[len(swapped) :], strict=False)
    )
    return {
        "none": "",
        "random": _numbered(await memory(bank, replace(recall, strategies=swapped, nearby=weak))),
        "recalled": _numbered(await memory(bank, recall)),
    }


def _numbered(text: str) -> str:
    ids = list(dict.fromkeys(_ID.findall(text)))
    return _ID.sub(lambda found: f"str_{ids.index(found[0]) + 1}", text)
