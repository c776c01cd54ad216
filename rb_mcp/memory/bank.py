"""The loop, whole (figure 2 of the paper): retrieve → act → judge → extract → consolidate, and again.

The agent acts; this class is the rest. Whatever comes in is made durable in the same transaction as what it
taught, or before; and everything that is learned passes the same gate, whoever distilled it.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rb_mcp.errors import StoreError
from rb_mcp.memory.consolidation import OUTCOME_UNKNOWN, consolidate
from rb_mcp.memory.contrast import any_known, best_by_outcome, check_contrast, chosen, contrast_key
from rb_mcp.memory.extraction import instructions
from rb_mcp.memory.intake import content_key
from rb_mcp.memory.retrieval import Retriever
from rb_mcp.memory.revision import Revision, revise, status_after
from rb_mcp.providers import open_embedder
from rb_mcp.stores import open_store
from rb_mcp.templates import Prompts
from rb_mcp.types import Attempt, Experience, Verdict, new_id

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from rb_mcp.config import Settings
    from rb_mcp.protocols import Clock, Store
    from rb_mcp.types import Kept, MemoryItem, Recall, Step, Trajectory


@dataclass(frozen=True)
class Receipt:
    """What became of a record or a contrast, and what the caller is asked to do next, if anything."""

    experience: Experience
    strategies: tuple[Kept, ...] = ()
    next_step: str = ""
    new: bool = True
    """Whether it was not there before."""


@dataclass(frozen=True)
class ReasoningBank:
    """A store to remember, a retriever to find, prompts to ask the agent with."""

    store: Store
    retriever: Retriever
    prompts: Prompts
    clock: Clock
    namespace: str

    async def recall(self, task: str, k: int, namespace: str) -> Recall:
        """Return what the `k` nearest earlier experiences taught, and keep that it was asked."""
        recall = await self.retriever.retrieve(task, k, namespace)
        try:
            await self.store.keep_recall(recall)
        except StoreError:  # a bank that cannot be written still answers; such a recall cannot be credited
            recall = replace(recall, id="")
        return recall

    async def record(
        self, trajectory: Trajectory, verdict: Verdict, items: Sequence[MemoryItem], recall_id: str, namespace: str
    ) -> Receipt:
        """Keep a trajectory and what it taught; the same one sent twice is one experience."""
        attempt = Attempt(trajectory, verdict)
        new = Experience(new_id("exp"), namespace, trajectory.task, "recorded", self.clock(), (attempt,))
        first = Revision(now=verdict, attempt=attempt)
        new = replace(new, status=status_after(new, first, items, handed_in=False))
        experience, strategies = await self.store.add(
            new,
            key=content_key(trajectory, verdict, items),
            embedding=await self.retriever.embed(trajectory.task),
            lessons=await consolidate(items, new.task, verdict.outcome != "unknown", namespace, self.store),
            recall_id=recall_id,
        )
        if experience.id != new.id:
            return await self._revise(experience, trajectory.steps, verdict, items, recall_id, handed_in=False)
        return self._receipt(experience, strategies)

    async def resume(
        self,
        experience_id: str,
        steps: tuple[Step, ...],
        verdict: Verdict,
        items: Sequence[MemoryItem],
        recall_id: str,
        namespace: str,
    ) -> Receipt:
        """Continue an experience: hand in its lessons, correct its outcome, or add a round of self-refinement."""
        experience = await self.store.experience(experience_id, namespace)
        return await self._revise(experience, steps, verdict, items, recall_id, handed_in=True)

    async def contrast(
        self,
        task: str,
        attempts: Sequence[Attempt],
        experience_ids: Sequence[str],
        items: Sequence[MemoryItem],
        best: str,
        recall_id: str,
        namespace: str,
    ) -> Receipt:
        """Set attempts at one task side by side: what makes the difference, and which one to keep."""
        members = [await self.store.experience(id_, namespace) for id_ in experience_ids]
        if len(members) == 1 and members[0].members and not attempts:  # its own id: the distillation it asked for
            ids = members[0].members
            choice = chosen(best, ids)
            named = (ids[choice[0]], choice[1]) if choice else None
            return await self._revise(members[0], (), Verdict(), items, recall_id, best=named, handed_in=True)
        check_contrast(members, attempts)
        choice = chosen(best, [*experience_ids, *[""] * len(attempts)])
        for attempt in attempts:
            receipt = await self.record(attempt.trajectory, attempt.verdict, (), recall_id, namespace)
            members.append(receipt.experience)
        ids = tuple(dict.fromkeys(member.id for member in members))
        named = (members[choice[0]].id, choice[1]) if choice else best_by_outcome(members)
        new = Experience(new_id("exp"), namespace, task, "awaiting_distillation", self.clock(), (), ids, *named)
        embedding = await self.retriever.embed(task)
        experience, _ = await self.store.add(new, key=contrast_key(ids), embedding=embedding, recall_id=recall_id)
        named = named if choice or not experience.best else None
        return await self._revise(experience, (), Verdict(), items, recall_id, best=named, handed_in=False)

    async def _revise(
        self,
        experience: Experience,
        steps: tuple[Step, ...],
        verdict: Verdict,
        items: Sequence[MemoryItem],
        recall_id: str,
        *,
        handed_in: bool,
        best: tuple[str, str] | None = None,
    ) -> Receipt:
        """Apply what a call says about an experience that is kept already, in one transaction."""
        revision = revise(experience, steps, verdict)
        items = items or await self._let_in(experience, revision)
        known = revision.now.outcome != "unknown" or any_known(experience)
        strategies = await self.store.amend(
            experience,
            attempt=revision.attempt,
            verdict=revision.verdict,
            withdraw=revision.withdraw,
            lessons=await consolidate(items, experience.task, known, experience.namespace, self.store),
            status=status_after(experience, revision, items, handed_in=handed_in),
            best=best,
            recall_id=recall_id,
        )
        kept = await self.store.experience(experience.id, experience.namespace)
        return self._receipt(kept, strategies, new=False)

    async def _let_in(self, experience: Experience, revision: Revision) -> list[MemoryItem]:
        """Return the lessons that were held only because the outcome was not known, once it is."""
        if not revision.corrected or revision.withdraw:
            return []
        held = await self.store.strategies(experience.namespace, of=[experience.id], standing="held")
        return [strategy.item for strategy in held if strategy.note == OUTCOME_UNKNOWN]

    def _receipt(self, experience: Experience, strategies: Sequence[Kept], *, new: bool = True) -> Receipt:
        waiting = experience.status in {"awaiting_distillation", "recorded"}
        next_step = instructions(experience, self.prompts, self.namespace) if waiting else ""
        return Receipt(experience, tuple(strategies), next_step, new)


def build_bank(settings: Settings) -> ReasoningBank:
    """Join the seams as the settings say; nothing is opened or loaded before the first call."""
    store, clock = open_store(settings)
    retriever = Retriever(store, open_embedder(settings.embedder))
    return ReasoningBank(store, retriever, Prompts(settings.prompts), clock, settings.namespace)


@asynccontextmanager
async def open_bank(settings: Settings) -> AsyncGenerator[ReasoningBank]:
    """Build a bank for the time of the block, and close its store after it."""
    bank = build_bank(settings)
    try:
        yield bank
    finally:
        await bank.store.close()
