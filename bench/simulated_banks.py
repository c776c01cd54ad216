"""Banks whose truth is known: tasks that go well with one probability with memory, with another without it.

Each is handed to a real store as an export, with recalls drawn by the real `Holdout`; one strategy stands for all.
Every fifth recall finds nothing, every fifth draw comes to nothing known: neither may count.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rb_mcp.memory.holdout import Holdout
from rb_mcp.types import MemoryItem, Recall, Recalled, Strategy

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from rb_mcp.archive import ExperienceRecord, RecallRecord, Record

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
ITEM = MemoryItem("Look before the leap", "When a step cannot be undone; not else.", "Look, then leap.")
STRATEGY = Strategy("str_1", "default", ITEM, "success", START)


def records(
    rnd: random.Random,
    *,
    tasks: int,
    share: float,
    with_memory: float,
    without: float,
    namespace: str = "default",
    every: timedelta = timedelta(hours=5),
) -> Iterator[Record]:
    """Return the records of a bank in which `tasks` draws were followed by a known outcome."""
    holdout = Holdout(share, rnd.random)
    recalls: list[Record] = []
    taught: list[str] = []
    counted = number = 0
    name = f"{namespace}_{{}}_{{}}".format
    while counted < tasks:
        number += 1
        when = START + number * every
        near = () if number % 5 == 0 else (Recalled(STRATEGY, "", 0.7),)
        drawn = holdout.draw(Recall(name("rec", number), namespace, near, 0.7, 0.4), f"task {number}")
        rate = without if drawn.withheld else with_memory
        outcome = "success" if rnd.random() < rate else "failure"
        if near and number % 6 == 0:
            outcome = "unknown"
        elif near:
            counted += 1
        length = max(1, round(rnd.gauss(12 if drawn.withheld else 8, 3)))
        source = rnd.choice(("agent", "evidence", "judge"))
        yield _experience(name("exp", number), namespace, when, length, outcome, source)
        if number % 3 == 1:
            taught.append(name("exp", number))
        recall: RecallRecord = {
            "record": "recall", "id": drawn.id, "namespace": namespace, "nearest": 0.7, "floor": 0.4,
            "experience": name("exp", number), "created_at": when.isoformat(timespec="microseconds"),
            "strategies": [{"strategy": name("str", 0), "similarity": 0.7} for _ in drawn.strategies],
        }  # fmt: skip
        if drawn.withheld is not None:
            recall["withheld"] = drawn.withheld
        recalls.append(recall)
    for first in range(7):
        behind = taught[first::7]
        yield {
            "record": "strategy", "id": name("str", first), "namespace": namespace, "title": f"{ITEM.title} {first}",
            "description": ITEM.description, "content": ITEM.content, "outcome": "success", "standing": "active",
            "note": "", "edited": False, "created_at": (START + (3 * first + 1) * every).isoformat(),
            "evidence": [
                {"experience": id_, "title": ITEM.title, "description": ITEM.description, "content": ITEM.content}
                for id_ in behind
            ],
        }  # fmt: skip
    yield from recalls


def _experience(
    id_: str, namespace: str, when: datetime, length: int, outcome: object, source: object
) -> ExperienceRecord:
    steps = [{"thought": "", "action": f"step {number}", "observation": ""} for number in range(length)]
    return {
        "record": "experience", "id": id_, "namespace": namespace, "task": f"task {id_}", "key": id_,
        "status": "distilled", "best": "", "best_reason": "", "created_at": when.isoformat(timespec="microseconds"),
        "attempts": [{"steps": steps, "outcome": outcome, "reason": "", "source": source, "judge": ""}],
        "members": [], "vectors": [],
    }  # fmt: skip  # pyright: ignore[reportReturnType]
