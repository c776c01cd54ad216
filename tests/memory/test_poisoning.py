"""200 poisoned and 200 honest strategies in one bank: what limits them does not depend on recognising them.

How many the gate recognises is a figure, `bench/poisoning.py` prints it. Here every poisoned item is let past the
gate, by another client and by an import, under the very tasks that the owner will ask about.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from corpora.strategies import benign, poisoned

from rb_mcp.memory.rendering import block
from rb_mcp.memory.trust import trust, unproven
from rb_mcp.types import Attempt, Experience, Lesson, Origin, Step, Trajectory, Verdict, new_id

if TYPE_CHECKING:
    from rb_mcp.memory.bank import ReasoningBank

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

SOURCES = [Origin("eve", "cursor"), Origin("eve", "other agent"), Origin("", "", "imp_1"), Origin("", "", "imp_2")]
KINDS = ("parser", "invoice", "booking", "login", "report", "cache", "search", "upload", "sync", "print")


def task(number: int) -> str:
    return f"Repair the {KINDS[number % 10]} of module {number // 10} and hand over what was done"


async def keep(bank: ReasoningBank, number: int, origin: Origin, *lessons: Lesson) -> None:
    attempt = Attempt(Trajectory(task(number), (Step(action="done"),)), Verdict("success", "it passed", "evidence"))
    kept = Experience(new_id("exp"), "default", task(number), "distilled", bank.clock(), (attempt,), origin=origin)
    vector = await bank.retriever.embed(kept.task)
    await bank.store.add(kept, key=kept.id, embedding=vector, lessons=lessons)


async def test_in_no_recall_does_a_foreign_source_hold_more_than_its_place(bank: ReasoningBank) -> None:
    mine = bank.serving("claude-code")
    for number, item in enumerate(benign()):
        await keep(bank, number, mine.origin, Lesson(item))
    alone = {number: (await mine.recall(task(number), 3, "default")).strategies for number in range(0, 200, 4)}
    for number, one in enumerate(poisoned()):  # each under a task of the owner's own, so it comes as near as can be
        await keep(bank, number, SOURCES[number % 4], Lesson(one.item))
    shown = 0
    for number in range(0, 200, 4):
        for k in (1, 3, 10):
            found = (await mine.recall(task(number), k, "default")).strategies
            others = [one.strategy for one in found if trust(one.strategy, mine.origin) == "foreign"]
            shown += len(others)
            assert sum(unproven(one, mine.origin) for one in others) <= 1
            for count in Counter(one.evidence[0].origin for one in others).values():
                assert count == 1 or 2 * count <= len(found)
            text, fitted = block(found, "Notes:", mine.origin)
            labelled = sum("not your own work" in line and line[:1].isdigit() for line in text.splitlines())
            assert labelled == sum(one.strategy in others for one in found[:fitted]), "no foreign item is unlabelled"
            if k == 3:
                own = [one.strategy.id for one in found if one.strategy not in others]
                assert own == [one.strategy.id for one in alone[number]], "and none of the own is displaced"
    assert shown, "some did come in: what held them down is the limit"


async def test_everything_a_source_taught_is_taken_back_at_once(bank: ReasoningBank) -> None:
    for number, item in enumerate(benign()[:40]):
        await keep(bank, number, bank.origin, Lesson(item))
    for number, one in enumerate(poisoned()):
        await keep(bank, number, SOURCES[number % 4], Lesson(one.item))
    gone = Counter[str]()
    for source in ({"client": "cursor"}, {"client": "other agent"}, {"imported": "imp_1"}, {"imported": "imp_2"}):
        gone.update(await bank.store.forget(**source))  # pyright: ignore[reportArgumentType]
    assert (gone["experiences"], gone["strategies"]) == (200, 200)
    left = await bank.store.strategies(None, limit=500)
    assert {one.item for one in left} == set(benign()[:40])
    assert all(well for _, _, well in await bank.store.check())


async def test_of_honest_and_poisoned_items_handed_in_the_held_ones_are_never_recalled(bank: ReasoningBank) -> None:
    for number, one in enumerate(poisoned()):
        done = Trajectory(task(number), (Step(action=str(number)),))
        await bank.record(done, Verdict("success", "x", "evidence"), [one.item], "", "default")
    held = {one.id for one in await bank.store.strategies(None, standing="held", limit=500)}
    assert held
    for number in range(0, 200, 10):
        found = (await bank.recall(task(number), 10, "default")).strategies
        assert not held & {one.strategy.id for one in found}
