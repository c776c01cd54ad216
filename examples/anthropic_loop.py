"""A tool loop on Anthropic's API, scaled by memory: three attempts at once, contrasted, the best one returned.

    ANTHROPIC_API_KEY=... python examples/anthropic_loop.py "How many files does this folder hold?"

The agent may run shell commands in the current folder. Its bank is the one of RB_MCP_BANK.
Needs `pip install 'rb-mcp[anthropic]'`. Not covered: sandboxing. Run it where a mistake does no harm.
"""

from __future__ import annotations

import os
import subprocess
import sys

import anthropic
import anyio

from rb_mcp.config import Settings
from rb_mcp.memory.opening import open_bank
from rb_mcp.memory.scaling import parallel
from rb_mcp.types import Attempt, Step, Trajectory

MODEL = os.environ.get("MODEL", "claude-haiku-5-5")
TOOL: anthropic.types.ToolParam = {
    "name": "shell",
    "description": "Run a shell command and see what it prints.",
    "input_schema": {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
}


async def agent(task: str, memory: str) -> Attempt:
    """Work on a task until the model calls no more tools; what it saw and did are the steps."""
    client = anthropic.AsyncAnthropic()
    messages: list[anthropic.types.MessageParam] = [{"role": "user", "content": f"{memory}\n\nTask: {task}"}]
    steps: list[Step] = []
    for _ in range(20):
        reply = await client.messages.create(model=MODEL, max_tokens=2_000, tools=[TOOL], messages=messages)
        said = "\n".join(block.text for block in reply.content if block.type == "text")
        calls = [block for block in reply.content if block.type == "tool_use"]
        if not calls:
            steps.append(Step(action=said))
            break
        messages.append({"role": "assistant", "content": reply.content})
        results: list[anthropic.types.ToolResultBlockParam] = []
        for call in calls:
            command = str(call.input.get("command", ""))
            seen = await anyio.to_thread.run_sync(shell, command)
            steps.append(Step(said, command, seen))
            results.append({"type": "tool_result", "tool_use_id": call.id, "content": seen})
        messages.append({"role": "user", "content": results})
    return Attempt(Trajectory(task, tuple(steps)))  # no verdict: nothing here showed one, so the judge decides


def shell(command: str) -> str:
    """Run a command and return what it printed, and how it ended."""
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=False)  # noqa: S602
    return f"{done.stdout}{done.stderr}exit code {done.returncode}"


async def main(task: str) -> None:
    """Attempt a task three times, and say what came of it."""
    async with open_bank(Settings.from_environ(os.environ)) as bank:
        scaled = await parallel(bank, agent, task, k=3)
    print(scaled.best.trajectory.steps[-1].action)
    for strategy in scaled.receipt.strategies:
        print(f"{strategy.action}: {strategy.title}")


if __name__ == "__main__":
    anyio.run(main, sys.argv[1])
