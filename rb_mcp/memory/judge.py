"""LLM-as-a-judge (section 3.2 of the paper): a trajectory → a verdict in three values.

The judge speaks only where no evidence does. A reply that is no verdict raises; it never becomes one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from rb_mcp.errors import Malformed
from rb_mcp.memory.rendering import trajectory_text
from rb_mcp.memory.replies import VERDICT_SCHEMA, parse_verdict
from rb_mcp.types import Outcome, Verdict

if TYPE_CHECKING:
    from rb_mcp.protocols import LanguageModel
    from rb_mcp.templates import Prompts
    from rb_mcp.types import Attempt


_MOST_TOKENS = 1_000
"""A verdict takes a tenth of that; small models were seen to repeat themselves until they are stopped."""
_ECHO = "observation that decides it, quoted"
"""Of the form of the answer: real replies held it in place of an observation."""


async def judge(attempt: Attempt, model: LanguageModel, prompts: Prompts, votes: int = 1) -> Verdict:
    """Return what most of `votes` judgements say; without a majority nobody can tell.

    Raises:
        ProviderError: when the model does not answer, or its answer is no verdict.
    """
    trajectory = attempt.trajectory
    material = {"task": trajectory.task, "trajectory": trajectory_text(trajectory)}
    prompt = prompts.ask("judge", "answer_verdict", VERDICT_SCHEMA, 0.0, **material)
    prompt = replace(prompt, most_tokens=_MOST_TOKENS)
    said = [parse_verdict(await model.complete(prompt)) for _ in range(votes)]
    if any(_ECHO in reason.casefold() for _, reason in said):
        raise Malformed(f"{model.name} repeated the instructions instead of quoting what decides")
    counted = Counter[Outcome](outcome for outcome, _ in said)
    outcome, count = counted.most_common(1)[0]
    if 2 * count <= votes:
        return Verdict("unknown", f"{votes} judgements without a majority", "judge", prompt.signed(model.name))
    reason = next(reason for one, reason in said if one == outcome)
    return Verdict(outcome, reason[:2_000], "judge", prompt.signed(model.name))
