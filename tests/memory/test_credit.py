"""A recall's outcome counts for or against what it returned: what sinks, what retires, what comes back, what stays."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from credit import GROUPS, Simulation, World
from samples import LESSON, OTHER_LESSON, TASK, THIRD_LESSON

from rb_mcp.errors import ProviderError
from rb_mcp.memory.credit import CONDEMNED, RULES, Belief, assess
from rb_mcp.memory.retrieval import Retriever
from rb_mcp.providers.scripted import HashingEmbedder
from rb_mcp.types import MemoryItem, Origin, Step, Strategy, Trajectory, Trial, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.protocols import Purpose
    from rb_mcp.types import Embedding, Outcome, Source

ME, OTHER = Origin("ada", "one"), Origin("ada", "two")
LESSONS = [MemoryItem(**lesson) for lesson in (LESSON, OTHER_LESSON, THIRD_LESSON)]


def trials(good: int, bad: int, source: Source = "evidence", origin: Origin = ME) -> tuple[Trial, ...]:
    return Trial(origin, "success", source, good), Trial(origin, "failure", source, bad)


def strategy(*record: Trial) -> Strategy:
    return Strategy("str_1", "default", LESSONS[0], "success", datetime.now(UTC), trials=record)


def test_the_approximation_of_doing_worse_agrees_with_draws_from_the_exact_distributions() -> None:
    drawn = random.Random(1)  # noqa: S311 - nothing secret
    for one, two in (((2, 10), (60, 40)), ((8, 12), (30, 20)), ((5, 5), (5, 5)), ((20, 2), (6, 4)), ((1, 7), (3, 2))):
        below = sum(drawn.betavariate(*one) < drawn.betavariate(*two) for _ in range(20_000)) / 20_000
        believed = [Belief(good / (good + bad), good + bad) for good, bad in (one, two)]
        assert believed[0].below(believed[1]) == pytest.approx(below, abs=0.02)


def test_the_reason_says_how_its_tasks_went_and_how_others_go() -> None:
    bad = assess(strategy(*trials(2, 9)), trials(66, 45), (), ME)
    assert bad.reason == CONDEMNED + "of 11 tasks that recalled it 2 went well, where 64% go well otherwise"
    assert bad.worth < -0.25


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_what_does_as_well_as_other_tasks_is_worth_nothing_and_stays_however_hard_they_are(rate: float) -> None:
    usual = trials(round(50 * rate), round(50 * (1 - rate)))
    found = assess(strategy(*usual), trials(round(500 * rate), round(500 * (1 - rate))), (), ME)
    assert (found.worth, found.reason) == (pytest.approx(0, abs=0.01), "")


def test_nothing_is_condemned_on_little_evidence() -> None:
    for source, weight in RULES.weights.items():
        few = int((RULES.least - 0.01) / weight)
        assert not assess(strategy(*trials(0, few, source)), trials(1_000, few, source), (), ME).reason
        assert assess(strategy(*trials(0, few + 1, source)), trials(1_000, few + 1, source), (), ME).reason


def test_evidence_weighs_more_than_a_judge_and_a_judge_more_than_an_agents_word() -> None:
    sources: list[Source] = ["evidence", "judge", "agent"]
    worth = [assess(strategy(*trials(1, 6, source)), trials(50, 50, source), (), ME).worth for source in sources]
    assert worth == sorted(worth)
    assert worth[0] < worth[1] < worth[2] < 0


def test_tasks_that_tests_judged_are_not_compared_with_the_kinder_word_of_agents() -> None:
    tested, said = trials(40, 60), trials(95, 5, "agent")
    found = assess(strategy(*trials(8, 12)), (*tested, *said), (), ME)
    assert not found.reason
    assert found.worth == pytest.approx(0, abs=0.05)


@pytest.mark.anyio
async def test_what_serves_hard_tasks_stays_though_tasks_that_failed_taught_nothing(bank: ReasoningBank) -> None:
    """Of 56 hard tasks of one kind 14 go well, with the lesson or without; only those that go well teach anything."""

    async def do(number: int, *, well: bool, recall_id: str, items: list[MemoryItem]) -> str:
        task = f"put the {number} things of the cluttered kitchen where they belong"
        verdict = Verdict("success" if well else "failure", "seen", "evidence")
        steps = (Step(action=f"try {number}"),)
        receipt = await bank.record(Trajectory(task, steps), verdict, items, recall_id, "default")
        return receipt.strategies[0].id if receipt.strategies else ""

    lesson = await do(0, well=True, recall_id="", items=[LESSONS[0]])
    for number in range(1, 56):
        recall = await bank.recall("put the things of the cluttered kitchen where they belong", 1, "default")
        used, well = number % 5 == 0, number % 4 == 0
        await do(number, well=well, recall_id=recall.id if used else "", items=LESSONS[:1] if well else [])
    [kept] = await bank.store.strategies("default", ids=[lesson])
    assert kept.uses == 11
    assert kept.standing == "active", kept.note


def test_what_serves_hard_tasks_is_compared_with_such_tasks() -> None:
    helpful, easy, hard = trials(14, 26), trials(180, 60), trials(6, 34)
    assert assess(strategy(*helpful), (*easy, *hard), (), ME).reason, "by its namespace alone it would be condemned"
    found = assess(strategy(*helpful), (*easy, *hard), hard, ME)
    assert (found.reason, found.worth > 0) == ("", True)


def test_what_others_report_condemns_nothing_and_clears_nothing() -> None:
    usual = trials(60, 40)
    slandered = assess(strategy(*trials(0, 200, origin=OTHER)), (*usual, *trials(0, 200, origin=OTHER)), (), ME)
    assert (slandered.worth, slandered.reason) == (0, "")
    praised = assess(strategy(*trials(0, 20), *trials(200, 0, origin=OTHER)), usual, (), ME)
    assert praised.reason


def shares(flips: float, seeds: range, worlds: tuple[World, ...]) -> Mapping[tuple[str, int], float]:
    found = Counter[tuple[str, int]]()
    for seed in seeds:
        for number, world in enumerate(worlds):
            simulation = Simulation(world, flips, 100 * seed + number)
            simulation.run()
            found.update(simulation.shares())
    assert all(found[group, 0] >= 8 for group in GROUPS), "enough of each to speak of shares"
    return {key: count / found[key[0], 0] for key, count in found.items()}


def test_with_three_verdicts_in_ten_flipped_harmful_items_retire_and_helpful_ones_stay() -> None:
    found = shares(0.3, range(1), (World(0.6), World(0.6, most=2)))
    assert found["harmful", 100] >= 0.6
    assert found["helpful", 100] <= 0.1
    assert found["harmful", 100] > 3 * found["neutral", 100]


def test_with_true_verdicts_nearly_all_harmful_items_retire_and_no_helpful_one() -> None:
    found = shares(0.0, range(1), (World(0.6),))
    assert found["harmful", 50] >= 0.9
    assert found["helpful", 100] <= 0.03


class Work:
    """An agent at work with a bank: what it recalls decides how its tasks go."""

    def __init__(self, bank: ReasoningBank) -> None:
        self.bank = bank
        self.number = 0
        self.last = ""

    async def learn(self, task: str, *items: MemoryItem, outcome: Outcome = "success") -> None:
        self.number += 1
        steps = (Step(action=f"{self.number}"),)
        await self.bank.record(Trajectory(task, steps), Verdict(outcome, "seen", "evidence"), items, "", "default")

    async def task(self, task: str, outcome: Outcome) -> list[str]:
        self.number += 1
        recall = await self.bank.recall(task, 1, "default")
        done = Trajectory(task, (Step(action=f"{self.number}"),))
        receipt = await self.bank.record(done, Verdict(outcome, "seen", "evidence"), (), recall.id, "default")
        self.last = receipt.experience.id
        return [found.strategy.item.title for found in recall.strategies]

    async def correct(self, experience_id: str, outcome: Outcome) -> None:
        verdict = Verdict(outcome, "looked again", "evidence")
        await self.bank.resume(experience_id, (), verdict, (), "", "default")

    async def standing(self, item: MemoryItem) -> tuple[str, str]:
        [found] = [one for one in await self.bank.store.strategies("default") if one.item == item]
        return found.standing, found.note


@pytest.fixture
def work(bank: ReasoningBank) -> Work:
    return Work(bank)


GOOD_KIND, BAD_KIND = "refund the cancelled order of a customer", "repair the parser of dates"


async def until_retired(work: Work) -> list[str]:
    """Let one kind of task go well and the other badly until that one's lesson is recalled no more."""
    await work.learn(GOOD_KIND, LESSONS[1])
    await work.learn(BAD_KIND, LESSONS[0])
    failed: list[str] = []
    for _ in range(40):
        assert await work.task(GOOD_KIND, "success") == [LESSONS[1].title]
        if LESSONS[0].title not in await work.task(BAD_KIND, "failure"):
            return failed
        failed.append(work.last)
    return failed


