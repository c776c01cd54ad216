"""Judge, then extract or contrast: what a model makes of one experience, and how the queue of them is worked off.

The trajectory is on the disk before any of this begins, no transaction is open while a model thinks, and what
comes out is written in one, if the lease still holds. Whatever fails is put off or given up with its reason:
"the model is down" never looks like "nothing was learned".
"""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import anyio

from rb_mcp.errors import LostLease, Malformed, NotFound, ProviderError, Refused, StoreError, Unavailable
from rb_mcp.memory.consolidation import OUTCOME_UNKNOWN, consolidate
from rb_mcp.memory.contrast import any_known, best_of_n, self_contrast
from rb_mcp.memory.credit import review
from rb_mcp.memory.extraction import extract
from rb_mcp.memory.judge import judge
from rb_mcp.memory.relation import Advisor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.protocols import Clock, Embedder, LanguageModel, Store
    from rb_mcp.templates import Prompts
    from rb_mcp.types import Embedding, Experience, Kept, Lesson, MemoryItem, Verdict
    from rb_mcp.work import Job, Prompt

LEASE = 300.0
"""Seconds a worker may take over one experience: a judgement and an extraction of a minute each, and room. What a
killed worker held is taken up by another after that."""
MOST_TRIES, MOST_WAITS = 3, 24
"""Bad answers, and absences of one, before an experience is given up. With the waits below, about a day."""
SHORTEST_WAIT, LONGEST_WAIT = 2.0, 3_600.0
"""Seconds; doubled each time, and drawn at random below that, so that many do not come back at once."""
POLL = 2.0
"""Seconds between looks at an empty queue: other processes fill it too."""


@dataclass(frozen=True)
class Metered:
    """A model whose calls count against the day's budget of the bank."""

    model: LanguageModel
    store: Store
    budget: int
    clock: Clock

    @property
    def name(self) -> str:
        """The name of the model behind it."""
        return self.model.name

    async def complete(self, prompt: Prompt) -> str:
        """Complete a prompt, if there is budget left.

        Raises:
            Unavailable: until tomorrow, when there is none.
        """
        if not await self.store.spend(self.budget):
            now = self.clock()
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() + 86_400
            raise Unavailable(
                f"the day's budget of {self.budget:,} calls is used up (RB_MCP_BUDGET); it goes on tomorrow",
                midnight - now.timestamp(),
            )
        return await self.model.complete(prompt)


@dataclass(frozen=True)
class Distiller:
    """A model to judge and extract with, and the store that what it finds goes to."""

    model: LanguageModel
    store: Store
    prompts: Prompts
    votes: int = 1
    embedder: Embedder | None = None
    """What items are compared by, besides their words."""
    review_all: bool = False
    """Whether what is new waits for a person."""

    async def distil(self, experience: Experience, job: Job | None = None) -> list[Kept]:
        """Judge and extract, or contrast, and keep what comes out in one transaction.

        Raises:
            ProviderError: when the model does not answer, or not what it was asked; nothing was written.
            LostLease: when another worker has taken the experience up.
        """
        return await (self._contrast if experience.members else self._single)(experience, job)

    async def _single(self, experience: Experience, job: Job | None) -> list[Kept]:
        verdict = await self._verdict(experience)
        items: Sequence[MemoryItem] = ()
        distiller = kind = ""
        if verdict.outcome != "unknown":
            rounds = (*experience.attempts[:-1], replace(experience.attempts[-1], verdict=verdict))
            items = await self._held(experience)
            if not items:
                items, kind, distiller = await extract(rounds, self.model, self.prompts)
        kind = "" if experience.kind else kind  # what the caller said stands
        known = verdict.outcome != "unknown"
        kept = await self.store.amend(
            experience,
            verdict=verdict if verdict != experience.verdict else None,
            lessons=await self._consolidated(items, experience.task, known, experience.namespace, distiller),
            status="distilled" if known else "recorded",
            kind=kind,
            kind_embedding=await self._embedded(kind),
            job=job,
        )
        if verdict != experience.verdict:
            await review(self.store, await self.store.experience(experience.id, experience.namespace))
        return kept

    async def _embedded(self, text: str) -> Embedding | None:
        """Return the vector of a text; whoever fills in what lacks one does it where that fails."""
        if text and self.embedder:
            with suppress(ProviderError):
                return (await self.embedder.embed([text]))[0]
        return None

    async def _contrast(self, experience: Experience, job: Job | None) -> list[Kept]:
        for id_, attempt in zip(experience.members, experience.attempts, strict=True):
            if attempt.verdict.outcome == "unknown" and attempt.verdict.source != "judge":
                verdict = await judge(attempt, self.model, self.prompts, self.votes)
                member = await self.store.experience(id_, experience.namespace)
                waits = member.status == "recorded" and verdict.outcome != "unknown"
                status = "awaiting_distillation" if waits else member.status
                await self.store.amend(member, verdict=verdict, status=status)
                await review(self.store, await self.store.experience(id_, experience.namespace))
        judged = await self.store.experience(experience.id, experience.namespace)
        items, distiller = await self_contrast(judged, self.model, self.prompts)
        best = await best_of_n(judged, self.model, self.prompts)
        return await self.store.amend(
            judged,
            lessons=await self._consolidated(items, judged.task, any_known(judged), judged.namespace, distiller),
            status="distilled",
            best=best,
            job=job,
        )

    async def _consolidated(
        self, items: Sequence[MemoryItem], task: str, known: bool, namespace: str, distiller: str
    ) -> Sequence[Lesson]:
        """Return what is to become of items; the model decides where two might say the same."""
        advisor = Advisor(self.model, self.prompts)
        return await consolidate(
            items,
            task,
            known,
            namespace,
            self.store,
            distiller,
            embedder=self.embedder,
            advisor=advisor,
            review_all=self.review_all,
        )

    async def _verdict(self, experience: Experience) -> Verdict:
        """Return the verdict that holds: evidence, else the judge's, else, where the judge cannot tell, the agent's."""
        stated = experience.verdict
        if stated.source == "evidence" or (stated.source == "judge" and stated.outcome != "unknown"):
            return stated
        judged = await judge(experience.attempts[-1], self.model, self.prompts, self.votes)
        return stated if judged.outcome == "unknown" and stated.outcome != "unknown" else judged

    async def _held(self, experience: Experience) -> list[MemoryItem]:
        """Return the lessons that the agent handed in already, and that only waited for the outcome."""
        held = await self.store.strategies(experience.namespace, of=[experience.id], standing="held")
        return [strategy.item for strategy in held if strategy.note == OUTCOME_UNKNOWN]


