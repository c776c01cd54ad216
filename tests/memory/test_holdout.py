"""A share of the recalls is withheld by chance, in a way the agent cannot tell from finding nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from conftest import text_of
from mcp import Client
from samples import LESSON, OTHER_STEPS, REWORDED, STEPS, TASK, UNRELATED
from simulated_banks import STRATEGY

from rb_mcp.memory.holdout import MOST_OPEN, Holdout
from rb_mcp.memory.opening import build_bank
from rb_mcp.server.app import build_server
from rb_mcp.types import MemoryItem, Recall, Recalled, Step, Trajectory, Verdict, new_id

if TYPE_CHECKING:
    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank

FOUND = Recall("rec_1", "default", (Recalled(STRATEGY, "exp_1", 0.7),), 0.7, 0.4)


def turns(*numbers: float) -> Holdout:
    """A holdout of a half whose chance is known."""
    return Holdout(0.5, iter(numbers).__next__)


def ask(holdout: Holdout, task: str = TASK, client: str = "") -> Recall:
    return holdout.draw(replace(FOUND, id=new_id("rec")), task, client)


async def record(bank: ReasoningBank, outcome: str, recall_id: str = "", steps: list[dict[str, str]] = STEPS) -> str:
    verdict = Verdict(outcome, "41 passed", "evidence")  # pyright: ignore[reportArgumentType]
    trajectory = Trajectory(TASK, tuple(Step(**step) for step in steps))
    return (await bank.record(trajectory, verdict, [MemoryItem(**LESSON)], recall_id, "default")).experience.id


def test_nothing_is_drawn_unless_a_share_is_set() -> None:
    assert ask(Holdout()).withheld is None
    assert ask(Holdout()).strategies


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_the_share_that_is_set_is_withheld(share: float) -> None:
    holdout = Holdout(share, random.Random(1).random)  # noqa: S311 - the same every time
    drawn = [ask(holdout, f"task {number}") for number in range(5_000)]
    withheld = [recall for recall in drawn if not recall.strategies]
    assert len(withheld) / len(drawn) == pytest.approx(share, abs=0.02)
    assert {recall.withheld for recall in withheld} == {1}
    assert {recall.withheld for recall in drawn if recall.strategies} == {0}


def test_two_servers_do_not_draw_alike() -> None:
    assert [Holdout().chance() for _ in range(3)] != [Holdout().chance() for _ in range(3)]


def test_what_finds_nothing_is_no_draw() -> None:
    empty = replace(FOUND, strategies=())
    assert turns().draw(empty, TASK) == empty


def test_who_asks_again_before_the_outcome_is_recorded_gets_what_they_got() -> None:
    holdout = turns(0.1, 0.9, 0.9)
    first = ask(holdout)
    assert [ask(holdout).withheld for _ in range(3)] == [first.withheld] * 3 == [1, 1, 1]
    assert ask(holdout, client="another").withheld == 0
    holdout.settled(first.id)
    assert ask(holdout).withheld == 0, "once the outcome is recorded, it is a new task"


def test_what_is_never_recorded_is_not_remembered_for_ever() -> None:
    holdout = turns(0.1, *[0.9] * MOST_OPEN, 0.9)
    assert ask(holdout).withheld == 1
    for number in range(MOST_OPEN):
        ask(holdout, f"task {number}")
    assert ask(holdout).withheld == 0


@pytest.mark.anyio
async def test_a_withheld_recall_says_what_one_that_found_nothing_says(settings: Settings) -> None:
    bank = build_bank(settings)
    await record(bank, "success")
    async with Client(build_server(replace(bank, holdout=turns(0.1)))) as client:
        answers: list[Any] = [
            await client.call_tool("recall_strategies", {"task": task}) for task in (UNRELATED, REWORDED)
        ]
    nothing, withheld = ({**answer.structured_content, "recall_id": "id"} for answer in answers)
    assert nothing == withheld
    assert nothing["strategies"] == []
    texts = [text_of(a.content).replace(a.structured_content["recall_id"], "id") for a in answers]
    assert texts[0] == texts[1]
    assert answers[1].structured_content["recall_id"].startswith("rec_"), "what comes of it can be credited"
    [day] = await bank.store.days(None)
    assert (day.answered, day.nothing, day.withheld) == (0, 1, 1)


@pytest.mark.anyio
async def test_what_comes_of_a_withheld_recall_counts_for_no_strategy_but_for_the_comparison(
    bank: ReasoningBank,
) -> None:
    await record(bank, "success")
    bank = replace(bank, holdout=turns(0.1, 0.9))
    for outcome, steps in (("failure", OTHER_STEPS), ("success", STEPS[:2])):
        recall = await bank.recall(TASK, 1, "default")
        await record(bank, outcome, recall.id, steps)
    ended = await bank.store.outcomes("default")
    assert [(task.withheld, task.outcome, task.source, task.steps) for task in ended] == [
        (True, "failure", "evidence", 1), (False, "success", "evidence", 2),
    ]  # fmt: skip
    [strategy] = await bank.store.strategies("default")
    assert (strategy.uses, strategy.successes) == (1, 1)
