"""Which experiences count as near, how many of them come, and that a floor never shuts a bank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from samples import LESSON, OTHER_LESSON, THIRD_LESSON

from rb_mcp.errors import ProviderError
from rb_mcp.memory.retrieval import Retriever
from rb_mcp.memory.similarity import WORDS_FLOOR, floor
from rb_mcp.providers.scripted import HashingEmbedder
from rb_mcp.types import MemoryItem, Query, Step, Trajectory, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.protocols import Purpose
    from rb_mcp.types import Embedding, Recall

pytestmark = pytest.mark.anyio

FOURTH_LESSON = {
    "title": "Write the boundary cases down before the first line",
    "description": "When a function takes ranges; not when it only passes them on.",
    "content": "List empty, one, full and beyond, decide what each returns, and turn that list into checks.",
}
LESSONS = [LESSON, OTHER_LESSON, THIRD_LESSON, FOURTH_LESSON]
REWORDED = LESSON | {
    "title": "Look at the whole assertion before changing anything",
    "content": "Run the one failing test alone, set expected and actual side by side, then change a single thing.",
}
"""The same lesson in words that differ too much to be merged."""


async def _learn(
    bank: ReasoningBank, task: str, *lessons: dict[str, str], outcome: str = "success", steps: str = ""
) -> str:
    verdict = Verdict(outcome, "seen", "evidence")  # pyright: ignore[reportArgumentType]
    items = [MemoryItem(**lesson) for lesson in lessons]
    receipt = await bank.record(Trajectory(task, (Step(action=steps or task),)), verdict, items, "", "default")
    assert {kept.action for kept in receipt.strategies} <= {"added", "merged"}
    return receipt.experience.id


def _titles(recall: Recall) -> list[str]:
    return [found.strategy.item.title for found in recall.strategies]


async def test_failures_and_successes_are_both_within_reach_by_default(bank: ReasoningBank) -> None:
    await _learn(bank, "repair the parser of dates", LESSON, outcome="failure")
    await _learn(bank, "refund a cancelled order", OTHER_LESSON, outcome="success")
    for task, title in (
        ("repair the date parser", LESSON["title"]),
        ("refund the cancelled order", OTHER_LESSON["title"]),
    ):
        for k in (0, 1):
            assert _titles(await bank.recall(task, k, "default")) == [title]


async def test_k_counts_experiences_and_a_strategy_comes_once(bank: ReasoningBank) -> None:
    await _learn(bank, "repair the parser of dates", LESSON)
    await _learn(bank, "repair the parser of numbers", LESSON, OTHER_LESSON)
    one = await bank.recall("repair the parser of numbers", 1, "default")
    assert len(one.strategies) == 2
    two = await bank.recall("repair the parser of numbers", 2, "default")
    assert len(two.strategies) == 2
    similarities = [found.similarity for found in two.strategies]
    assert similarities == sorted(similarities, reverse=True)


async def test_a_lesson_that_many_tasks_taught_comes_whichever_of_them_is_the_nearest(bank: ReasoningBank) -> None:
    for number in range(20):
        await _learn(bank, "repair the parser of dates", LESSON, steps=f"try {number}")
        assert _titles(await bank.recall("repair the parser of dates", 1, "default")) == [LESSON["title"]]


async def test_where_one_experience_stands_out_nothing_comes_beside_it(bank: ReasoningBank) -> None:
    for task, lesson in zip(
        ("repair the parser of dates", "refund a cancelled order", "paint the kitchen", "book a flight"),
        LESSONS,
        strict=True,
    ):
        await _learn(bank, task, lesson)
    assert _titles(await bank.recall("repair the parser of dates", 0, "default")) == [LESSON["title"]]


async def test_where_several_are_about_as_near_up_to_three_come(bank: ReasoningBank) -> None:
    tasks = [f"repair the parser of {what} in the reports" for what in ("dates", "numbers", "names", "codes")]
    for count, (task, lesson) in enumerate(zip(tasks, LESSONS, strict=True), start=1):
        await _learn(bank, task, lesson)
        found = await bank.recall("repair the parser of prices in the reports", 0, "default")
        assert len({one.experience_id for one in found.strategies}) == min(count, 3)


async def test_the_same_lesson_is_not_repeated_in_one_answer(bank: ReasoningBank) -> None:
    verdict = Verdict("success", "seen", "evidence")
    for task, lesson, namespace in (
        ("repair the parser of dates in the reports", LESSON, "default"),
        (
            "repair the parser of numbers in the reports",
            LESSON,
            "shared",
        ),  # where nothing merges with what is elsewhere
        ("repair the parser of names in the reports", OTHER_LESSON, "default"),
    ):
        steps = Trajectory(task, (Step(action=task),))
        await bank.record(steps, verdict, [MemoryItem(**lesson)], "", namespace)
    titles = _titles(await bank.recall("repair the parser of prices in the reports", 0, "default"))
    assert sorted(titles) == sorted([LESSON["title"], OTHER_LESSON["title"]])


async def test_a_given_k_is_kept_to_even_where_lessons_repeat_or_one_stands_out(bank: ReasoningBank) -> None:
    for task, lesson in (
        ("repair the parser of dates in the reports", LESSON),
        ("repair the parser of numbers in the reports", REWORDED),
        ("repair the parser of names in the reports", OTHER_LESSON),
        ("repair the parser of codes in the reports", THIRD_LESSON),
        ("repair the parser of units in the reports", FOURTH_LESSON),
    ):
        await _learn(bank, task, lesson)
    for k in (1, 2, 4, 5, 10):
        found = await bank.recall("repair the parser of prices in the reports", k, "default")
        assert len({one.experience_id for one in found.strategies}) == min(k, 5)


async def test_of_equally_near_experiences_the_later_one_is_recalled(bank: ReasoningBank) -> None:
    silent = Retriever(bank.store, Broken())
    await _learn(bank, "repair the parser", LESSON, steps="one way")
    await _learn(bank, "repair the parser", OTHER_LESSON, steps="another")
    recall = await silent.retrieve(Query("repair the parser", k=1), "default", bank.origin)
    assert _titles(recall) == [OTHER_LESSON["title"]]


async def test_a_bank_of_one_kind_of_task_does_not_shut_itself(bank: ReasoningBank) -> None:
    for number in range(60):
        await _learn(bank, f"cancel the order of customer {number} and refund it", LESSON)
    recall = await bank.recall("cancel the order of customer 999 and refund it", 1, "default")
    assert recall.strategies
    assert recall.floor == pytest.approx(floor(60), abs=1e-3), "the same for whatever the tasks in it are like"
    assert not (await bank.recall("bake a chocolate cake", 1, "default")).strategies


class Broken(HashingEmbedder):
    async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:
        del purpose
        raise ProviderError(f"no embedder for {len(texts)}")


async def test_without_an_embedder_text_alone_has_to_do(bank: ReasoningBank) -> None:
    await _learn(bank, "repair the parser of dates", LESSON)
    lame = Retriever(bank.store, Broken())
    for kind in ("", "a program reads a format wrongly"):
        recall = await lame.retrieve(Query("repair the parser of dates", kind, k=1), "default")
        assert [found.strategy.item.title for found in recall.strategies] == [LESSON["title"]]
        assert recall.strategies[0].similarity >= 1.0
        assert not (await lame.retrieve(Query("bake a cake", kind, k=1), "default")).strategies


async def test_where_nothing_is_embedded_the_floor_is_that_of_words(bank: ReasoningBank) -> None:
    await _learn(bank, "repair the parser of dates in the billing service", LESSON)
    lame = Retriever(bank.store, Broken())
    by_words = await lame.retrieve(Query("mend the parser of dates", k=1), "default")
    assert by_words.strategies
    assert by_words.floor == WORDS_FLOOR < (await bank.recall("mend the parser of dates", 1, "default")).floor
