"""Which experiences count as near, and that a floor never shuts a bank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from samples import LESSON, OTHER_LESSON

from rb_mcp.errors import ProviderError
from rb_mcp.memory.retrieval import HIGHEST, Retriever, score
from rb_mcp.providers.scripted import HashingEmbedder
from rb_mcp.types import Candidate, MemoryItem, Step, Trajectory, Verdict
from rb_mcp.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.protocols import Purpose
    from rb_mcp.types import Embedding

pytestmark = pytest.mark.anyio


async def _learn(bank: ReasoningBank, task: str, *lessons: dict[str, str], outcome: str = "success") -> str:
    verdict = Verdict(outcome, "seen", "evidence")  # pyright: ignore[reportArgumentType]
    items = [MemoryItem(**lesson) for lesson in lessons]
    receipt = await bank.record(Trajectory(task, (Step(action=task),)), verdict, items, "", "default")
    return receipt.experience.id


async def test_the_score_joins_meaning_and_words() -> None:
    candidate = Candidate("exp_1", words("a b c"), 0.6)
    assert score(words("b c d"), candidate) == pytest.approx(0.4 * 0.6 + 0.6 * 0.5)
    assert score(words("b c d"), Candidate("exp_1", words("a b c"), None)) == 0.5


async def test_a_task_in_other_words_or_another_language_is_keeps_most_of_its_meaning() -> None:
    candidate = Candidate("exp_1", words("a b c"), 0.6)
    assert score(words("x y z"), candidate) == pytest.approx(0.42)
    assert score(words("c y z"), candidate) == pytest.approx(0.42)


async def test_failures_and_successes_are_both_within_reach_by_default(bank: ReasoningBank) -> None:
    await _learn(bank, "repair the parser of dates", LESSON, outcome="failure")
    await _learn(bank, "refund a cancelled order", OTHER_LESSON, outcome="success")
    for task, title in (
        ("repair the date parser", LESSON["title"]),
        ("refund the cancelled order", OTHER_LESSON["title"]),
    ):
        recall = await bank.recall(task, 1, "default")
        assert [found.strategy.item.title for found in recall.strategies] == [title]


async def test_k_counts_experiences_and_a_strategy_comes_once(bank: ReasoningBank) -> None:
    await _learn(bank, "repair the parser of dates", LESSON)
    await _learn(bank, "repair the parser of numbers", LESSON, OTHER_LESSON)
    one = await bank.recall("repair the parser of numbers", 1, "default")
    assert len(one.strategies) == 2
    two = await bank.recall("repair the parser of numbers", 2, "default")
    assert len(two.strategies) == 2
    similarities = [found.similarity for found in two.strategies]
    assert similarities == sorted(similarities, reverse=True)


async def test_of_equally_near_experiences_the_later_one_is_recalled(bank: ReasoningBank) -> None:
    await _learn(bank, "repair the parser", LESSON)
    verdict = Verdict("success", "seen", "evidence")
    later = Trajectory("repair the parser", (Step(action="otherwise"),))
    await bank.record(later, verdict, [MemoryItem(**OTHER_LESSON)], "", "default")
    recall = await bank.recall("repair the parser", 1, "default")
    assert [found.strategy.item.title for found in recall.strategies] == [OTHER_LESSON["title"]]


async def test_a_bank_of_one_kind_of_task_does_not_shut_itself(bank: ReasoningBank) -> None:
    for number in range(60):
        await _learn(bank, f"cancel the order of customer {number} and refund it", LESSON)
    recall = await bank.recall("cancel the order of customer 999 and refund it", 1, "default")
    assert recall.strategies
    mean, deviation = bank.retriever.embedder.background
    assert recall.floor == pytest.approx(HIGHEST * (mean + 3 * deviation), abs=1e-3)
    assert not (await bank.recall("bake a chocolate cake", 1, "default")).strategies


class Broken(HashingEmbedder):
    async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:
        del purpose
        raise ProviderError(f"no embedder for {len(texts)}")


async def test_without_an_embedder_text_alone_has_to_do(bank: ReasoningBank) -> None:
    await _learn(bank, "repair the parser of dates", LESSON)
    lame = Retriever(bank.store, Broken())
    recall = await lame.retrieve("repair the parser of dates", 1, "default")
    assert [found.similarity for found in recall.strategies] == [1.0]
    assert not (await lame.retrieve("bake a cake", 1, "default")).strategies


async def test_where_nothing_is_embedded_the_floor_is_that_of_words(bank: ReasoningBank) -> None:
    await _learn(bank, "repair the parser of dates in the billing service", LESSON)
    lame = Retriever(bank.store, Broken())
    by_words = await lame.retrieve("mend the parser of dates", 1, "default")
    assert by_words.strategies
    assert by_words.floor < (await bank.recall("mend the parser of dates", 1, "default")).floor