class Signal:
    """Tells a worker in the same process that something was queued; workers of other processes look by themselves."""

    def __init__(self) -> None:
        self._event: anyio.Event | None = None

    def set(self) -> None:
        """Wake whoever waits."""
        if self._event:
            self._event.set()

    async def wait(self, seconds: float) -> None:
        """Wait until it is set, or for some seconds."""
        self._event = anyio.Event()
        with anyio.move_on_after(seconds):
            await self._event.wait()


@dataclass
class Worker:
    """Works the queue off, one experience after the other."""

    distiller: Distiller
    queued: Signal
    lease: float = LEASE

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                busy = await self.step()
            except StoreError:  # the bank is held, full or gone for now; the jobs in it wait, and say so to doctor
                busy = False
            if not busy:
                await self.queued.wait(POLL)

    async def step(self) -> bool:
        """Take up one experience, if one is due, and say whether one was."""
        job = await self.distiller.store.claim(self.lease)
        if job is None:
            return False
        with suppress(LostLease, NotFound):  # whoever has it now finishes it; or it was forgotten meanwhile
            await self._distil(job)
        return True

    async def _distil(self, job: Job) -> None:
        store = self.distiller.store
        try:
            await self.distiller.distil(job.experience, job)
        except anyio.get_cancelled_exc_class():  # the server ends: let the next one begin at once
            with anyio.CancelScope(shield=True):
                await store.release(job)
            raise
        except Unavailable as error:
            if job.waits + 1 >= MOST_WAITS:
                await store.give_up(job.experience, f"given up after {MOST_WAITS} waits: {error}", job=job)
            else:
                await store.put_off(job, wait(job.waits, error.retry_after), str(error), failed=False)
        except Malformed as error:
            if job.tries + 1 >= MOST_TRIES:
                await store.give_up(job.experience, f"given up after {MOST_TRIES} bad answers: {error}", job=job)
            else:
                await store.put_off(job, wait(job.tries, None), str(error), failed=True)
        except Refused as error:
            await store.give_up(job.experience, f"the model declined: {error}", job=job)
        except ProviderError as error:
            await store.give_up(job.experience, str(error), job=job)


def wait(times: int, asked: float | None) -> float:
    """Return how many seconds to wait: what was asked for if it is longer, a random part of a doubling span else."""
    span = min(LONGEST_WAIT, SHORTEST_WAIT * 2**times)
    drawn = random.uniform(0.5, span)  # noqa: S311 - jitter
    return max(drawn, asked or 0.0)
