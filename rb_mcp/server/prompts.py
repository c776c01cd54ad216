"""The prompts of the loop, for a person to start from a client's menu: prompts/*.md with their material.

Each takes the material as text or as the id of what is recorded; with neither, it speaks of the attempt
that is already in the conversation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp.server.mcpserver import Context, MCPServer
from mcp.types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from rb_mcp.memory import intake
from rb_mcp.memory.bank import ReasoningBank  # noqa: TC001 - the SDK reads the annotations
from rb_mcp.memory.rendering import attempts_text, trajectory_text
from rb_mcp.server.tools import serving

if TYPE_CHECKING:
    from rb_mcp.types import Experience

MOST_COMPLETIONS = 100
"""The protocol's own limit."""

HERE = "(the one in this conversation)"
"""Stands for material that the model has before it already."""


def add_prompts(server: MCPServer[ReasoningBank], bank: ReasoningBank) -> None:
    """Register the prompts; their names are fixed."""
    prompts = LoopPrompts(bank)
    server.completion()(prompts.complete)
    for title, asking in (
        ("Work on a task with memory", prompts.solve_with_memory),
        ("Judge an attempt", prompts.judge),
        ("Learn from a success", prompts.extract_success),
        ("Learn from a failure", prompts.extract_failure),
        ("Contrast attempts", prompts.self_contrast),
        ("Refine an attempt", prompts.self_refine),
        ("Choose the best attempt", prompts.best_of_n),
    ):
        server.prompt(title=title)(asking)


@dataclass(frozen=True)
class LoopPrompts:
    """The prompts over a bank."""

    bank: ReasoningBank

    async def solve_with_memory(self, task: str, ctx: Context[ReasoningBank], namespace: str = "") -> str:
        """Start a task with what earlier ones taught already beside it."""
        what, bank = self.bank.redactor(intake.task(task)), serving(ctx)
        recall = await bank.recall(what, 0, intake.namespace(namespace, bank.namespace))
        memory = (await bank.shown(recall))[0]
        if recall.id:
            memory += f"\n\nrecall_id: {recall.id}"
        return self.bank.prompts.fill("solve_with_memory", task=what, memory=memory).text()

    async def judge(self, task: str = "", trajectory: str = "", experience_id: str = "") -> str:
        """Decide from what can be seen whether a task was done."""
        what, material, _ = await self._one(task, trajectory, experience_id)
        return self.bank.prompts.fill("judge", task=what, trajectory=material).text()

    async def extract_success(self, task: str = "", trajectory: str = "", experience_id: str = "") -> str:
        """Distil at most three memory items from an attempt that went well."""
        what, material, reason = await self._one(task, trajectory, experience_id)
        return self.bank.prompts.fill("extract_success", task=what, trajectory=material, reason=reason).text()

    async def extract_failure(self, task: str = "", trajectory: str = "", experience_id: str = "") -> str:
        """Distil at most three memory items from an attempt that went wrong."""
        what, material, reason = await self._one(task, trajectory, experience_id)
        return self.bank.prompts.fill("extract_failure", task=what, trajectory=material, reason=reason).text()

    async def self_refine(
        self,
        task: str = "",
        trajectory: str = "",
        experience_id: str = "",
        round: str = "1",  # noqa: A002
    ) -> str:
        """Look again at an attempt, step by step, before it counts as finished."""
        what, material, _ = await self._one(task, trajectory, experience_id)
        return self.bank.prompts.fill("self_refine", task=what, trajectory=material, round=round).text()

    async def self_contrast(self, task: str = "", attempts: str = "", experience_ids: str = "") -> str:
        """Distil at most five memory items from what set several attempts apart."""
        what, material = await self._several(task, attempts, experience_ids)
        return self.bank.prompts.fill("self_contrast", task=what, attempts=material).text()

    async def best_of_n(self, task: str = "", attempts: str = "", experience_ids: str = "") -> str:
        """Choose the attempt whose result should be kept."""
        what, material = await self._several(task, attempts, experience_ids)
        return self.bank.prompts.fill("best_of_n", task=what, attempts=material).text()

    async def complete(
        self, _: PromptReference | ResourceTemplateReference, argument: CompletionArgument, __: CompletionContext | None
    ) -> Completion | None:
        """Complete a namespace, or the id of an experience or a strategy: the newest that begin like this."""
        store = self.bank.store
        name, begun = argument.name, argument.value.rpartition(",")[2].strip()
        if name == "namespace":
            known = list((await store.summary(None)).namespaces)
        elif name in {"experience_id", "experience_ids"}:
            known = [one.id for one in await store.experiences(self.bank.namespace, limit=MOST_COMPLETIONS)]
        elif name == "strategy_id":
            known = [one.id for one in await store.strategies(self.bank.namespace, limit=MOST_COMPLETIONS)]
        else:
            return None
        found = [value for value in known if value.startswith(begun)]
        return Completion(values=found[:MOST_COMPLETIONS], total=len(found), has_more=len(found) > MOST_COMPLETIONS)

    async def _one(self, task: str, trajectory: str, experience_id: str) -> tuple[str, str, str]:
        if not experience_id:
            return self._material(task), self._material(trajectory), HERE
        experience = await self._experience(experience_id)
        last = experience.attempts[-1]
        return task or experience.task, trajectory_text(last.trajectory), last.verdict.reason or "(not said)"

    async def _several(self, task: str, attempts: str, experience_ids: str) -> tuple[str, str]:
        ids = experience_ids.replace(",", " ").split()
        if not ids:
            return self._material(task), self._material(attempts)
        experiences = [await self._experience(id_) for id_ in ids]
        return task or experiences[0].task, attempts_text([a for e in experiences for a in e.attempts])

    def _material(self, given: str) -> str:
        """Return what was handed in as text, without secrets, for a model reads it next."""
        return self.bank.redactor(intake.clean(given)) or HERE

    async def _experience(self, experience_id: str) -> Experience:
        return await self.bank.store.experience(intake.identifier("experience_id", experience_id), self.bank.namespace)
