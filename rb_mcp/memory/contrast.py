"""Several attempts at one task: which to contrast, and which answer is best (MaTTS, section 3.3 of the paper).

The lessons of a contrast come from whoever has a model; the choice of the best attempt too. Where nobody
chose, the outcomes and the lengths do, and the reason says so.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from rb_mcp.errors import InvalidInput
from rb_mcp.memory.rendering import attempts_text
from rb_mcp.memory.replies import CHOICE_SCHEMA, items_schema, parse_choice, parse_items

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.protocols import LanguageModel
    from rb_mcp.templates import Prompts
    from rb_mcp.types import Attempt, Experience, MemoryItem

MOST_ITEMS = 5
TEMPERATURE = 1.0

_CHOICE = re.compile(r"\s*(?:attempt\s*)?#?(exp_[0-9a-f]+|\d{1,2})\b[\s:,.;-]*(.*)", re.DOTALL | re.IGNORECASE)


def contrast_key(members: Sequence[str]) -> str:
    """Return what identifies a contrast: its members, in whatever order they were given."""
    return hashlib.sha256("\n".join(["contrast", *sorted(members)]).encode()).hexdigest()


def check_contrast(members: Sequence[Experience], attempts: Sequence[Attempt]) -> None:
    """Refuse what cannot be contrasted, before anything is written.

    Raises:
        InvalidInput: when a member is itself a contrast, or no two trajectories differ.
    """
    for member in members:
        if member.members:
            raise InvalidInput("experience_ids", f"{member.id!r} is itself a contrast; give the ids of its attempts")
    steps = {attempt.trajectory.steps for one in members for attempt in one.attempts[-1:]}
    steps |= {attempt.trajectory.steps for attempt in attempts}
    if len(steps) < 2 and len({member.id for member in members}) < 2:  # noqa: PLR2004 - a contrast needs two
        raise InvalidInput("attempts", "they are all the same trajectory; nothing sets them apart")


async def self_contrast(
    contrast: Experience, model: LanguageModel, prompts: Prompts
) -> tuple[tuple[MemoryItem, ...], str]:
    """Return what set the attempts apart, at most 5 items, and which model by which prompt said so.

    Raises:
        ProviderError: when the model does not answer, or its answer holds no items and does not say so.
    """
    material = {"task": contrast.task, "attempts": attempts_text(contrast.attempts)}
    prompt = prompts.ask("self_contrast", "answer_items", items_schema(MOST_ITEMS), TEMPERATURE, **material)
    return parse_items(await model.complete(prompt), MOST_ITEMS), prompt.signed(model.name)


async def best_of_n(contrast: Experience, model: LanguageModel, prompts: Prompts) -> tuple[str, str]:
    """Return the member whose result should be kept, and why.

    Raises:
        ProviderError: when the model does not answer, or names none of the attempts.
    """
    material = {"task": contrast.task, "attempts": attempts_text(contrast.attempts)}
    prompt = prompts.ask("best_of_n", "answer_choice", CHOICE_SCHEMA, 0.0, **material)
    number, reason = parse_choice(await model.complete(prompt), len(contrast.members))
    return contrast.members[number], reason[:500]


def any_known(contrast: Experience) -> bool:
    """Tell whether the outcome of any contrasted attempt is known: without one there is nothing to learn yet."""
    return bool(contrast.members) and any(attempt.verdict.outcome != "unknown" for attempt in contrast.attempts)


def chosen(best: str, members: Sequence[str]) -> tuple[int, str] | None:
    """Return the attempt that the caller names as the best one, by number or by id, and the reason given.

    The number is counted from 0; `members` holds an empty id for an attempt that has none yet.

    Raises:
        InvalidInput: when it names none of the attempts.
    """
    if not best.strip():
        return None
    found = _CHOICE.match(best)
    if found:
        name, reason = found.group(1).lower(), " ".join(found.group(2).split())[:500] or "chosen by the agent"
        if name in members:
            return members.index(name), reason
        if name.isdigit() and 1 <= int(name) <= len(members):
            return int(name) - 1, reason
    listed = ", ".join(member for member in members if member)
    raise InvalidInput(
        "best",
        f"it names none of the attempts; give a number from 1 to {len(members)}"
        + (f" or one of {listed}" if listed else ""),
    )


def best_by_outcome(members: Sequence[Experience]) -> tuple[str, str]:
    """Return the attempt to keep by what is known: success, then evidence for it, then fewest steps."""
    good = [member for member in members if member.verdict.outcome == "success"]
    if not good:
        return "", "no attempt is known to have succeeded"
    first = min(good, key=lambda member: (member.verdict.source != "evidence", _length(member)))
    if len(good) == 1:
        return first.id, "the only attempt known to have succeeded"
    return (
        first.id,
        f"of the {len(good)} attempts known to have succeeded, the one best shown and with the fewest steps",
    )


def _length(member: Experience) -> int:
    return len(member.attempts[-1].trajectory.steps) if member.attempts else 0
