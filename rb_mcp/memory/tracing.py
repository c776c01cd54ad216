"""An experience → its footprint: what it touched, and what ended the errors it met; drawn without a model.

Long trajectories are left to the background (`reindexing.py`), for a caller waits. A remedy that reads like an order is
left out: it is shown to an agent, and nobody worded it. Not covered: what a footprint is made of (`footprint.py`,
`remedies.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread

from rb_mcp.types import Footprint

if TYPE_CHECKING:
    from rb_mcp.types import Attempt, Experience

LONGEST = 300_000
"""Characters of all steps, up to which a caller waits: some 0.2 s of CPU for steps full of errors."""


async def footprint_of(
    experience: Experience, attempt: Attempt | None = None, *, whole: bool = False
) -> Footprint | None:
    """Return the footprint of an experience, of one more attempt besides; None when it is too long to wait for.

    With `whole`, whatever its length.
    """
    attempts = (*experience.attempts, attempt) if attempt else experience.attempts
    steps = [step for one in attempts for step in one.trajectory.steps]
    size = sum(len(step.thought) + len(step.action) + len(step.observation) for step in steps)
    if size > LONGEST and not whole:
        return None
    return await anyio.to_thread.run_sync(_drawn, experience.task, attempts)


def _drawn(task: str, attempts: tuple[Attempt, ...]) -> Footprint:
    from rb_mcp.memory.footprint import footprint  # noqa: PLC0415 - many patterns; a server starts without them
    from rb_mcp.memory.orders import suspicion  # noqa: PLC0415 - see above
    from rb_mcp.memory.remedies import remedies  # noqa: PLC0415 - see above

    steps = [step for attempt in attempts for step in attempt.trajectory.steps]
    safe = [
        remedy for attempt in attempts for remedy in remedies(attempt.trajectory.steps) if not suspicion(remedy.remedy)
    ]
    return Footprint(footprint(task, steps), tuple(safe))
