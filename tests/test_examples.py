"""The examples run as they stand, against servers that speak the vendors' wire formats."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from wire import Answer, Wire, served

EXAMPLES = Path(__file__).parents[1] / "examples"


def claude(*blocks: dict[str, Any], stop: str = "end_turn") -> Answer:
    usage = {"input_tokens": 1, "output_tokens": 1}
    body = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": blocks}
    return Answer({**body, "stop_reason": stop, "stop_sequence": None, "usage": usage})


def gemini(*parts: dict[str, Any]) -> Answer:
    return Answer({"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}]})


def run(name: str, folder: Path, wire: Wire) -> tuple[str, list[dict[str, Any]]]:
    """Run an example in a folder and return what it printed and what its bank holds."""
    environ = {
        **os.environ,
        "RB_MCP_BANK": str(folder / "bank.db"),
        "RB_MCP_EMBEDDER": "hashing",
        "RB_MCP_MODEL": "agent",
        "ANTHROPIC_API_KEY": "k",
        "ANTHROPIC_BASE_URL": wire.url,
        "GEMINI_API_KEY": "k",
        "GOOGLE_GEMINI_BASE_URL": wire.url,
    }
    command = [sys.executable, str(EXAMPLES / name), "How many files are there?"]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    listed = [sys.executable, "-m", "rb_mcp", "list", "--experiences", "--json"]
    held = subprocess.run(listed, env=environ, capture_output=True, text=True, check=True)
    return done.stdout, json.loads(held.stdout)


@pytest.mark.skipif(sys.platform == "win32", reason="the agent's commands are a POSIX shell's")
def test_the_anthropic_loop_attempts_in_parallel_and_records(tmp_path: Path) -> None:
    call = {"type": "tool_use", "id": "t", "name": "shell", "input": {"command": "ls | wc -l"}}
    with served() as wire:
        wire.answer(
            claude({"type": "text", "text": "I count."}, call, stop="tool_use"),
            claude({"type": "text", "text": "Three."}),
        )
        printed, held = run("anthropic_loop.py", tmp_path, wire)
        asked = json.dumps([request.body for request in wire.requests])
    assert "Three." in printed
    assert "exit code 0" in asked
    assert "Nothing in memory" in asked
    assert held


@pytest.mark.skipif(sys.platform == "win32", reason="the agent's commands are a POSIX shell's")
def test_the_gemini_loop_refines_one_experience_in_rounds(tmp_path: Path) -> None:
    call = {"functionCall": {"name": "shell", "args": {"command": "ls | wc -l"}}}
    with served() as wire:
        wire.answer(gemini(call), gemini({"text": "Three."}), gemini({"text": "Still three."}))
        printed, [experience] = run("gemini_loop.py", tmp_path, wire)
        asked = json.dumps([request.body for request in wire.requests])
    assert "Still three." in printed
    assert "exit code 0" in asked
    assert "Look again at your own attempt" in asked
    assert len(experience["attempts"]) == 2, "a third round that is like the second is no new one"
