"""What may be shared, and what a recall makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from samples import LESSON, OTHER_LESSON, REWORDED, STEPS, TASK

from rb_mcp.errors import InvalidInput
from rb_mcp.memory.opening import build_bank
from rb_mcp.memory.sharing import share
from rb_mcp.types import MemoryItem, Step, Trajectory, Verdict

if TYPE_CHECKING:
    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.types import Strategy

pytestmark = pytest.mark.anyio

ITEM, OTHER = MemoryItem(**LESSON), MemoryItem(**OTHER_LESSON)


async def learned(bank: ReasoningBank, *items: MemoryItem, task: str = TASK) -> list[Strategy]:
    steps = tuple(Step(**step) for step in STEPS)
    receipt = await bank.record(Trajectory(task, steps), Verdict("success", "41 passed", "evidence"), items, "", "web")
    return [(await bank.store.strategies(None, ids=[kept.id]))[0] for kept in receipt.strategies]


async def test_another_namespace_recalls_it_from_then_on_and_as_approved(bank: ReasoningBank) -> None:
    [strategy] = await learned(bank, ITEM)
    assert not (await bank.recall(REWORDED, 1, "mail")).strategies
    copy, tasks = await share(strategy, bank.store)
    [found] = (await bank.recall(TASK, 1, "mail")).strategies
    assert (found.strategy.id, found.strategy.item, found.strategy.approved) == (copy.id, ITEM, True)
    assert tasks == [TASK]


async def test_where_it_was_learned_it_is_recalled_once_and_pushes_nothing_out(bank: ReasoningBank) -> None:
    strategy, other = await learned(bank, ITEM, OTHER)
    copy, _ = await share(strategy, bank.store)
    for k in (1, 3):
        recalled = await bank.recall(TASK, k, "web")
        assert {one.strategy.id for one in recalled.strategies} == {strategy.id, other.id}
    await bank.store.revise(strategy.id, None, standing="retired")
    await bank.store.revise(other.id, None, standing="retired")
    assert [one.strategy.id for one in (await bank.recall(TASK, 1, "web")).strategies] == [copy.id]


async def test_what_is_not_recalled_itself_or_is_shared_already_is_refused(bank: ReasoningBank) -> None:
    [strategy] = await learned(bank, ITEM)
    copy, _ = await share(strategy, bank.store)
    with pytest.raises(InvalidInput, match="already"):
        await share(copy, bank.store)
    with pytest.raises(InvalidInput, match=r"retired \(by hand\)"):
        await share(await bank.store.revise(strategy.id, None, standing="retired", note="by hand"), bank.store)


async def test_the_gate_looks_at_it_against_every_task_that_taught_it(bank: ReasoningBank) -> None:
    [strategy] = await learned(bank, ITEM)
    [joined] = await learned(bank, ITEM, task=f"{TASK} of order QX17731")
    assert joined.id == strategy.id
    edited = MemoryItem(ITEM.title, ITEM.description, f"{ITEM.content} It was order QX17731 that showed it.")
    strategy = await bank.store.revise(strategy.id, None, item=edited)
    with pytest.raises(InvalidInput, match=f"belongs to this one task.*rb-mcp edit {strategy.id}"):
        await share(strategy, bank.store)
    assert await bank.store.strategies("shared") == []


async def test_no_secret_leaves_a_namespace_whatever_was_let_into_it(settings: Settings) -> None:
    bank = build_bank(replace(settings, redact="off"))
    secret = "password=hunter2-Zq81xP0w"  # noqa: S105 - made up
    [in_task] = await learned(bank, ITEM, task=f"{TASK} with {secret}")
    with pytest.raises(InvalidInput, match="secret"):
        await share(in_task, bank.store)
    [strategy] = await learned(bank, OTHER)
    strategy = await bank.store.revise(
        strategy.id, None, item=MemoryItem(OTHER.title, OTHER.description, f"{OTHER.content} {secret}")
    )
    with pytest.raises(InvalidInput, match="secret"):
        await share(strategy, bank.store)
    assert await bank.store.experiences("shared") == []
