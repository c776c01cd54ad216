"""Parallel and sequential scaling of an agent given as one async function."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import anyio
import pytest
from samples import LESSON, OTHER_LESSON, TASK

from rb_mcp.memory.bank import ReasoningBank
from rb_mcp.memory.distillation import Distiller
from rb_mcp.memory.retrieval import Retriever
from rb_mcp.memory.scaling import parallel, sequential
from rb_mcp.providers.scripted import HashingEmbedder, ScriptedClock, ScriptedModel
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.templates import Prompts
from rb_mcp.types import Attempt, Step, Trajectory, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from rb_mcp.work import Prompt

pytestmark = pytest.mark.anyio


def reply(prompt: Prompt) -> str:
    if "Choose the one" in prompt.system:
        return json.dumps({"best": 2, "reason": "the most direct"})
    return json.dumps({"items": [LESSON, OTHER_LESSON]})


@pytest.fixture
def learning(tmp_path: Path) -> ReasoningBank:
    clock = ScriptedClock()
    store, prompts = SqliteStore(tmp_path / "bank.db", clock), Prompts()
    distiller = Distiller(ScriptedModel(reply), store, prompts)
    return ReasoningBank(store, Retriever(store, HashingEmbedder()), prompts, clock, "default", distiller)


class Agent:
    """Fails in its first rounds; says what it was told to remember."""

    def __init__(self, *outcomes: str) -> None:
        self.outcomes = iter(outcomes)
        self.memories: list[str] = []
        self.at_once = self.most_at_once = 0

    async def __call__(self, task: str, memory: str) -> Attempt:
        self.memories.append(memory)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await anyio.sleep(0.02)
        self.at_once -= 1
        outcome, number = next(self.outcomes), len(self.memories)
        verdict = Verdict(outcome, "checked", "evidence")  # pyright: ignore[reportArgumentType]
        return Attempt(Trajectory(task, (Step(action=f"try {number} {self.at_once}"),)), verdict)


async def test_parallel_attempts_run_at_once_and_are_contrasted(learning: ReasoningBank) -> None:
    agent = Agent("failure", "success", "success")
    scaled = await parallel(learning, agent, TASK, k=3)
    assert agent.most_at_once == 3
    assert len(scaled.attempts) == 3
    assert (scaled.receipt.experience.status, scaled.receipt.experience.best_reason) == ("distilled", "the most direct")
    assert scaled.best in scaled.attempts
    assert [kept.title for kept in scaled.receipt.strategies] == [LESSON["title"], OTHER_LESSON["title"]]
    later = Agent("success", "success")
    await parallel(learning, later, TASK, k=2)
    assert all(LESSON["content"] in memory for memory in later.memories), "the next task is given what this one taught"


async def test_sequential_rounds_refine_one_experience(learning: ReasoningBank) -> None:
    agent = Agent("failure", "failure", "success")
    scaled = await sequential(learning, agent, TASK, k=3)
    assert [a.verdict.outcome for a in scaled.receipt.experience.attempts] == ["failure", "failure", "success"]
    assert scaled.best.verdict.outcome == "success"
    assert scaled.receipt.experience.status == "distilled"
    assert learning.distiller
    assert isinstance(learning.distiller.model, ScriptedModel)
    [asked] = learning.distiller.model.prompts
    for number in (1, 2, 3):
        assert f"try {number}" in asked.user, "it is distilled with every round"
    first, second, third = agent.memories
    assert "Look again at your own attempt" not in first
    for number, memory in ((1, second), (2, third)):
        assert "Look again at your own attempt" in memory
        assert f"Round: {number}" in memory
    assert "try 2" in third


async def test_without_a_model_the_attempts_are_kept_and_the_best_is_known_by_its_outcome(bank: ReasoningBank) -> None:
    scaled = await parallel(bank, Agent("failure", "success"), TASK, k=2)
    assert scaled.best.verdict.outcome == "success"
    assert scaled.receipt.experience.status == "awaiting_distillation"
    assert "Several attempts" in scaled.receipt.next_step


async def test_attempts_that_are_all_the_same_are_one_experience(bank: ReasoningBank) -> None:
    async def parrot(task: str, _: str) -> Attempt:
        return Attempt(Trajectory(task, (Step(action="the same"),)), Verdict("success", "checked", "evidence"))

    scaled = await parallel(bank, parrot, TASK, k=3)
    assert len(await bank.store.experiences(None)) == 1
    assert scaled.best.trajectory.steps == (Step(action="the same"),)
