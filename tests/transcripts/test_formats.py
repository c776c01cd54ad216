"""Formats are recognised by what they hold, nothing is lost, and an outcome is taken only where one is stated."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from samples import LESSON, STEPS, TASK
from trajectories import SAMPLES

from rb_mcp.transcripts import FORMATS, Unreadable, read
from rb_mcp.transcripts.recording import Recording
from rb_mcp.types import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

NATIVE: dict[str, Any] = {
    "task": TASK,
    "trajectory": STEPS,
    "outcome": "failure",
    "evidence": "1 failed",
    "strategies": [LESSON],
}
MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": "You are an agent."},
    {"role": "user", "content": "Cancel order W1"},
    {
        "role": "assistant",
        "content": "Let me look.",
        "tool_calls": [{"id": "1", "function": {"name": "get", "arguments": '{"id": 1}'}}],
    },
    {"role": "tool", "tool_call_id": "1", "content": "pending"},
    {"role": "assistant", "content": [{"type": "text", "text": "Shall I cancel it?"}, {"type": "image_url"}]},
    {"role": "user", "content": "yes"},
    {"role": "assistant", "content": None, "function_call": {"name": "cancel", "arguments": {"id": 1}}},
    {"role": "function", "name": "cancel", "content": "cancelled"},
]


def _all(text: str, name: str = "auto") -> Sequence[Recording | Unreadable]:
    return list(read(io.StringIO(text), name))


def _one(record: object) -> Recording:
    [found] = _all(json.dumps(record))
    assert isinstance(found, Recording), found
    return found


def _texts(found: Recording) -> str:
    return "\n".join(f"{step.thought}\n{step.action}\n{step.observation}" for step in found.trajectory.steps)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("told", [True, False])
def test_every_format_is_recognised_and_nothing_is_lost(name: str, told: bool) -> None:
    sample = SAMPLES[name]
    [found] = _all(sample.text, sample.format if told else "auto")
    assert isinstance(found, Recording), found
    assert found.trajectory.task == sample.task
    assert found.verdict.outcome == sample.outcome, found.verdict
    assert (found.verdict.source == "evidence") == (sample.outcome != "unknown")
    assert len(found.trajectory.steps) == sample.steps
    assert [text for text in sample.texts if text not in _texts(found)] == []


def test_there_is_a_sample_of_every_format() -> None:
    assert {sample.format for sample in SAMPLES.values()} == set(FORMATS)


def test_our_own_format_is_taken_whole() -> None:
    found = _one(NATIVE)
    assert found.trajectory.task == TASK
    assert len(found.trajectory.steps) == 3
    assert (found.verdict.outcome, found.verdict.reason, found.verdict.source) == ("failure", "1 failed", "evidence")
    assert [item.title for item in found.items] == [LESSON["title"]]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(NATIVE),
        json.dumps(NATIVE, indent=2),
        json.dumps([NATIVE]),
        json.dumps([NATIVE], indent=1),
        "\n\n" + json.dumps(NATIVE) + "\n\n",
        json.dumps({"messages": MESSAGES}),
        json.dumps({"messages": MESSAGES}, indent=2),
        json.dumps(MESSAGES),
    ],
)
def test_one_record_is_found_however_it_is_laid_out(text: str) -> None:
    [found] = _all(text)
    assert isinstance(found, Recording), found


def test_a_record_a_line_and_a_list_of_records_are_all_taken() -> None:
    assert len(_all("\n".join(json.dumps(NATIVE) for _ in range(3)))) == 3
    assert len(_all(json.dumps([NATIVE, {"messages": MESSAGES}, NATIVE]))) == 3


def test_chat_messages_become_steps() -> None:
    found = _one({"messages": MESSAGES})
    assert found.trajectory.task == "Cancel order W1"
    assert found.trajectory.steps == (
        Step("Let me look.", 'get({"id": 1})', "pending"),
        Step("", "Shall I cancel it?\n[image_url]", "user: yes"),
        Step("", 'cancel({"id": 1})', "cancelled"),
    )
    assert found.verdict.outcome == "unknown"


@pytest.mark.parametrize(
    ("stated", "outcome"),
    [
        ({"reward": 1.0}, "success"),
        ({"reward": 0}, "failure"),
        ({"reward": 0.5}, "unknown"),
        ({"reward": None}, "unknown"),
        ({"reward": True}, "unknown"),
        ({"reward": "1"}, "unknown"),
        ({"outcome": "failure"}, "failure"),
        ({}, "unknown"),
    ],
)
def test_an_outcome_is_taken_only_where_one_is_stated(stated: dict[str, Any], outcome: str) -> None:
    assert _one({"messages": MESSAGES, **stated}).verdict.outcome == outcome


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"task": TASK, "trajectory": []}, "trajectory"),
        ({"task": "", "trajectory": STEPS}, "task"),
        (NATIVE | {"reward": 1}, "reward"),
        (NATIVE | {"outcome": "good"}, "outcome"),
        (NATIVE | {"trajectory": "ls"}, "trajectory"),
        (NATIVE | {"trajectory": [{"action": 4}]}, "trajectory[0].action"),
        ({"messages": [{"role": "user", "content": "hello"}]}, "messages"),
        ({"messages": [{"role": "user", "content": "hello"}, {"role": "robot"}]}, "messages[1].role"),
        ({"messages": [*MESSAGES, {"role": "assistant", "tool_calls": [dict[str, Any]()]}]}, "tool_calls[0]"),
        ({"something": "else"}, "no known format"),
        ("text", "no known format"),
        (7, "no known format"),
    ],
)
def test_what_cannot_be_taken_is_told_by_its_field(record: object, said: str) -> None:
    [found] = _all(json.dumps(record))
    assert isinstance(found, Unreadable)
    assert said in found.why


def test_a_broken_line_does_not_stop_the_others() -> None:
    good = json.dumps(NATIVE)
    found = _all("\n".join([good, good[:-9], "", '{"a": 1}', good]))
    assert [isinstance(one, Recording) for one in found] == [True, False, False, True]
    assert [one.where for one in found if isinstance(one, Unreadable)] == ["line 2", "line 4"]
    [empty] = _all("")
    assert isinstance(empty, Unreadable)
    [deep] = _all("[" * 100_000)
    assert isinstance(deep, Unreadable)
