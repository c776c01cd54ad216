"""The whole loop by hooks alone: what one session's failure taught reaches the next session's prompt."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Caller
from mcp import Client, StdioServerParameters
from mcp.types import Implementation
from samples import LESSON

from rb_mcp.transcripts import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    from hooked import Hooked

TASK = "Fix the failing unit test in the date parser"
SIMILAR = "Fix the failing unit tests in the date parser module"
OUTPUT = "tests/test_dates.py::test_iso FAILED\n=== 1 failed, 40 passed in 0.31s ==="


def native() -> str:
    """The session as our own format has it."""
    steps = [{"thought": "See it fail.", "action": "pytest -q", "observation": OUTPUT}]
    return json.dumps({"task": TASK, "trajectory": steps, "outcome": "failure", "evidence": "pytest: 1 failed"})


def claude_code() -> str:
    """The session as Claude Code writes it: a prompt, a test run that fails, and the agent giving up."""
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": True, "content": f"Exit code 1\n{OUTPUT}"}
    call = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "pytest -q"}}
    said: list[tuple[str, Any]] = [
        ("user", TASK),
        ("assistant", [{"type": "text", "text": "See it fail."}, call]),
        ("user", [result]),
        ("assistant", [{"type": "text", "text": "The test still fails; I could not mend it."}]),
    ]
    lines: list[dict[str, Any]] = []
    for number, (role, content) in enumerate(said):
        message = {"role": role, "content": content, "id": f"msg_{number}", "type": "message", "model": "claude"}
        lines.append(
            {
                "type": role,
                "message": message if role == "assistant" else {"role": role, "content": content},
                "uuid": f"u{number}",
                "parentUuid": f"u{number - 1}" if number else None,
                "isSidechain": False,
                "userType": "external",
                "cwd": "/repo",
                "sessionId": "s1",
                "version": "2.1.0",
                "timestamp": f"2026-11-01T10:00:0{number}.000Z",
            }
        )
    return "\n".join(json.dumps(line) for line in lines)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "transcript",
    [
        native,
        pytest.param(
            claude_code,
            marks=pytest.mark.skipif("claude-code" not in FORMATS, reason="Claude Code's transcripts are not read yet"),
        ),
    ],
)
async def test_a_failure_teaches_the_next_session_without_a_call_that_an_agent_thought_of(
    hooked: Hooked, transcript: Callable[[], str]
) -> None:
    assert hooked.prompt(TASK).silent
    hooked.transcript.write_text(transcript() + "\n", encoding="utf-8")
    stopped = {"session_id": "s1", "transcript_path": str(hooked.transcript), "hook_event_name": "Stop"}
    asked = hooked.hook("stop", stopped).json
    [experience] = await _kept(hooked)
    assert experience["outcome"] == "failure"
    assert asked["decision"] == "block"
    assert experience["id"] in asked["reason"]

    server = StdioServerParameters(command=sys.executable, args=["-m", "rb_mcp"], env=hooked.environ)
    name = Implementation(name="claude-code", version="2")
    async with Client(server, client_info=name) as client:  # pyright: ignore[reportArgumentType]
        call = Caller(client)  # the agent does as it is told
        handed = await call("record_trajectory", task=TASK, experience_id=experience["id"], strategies=[LESSON])
        assert handed["status"] == "distilled"
        assert hooked.hook("stop", {**stopped, "stop_hook_active": True}).silent

        told = hooked.prompt(SIMILAR, session="s2").json["hookSpecificOutput"]["additionalContext"]
        assert LESSON["content"] in told
        assert "learned from a failure, borne out by evidence" in told
    assert LESSON["content"].encode() in hooked.prompt(SIMILAR, session="s3").stdout
    assert len(await _kept(hooked)) == 1
    assert hooked.log() == ""


async def _kept(hooked: Hooked) -> list[dict[str, str]]:
    from rb_mcp.memory.opening import open_bank  # noqa: PLC0415 - the event loop runs already

    async with open_bank(hooked.settings()) as bank:
        found = await bank.store.experiences(None)
        return [{"id": one.id, "outcome": (await bank.store.experience(one.id, None)).verdict.outcome} for one in found]
