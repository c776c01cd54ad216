"""`RB_MCP_REVIEW=all`: whoever words a strategy, nothing new is recalled that no person let in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from samples import LESSON, OTHER_LESSON, STEPS, TASK

from rb_mcp.memory.distillation import Distiller
from rb_mcp.memory.gate import REVIEW
from rb_mcp.memory.opening import build_bank
from rb_mcp.providers.scripted import ScriptedModel
from rb_mcp.types import Attempt, Kept, MemoryItem, Origin, Step, Trajectory, Verdict

if TYPE_CHECKING:
    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank, Receipt

pytestmark = pytest.mark.anyio

ITEM, OTHER = MemoryItem(**LESSON), MemoryItem(**OTHER_LESSON)
NEAR = replace(ITEM, content=ITEM.content.replace("one thing", "a single thing"))
SEEN = Verdict("success", "41 passed", "evidence")


@pytest.fixture
def bank(settings: Settings) -> ReasoningBank:
    return build_bank(replace(settings, review="all"))


async def record(
    bank: ReasoningBank, *items: MemoryItem, task: str = TASK, verdict: Verdict = SEEN, steps: int = 3
) -> Receipt:
    trajectory = Trajectory(task, tuple(Step(**step) for step in STEPS[:steps]))
    return await bank.record(trajectory, verdict, items, "", "default")


async def held(bank: ReasoningBank) -> dict[MemoryItem, str]:
    return {one.item: one.note for one in await bank.store.strategies(None, standing="held")}


async def test_what_an_agent_hands_in_waits_until_a_person_lets_it_in(bank: ReasoningBank) -> None:
    first, second = (await record(bank, ITEM, OTHER)).strategies
    assert (first.action, first.note) == (second.action, second.note) == ("held", REVIEW)
    assert "RB_MCP_REVIEW" in REVIEW
    assert not (await bank.recall(TASK, 1, "default")).strategies
    await bank.store.revise(first.id, None, standing="active")
    [found] = (await bank.recall(TASK, 1, "default")).strategies
    assert (found.strategy.item, found.strategy.approved) == (ITEM, True)


async def test_what_a_model_distils_or_contrasts_waits_too(bank: ReasoningBank) -> None:
    model = ScriptedModel(
        lambda prompt: json.dumps({"best": 1, "reason": "it works"} if "Choose the one" in prompt.system else
                                  {"items": [LESSON if prompt.temperature else OTHER_LESSON]})
    )  # fmt: skip
    receipt = await record(bank)
    kept: list[Kept] = await bank.distiller_with(model).distil(receipt.experience)
    assert [(one.action, one.note) for one in kept] == [("held", REVIEW)]
    queued = replace(bank, distiller=Distiller(model, bank.store, bank.prompts, review_all=True))
    failed = Attempt(Trajectory("Book a table", (Step(action="call"),)), Verdict("failure", "closed", "evidence"))
    went = Attempt(Trajectory("Book a table", (Step(action="write"),)), SEEN)
    await queued.contrast("Book a table", [failed, went], [], [], "", "", "default")
    await queued.work()
    assert set((await held(bank)).values()) == {REVIEW}
    assert not await bank.store.strategies(None, standing="active")


async def test_what_is_wrong_with_an_item_is_said_first(bank: ReasoningBank) -> None:
    chatter = replace(ITEM, content="The task was completed successfully.")
    await record(bank, chatter)
    assert REVIEW not in (await held(bank))[chatter]


async def test_once_the_outcome_is_known_it_waits_for_the_person_alone(bank: ReasoningBank) -> None:
    receipt = await record(bank, ITEM, verdict=Verdict())
    assert "outcome" in (await held(bank))[ITEM]
    await bank.resume(receipt.experience.id, (), SEEN, (), "", "default")
    assert await held(bank) == {ITEM: REVIEW}
    [kept] = await bank.store.strategies(None)
    assert kept.outcome == "success"


async def test_what_confirms_a_strategy_counts_for_it_in_the_words_that_were_let_in(bank: ReasoningBank) -> None:
    [kept] = (await record(bank, ITEM)).strategies
    await bank.store.revise(kept.id, None, standing="active")
    theirs = replace(bank, origin=Origin("ada", "another"))
    [again] = (await record(theirs, NEAR, task=f"{TASK} again", steps=1)).strategies
    assert (again.id, again.action, again.note) == (kept.id, "merged", "")
    [strategy] = await bank.store.strategies(None)
    assert len(strategy.evidence) == 2
    first = strategy.evidence[0].experience_id
    assert (await theirs.recall(TASK, 2, "default")).strategies[0].strategy.item == ITEM, "in the own words of nobody"
    await bank.store.forget(experience_id=first)
    assert [one.item for one in await bank.store.strategies(None)] == [ITEM]
