"""A tool loop on the Gemini API that refines its own attempt: three rounds of one experience.

    GEMINI_API_KEY=... python examples/gemini_loop.py "How many files does this folder hold?"

The agent may run shell commands in the current folder. Its bank is the one of RB_MCP_BANK.
Needs `pip install 'rb-mcp[google]'`. Not covered: sandboxing. Run it where a mistake does no harm.
"""

from __future__ import annotations

import os
import subprocess
import sys

import anyio
from google import genai
from google.genai import types

from rb_mcp.config import Settings
from rb_mcp.memory.opening import open_bank
from rb_mcp.memory.scaling import sequential
from rb_mcp.types import Attempt, Step, Trajectory

MODEL = os.environ.get("MODEL", "gemini-3.8-flash")
SHELL = types.FunctionDeclaration(
    name="shell",
    description="Run a shell command and see what it prints.",
    parameters_json_schema={"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
)
CONFIG = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[SHELL])])


async def agent(task: str, memory: str) -> Attempt:
    """Work on a task until the model calls no more tools; what it saw and did are the steps."""
    client = genai.Client()
    contents = [types.Content(role="user", parts=[types.Part(text=f"{memory}\n\nTask: {task}")])]
    steps: list[Step] = []
    for _ in range(20):
        reply = await client.aio.models.generate_content(  # pyright: ignore[reportUnknownMemberType]
            model=MODEL, contents=list(contents), config=CONFIG
        )
        content = reply.candidates[0].content if reply.candidates else None
        parts = (content.parts if content else None) or []
        said = "\n".join(part.text for part in parts if part.text)
        calls = [part.function_call for part in parts if part.function_call]
        if content is None or not calls:
            steps.append(Step(action=said))
            break
        contents.append(content)
        for call in calls:
            command = str((call.args or {}).get("command", ""))
            seen = await anyio.to_thread.run_sync(shell, command)
            steps.append(Step(said, command, seen))
            part = types.Part.from_function_response(name="shell", response={"output": seen})
            contents.append(types.Content(role="user", parts=[part]))
    return Attempt(Trajectory(task, tuple(steps)))  # no verdict: nothing here showed one, so the judge decides


def shell(command: str) -> str:
    """Run a command and return what it printed, and how it ended."""
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=False)  # noqa: S602
    return f"{done.stdout}{done.stderr}exit code {done.returncode}"


async def main(task: str) -> None:
    """Attempt a task in three rounds, and say what came of it."""
    async with open_bank(Settings.from_environ(os.environ)) as bank:
        scaled = await sequential(bank, agent, task, k=3)
    print(scaled.best.trajectory.steps[-1].action)
    for strategy in scaled.receipt.strategies:
        print(f"{strategy.action}: {strategy.title}")


if __name__ == "__main__":
    anyio.run(main, sys.argv[1])
