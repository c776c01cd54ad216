"""The whole loop by hooks alone: what one session's failure taught reaches the next session's prompt."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Caller
from hooked import claude
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


def claude_code(task: str = TASK, output: str = f"Exit code 1\n{OUTPUT}") -> str:
    """A turn as Claude Code writes it: a prompt, a test run that fails, and the agent giving up."""
    command = "ls" if "cancelled" in output else "pytest -q"
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": "code 1" in output, "content": output}
    call = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": command}}
    said: list[tuple[str, Any]] = [
        ("user", task),
        ("assistant", [{"type": "text", "text": "See it fail."}, call]),
        ("user", [result]),
        ("assistant", [{"type": "text", "text": "That is where it stands."}]),
    ]
    lines: list[dict[str, Any]] = []
    for number, (role, content) in enumerate(said):
        message = {"role": role, "content": content, "id": f"msg_{number}", "type": "message", "model": "claude"}
        message["stop_reason"] = "end_turn" if number == len(said) - 1 else "tool_use"
        lines.append(
            {
                "type": role,
                "message": message if role == "assistant" else {"role": role, "content": content},
                "uuid": f"{task} {number}",
                "parentUuid": f"{task} {number - 1}" if number else None,
                "isSidechain": False,
                "userType": "external",
                "cwd": "/repo",
                "sessionId": "s1",
                "version": "2.1.0",
                "timestamp": f"2026-11-01T10:00:0{number}.000Z",
            }
        )
    return "\n".join(json.dumps(line) for line in lines)


READ = pytest.mark.skipif("claude-code" not in FORMATS, reason="Claude Code's transcripts are not read yet")


@READ
def test_each_task_of_a_session_is_judged_by_its_own_test_run(hooked: Hooked) -> None:
    objection = "no, that's wrong: the month and the day are still swapped"
    passed = "=== 41 passed in 0.31s ==="
    said = [
        (TASK, f"Exit code 1\n{OUTPUT}", "failure"),
        ("Cancel the reservation of a customer", "cancelled", "unknown"),
        ("Repair the importer of orders", passed, "failure"),
        (objection, passed, "success"),
    ]
    written = ""
    for prompt, output, _ in said:
        hooked.prompt(prompt)
        written += claude_code(prompt, output) + "\n"
        hooked.transcript.write_text(written, encoding="utf-8")
        hooked.hook("stop", claude("Stop", hooked))
    found = hooked.experiences()
    assert [one.verdict.outcome for one in found] == [outcome for _, _, outcome in said]
    assert found[2].verdict.reason == f"the user said: {objection}"
    assert [one.task for one in found[:3]] == [prompt for prompt, _, _ in said[:3]]
    assert found[3].task == f"{said[2][0]}\n\n{objection}"
    assert [len(one.attempts) for one in found] == [1, 1, 1, 1]
    assert hooked.log() == ""


@READ
def test_a_nod_goes_on_with_its_task_in_one_experience(hooked: Hooked) -> None:
    hooked.prompt(TASK)
    first = claude_code() + "\n"
    hooked.transcript.write_text(first, encoding="utf-8")
    hooked.hook("stop", claude("Stop", hooked))
    assert hooked.prompt("go on").silent
    hooked.transcript.write_text(first + claude_code("go on", "=== 41 passed in 0.31s ===") + "\n", encoding="utf-8")
    hooked.hook("stop", claude("Stop", hooked))
    [experience] = hooked.experiences()
    assert experience.task == TASK
    assert [one.verdict.outcome for one in experience.attempts] == ["failure", "success"]


@pytest.mark.anyio
@pytest.mark.parametrize("transcript", [native, pytest.param(claude_code, marks=READ)])
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