@pytest.mark.anyio
async def test_an_item_that_keeps_failing_retires_with_the_reason_and_others_stay(work: Work) -> None:
    failed = await until_retired(work)
    assert RULES.least <= len(failed) <= 12
    standing, note = await work.standing(LESSONS[0])
    assert standing == "retired"
    assert note.startswith(f"{CONDEMNED}of {len(failed)} tasks that recalled it 0 went well, where 9")
    assert await work.standing(LESSONS[1]) == ("active", "")


@pytest.mark.anyio
async def test_a_corrected_outcome_brings_back_what_a_wrong_one_retired_and_no_person_is_said_to_have(
    work: Work,
) -> None:
    failed = await until_retired(work)
    for id_ in failed[:6]:
        await work.correct(id_, "success")
    assert await work.standing(LESSONS[0]) == ("active", "")
    assert not any(one.approved for one in await work.bank.store.strategies("default"))
    assert await work.task(BAD_KIND, "unknown") == [LESSONS[0].title]


@pytest.mark.anyio
async def test_what_a_person_retired_stays_retired_whatever_is_corrected(work: Work) -> None:
    failed = await until_retired(work)
    [bad] = [one for one in await work.bank.store.strategies("default") if one.item == LESSONS[0]]
    await work.bank.store.revise(bad.id, None, standing="retired", note="retired by hand")
    for id_ in failed:
        await work.correct(id_, "success")
    assert await work.standing(LESSONS[0]) == ("retired", "retired by hand")


