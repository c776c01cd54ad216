"""mini-swe-agent with memory: what earlier tasks taught stands in its system prompt, and every run is recorded.

    agent = DefaultAgent(model, env, **config["agent"])
    info, receipt = run(agent, task, tests=lambda: (passed(), "what the tests printed"))

`tests` is asked when the agent is done. Where they run much later, as SWE-bench's do, leave it out, keep
`receipt.experience.id`, and `report` how they went. Without either, a model judges or the outcome stays unknown.

The bank is the one of RB_MCP_BANK, and RB_MCP_MODEL names who distils. Written against mini-swe-agent 2. A
run that ends in an error of the model or the environment raises it and is not recorded.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from anyio.from_thread import start_blocking_portal

from rb_mcp.config import Settings
from rb_mcp.errors import InvalidInput
from rb_mcp.memory.intake import LONGEST_EVIDENCE, LONGEST_TASK
from rb_mcp.memory.opening import open_bank
from rb_mcp.memory.scaling import finished, memory
from rb_mcp.transcripts import mini_swe_agent
from rb_mcp.types import Trajectory, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from rb_mcp.memory.bank import Receipt

PLACE = "{{ memory }}"
"""In the system prompt, which is not recorded: else what was recalled would be learned again."""


def run(
    agent: Any,  # noqa: ANN401 - any class with DefaultAgent's methods
    task: str,
    tests: Callable[[], tuple[bool, str]] | None = None,
) -> tuple[dict[str, Any], Receipt | None]:
    """Run an agent with memory, in place of `agent.run(task)`; return how it ended, and what was recorded.

    `tests` returns whether they passed, and what they printed. A run in which the agent did nothing is not recorded.
    """
    asked = task[:LONGEST_TASK]
    with start_blocking_portal() as portal:  # a loop on a thread of its own, whatever runs in this one
        recall_id, block = portal.call(recall, asked)
    if PLACE not in agent.config.system_template:
        agent.config.system_template += PLACE
    info = agent.run(task, memory=block)
    try:
        found = mini_swe_agent.convert({"messages": agent.messages, "info": info})
    except InvalidInput as error:
        print(f"not recorded: {error}", file=sys.stderr)
        return info, None
    trajectory = Trajectory(asked, found.trajectory.steps)  # the prompt may have a template that is not known
    with start_blocking_portal() as portal:
        return info, portal.call(record, trajectory, tested(*tests()) if tests else found.verdict, recall_id)


def report(experience_id: str, passed: bool, printed: str) -> Receipt:
    """Say how the tests of a recorded run went, now that it is known."""
    with start_blocking_portal() as portal:
        return portal.call(correct, experience_id, tested(passed, printed))


def tested(passed: bool, printed: str) -> Verdict:
    """Return what tests say: their last lines are the ones that tell."""
    said = printed.strip()[-LONGEST_EVIDENCE:] or f"the tests {'passed' if passed else 'failed'}"
    return Verdict("success" if passed else "failure", said, "evidence")


async def recall(task: str) -> tuple[str, str]:
    """Return the id of a recall and its block; no block where nothing is near."""
    async with open_bank(Settings.from_environ(os.environ)) as bank:
        found = await bank.recall(task, 1, bank.namespace)
        return found.id, f"\n\n{await memory(bank, found)}" if found.strategies else ""


async def record(trajectory: Trajectory, verdict: Verdict, recall_id: str) -> Receipt:
    """Keep a run, and distil it where there is a model."""
    async with open_bank(Settings.from_environ(os.environ)) as bank:
        return await finished(bank, await bank.record(trajectory, verdict, (), recall_id, bank.namespace))


async def correct(experience_id: str, verdict: Verdict) -> Receipt:
    """Set the outcome of what is recorded, and distil it again where there is a model."""
    async with open_bank(Settings.from_environ(os.environ)) as bank:
        return await finished(bank, await bank.resume(experience_id, (), verdict, (), "", bank.namespace))
