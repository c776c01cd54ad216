"""Whatever is wrong with an argument, a client reads one sentence that names it, and nothing is half-written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from samples import LESSON, STEPS, TASK

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from conftest import Caller

    from rb_mcp.config import Settings

    Connect = Callable[[Settings], AbstractAsyncContextManager[Caller]]

pytestmark = pytest.mark.anyio

ATTEMPT = {"trajectory": STEPS, "outcome": "success"}
RECORD: dict[str, Any] = {"task": TASK, "trajectory": STEPS}
CONTRAST: dict[str, Any] = {"task": TASK, "attempts": [ATTEMPT, {"trajectory": [{"action": "other"}]}]}

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    # nothing, or not the right kind
    ("recall_strategies", {}, "task"),
    ("recall_strategies", {"task": None}, "task"),
    ("recall_strategies", {"task": ""}, "task"),
    ("recall_strategies", {"task": " \n\t"}, "task"),
    ("recall_strategies", {"task": "\x00\x07"}, "task"),
    ("recall_strategies", {"task": 7}, "task"),
    ("recall_strategies", {"task": ["a"]}, "task"),
    ("recall_strategies", {"task": {"a": 1}}, "task"),
    ("recall_strategies", {"task": "x" * 8_001}, "task"),
    ("recall_strategies", {"task": TASK, "k": -1}, "k"),
    ("recall_strategies", {"task": TASK, "k": 11}, "k"),
    ("recall_strategies", {"task": TASK, "k": 10**30}, "k"),
    ("recall_strategies", {"task": TASK, "k": "many"}, "k"),
    ("recall_strategies", {"task": TASK, "k": 1.5}, "k"),
    ("recall_strategies", {"task": TASK, "k": [1]}, "k"),
    ("recall_strategies", {"task": TASK, "kind": "x" * 301}, "kind"),
    ("recall_strategies", {"task": TASK, "kind": ["a", "b"]}, "kind"),
    ("recall_strategies", {"task": TASK, "context": "x" * 40_001}, "context"),
    ("recall_strategies", {"task": TASK, "context": {"error": "x"}}, "context"),
    ("recall_strategies", {"task": TASK, "ids": ["the first one"]}, "ids"),
    ("recall_strategies", {"task": TASK, "ids": [1]}, "ids[0]"),
    ("recall_strategies", {"task": TASK, "ids": 7}, "ids"),
    ("recall_strategies", {"task": TASK, "ids": [f"str_{number}" for number in range(11)]}, "ids"),
    ("recall_strategies", {"task": TASK, "ids": {"id": "str_1"}}, "ids"),
    ("record_trajectory", {"task": TASK, "trajectory": STEPS, "kind": "x" * 301}, "kind"),
    ("record_trajectory", {"task": TASK, "trajectory": STEPS, "kind": 5}, "kind"),
    ("recall_strategies", {"task": TASK, "namespace": "a/b"}, "namespace"),
    ("recall_strategies", {"task": TASK, "namespace": "../x"}, "namespace"),
    ("recall_strategies", {"task": TASK, "namespace": "x" * 65}, "namespace"),
    ("recall_strategies", {"task": TASK, "namespace": "name\x00"}, "namespace"),
    ("recall_strategies", {"task": TASK, "namespace": 3}, "namespace"),
    ("recall_strategies", {"task": TASK, "ns": "web"}, "ns"),
    ("recall_strategies", {"task": TASK, "limit\ud83d": 3}, "limit"),
    ("record_trajectory", {"task": TASK}, "trajectory"),
    ("record_trajectory", {"task": TASK, "trajectory": []}, "trajectory"),
    ("record_trajectory", {"task": TASK, "trajectory": [{}]}, "trajectory"),
    ("record_trajectory", {"task": TASK, "trajectory": 5}, "trajectory"),
    ("record_trajectory", {"task": TASK, "trajectory": [5]}, "trajectory[0]"),
    ("record_trajectory", {"task": TASK, "trajectory": [{"action": ["ls"]}]}, "trajectory[0].action"),
    ("record_trajectory", {"task": TASK, "trajectory": [{"role": "user"}]}, "trajectory[0].role"),
    ("record_trajectory", {"task": TASK, "trajectory": [{"action": "a"}] * 2_001}, "trajectory"),
    ("record_trajectory", {"task": TASK, "trajectory": [{"action": "a" * 4_000_001}]}, "trajectory"),
    ("record_trajectory", RECORD | {"outcome": "great"}, "outcome"),
    ("record_trajectory", RECORD | {"outcome": True}, "outcome"),
    ("record_trajectory", RECORD | {"evidence": "x" * 4_001, "outcome": "success"}, "evidence"),
    ("record_trajectory", RECORD | {"evidence": {"exit": 0}}, "evidence"),
    ("record_trajectory", RECORD | {"strategies": [LESSON] * 4}, "strategies"),
    ("record_trajectory", RECORD | {"strategies": 7}, "strategies"),
    ("record_trajectory", RECORD | {"strategies": [{"description": "x", "content": "y"}]}, "strategies[0].title"),
    ("record_trajectory", RECORD | {"strategies": [LESSON | {"content": " "}]}, "strategies[0].content"),
    ("record_trajectory", RECORD | {"strategies": [LESSON | {"when": "x"}]}, "strategies[0].when"),
    ("record_trajectory", RECORD | {"strategies": [LESSON | {"title": 4}]}, "strategies[0].title"),
    ("record_trajectory", RECORD | {"strategies": [LESSON | {"content": "x" * 9_000}]}, "strategies[0]"),
    ("record_trajectory", RECORD | {"strategies": [LESSON | {"same_as": "str_0"}]}, "strategies[0].same_as"),
    ("record_trajectory", RECORD | {"strategies": [LESSON | {"same_as": "that one"}]}, "strategies[0].same_as"),
    ("record_trajectory", RECORD | {"strategies": [LESSON | {"same_as": 3}]}, "strategies[0].same_as"),
    ("record_trajectory", RECORD | {"recall_id": "rec_0000000000000000"}, "recall_id"),
    ("record_trajectory", RECORD | {"recall_id": "not an id"}, "recall_id"),
    ("record_trajectory", RECORD | {"recall_id": 5}, "recall_id"),
    ("record_trajectory", RECORD | {"experience_id": "exp_0000000000000000"}, "experience_id"),
    ("record_trajectory", RECORD | {"experience_id": "' OR 1=1 --"}, "experience_id"),
    ("record_trajectory", RECORD | {"experience_id": "x" * 100_000}, "experience_id"),
    ("record_trajectory", RECORD | {"transcript": "..."}, "transcript"),
    ("contrast_trajectories", {"task": TASK}, "attempts"),
    ("contrast_trajectories", {"task": TASK, "attempts": [ATTEMPT]}, "attempts"),
    ("contrast_trajectories", {"task": TASK, "attempts": [ATTEMPT] * 11}, "attempts"),
    ("contrast_trajectories", {"task": TASK, "attempts": [ATTEMPT, ATTEMPT]}, "attempts"),
    ("contrast_trajectories", {"task": TASK, "attempts": [ATTEMPT, {"outcome": "failure"}]}, "attempts[1].trajectory"),
    ("contrast_trajectories", {"task": TASK, "attempts": [ATTEMPT, {"steps": []}]}, "attempts[1].steps"),
    ("contrast_trajectories", {"task": TASK, "attempts": [ATTEMPT, 7]}, "attempts[1]"),
    ("contrast_trajectories", {"task": TASK, "attempts": [ATTEMPT, {"trajectory": [{"action": 1}]}]}, "attempts[1]"),
    ("contrast_trajectories", {"task": TASK, "experience_ids": ["exp_1", "exp_2"]}, "experience_id"),
    ("contrast_trajectories", {"task": TASK, "experience_ids": [1, 2]}, "experience_ids[0]"),
    ("contrast_trajectories", {"task": TASK, "experience_ids": ["a b", "c"]}, "experience_ids"),
    ("contrast_trajectories", CONTRAST | {"best": "the green one"}, "best"),
    ("contrast_trajectories", CONTRAST | {"best": "3"}, "best"),
    ("contrast_trajectories", CONTRAST | {"best": 2.5}, "best"),
    ("contrast_trajectories", CONTRAST | {"best": "exp_0000000000000000"}, "best"),
    ("contrast_trajectories", CONTRAST | {"recall_id": "rec_0000000000000000"}, "recall_id"),
    ("contrast_trajectories", CONTRAST | {"experience_ids": ["exp_0000000000000000"]}, "experience_id"),
    ("contrast_trajectories", CONTRAST | {"strategies": [LESSON] * 6}, "strategies"),
    ("contrast_trajectories", CONTRAST | {"k": 2}, "k"),
]


async def test_every_wrong_argument_is_refused_in_a_sentence_that_names_it(
    connect: Connect, settings: Settings
) -> None:
    async with connect(settings) as call:
        for tool, arguments, field in REFUSED:
            sentence = await call.refused(tool, **arguments)
            assert field in sentence, (tool, field, sentence)
            if tool == "recall_strategies":
                assert sentence.startswith(field), sentence
            assert len(sentence) < 400, sentence
            assert "Traceback" not in sentence
            assert "\n" not in sentence
            assert "Error executing" not in sentence
            assert "pydantic" not in sentence


async def test_a_refused_call_leaves_nothing_behind(connect: Connect, settings: Settings) -> None:
    async with connect(settings) as call:
        for tool, arguments, _ in REFUSED:
            await call.refused(tool, **arguments)
        assert "Nothing is recorded yet" in await call.read("rb://bank")


async def test_what_models_commonly_send_for_a_list_is_accepted(connect: Connect, settings: Settings) -> None:
    shapes: list[object] = [
        '[{"action": "ls", "observation": "a.txt"}]',
        {"action": "ls", "observation": "b.txt"},
        "I listed the files, then read the first one.",
        ["ls", "cat a.txt"],
        ['{"action": "ls", "observation": "c.txt"}'],
        [{"action": "ls", "thought": None, "observation": "d.txt"}],
    ]
    async with connect(settings) as call:
        for number, trajectory in enumerate(shapes):
            kept = await call("record_trajectory", task=f"{TASK} {number}", trajectory=trajectory)
            assert kept["status"] == "recorded"
        text = await call(
            "record_trajectory", task=TASK, trajectory="x", outcome="success", strategies="Try it first.\nThen go on."
        )
        assert text["strategies"][0]["title"] == "Try it first."
        null = await call("recall_strategies", task=TASK, k=None, namespace=None)
        assert null["recall_id"]


async def test_characters_nobody_can_see_are_cleaned_away_and_the_rest_is_kept(
    connect: Connect, settings: Settings
) -> None:
    step = {"action": "echo \x1b[31mred\x00", "observation": "caf\u0065\u0301 \u202eabc \U000e0041 \ud83d 👩‍💻\r\nend"}
    async with connect(settings) as call:
        kept = await call("record_trajectory", task=f"{TASK}\x00 \u200b!", trajectory=[step])
        whole = await call.read(f"rb://default/experiences/{kept['experience_id']}")
        assert "echo [31mred" in whole
        assert "café abc  \ufffd 👩‍💻\nend" in whole
        assert f"# {TASK} !" in whole
