"""What a later call about an experience changes: one more round, another verdict, or nothing but lessons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_mcp.errors import InvalidInput
from rb_mcp.types import Attempt, Trajectory, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.types import Experience, MemoryItem, Status, Step


@dataclass(frozen=True)
class Revision:
    """What is new: a round of self-refinement (`attempt`), or a verdict on the last one."""

    now: Verdict
    """The verdict that holds from here on."""
    attempt: Attempt | None = None
    verdict: Verdict | None = None
    corrected: bool = False
    """The outcome of the last round is another than before."""
    withdraw: str = ""
    """Why everything learned under the old outcome is taken back; empty when nothing was or should be."""


def revise(experience: Experience, steps: tuple[Step, ...], verdict: Verdict) -> Revision:
    """Compare what a call says with what is kept.

    Steps that are there already are no new round; an outcome left unknown changes nothing; evidence outranks
    the agent's word.

    Raises:
        InvalidInput: when a contrast is given a round or an outcome, or a bare word contradicts evidence.
    """
    before = experience.verdict
    if experience.members and (steps or verdict.outcome != "unknown"):
        raise InvalidInput(
            "experience_id", "it is a contrast; correct an outcome, or add a round, under the id of the attempt itself"
        )
    if steps and all(steps != attempt.trajectory.steps for attempt in experience.attempts):
        return Revision(now=verdict, attempt=Attempt(Trajectory(experience.task, steps), verdict))
    stated = verdict.outcome != "unknown" and verdict != before
    bare = verdict.source == "agent" and before.source == "evidence"
    if stated and bare and verdict.outcome != before.outcome:
        raise InvalidInput("evidence", f"the outcome {before.outcome!r} rests on evidence; say what shows otherwise")
    if not stated or bare:
        return Revision(now=before)
    corrected = verdict.outcome != before.outcome
    withdraw = f"the outcome was corrected from {before.outcome} to {verdict.outcome}"
    return Revision(
        now=verdict,
        verdict=verdict,
        corrected=corrected,
        withdraw=withdraw if corrected and before.outcome != "unknown" else "",
    )


def status_after(
    experience: Experience, revision: Revision, items: Sequence[MemoryItem], *, handed_in: bool, model: bool
) -> Status:
    """Return where the experience stands after a revision.

    `handed_in`: the call was the answer to a request for lessons, so that an empty list says that there are none.
    `model`: there is one at hand to judge and distil.
    """
    new = revision.attempt or revision.corrected
    if revision.now.outcome == "unknown" and not experience.members:
        return "queued" if model and (new or experience.verdict.source != "judge") else "recorded"
    if items:
        return "distilled"
    if new:
        return "queued" if model else "awaiting_distillation"
    return "distilled" if handed_in and not revision.verdict else experience.status
