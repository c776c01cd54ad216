"""Memory-aware test-time scaling (MaTTS, section 3.3 of the paper) for agents written in Python.

An agent is one async function: it is given a task and a block of text to put into its context, and returns
what it did. Parallel scaling runs it k times side by side and contrasts the attempts; sequential scaling lets it
look at its own attempt k times. Either way everything is recorded, distilled where there is a model, and the
best attempt comes back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import anyio

from rb_mcp.memory.rendering import trajectory_text
from rb_mcp.types import Attempt, Trajectory

if TYPE_CHECKING:
    from rb_mcp.memory.bank import ReasoningBank, Receipt
    from rb_mcp.types import Experience, Recall

Agent = Callable[[str, str], Awaitable[Attempt]]
"""`agent(task, memory)` → what it did, and the verdict if something showed one."""


@dataclass(frozen=True)
class Scaled:
    """What came of k attempts: the best of them, all of them, and what was learned."""

    best: Attempt
    attempts: tuple[Attempt, ...]
    receipt: Receipt


async def parallel(bank: ReasoningBank, agent: Agent, task: str, k: int = 3, namespace: str = "") -> Scaled:
    """Run `k` attempts at once with the same memory, contrast them, and choose the best (self-contrast)."""
    where = namespace or bank.namespace
    recall = await bank.recall(task, 0, where)
    block = await memory(bank, recall)
    attempts: list[Attempt | None] = [None] * k

    async def attempt(number: int) -> None:
        attempts[number] = _of(task, await agent(task, block))

    async with anyio.create_task_group() as tasks:
        for number in range(k):
            tasks.start_soon(attempt, number)
    done = tuple(one for one in attempts if one)
    if len({one.trajectory.steps for one in done}) == 1:  # nothing to contrast: k times the same
        return await _recorded(bank, done, recall, where)
    receipt = await finished(bank, await bank.contrast(task, done, (), (), "", recall.id, where))
    members = [await bank.store.experience(id_, where) for id_ in receipt.experience.members]
    kept = [member for member in members if member.id == receipt.experience.best] or members[:1]
    return Scaled(kept[0].attempts[-1], done, receipt)


async def sequential(bank: ReasoningBank, agent: Agent, task: str, k: int = 3, namespace: str = "") -> Scaled:
    """Attempt once and refine k - 1 times, each round beside the one before (self-refinement)."""
    where = namespace or bank.namespace
    recall = await bank.recall(task, 0, where)
    block = await memory(bank, recall)
    done = [_of(task, await agent(task, block))]
    receipt = await bank.record(done[0].trajectory, done[0].verdict, (), recall.id, where)
    for number in range(1, k):
        last = trajectory_text(done[-1].trajectory)
        again = bank.prompts.fill("self_refine", task=task, trajectory=last, round=str(number)).text()
        done.append(_of(task, await agent(task, f"{block}\n\n{again}")))
        receipt = await bank.resume(
            receipt.experience.id, done[-1].trajectory.steps, done[-1].verdict, (), recall.id, where
        )
    receipt = await finished(bank, receipt)
    return Scaled(best_round(receipt.experience) or done[-1], tuple(done), receipt)


async def finished(bank: ReasoningBank, receipt: Receipt) -> Receipt:
    """Let the bank's own model, if it has one, distil what waits; return what became of it."""
    await bank.work()
    return await bank.review(receipt.experience.id, receipt.experience.namespace)


async def memory(bank: ReasoningBank, recall: Recall) -> str:
    """Return what was recalled, as a block for an agent's context."""
    return (await bank.shown(recall))[0]


def best_round(experience: Experience) -> Attempt | None:
    """Return the last round that is known to have succeeded."""
    good = [attempt for attempt in experience.attempts if attempt.verdict.outcome == "success"]
    return good[-1] if good else None


async def _recorded(bank: ReasoningBank, done: tuple[Attempt, ...], recall: Recall, namespace: str) -> Scaled:
    receipt = await bank.record(done[0].trajectory, done[0].verdict, (), recall.id, namespace)
    return Scaled(done[0], done, await finished(bank, receipt))


def _of(task: str, attempt: Attempt) -> Attempt:
    return replace(attempt, trajectory=Trajectory(task, attempt.trajectory.steps))
