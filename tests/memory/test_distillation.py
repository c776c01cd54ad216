"""A model judges and distils in the background; whatever it does wrong, nothing is lost and nothing is twice."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from samples import LESSON, OTHER_LESSON, OTHER_STEPS, STEPS, TASK, THIRD_LESSON

from rb_mcp.errors import Malformed, ProviderError, Refused, Unavailable
from rb_mcp.memory import intake
from rb_mcp.memory.bank import ReasoningBank
from rb_mcp.memory.distillation import MOST_TRIES, Distiller, Metered, Signal, Worker
from rb_mcp.memory.retrieval import Retriever
from rb_mcp.providers.scripted import HashingEmbedder, ScriptedClock, ScriptedModel
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.templates import Prompts
from rb_mcp.types import Attempt, Trajectory, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from rb_mcp.work import Prompt

pytestmark = pytest.mark.anyio


def items(*lessons: dict[str, str]) -> str:
    return json.dumps({"items": lessons})


def verdict(outcome: str, reason: str = "the tests say so") -> str:
    return json.dumps({"outcome": outcome, "evidence": "41 passed", "reason": reason})


def by_step(judged: str = "success", lessons: tuple[dict[str, str], ...] = (LESSON,)) -> Callable[[Prompt], str]:
    """Answer like a model that knows what it is asked."""

    def reply(prompt: Prompt) -> str:
        if "Decide from what can be seen" in prompt.system:
            return verdict(judged)
        if "Choose the one" in prompt.system:
            return json.dumps({"best": 2, "reason": "it is grounded"})
        return items(*lessons)

    return reply


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock(step=timedelta(0))


@pytest.fixture
def build(tmp_path: Path, clock: ScriptedClock) -> Callable[..., ReasoningBank]:
    def build(
        replies: Iterable[str | Exception] | Callable[[Prompt], Any], budget: int = 10_000, votes: int = 1
    ) -> ReasoningBank:
        store, prompts = SqliteStore(tmp_path / "bank.db", clock), Prompts()
        model = Metered(ScriptedModel(replies), store, budget, clock)
        distiller = Distiller(model, store, prompts, votes)
        return ReasoningBank(store, Retriever(store, HashingEmbedder()), prompts, clock, "default", distiller)

    return build


def shown(bank: ReasoningBank) -> list[Prompt]:
    assert bank.distiller
    assert isinstance(bank.distiller.model, Metered)
    assert isinstance(bank.distiller.model.model, ScriptedModel)
    return bank.distiller.model.model.prompts


def taken(steps: list[dict[str, str]] = STEPS, task: str = TASK) -> Trajectory:
    return intake.trajectory(task, steps)


async def test_one_record_is_judged_distilled_and_recalled(build: Callable[..., ReasoningBank]) -> None:
    bank = build(by_step())
    receipt = await bank.record(taken(), Verdict(), (), "", "default")
    assert receipt.experience.status == "queued"
    await bank.work()
    done = await bank.review(receipt.experience.id, "default")
    assert (done.experience.status, done.experience.verdict.outcome, done.experience.verdict.source) == (
        "distilled",
        "success",
        "judge",
    )
    assert done.experience.verdict.judge.startswith("scripted:model ")
    assert [kept.action for kept in done.strategies] == ["added"]
    assert (await bank.recall(TASK, 1, "default")).strategies
    judged, extracted = shown(bank)
    assert "41 passed" in judged.user
    assert judged.schema
    assert "the tests say so" in extracted.user, "the judge's reason is part of what is distilled"
    assert "The task succeeded" in extracted.system


async def test_evidence_stands_and_no_judge_is_asked(build: Callable[..., ReasoningBank]) -> None:
    bank = build([items(LESSON)])
    receipt = await bank.record(taken(), Verdict("failure", "1 failed", "evidence"), (), "", "default")
    await bank.work()
    [asked] = shown(bank)
    assert "The task failed" in asked.system
    assert (await bank.review(receipt.experience.id, "default")).experience.verdict.reason == "1 failed"


@pytest.mark.parametrize(("judged", "holds"), [("failure", "failure"), ("success", "success"), ("unknown", "success")])
async def test_the_judge_decides_over_the_bare_word_unless_it_cannot_tell(
    build: Callable[..., ReasoningBank], judged: str, holds: str
) -> None:
    bank = build(by_step(judged))
    receipt = await bank.record(taken(), Verdict("success"), (), "", "default")
    await bank.work()
    assert (await bank.review(receipt.experience.id, "default")).experience.verdict.outcome == holds


async def test_when_nobody_can_tell_nothing_is_learned_and_the_agent_is_asked(
    build: Callable[..., ReasoningBank],
) -> None:
    bank = build(by_step("unknown"))
    receipt = await bank.record(taken(), Verdict(), (), "", "default")
    await bank.work()
    done = await bank.review(receipt.experience.id, "default")
    assert (done.experience.status, done.experience.verdict.outcome) == ("recorded", "unknown")
    assert "outcome and evidence" in done.next_step
    await bank.record(taken(), Verdict(), (), "", "default")
    await bank.work()
    assert len(shown(bank)) == 1, "it is not judged again for nothing"


async def test_an_empty_list_of_items_is_a_good_answer(build: Callable[..., ReasoningBank]) -> None:
    bank = build(by_step(lessons=()))
    receipt = await bank.record(taken(), Verdict("success", "seen", "evidence"), (), "", "default")
    await bank.work()
    done = await bank.review(receipt.experience.id, "default")
    assert (done.experience.status, done.strategies, done.next_step) == ("distilled", (), "")


async def test_what_the_model_writes_passes_the_same_gate(build: Callable[..., ReasoningBank]) -> None:
    chatter = LESSON | {"content": "The task was completed successfully."}
    bank = build(by_step(lessons=(chatter, OTHER_LESSON)))
    receipt = await bank.record(taken(), Verdict("success", "seen", "evidence"), (), "", "default")
    await bank.work()
    kept = (await bank.review(receipt.experience.id, "default")).strategies
    assert [one.action for one in kept] == ["held", "added"]


async def test_lessons_of_the_agent_wait_only_for_the_judge(build: Callable[..., ReasoningBank]) -> None:
    bank = build(by_step(lessons=(OTHER_LESSON,)))
    given = intake.items([LESSON], 3)
    receipt = await bank.record(taken(), Verdict(), given, "", "default")
    assert [kept.action for kept in receipt.strategies] == ["held"]
    await bank.work()
    active = await bank.store.strategies("default", standing="active")
    assert [(s.item.title, s.outcome) for s in active] == [(LESSON["title"], "success")]


async def test_a_majority_of_judgements_decides_and_without_one_nobody_can_tell(
    build: Callable[..., ReasoningBank],
) -> None:
    for votes, holds in (
        (["success", "failure", "success"], "success"),
        (["success", "failure", "unknown"], "unknown"),
    ):
        replies: list[str] = [verdict(one) for one in votes]
        bank = build([*replies, items(LESSON)], votes=3)
        receipt = await bank.record(taken(task=f"{TASK} {holds}"), Verdict(), (), "", "default")
        await bank.work()
        assert (await bank.review(receipt.experience.id, "default")).experience.verdict.outcome == holds


async def test_attempts_are_contrasted_and_the_best_is_chosen_by_the_model(build: Callable[..., ReasoningBank]) -> None:
    bank = build(by_step("failure", (LESSON, OTHER_LESSON, THIRD_LESSON)))
    attempts = [Attempt(taken(STEPS), Verdict("success", "seen", "evidence")), Attempt(taken(OTHER_STEPS))]
    receipt = await bank.contrast(TASK, attempts, (), (), "", "", "default")
    assert receipt.experience.status == "queued"
    await bank.work()
    done = await bank.review(receipt.experience.id, "default")
    assert (done.experience.status, len(done.strategies)) == ("distilled", 3)
    assert (done.experience.best, done.experience.best_reason) == (done.experience.members[1], "it is grounded")
    second = await bank.store.experience(done.experience.members[1], "default")
    assert (second.verdict.outcome, second.verdict.source, second.status) == ("failure", "judge", "distilled")
    contrasted = next(prompt for prompt in shown(bank) if "Several attempts" in prompt.system)
    assert "Attempt 1 (success)" in contrasted.user
    assert "Attempt 2 (failure)" in contrasted.user
    assert len(shown(bank)) == 3, "one judgement, one contrast, one choice"


async def test_a_judge_that_repeats_its_instructions_gives_no_verdict(build: Callable[..., ReasoningBank]) -> None:
    def parrot(_: Prompt) -> str:
        return verdict("success").replace("41 passed", "The observation that decides it, quoted")

    bank = build(parrot)
    receipt = await bank.record(taken(), Verdict(), (), "", "default")
    await bank.work()
    [job] = await bank.store.waiting()
    assert "repeated the instructions" in job.reason
    assert (await bank.review(receipt.experience.id, "default")).experience.verdict.outcome == "unknown"


@pytest.mark.parametrize(
    ("fault", "state", "waits"),
    [
        (Unavailable("overloaded", 120.0), "ready", 120),
        (Unavailable("out of reach"), "ready", 0),
        (Malformed("half an answer"), "ready", 0),
        ("no verdict at all", "ready", 0),
        (Refused("cyber"), "dead", 0),
        (ProviderError("no such model"), "dead", 0),
    ],
)
async def test_every_fault_leaves_a_reason_and_the_trajectory(
    build: Callable[..., ReasoningBank], clock: ScriptedClock, fault: str | Exception, state: str, waits: int
) -> None:
    bank = build([fault])
    receipt = await bank.record(taken(), Verdict(), (), "", "default")
    before = clock.now
    await bank.work()
    [job] = await bank.store.waiting()
    assert (job.experience_id, job.state) == (receipt.experience.id, state)
    assert job.reason
    kept = (await bank.review(receipt.experience.id, "default")).experience
    assert kept.attempts == receipt.experience.attempts
    assert kept.verdict.outcome == "unknown", "a judge that errs gives no verdict"
    if state == "dead":
        assert kept.status == "recorded"
    else:
        clock.now = before + timedelta(seconds=waits - 30)
        assert await bank.store.claim(60) is None
        clock.now = before + timedelta(seconds=waits + 30)
        assert await bank.store.claim(60)


async def test_bad_answers_are_bounded_and_outages_do_not_count_among_them(
    build: Callable[..., ReasoningBank], clock: ScriptedClock
) -> None:
    replies: list[str | Exception] = [*[Unavailable("down")] * 5, *[Malformed("nonsense")] * MOST_TRIES]
    bank = build(replies)
    receipt = await bank.record(taken(), Verdict("success", "seen", "evidence"), (), "", "default")
    for _ in range(20):
        await bank.work()
        clock.now += timedelta(hours=1)
    assert len(shown(bank)) == 5 + MOST_TRIES
    [job] = await bank.store.waiting()
    assert job.state == "dead"
    assert "nonsense" in job.reason
    done = await bank.review(receipt.experience.id, "default")
    assert done.experience.status == "awaiting_distillation"
    assert "The task succeeded" in done.next_step, "the calling agent is the next rung"
    assert "nonsense" in done.trouble


async def test_what_was_given_up_is_done_when_it_is_taken_up_again(build: Callable[..., ReasoningBank]) -> None:
    bank = build([Refused("no"), items(LESSON)])
    receipt = await bank.record(taken(), Verdict("success", "seen", "evidence"), (), "", "default")
    await bank.work()
    assert await bank.store.enqueue(None, dead=True) == 1
    await bank.work()
    assert (await bank.review(receipt.experience.id, "default")).experience.status == "distilled"


async def test_the_budget_of_a_day_is_never_exceeded_and_the_rest_is_done_tomorrow(
    build: Callable[..., ReasoningBank], clock: ScriptedClock
) -> None:
    bank = build(by_step(), budget=5)
    for number in range(4):
        await bank.record(taken(task=f"{TASK} {number}"), Verdict(), (), "", "default")
    await bank.work()
    assert len(shown(bank)) == 5
    assert all("budget" in job.reason for job in await bank.store.waiting())
    clock.now += timedelta(days=1)
    await bank.work()
    assert len(shown(bank)) == 5 + 4
    assert await bank.store.waiting() == []


async def test_an_agent_that_is_quicker_than_the_model_is_not_overruled(build: Callable[..., ReasoningBank]) -> None:
    bank = build(by_step())
    receipt = await bank.record(taken(), Verdict("success", "seen", "evidence"), (), "", "default")
    job = await bank.store.claim(60)
    assert bank.distiller
    assert job
    await bank.resume(receipt.experience.id, (), Verdict(), intake.items([OTHER_LESSON], 3), "", "default")
    worker = Worker(bank.distiller, Signal())
    assert await worker.step() is False
    titles = [s.item.title for s in await bank.store.strategies("default")]
    assert titles == [OTHER_LESSON["title"]]


async def test_a_correction_takes_back_what_was_taught_and_is_distilled_anew(
    build: Callable[..., ReasoningBank],
) -> None:
    def reply(prompt: Prompt) -> str:
        return items(LESSON if "The task succeeded" in prompt.system else OTHER_LESSON)

    bank = build(reply)
    receipt = await bank.record(taken(), Verdict("success", "it seemed so", "evidence"), (), "", "default")
    await bank.work()
    corrected = Verdict("failure", "it broke", "evidence")
    again = await bank.resume(receipt.experience.id, (), corrected, (), "", "default")
    assert again.experience.status == "queued"
    await bank.work()
    standing = {s.item.title: (s.standing, s.outcome) for s in await bank.store.strategies("default")}
    assert standing == {LESSON["title"]: ("retired", "success"), OTHER_LESSON["title"]: ("active", "failure")}


async def test_a_correction_while_the_model_is_at_work_is_distilled_anew(build: Callable[..., ReasoningBank]) -> None:
    bank = build(by_step())
    receipt = await bank.record(taken(), Verdict("success", "seen", "evidence"), (), "", "default")
    job = await bank.store.claim(60)
    await bank.resume(receipt.experience.id, (), Verdict("failure", "it broke", "evidence"), (), "", "default")
    again = await bank.store.claim(60)
    assert job
    assert again
    assert again.token != job.token
    assert again.experience.verdict.outcome == "failure"


async def test_a_call_waits_for_the_model_and_reports_that_it_is_at_work(build: Callable[..., ReasoningBank]) -> None:
    bank = build(by_step())
    said: list[str] = []

    async def report(what: str) -> None:
        said.append(what)

    async with anyio.create_task_group() as tasks:
        assert bank.distiller
        tasks.start_soon(Worker(bank.distiller, bank.queued).run)
        receipt = await bank.record(taken(), Verdict(), (), "", "default")
        done = await bank.wait(receipt, 20, report)
        assert (done.experience.status, [k.title for k in done.strategies]) == ("distilled", [LESSON["title"]])
        tasks.cancel_scope.cancel()


async def test_a_server_that_ends_hands_its_job_back_at_once(build: Callable[..., ReasoningBank]) -> None:
    bank = build(by_step())
    started = anyio.Event()

    class Endless(ScriptedModel):
        async def complete(self, prompt: Prompt) -> str:
            started.set()
            await anyio.sleep_forever()
            return await super().complete(prompt)

    await bank.record(taken(), Verdict(), (), "", "default")
    assert bank.distiller
    for _ in range(3):
        started = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Worker(replace(bank.distiller, model=Endless([])), Signal()).run)
            await started.wait()
            tasks.cancel_scope.cancel()
    job = await bank.store.claim(60)
    assert job
    assert (job.tries, job.waits) == (0, 0), "that a server ends says nothing about the model"
    await bank.store.release(job)
    await bank.work()
    assert [e.status for e in await bank.store.experiences(None)] == ["distilled"]


async def test_a_call_does_not_wait_for_a_model_that_is_down(build: Callable[..., ReasoningBank]) -> None:
    bank = build([Unavailable("overloaded", 600.0)])
    async with anyio.create_task_group() as tasks:
        assert bank.distiller
        tasks.start_soon(Worker(bank.distiller, bank.queued).run)
        receipt = await bank.record(taken(), Verdict(), (), "", "default")
        with anyio.fail_after(15):
            waiting = await bank.wait(receipt, 40)
        assert (waiting.experience.status, waiting.trouble) == ("queued", "overloaded")
        tasks.cancel_scope.cancel()


async def test_several_workers_on_one_bank_never_distil_the_same_experience_twice(
    build: Callable[..., ReasoningBank], tmp_path: Path, clock: ScriptedClock
) -> None:
    asked: list[str] = []

    class Slow(ScriptedModel):
        async def complete(self, prompt: Prompt) -> str:
            asked.append(prompt.user)
            await anyio.sleep(0.01)
            return await super().complete(prompt)

    bank = build([])
    for number in range(30):
        verdict = Verdict("success", "seen", "evidence")
        await bank.record(taken(task=f"{TASK} number {number}"), verdict, (), "", "default")
    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            distiller = Distiller(Slow(by_step()), SqliteStore(tmp_path / "bank.db", clock), Prompts())
            tasks.start_soon(replace(bank, distiller=distiller).work)
    assert len(asked) == len(set(asked)) == 30
    [strategy] = await bank.store.strategies(None)
    assert len(strategy.evidence) == 30


async def test_without_a_model_what_waits_can_be_distilled_later(build: Callable[..., ReasoningBank]) -> None:
    bank = build(by_step())
    lone = replace(bank, distiller=None)
    for outcome in ("success", "unknown"):
        said = Verdict(outcome, "seen", "evidence" if outcome == "success" else "agent")  # pyright: ignore[reportArgumentType]
        receipt = await lone.record(taken(task=f"{TASK} {outcome}"), said, (), "", "default")
        assert receipt.experience.status in {"awaiting_distillation", "recorded"}
    assert await bank.store.enqueue(None) == 2
    await bank.work()
    assert {e.status for e in await bank.store.experiences(None)} == {"distilled"}


async def test_400_records_under_faults_and_kills_each_have_one_effect_or_a_reason(
    build: Callable[..., ReasoningBank], clock: ScriptedClock
) -> None:
    chance = random.Random(7)  # noqa: S311 - a simulation
    calls = 0

    def reply(prompt: Prompt) -> str | Exception:
        nonlocal calls
        calls += 1
        kind = chance.randrange(24)
        faults: dict[int, str | Exception] = {
            0: Unavailable("429", 5.0), 1: Unavailable("529"), 2: Unavailable("timed out"), 3: Unavailable("reset"),
            4: Malformed("empty"), 5: Malformed("cut off"), 6: "<html>busy</html>", 7: '{"items": [{"title": "cut',
            8: "I think it went well.", 9: '{"outcome": "maybe?"}', 10: Refused("policy"),
            11: ProviderError("prompt too long") if chance.random() < 0.2 else Unavailable("503"),
        }  # fmt: skip
        return faults[kind] if kind in faults else by_step()(prompt)

    bank = build(reply, budget=1_000_000)
    assert bank.distiller
    ids = [
        (await bank.record(taken(task=f"{TASK} number {n}"), Verdict(), (), "", "default")).experience.id
        for n in range(400)
    ]
    kills = 0
    worker = Worker(bank.distiller, bank.queued, lease=60)
    for _ in range(20_000):
        if kills < 60 and chance.random() < 0.1:
            if await bank.store.claim(60):  # a worker that dies with the job in its hands
                kills += 1
        elif not await worker.step():
            clock.now += timedelta(seconds=61)
            if not [job for job in await bank.store.waiting() if job.state != "dead"]:
                break
    assert kills == 60
    dead = {job.experience_id: job.reason for job in await bank.store.waiting()}
    experiences = await bank.store.experiences(None, limit=1_000)
    assert {e.id for e in experiences} == set(ids)
    assert all(dead.values())
    assert 1 <= len(dead) < 200
    [strategy] = await bank.store.strategies(None)
    behind = [evidence.experience_id for evidence in strategy.evidence]
    assert len(behind) == len(set(behind))
    assert set(behind) == set(ids) - set(dead)
    assert all(
        e.status == ("recorded" if e.verdict.outcome == "unknown" else "awaiting_distillation")
        for e in experiences
        if e.id in dead
    )
    assert all(e.status == "distilled" for e in experiences if e.id not in dead)


async def test_200_000_tokens_of_trajectory_are_fitted_and_distilled(build: Callable[..., ReasoningBank]) -> None:
    long = [
        {"thought": f"look at part {n}", "action": f"read {n}", "observation": f"part {n}: " + "word " * 2_000}
        for n in range(90)
    ]
    bank = build(by_step())
    receipt = await bank.record(taken(long), Verdict(), (), "", "default")
    await bank.work()
    assert (await bank.review(receipt.experience.id, "default")).experience.status == "distilled"
    for prompt in shown(bank):
        assert len(prompt.user) < 70_000
        assert all(f"look at part {n}\n" in prompt.user for n in range(90))
        assert "characters cut" in prompt.user
        assert prompt.user.rstrip().endswith(">")
