"""A judged trajectory → memory items, by whoever has a model: here the calling agent itself.

With no model at hand the agent is asked. It still has the trajectory before it, so what it is sent is the
fixed part of the extraction prompt for that outcome, and how to hand in what it wrote: never the trajectory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rb_mcp.templates import Prompts
    from rb_mcp.types import Experience


def instructions(experience: Experience, prompts: Prompts, default_namespace: str) -> str:
    """Return what the calling agent is to do next so that this experience is distilled; 1,500 characters at most."""
    outcome = experience.verdict.outcome
    elsewhere = "" if experience.namespace == default_namespace else f', namespace="{experience.namespace}"'
    arguments = f'experience_id="{experience.id}"{elsewhere}'
    if experience.members:
        arguments = f'the task, experience_ids=["{experience.id}"], best="NUMBER: why this one"{elsewhere}'
        written = prompts.fill("self_contrast", task="", attempts="").system
        handed = prompts.fill("hand_in", tool="contrast_trajectories", arguments=arguments).user
    elif outcome == "unknown":
        return prompts.fill("state_outcome", arguments=arguments).user
    else:
        written = prompts.fill(f"extract_{outcome}", task="", reason="", trajectory="").system
        handed = prompts.fill("hand_in", tool="record_trajectory", arguments=arguments).user
    return f"{written}\n\n{handed}"