@pytest.mark.anyio
async def test_what_a_person_restored_is_never_retired_again(work: Work) -> None:
    await until_retired(work)
    [bad] = [one for one in await work.bank.store.strategies("default") if one.item == LESSONS[0]]
    await work.bank.store.revise(bad.id, None, standing="active")
    for _ in range(10):
        assert await work.task(BAD_KIND, "failure") == [LESSONS[0].title]
    assert await work.standing(LESSONS[0]) == ("active", "")


@pytest.mark.anyio
async def test_with_no_outcome_reported_nothing_retires(work: Work) -> None:
    await work.learn(GOOD_KIND, LESSONS[1])
    await work.learn(BAD_KIND, LESSONS[0])
    for _ in range(30):
        assert await work.task(BAD_KIND, "unknown") == [LESSONS[0].title]
    assert [one.standing for one in await work.bank.store.strategies("default")] == ["active", "active"]


@pytest.mark.anyio
async def test_a_client_does_not_retire_the_item_of_another(bank: ReasoningBank) -> None:
    mine, theirs = Work(bank.serving("one")), Work(bank.serving("two"))
    await mine.learn(BAD_KIND, LESSONS[0])
    theirs.number = 1_000
    for _ in range(20):
        await theirs.learn(GOOD_KIND, LESSONS[1])
        assert LESSONS[0].title in await theirs.task(BAD_KIND, "failure")
    assert await mine.standing(LESSONS[0]) == ("active", "")


@pytest.mark.anyio
async def test_no_namespace_retires_what_is_shared(work: Work) -> None:
    shared = Trajectory(BAD_KIND, (Step(action="shared"),))
    verdict = Verdict("success", "seen", "evidence")
    await work.bank.record(shared, verdict, [LESSONS[0]], "", "shared")
    for _ in range(20):
        await work.learn(GOOD_KIND, LESSONS[1])
        assert await work.task(BAD_KIND, "failure") == [LESSONS[0].title]
    [kept] = await work.bank.store.strategies("shared")
    assert kept.standing == "active"


class Silent(HashingEmbedder):
    """One that does not answer: by their words alone, no lesson is nearer to a task than another."""

    async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:
        raise ProviderError(f"no answer to {len(texts)} for {purpose}")


@pytest.mark.anyio
async def test_an_item_that_keeps_failing_sinks_below_others_as_near_and_one_that_helps_rises(
    bank: ReasoningBank,
) -> None:
    work = Work(replace(bank, retriever=Retriever(bank.store, Silent())))
    for item in LESSONS:
        await work.learn(TASK, item)
    found = {one.item: one for one in await work.bank.store.strategies("default")}
    recalled = (await work.bank.recall(TASK, 3, "default")).strategies
    assert len({one.similarity for one in recalled}) == 1
    first = [one.strategy.item for one in recalled]
    ended: list[tuple[MemoryItem, Outcome]] = [(first[0], "failure"), (first[2], "success")]
    for item, outcome in ended:
        for _ in range(4):
            recall = await work.bank.recall(TASK, 3, "default")
            one = next(one for one in recall.strategies if one.strategy.id == found[item].id)
            recall = replace(recall, id=f"rec_{work.number}", strategies=(one,))
            await work.bank.store.keep_recall(recall)
            work.number += 1
            done = Trajectory(f"an unlike errand {work.number}", (Step(action=f"{work.number}"),))
            await work.bank.record(done, Verdict(outcome, "seen", "evidence"), (), recall.id, "default")
    last = [one.strategy.item for one in (await work.bank.recall(TASK, 3, "default")).strategies]
    assert last == [first[2], first[1], first[0]]


@pytest.mark.anyio
async def test_what_is_near_comes_before_what_is_far_whatever_their_records(work: Work) -> None:
    await work.learn("repair the parser of dates in the reports", LESSONS[0])
    await work.learn("repair the parser of numbers", LESSONS[1])
    for _ in range(6):
        await work.task("repair the parser of dates in the reports", "failure")
    found = (await work.bank.recall("repair the parser of dates in the reports", 8, "default")).strategies
    assert [one.strategy.item for one in found] == [LESSONS[0], LESSONS[1]]
    assert found[0].similarity - found[1].similarity > 0.25
