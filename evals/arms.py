"""What an agent may remember by: the arms of the evaluation, all behind one small protocol.

An arm is given one task and the agent, runs the agent (once, or k times), and learns from what it did before the next
task comes. Everything but the arm is the same. The arms of the bank are the real one (`rb_mcp.memory.bank`) on a real
file, with the real embedder, prompts, gate, consolidation, credit and rendering; the agent gets the very text that
`recall_strategies` answers with.

Not covered: who judges. The game's final state is handed in as evidence, and evidence stands: the judge is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

from distiller import RuleDistiller, lasting, procedures
from games import chance

from rb_mcp.memory.bank import ReasoningBank
from rb_mcp.memory.distillation import Distiller
from rb_mcp.memory.rendering import block, trajectory_text
from rb_mcp.memory.retrieval import Retriever
from rb_mcp.memory.scaling import finished, memory, parallel, sequential
from rb_mcp.memory.similarity import Scale, similarity
from rb_mcp.providers.scripted import ScriptedClock
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.templates import Prompts
from rb_mcp.types import NOBODY, Candidate, MemoryItem, Probe, Recall, Recalled, Strategy, Trajectory, new_id
from rb_mcp.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from distiller import Failures

    from rb_mcp.memory.bank import Receipt
    from rb_mcp.memory.scaling import Agent
    from rb_mcp.protocols import Embedder, Purpose
    from rb_mcp.types import Attempt, Embedding, Origin, Query

NAMESPACE = "default"
Scaling = Literal["none", "parallel", "sequential", "separate"]


class Arm(Protocol):
    """Something to remember by."""

    async def solve(self, task: str, agent: Agent) -> Attempt:
        """Run the agent on a task, learn from it, and return the attempt that is handed over as the answer."""
        ...

    async def close(self) -> dict[str, int]:
        """Let go of what is held, and return how much there was of what."""
        ...


@dataclass
class Remembered:
    """An embedder that embeds each text once; the arms of an evaluation share most of their texts."""

    embedder: Embedder
    _known: dict[str, Embedding] = field(default_factory=dict[str, "Embedding"])

    def __post_init__(self) -> None:
        self.name, self.dimensions, self.background = (
            self.embedder.name,
            self.embedder.dimensions,
            self.embedder.background,
        )

    async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:
        """Return one vector a text."""
        for text in texts:
            if text not in self._known:  # one by one: a vector must not depend on what is embedded beside it
                [self._known[text]] = await self.embedder.embed([text], purpose=purpose)
        return [self._known[text] for text in texts]


@dataclass
class Without:
    """No memory; `k` independent attempts, of which the outcomes choose the best."""

    text: str = ""
    k: int = 1

    async def solve(self, task: str, agent: Agent) -> Attempt:
        """Run the agent with the same text whatever the task."""
        attempts = [await agent(task, self.text) for _ in range(self.k)]
        return _best(attempts)

    async def close(self) -> dict[str, int]:
        """Hold nothing."""
        return {}


@dataclass
class Texts:
    """What other methods keep: a text a successful task, the nearest one given back; ranked as the bank ranks."""

    embedder: Embedder
    told: Callable[[Trajectory], str]
    k: int = 1
    _kept: list[tuple[Candidate, Embedding, str]] = field(default_factory=list[tuple[Candidate, "Embedding", str]])

    async def solve(self, task: str, agent: Agent) -> Attempt:
        """Run the agent with the texts of the nearest tasks."""
        spoken, [vector] = words(task), await self.embedder.embed([task])
        probe, scale = Probe(spoken), Scale(self.embedder.background.mean, self.embedder.background.deviation)

        def near(one: tuple[Candidate, Embedding, str]) -> float:
            candidate = replace(one[0], cosine=_cosine(vector, one[1]))
            return similarity(probe, candidate, scale, with_kind=False).total

        ranked = sorted(self._kept, key=near, reverse=True)
        attempt = await agent(task, "\n\n".join(text for _, _, text in ranked[: self.k]))
        if attempt.verdict.outcome == "success":
            self._kept.insert(0, (Candidate("", spoken, None), vector, self.told(attempt.trajectory)))
        return attempt

    async def close(self) -> dict[str, int]:
        """Return how many texts there are."""
        return {"texts": len(self._kept)}


def raw(trajectory: Trajectory) -> str:
    """Return a trajectory as it is, for an example to go by (Synapse, arXiv 2306.07863)."""
    return f"An earlier task: {trajectory.task}\n{trajectory_text(trajectory)}"


def workflow(trajectory: Trajectory) -> str:
    """Return what was done, without what it was for or when (agent workflow memory, arXiv 2409.07429)."""
    kept = lasting([(step.action, step.observation) for step in trajectory.steps])
    return "\n".join(f"Workflow: {', then '.join(chain)}." for chain in procedures(trajectory.task, kept))


@dataclass
class Bank:
    """The real bank: `k` experiences are recalled, `attempts` made.

    `parallel` and `sequential` are memory-aware scaling; `separate` is scaling without it: as many attempts, each
    distilled by itself, none contrasted.
    """

    file: Path
    embedder: Embedder
    k: int = 1
    failures: Failures = "diagnosed"
    credit: bool = True
    random: int | None = None
    """Seed of a retrieval by chance in place of the real one: the control."""
    scaling: Scaling = "none"
    attempts: int = 1

    def __post_init__(self) -> None:
        clock, prompts = ScriptedClock(), Prompts()
        store = SqliteStore(self.file, clock)
        retriever = Retriever(store, self.embedder)
        if self.random is not None:
            retriever = ByChance(store, self.embedder, seed=self.random)
        distiller = Distiller(RuleDistiller(self.failures), store, prompts, embedder=self.embedder)
        self.bank = ReasoningBank(store, retriever, prompts, clock, NAMESPACE, distiller)

    async def solve(self, task: str, agent: Agent) -> Attempt:
        """Recall, run the agent, record, distil."""
        if self.scaling in {"parallel", "sequential"}:
            scale = parallel if self.scaling == "parallel" else sequential
            scaled = await scale(self.bank, agent, task, self.attempts)
            _check(scaled.receipt)
            return scaled.best
        recall = await self.bank.recall(task, self.k, NAMESPACE)
        block = await memory(self.bank, recall)
        attempts = [await agent(task, block) for _ in range(self.attempts)]
        for one in attempts:
            credited = recall.id if self.credit else ""
            receipt = await self.bank.record(one.trajectory, one.verdict, (), credited, NAMESPACE)
            _check(await finished(self.bank, receipt))
        return _best(attempts)

    async def close(self) -> dict[str, int]:
        """Close the file, and return how many strategies it holds, by standing."""
        held = dict((await self.bank.store.summary(NAMESPACE)).strategies)
        await self.bank.store.close()
        return held


@dataclass
class ByChance(Retriever):
    """Recalls from experiences drawn by chance out of those the real one could recall."""

    seed: int = 0
    _asked: dict[str, str] = field(default_factory=dict[str, str])

    async def retrieve(
        self,
        query: Query,
        namespace: str,
        reader: Origin = NOBODY,  # noqa: ARG002 - all of it is the reader's own
    ) -> Recall:
        """Return the strategies of `k` experiences, whatever they are about."""
        active = await self.store.strategies(namespace, standing="active", limit=10_000)
        able = sorted({one.experience_id for strategy in active for one in strategy.evidence})
        for id_ in able:
            if id_ not in self._asked:  # ids differ from run to run; tasks, and when they came, do not
                experience = await self.store.experience(id_, namespace)
                self._asked[id_] = f"{experience.created_at} {experience.task}"
        drawn = sorted(able, key=lambda id_: chance(self.seed, query.task, self._asked[id_], "retrieval"))[: query.k]
        found = [
            Recalled(strategy, one.experience_id, 0.5)
            for strategy in reversed(active)
            for one in strategy.evidence
            if one.experience_id in drawn
        ]
        unique = {one.strategy.id: one for one in found}
        return Recall(new_id("rec"), namespace, tuple(unique.values()), 0.5, 0.0)


def irrelevant() -> str:
    """Return a recalled block about something else altogether, in the very form of a real one."""
    item = MemoryItem(
        "Run the failing test alone before changing the code it covers",
        "When a test suite fails after a merge and the cause is not plain; not for a compile error.",
        "When a suite fails: run one test alone, then read its first error, then change one line.",
    )
    strategy = Strategy(new_id("str"), NAMESPACE, item, "success", ScriptedClock()())
    return block([Recalled(strategy, "", 0.5)], Prompts().fill("recall").text(), NOBODY)[0]


def _check(receipt: Receipt) -> None:
    """See to it that the distiller answered: an arm that quietly learns nothing would pass for one without memory.

    Raises:
        RuntimeError: when it did not.
    """
    if receipt.trouble or receipt.experience.status != "distilled":
        raise RuntimeError(f"nothing was distilled from {receipt.experience.id}: {receipt.trouble or 'no reason'}")


def _best(attempts: Sequence[Attempt]) -> Attempt:
    """Return the first attempt that is said to have succeeded, else the first."""
    return next((one for one in attempts if one.verdict.outcome == "success"), attempts[0])


def _cosine(one: Embedding, other: Embedding) -> float:
    return sum(a * b for a, b in zip(one.values, other.values, strict=True))
