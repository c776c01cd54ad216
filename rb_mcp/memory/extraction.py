"""A judged trajectory → at most 3 memory items (section 3.2 of the paper), by whoever has a model.

With no model at hand the calling agent is asked. It still has the trajectory before it, so what it is sent is
the fixed part of the extraction prompt for that outcome, and how to hand in what it wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rb_mcp.memory.rendering import attempts_text, trajectory_text
from rb_mcp.memory.replies import lessons_schema, parse_items, parse_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.protocols import LanguageModel
    from rb_mcp.templates import Prompts
    from rb_mcp.types import Attempt, Experience, MemoryItem

MOST_ITEMS = 3
_KIND = " Give kind too: the kind of problem it was, in one general line that names nothing of this task."
TEMPERATURE = 1.0
"""The paper's for extraction; sent only where a model still takes one."""


class Extraction(NamedTuple):
    """What a model drew from a trajectory: the items, the kind of problem, and which model by which prompt it was."""

    items: tuple[MemoryItem, ...]
    kind: str
    signed: str


async def extract(rounds: Sequence[Attempt], model: LanguageModel, prompts: Prompts) -> Extraction:
    """Return what an experience taught whose last round has a known outcome. No item is a good answer.

    Of several rounds of self-refinement all are shown, with their outcomes.

    Raises:
        ProviderError: when the model does not answer, or its answer holds no items and does not say so.
    """
    last = rounds[-1]
    material = {
        "task": last.trajectory.task,
        "reason": last.verdict.reason or "(not said)",
        "trajectory": attempts_text(rounds) if len(rounds) > 1 else trajectory_text(last.trajectory),
    }
    name = f"extract_{last.verdict.outcome}"
    prompt = prompts.ask(name, "answer_lessons", lessons_schema(MOST_ITEMS), TEMPERATURE, **material)
    reply = await model.complete(prompt)
    return Extraction(parse_items(reply, MOST_ITEMS), parse_kind(reply), prompt.signed(model.name))


def instructions(experience: Experience, prompts: Prompts, default_namespace: str) -> str:
    """Return what the calling agent is to do next so that this experience is distilled; 1,500 characters at most."""
    outcome = experience.verdict.outcome
    elsewhere = "" if experience.namespace == default_namespace else f', namespace="{experience.namespace}"'
    arguments = f'the task, experience_id="{experience.id}"{elsewhere}'
    if experience.members:
        arguments = f'the task, experience_ids=["{experience.id}"], best="NUMBER: why this one"{elsewhere}'
        written = prompts.fill("self_contrast", task="", attempts="").system
        handed = prompts.fill("hand_in", tool="contrast_trajectories", arguments=arguments, kind="").user
    elif outcome == "unknown":
        return prompts.fill("state_outcome", arguments=arguments).user
    else:
        written = prompts.fill(f"extract_{outcome}", task="", reason="", trajectory="").system
        asked = "" if experience.kind else _KIND
        handed = prompts.fill("hand_in", tool="record_trajectory", arguments=arguments, kind=asked).user
    return f"{written}\n\n{handed}"
