"""The queue of distillations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.types import Experience
    from rb_mcp.work import Job, Waiting


class Queue(Protocol):
    """The distillations that a model is to do, shared by every process that has the bank open.

    A job is made by a status of `queued`, and ended by any other. It is taken up for the length of a lease;
    who comes back after that is refused with `LostLease`, and has changed nothing.
    """

    async def claim(self, lease: float) -> Job | None:
        """Take up the job that is due longest, for `lease` seconds; one whose lease ran out is due again."""
        ...

    async def put_off(self, job: Job, seconds: float, reason: str, *, failed: bool) -> None:
        """Give a job back, not to be taken up for some seconds; `failed` counts it as a bad try."""
        ...

    async def release(self, job: Job) -> None:
        """Give a job back as it was taken up: nothing came of it, good or bad."""
        ...

    async def give_up(
        self, experience: Experience, reason: str, *, asked: bool = False, job: Job | None = None
    ) -> None:
        """End the distillation by models: the agent, or a person, may still do it.

        `asked`: not a failure, the client's own model is being asked and shall not be asked twice.
        """
        ...

    async def enqueue(self, namespace: str | None, *, dead: bool = False) -> int:
        """Make jobs of what waits for lessons or a judgement, no model having been at hand; return how many.

        With `dead`, also of what was given up.
        """
        ...

    async def waiting(self, experience_ids: Sequence[str] = ()) -> list[Waiting]:
        """Return where distillations stand, oldest first: of these experiences, or all that are not done."""
        ...

    async def spend(self, budget: int) -> bool:
        """Count one call to a model against the day's budget; false, and not counted, when it is used up."""
        ...
