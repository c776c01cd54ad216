"""The loop, whole (figure 2 of the paper): retrieve → act → judge → extract → consolidate, and again.

The agent acts; this class is the rest. Whatever comes in is made durable in the same transaction as what it
taught, or before; and everything that is learned passes the same gate, whoever distilled it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from rb_mcp.errors import NotFound, StoreError
from rb_mcp.memory.consolidation import OUTCOME_UNKNOWN, consolidate
from rb_mcp.memory.contrast import any_known, best_by_outcome, check_contrast, chosen, contrast_key
from rb_mcp.memory.credit import review
from rb_mcp.memory.distillation import Distiller, Signal, Worker
from rb_mcp.memory.extraction import instructions
from rb_mcp.memory.holdout import Holdout
from rb_mcp.memory.intake import content_key
from rb_mcp.memory.redacting import redacted
from rb_mcp.memory.rendering import recall_text
from rb_mcp.memory.revision import Revision, revise, status_after
from rb_mcp.memory.tracing import footprint_of
from rb_mcp.memory.trust import foreign
from rb_mcp.redaction import Redactor
from rb_mcp.types import NOBODY, Attempt, Experience, Kept, Note, Origin, Query, Trajectory, Verdict, new_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from rb_mcp.memory.retrieval import Retriever
    from rb_mcp.protocols import Clock, LanguageModel, Store
    from rb_mcp.templates import Prompts
    from rb_mcp.types import Lesson, MemoryItem, Recall, Step


LOOK = 0.25
"""Seconds between looks at a model's work."""


@dataclass(frozen=True)
class Receipt:
    """What became of a record or a contrast, and what the caller is asked to do next, if anything."""

    experience: Experience
    strategies: tuple[Kept, ...] = ()
    next_step: str = ""
    new: bool = True
    """Whether it was not there before."""
    trouble: str = ""
    """Why a model has not distilled it yet."""


