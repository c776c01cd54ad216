"""Any BrowserGym agent (WebArena, WorkArena, ...) with memory: what earlier episodes taught stands in its goal.

    exp_args.prepare(folder)
    run(exp_args)  # in place of exp_args.run(); BrowserGym's own, or AgentLab's

In a loop of your own, `MemoryAgent(agent)` stands in for the agent, and is told at the end what the rewards came to:

    agent.finish({"cum_reward": total})

The bank is the one of RB_MCP_BANK, and RB_MCP_MODEL names who distils. Only the agent sees the memory: what BrowserGym
saves of an experiment is what it would be without. Not covered: chats without a goal; agents that take no dict.
"""

from __future__ import annotations

import json
import os
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio.from_thread import start_blocking_portal

from rb_mcp.config import Settings
from rb_mcp.memory.opening import open_bank
from rb_mcp.memory.scaling import finished, memory
from rb_mcp.transcripts import browsergym

if TYPE_CHECKING:
    from rb_mcp.memory.bank import Receipt

SEEN = ("url", "axtree_txt", "last_action_error")
"""What is recorded of an observation: enough to learn from, without the HTML."""


class MemoryAgent:
    """An agent that recalls before its first action and is recorded by `finish`; all else is the agent's own."""

    def __init__(self, agent: Any) -> None:  # noqa: ANN401 - any class with BrowserGym's methods
        self._agent = agent
        self._goal = self._recall_id = self._memory = ""
        self._steps: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._agent, name)

    def get_action(self, obs: dict[str, Any]) -> tuple[Any, Any]:
        """Return the action of the agent, who is shown the memory beside its goal, and what it says about it."""
        if not self._goal:
            texts = [part["text"] for part in obs.get("goal_object") or () if part["type"] == "text"]
            self._goal = "\n".join(texts) or obs["goal"]  # where images belong to it, `goal` is but a warning
            with start_blocking_portal() as portal:  # not anyio.run: Playwright has a loop running in this thread
                self._recall_id, self._memory = portal.call(recall, self._goal)
        seen = {name: obs.get(name) for name in SEEN}
        action, about = self._agent.get_action(with_memory(obs, self._memory) if self._memory else obs)
        if action:  # an agent that has nothing to do ends the episode
            self._steps.append({"obs": seen, "action": str(action), "agent_info": {"think": about.get("think")}})
        return action, about

    def finish(self, summary: dict[str, Any]) -> Receipt | None:
        """Record the episode with its `cum_reward`, as in BrowserGym's summary_info.json; nothing a second time."""
        episode = {"goal": self._goal, "steps": self._steps, "summary_info": summary}
        with start_blocking_portal() as portal:
            receipt = portal.call(record, episode, self._recall_id) if self._steps else None
        self._goal, self._steps = "", []  # kept until here: if the bank cannot take it now, it can be told again
        return receipt


def run(exp_args: Any) -> Receipt | None:  # noqa: ANN401 - ExpArgs of BrowserGym or of AgentLab
    """Run a prepared experiment with memory, and record it; None if the agent did nothing."""
    own = exp_args.agent_args
    agent = MemoryAgent(own.make_agent())
    exp_args.agent_args = copy(own)
    exp_args.agent_args.make_agent = lambda: agent
    try:
        exp_args.run()
    finally:
        exp_args.agent_args = own
    return agent.finish(json.loads(Path(exp_args.exp_dir, "summary_info.json").read_text(encoding="utf-8")))


def with_memory(obs: dict[str, Any], block: str) -> dict[str, Any]:
    """Return an observation with a block after the goal, wherever agents read that: as text, as parts, in the chat."""
    chat = [dict(message) for message in obs.get("chat_messages") or ()]
    for message in [message for message in chat if message["role"] == "user"][:1]:
        message["message"] += f"\n\n{block}"
    parts = (*(obs.get("goal_object") or ()), {"type": "text", "text": block})
    return {**obs, "goal": f"{obs['goal']}\n\n{block}", "goal_object": parts, "chat_messages": tuple(chat)}


async def recall(task: str) -> tuple[str, str]:
    """Return the id of a recall and its block; no block where nothing is near."""
    async with open_bank(Settings.from_environ(os.environ)) as bank:
        found = await bank.recall(task, 1, bank.namespace)
        return found.id, await memory(bank, found) if found.strategies else ""


async def record(episode: dict[str, Any], recall_id: str) -> Receipt:
    """Keep an episode, and distil it where there is a model."""
    found = browsergym.convert(episode)
    async with open_bank(Settings.from_environ(os.environ)) as bank:
        return await finished(bank, await bank.record(found.trajectory, found.verdict, (), recall_id, bank.namespace))
