"""The queue of distillations as a store offers it: the part of `sqlite.py` that is about jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.stores import jobs, rows
from rb_mcp.work import Job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rb_mcp.stores.database import Database
    from rb_mcp.stores.engine import Engine
    from rb_mcp.types import Experience
    from rb_mcp.work import Waiting


class SqliteQueue:
    """The `Queue` of one file."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def claim(self, lease: float) -> Job | None:
        """Take up the job that is due longest."""

        def work(db: Database) -> Job | None:
            claimed = jobs.claim(db, self._now(), lease)
            return claimed and Job(rows.experience(db, claimed[0]), *claimed[1:])

        return await self._engine.write(work)

    async def put_off(self, job: Job, seconds: float, reason: str, *, failed: bool) -> None:
        """Give a job back, not to be taken up for some seconds."""

        def work(db: Database) -> None:
            seq = rows.sequence(db, "experiences", job.experience.id, None, "experience_id")
            jobs.check_lease(db, seq, job.token, self._now())
            jobs.put_off(db, seq, self._now().timestamp() + seconds, reason, failed)

        await self._engine.write(work)

    async def release(self, job: Job) -> None:
        """Give a job back as it was taken up: nothing came of it, good or bad."""

        def work(db: Database) -> None:
            seq = rows.sequence(db, "experiences", job.experience.id, None, "experience_id")
            jobs.check_lease(db, seq, job.token, self._now())
            jobs.release(db, seq)

        await self._engine.write(work)

    async def give_up(
        self, experience: Experience, reason: str, *, asked: bool = False, job: Job | None = None
    ) -> None:
        """End the distillation by models: the agent, or a person, may still do it."""

        def work(db: Database) -> None:
            seq = rows.sequence(db, "experiences", experience.id, None, "experience_id")
            if job:
                jobs.check_lease(db, seq, job.token, self._now())
            jobs.end(db, seq, "asked" if asked else "dead", reason)

        await self._engine.write(work)

    async def enqueue(self, namespace: str | None, *, dead: bool = False) -> int:
        """Make jobs of what waits for a model."""
        return await self._engine.write(lambda db: jobs.enqueue_waiting(db, namespace, dead, self._now()))

    async def waiting(self, experience_ids: Sequence[str] = ()) -> list[Waiting]:
        """Return where distillations stand, oldest first."""
        return await self._engine.read(lambda db: jobs.waiting(db, experience_ids))

    async def spend(self, budget: int) -> bool:
        """Count one call to a model against the day's budget."""
        return await self._engine.write(lambda db: jobs.spend(db, self._now(), budget))

    def _now(self) -> datetime:
        return self._engine.clock()