@dataclass(frozen=True)
class ReasoningBank:
    """A store to remember, a retriever to find, prompts to ask the agent with."""

    store: Store
    retriever: Retriever
    prompts: Prompts
    clock: Clock
    namespace: str
    distiller: Distiller | None = None
    """A model of its own; without one the client's is asked where it lends one, else the calling agent."""
    asks_client: bool = True
    """Whether the client's model may be asked, where there is no own one."""
    queued: Signal = field(default_factory=Signal)
    """Set when there is work for the model."""
    origin: Origin = NOBODY
    """Whose work is recorded here, and who reads."""
    redactor: Redactor = field(default_factory=Redactor)
    """Cuts secrets out of all that comes in, before anything else sees it."""
    holdout: Holdout = field(default_factory=Holdout)
    """Draws which recalls are answered as if nothing had been found, so that memory's help can be measured."""

    review_all: bool = False
    """Whether what is new waits for a person."""

    def serving(self, client: str) -> ReasoningBank:
        """Return this bank as one client sees it, by the name it gives itself: that becomes part of the lineage."""
        return replace(self, origin=replace(self.origin, client=client))

    def distiller_with(self, model: LanguageModel) -> Distiller:
        """Return who distils with a model that is lent."""
        return Distiller(model, self.store, self.prompts, 1, self.retriever.embedder, self.review_all)

    async def recall(
        self, task: str, k: int = 0, namespace: str = "", *, kind: str = "", context: str = "", ids: Sequence[str] = ()
    ) -> Recall:
        """Return what earlier experiences taught that is worth showing, unless it is withheld; keep that it was asked.

        With `ids` these strategies in full: whoever asks for one counts as having recalled it.
        """
        query = await self.redacted(Query(task, kind, context, k, tuple(ids)))
        namespace = namespace or self.namespace
        if ids:
            recall = answered = await self.retriever.named(query, namespace)
        else:
            answered = await self.retriever.retrieve(query, namespace, self.origin)
            recall = self.holdout.draw(answered, query.task, self.origin.client)
        try:
            await self.store.keep_recall(recall)
        except StoreError:  # a bank that cannot be written still answers; such a recall cannot be credited
            recall = replace(answered, id="")
        return recall

    async def noted(self, session: str, namespace: str, note: Note) -> Note:
        """Keep a line of a session's notebook, its secrets cut out, and return it."""
        note = await redacted(note, self.redactor)
        await self.store.note(session, namespace, note)
        return note

    async def redacted(self, query: Query) -> Query:
        """Return a query with secrets cut out of it."""
        return await redacted(query, self.redactor)

    async def shown(self, recall: Recall) -> tuple[str, Recall]:
        """Return a recall as text for an agent's context, and what of it fitted.

        What no task has borne out yet stands with the card of the experience behind it, if that is the reader's own
        and does not read like an order: it quotes what was seen, and nobody worded it.
        """
        from rb_mcp.memory.cards import card  # noqa: PLC0415 - many patterns; a server starts without them
        from rb_mcp.memory.orders import suspicion  # noqa: PLC0415 - see above

        cards: dict[str, str] = {}
        for one in recall.strategies:
            own = [e for e in one.strategy.evidence if e.experience_id == one.experience_id]
            if not one.strategy.uses and own and not foreign(own[0].origin, self.origin):
                try:
                    told = card(await self.store.experience(one.experience_id, recall.namespace))
                except NotFound:  # what was shared stands without its trajectory
                    continue
                if not await anyio.to_thread.run_sync(suspicion, told):
                    cards[one.experience_id] = told
        return recall_text(recall, self.prompts, self.origin, cards)

    async def record(
        self,
        trajectory: Trajectory,
        verdict: Verdict,
        items: Sequence[MemoryItem],
        recall_id: str,
        namespace: str,
        *,
        kind: str = "",
        alone: bool = True,
    ) -> Receipt:
        """Keep a trajectory and what it taught; the same one sent twice is one experience.

        `kind`: of the problem, in general words. `alone`: it is distilled by itself, not as part of a contrast.
        """
        trajectory, verdict, items, kind = await redacted((trajectory, verdict, tuple(items), kind), self.redactor)
        attempt = Attempt(trajectory, verdict)
        new = Experience(
            new_id("exp"),
            namespace,
            trajectory.task,
            "recorded",
            self.clock(),
            (attempt,),
            origin=self.origin,
            kind=kind,
        )
        first = Revision(now=verdict, attempt=attempt)
        status = status_after(new, first, items, handed_in=False, model=self.distiller is not None and alone)
        new = replace(new, status=status)
        experience, strategies = await self.store.add(
            new,
            key=content_key(trajectory, verdict, items),
            embedding=await self.retriever.embed(trajectory.task),
            kind_embedding=await self.retriever.embed(kind),
            footprint=await footprint_of(new),
            lessons=await self._consolidated(items, new.task, verdict.outcome != "unknown", namespace),
            recall_id=recall_id,
        )
        self.holdout.settled(recall_id)
        if experience.id != new.id:
            return await self._revise(
                experience, trajectory.steps, verdict, items, recall_id, kind=kind, handed_in=False
            )
        if recall_id:
            await review(self.store, experience)
        return self._receipt(experience, strategies)

    async def resume(
        self,
        experience_id: str,
        steps: tuple[Step, ...],
        verdict: Verdict,
        items: Sequence[MemoryItem],
        recall_id: str,
        namespace: str,
        *,
        kind: str = "",
    ) -> Receipt:
        """Continue an experience: hand in its lessons, correct its outcome, or add a round of self-refinement."""
        steps, verdict, items, kind = await redacted((steps, verdict, tuple(items), kind), self.redactor)
        experience = await self.store.experience(experience_id, namespace)
        return await self._revise(experience, steps, verdict, items, recall_id, kind=kind, handed_in=True)

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
        task, items, best = await redacted((task, tuple(items), best), self.redactor)
        members = [await self.store.experience(id_, namespace) for id_ in experience_ids]
        if len(members) == 1 and members[0].members and not attempts:  # its own id: the distillation it asked for
            ids = members[0].members
            choice = chosen(best, ids)
            named = (ids[choice[0]], choice[1]) if choice else None
            return await self._revise(members[0], (), Verdict(), items, recall_id, best=named, handed_in=True)
        check_contrast(members, attempts)
        choice = chosen(best, [*experience_ids, *[""] * len(attempts)])
        for attempt in attempts:
            receipt = await self.record(attempt.trajectory, attempt.verdict, (), recall_id, namespace, alone=False)
            members.append(receipt.experience)
        ids = tuple(dict.fromkeys(member.id for member in members))
        named = (members[choice[0]].id, choice[1]) if choice else best_by_outcome(members)
        status = "awaiting_distillation" if items or self.distiller is None else "queued"
        origin = next((member.origin for member in members if foreign(member.origin, self.origin)), self.origin)
        kind = next((member.kind for member in members if member.kind), "")
        new = Experience(new_id("exp"), namespace, task, status, self.clock(), (), ids, *named, origin, kind)
        experience, _ = await self.store.add(
            new,
            key=contrast_key(ids),
            embedding=await self.retriever.embed(task),
            kind_embedding=await self.retriever.embed(kind),
            footprint=await footprint_of(replace(new, attempts=tuple(member.attempts[-1] for member in members))),
            recall_id=recall_id,
        )
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
        kind: str = "",
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
            lessons=await self._consolidated(items, experience.task, known, experience.namespace),
            status=status_after(experience, revision, items, handed_in=handed_in, model=self.distiller is not None),
            best=best,
            kind=kind,
            kind_embedding=await self.retriever.embed(kind),
            footprint=await footprint_of(experience, revision.attempt) if revision.attempt else None,
            recall_id=recall_id,
        )
        self.holdout.settled(recall_id)
        kept = await self.store.experience(experience.id, experience.namespace)
        if revision.attempt or revision.verdict or recall_id:
            await review(self.store, kept)
        return self._receipt(kept, strategies, new=False)

    async def wait(
        self, receipt: Receipt, seconds: float, report: Callable[[str], Awaitable[None]] | None = None
    ) -> Receipt:
        """Wait for a model at work on what was just recorded, and return what became of it by then."""
        experience = receipt.experience
        if experience.status != "queued":
            return receipt
        self.queued.set()
        with anyio.move_on_after(seconds):
            while True:
                await anyio.sleep(LOOK)
                [job] = await self.store.waiting([experience.id]) or [None]
                if job is None or job.state == "dead" or (job.state == "ready" and job.reason):
                    break
                if report:
                    await report("a model is at work on it")
        return await self.review(experience.id, experience.namespace, receipt.new)

    async def work(self) -> None:
        """Work off what is due for the bank's own model, if it has one; a server does this in the background."""
        if self.distiller:
            worker = Worker(self.distiller, self.queued)
            while await worker.step():
                pass

    async def review(self, experience_id: str, namespace: str, new: bool = False) -> Receipt:
        """Return where an experience stands, and what it taught so far."""
        experience = await self.store.experience(experience_id, namespace)
        taught = await self.store.strategies(namespace, of=[experience.id], limit=20)
        kept = [
            Kept(
                strategy.id,
                strategy.item.title,
                "held"
                if strategy.standing == "held"
                else "added"
                if first.experience_id == experience.id
                else "merged",
                strategy.note,
            )
            for strategy in reversed(taught)
            for first in strategy.evidence[:1]
            if strategy.standing != "retired"
        ]
        receipt = self._receipt(experience, kept, new=new)
        jobs = await self.store.waiting([experience.id])
        return replace(receipt, trouble=jobs[0].reason if jobs and jobs[0].state != "asked" else "")

    async def _consolidated(
        self, items: Sequence[MemoryItem], task: str, known: bool, namespace: str
    ) -> Sequence[Lesson]:
        """Return what is to become of items; no model is asked here, for the caller waits."""
        return await consolidate(
            items, task, known, namespace, self.store, embedder=self.retriever.embedder, review_all=self.review_all
        )

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
