"""The loop as a client sees it: record, be asked for lessons, recall, contrast, correct; in both protocol eras."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from samples import (
    LESSON,
    LESSON_ZH,
    OTHER_LESSON,
    OTHER_STEPS,
    PARAPHRASE,
    PARAPHRASE_ZH,
    STEPS,
    TASK,
    TASK_ZH,
    THIRD_LESSON,
    UNRELATED,
    UNRELATED_ZH,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from conftest import Caller

    from rb_mcp.config import Settings

    Connect = Callable[[Settings], AbstractAsyncContextManager[Caller]]

pytestmark = pytest.mark.anyio


async def test_what_a_failure_and_a_success_taught_is_recalled_for_paraphrases_in_two_languages(
    connect: Connect, settings: Settings
) -> None:
    real = replace(settings, embedder="use")
    async with connect(real) as call:
        await call("record_trajectory", task=TASK, trajectory=OTHER_STEPS, outcome="failure", strategies=[LESSON])
        await call("record_trajectory", task=TASK_ZH, trajectory=STEPS, outcome="success", strategies=[LESSON_ZH])
    async with connect(real) as call:  # a new server on the same file
        for task, lesson, outcome in ((PARAPHRASE, LESSON, "failure"), (PARAPHRASE_ZH, LESSON_ZH, "success")):
            found = await call("recall_strategies", task=task)
            assert [(s["title"], s["outcome"]) for s in found["strategies"]] == [(lesson["title"], outcome)]
            assert lesson["content"] in found["text"]
        for task in (UNRELATED, UNRELATED_ZH):
            assert (await call("recall_strategies", task=task))["strategies"] == []
            assert "Nothing in memory" in call.text.splitlines()[0]


async def test_both_halves_of_a_recall_hold_everything_a_model_needs(connect: Connect, settings: Settings) -> None:
    async with connect(settings) as call:
        await call("record_trajectory", task=TASK, trajectory=STEPS, outcome="success", strategies=[LESSON])
        found = await call("recall_strategies", task=TASK)
        [strategy] = found["strategies"]
        for half in (found["text"], call.text):
            for part in (*LESSON.values(), strategy["id"], "not as orders", "learned from a success"):
                assert part in half
        assert found["recall_id"] in call.text


async def test_the_same_record_twice_is_one_experience(connect: Connect, settings: Settings) -> None:
    async with connect(settings) as call:
        once = await call("record_trajectory", task=TASK, trajectory=STEPS, outcome="success", strategies=[LESSON])
        again = await call("record_trajectory", task=TASK, trajectory=STEPS, outcome="success", strategies=[LESSON])
        assert again["experience_id"] == once["experience_id"]
        assert [s["action"] for s in again["strategies"]] == ["merged"]
        assert "experiences: 1, strategies: 1 active" in await call.read("rb://bank")


async def test_without_lessons_the_agent_is_asked_for_them_in_both_halves(connect: Connect, settings: Settings) -> None:
    async with connect(settings) as call:
        for outcome, said in (("failure", "The task failed"), ("success", "The task succeeded")):
            asked = await call("record_trajectory", task=f"{TASK}: {outcome}", trajectory=STEPS, outcome=outcome)
            assert asked["status"] == "awaiting_distillation"
            for half in (asked["next_step"], call.text):
                assert said in half
                assert f'experience_id="{asked["experience_id"]}"' in half
                assert "41 passed" not in half
            assert len(asked["next_step"]) <= 1_500
            handed = await call(
                "record_trajectory", task=TASK, experience_id=asked["experience_id"], strategies=[LESSON]
            )
            assert (handed["status"], handed["next_step"]) == ("distilled", "")


async def test_an_empty_hand_in_says_that_there_is_nothing_to_keep(connect: Connect, settings: Settings) -> None:
    async with connect(settings) as call:
        asked = await call("record_trajectory", task=TASK, trajectory=STEPS, outcome="success")
        again = await call("record_trajectory", task=TASK, trajectory=STEPS, outcome="success")
        assert again["status"] == "awaiting_distillation", "a call sent twice is no hand-in"
        done = await call("record_trajectory", task=TASK, experience_id=asked["experience_id"], strategies=[])
        assert (done["status"], done["strategies"]) == ("distilled", [])


async def test_nothing_is_learned_while_the_outcome_is_unknown(connect: Connect, settings: Settings) -> None:
    async with connect(settings) as call:
        kept = await call("record_trajectory", task=TASK, trajectory=STEPS, strategies=[LESSON])
        assert (kept["status"], kept["outcome"]) == ("recorded", "unknown")
        assert kept["strategies"][0]["action"] == "held"
        assert "outcome" in kept["next_step"]
        assert (await call("recall_strategies", task=TASK))["strategies"] == []
        known = await call(
            "record_trajectory", task=TASK, experience_id=kept["experience_id"], outcome="success", evidence="41 passed"
        )
        assert (known["status"], known["outcome"]) == ("distilled", "success")
        [recalled] = (await call("recall_strategies", task=TASK))["strategies"]
        assert (recalled["title"], recalled["outcome"]) == (LESSON["title"], "success")


async def test_a_corrected_outcome_takes_back_what_the_wrong_one_taught(connect: Connect, settings: Settings) -> None:
    async with connect(settings) as call:
        kept = await call("record_trajectory", task=TASK, trajectory=STEPS, outcome="success", strategies=[LESSON])
        corrected = await call(
            "record_trajectory", task=TASK, experience_id=kept["experience_id"], outcome="failure", evidence="it broke"
        )
        assert (corrected["status"], corrected["outcome"]) == ("awaiting_distillation", "failure")
        assert "The task failed" in corrected["next_step"]
        assert (await call("recall_strategies", task=TASK))["strategies"] == []
        page = await call.read("rb://default/strategies/page/1")
        assert f"[retired] {LESSON['title']}" in page


async def test_evidence_outranks_the_bare_word_of_the_agent(connect: Connect, settings: Settings) -> None:
    async with connect(settings) as call:
        kept = await call(
            "record_trajectory",
            task=TASK,
            trajectory=STEPS,
            outcome="failure",
            evidence="1 failed",
            strategies=[LESSON],
        )
        again = {"task": TASK, "experience_id": kept["experience_id"], "outcome": "success"}
        assert "rests on evidence" in await call.refused("record_trajectory", **again)
        shown = await call("record_trajectory", **again, evidence="a person saw it work")
        assert (shown["outcome"], shown["reason"]) == ("success", "a person saw it work")


async def test_a_round_of_self_refinement_joins_its_experience(connect: Connect, settings: Settings) -> None:
    async with connect(settings) as call:
        first = await call(
            "record_trajectory", task=TASK, trajectory=OTHER_STEPS, outcome="failure", strategies=[LESSON]
        )
        second = await call(
            "record_trajectory",
            task=TASK,
            experience_id=first["experience_id"],
            trajectory=STEPS,
            outcome="success",
            strategies=[OTHER_LESSON],
        )
        assert (second["experience_id"], second["outcome"]) == (first["experience_id"], "success")
        whole = await call.read(f"rb://default/experiences/{first['experience_id']}")
        assert "Attempt 1: failure" in whole
        assert "Attempt 2: success" in whole
        titles = {s["title"] for s in (await call("recall_strategies", task=TASK))["strategies"]}
        assert titles == {LESSON["title"], OTHER_LESSON["title"]}, "both rounds taught something"


async def test_attempts_are_contrasted_in_full_and_by_their_ids(connect: Connect, settings: Settings) -> None:
    attempts: list[dict[str, Any]] = [
        {"trajectory": OTHER_STEPS, "outcome": "failure"},
        {"trajectory": STEPS, "outcome": "success", "evidence": "41 passed"},
    ]
    async with connect(settings) as call:
        asked = await call("contrast_trajectories", task=TASK, attempts=attempts)
        assert asked["status"] == "awaiting_distillation"
        assert "Several attempts" in asked["next_step"]
        assert len(asked["next_step"]) <= 1_500
        ids = [
            line.split()[0].removesuffix(",")
            for line in call.text.split("Attempts: ")[1].splitlines()[0].split(": ")[1:]
        ]
        assert asked["best"]["experience_id"] == ids[1]
        assert "only attempt" in asked["best"]["reason"]
        by_id = await call("contrast_trajectories", task=TASK, experience_ids=ids)
        assert by_id["experience_id"] == asked["experience_id"], "the same attempts are the same contrast"
        done = await call(
            "contrast_trajectories",
            task=TASK,
            experience_ids=[asked["experience_id"]],
            strategies=[LESSON, OTHER_LESSON, THIRD_LESSON],
            best="2: it did all that was asked",
        )
        assert done["status"] == "distilled"
        assert done["best"] == {"experience_id": ids[1], "reason": "it did all that was asked"}
        assert [s["action"] for s in done["strategies"]] == ["added"] * 3
        assert "awaiting" not in await call.read(f"rb://default/experiences/{ids[0]}")
        assert len((await call("recall_strategies", task=TASK))["strategies"]) == 3


async def test_a_corrected_attempt_takes_back_what_its_contrast_taught(connect: Connect, settings: Settings) -> None:
    async with connect(settings) as call:
        a = await call("record_trajectory", task=TASK, trajectory=STEPS, outcome="success", strategies=[])
        b = await call("record_trajectory", task=TASK, trajectory=OTHER_STEPS, outcome="failure", strategies=[])
        ids = [a["experience_id"], b["experience_id"]]
        await call("contrast_trajectories", task=TASK, experience_ids=ids, strategies=[LESSON], best="1")
        assert (await call("recall_strategies", task=TASK))["strategies"]
        await call("record_trajectory", task=TASK, experience_id=ids[0], outcome="failure", evidence="it broke later")
        assert (await call("recall_strategies", task=TASK))["strategies"] == []
        anew = await call("contrast_trajectories", task=TASK, experience_ids=ids)
        assert (anew["status"], anew["best"]["experience_id"]) == ("awaiting_distillation", "")


async def test_the_outcome_of_a_task_is_credited_to_what_was_recalled_for_it(
    connect: Connect, settings: Settings
) -> None:
    async with connect(settings) as call:
        await call("record_trajectory", task=TASK, trajectory=STEPS, outcome="success", strategies=[LESSON])
        for number, outcome in enumerate(("success", "failure", "unknown")):
            recall = await call("recall_strategies", task=TASK)
            step = [{"action": f"try {number}"}]
            await call("record_trajectory", task=TASK, trajectory=step, outcome=outcome, recall_id=recall["recall_id"])
        [strategy] = (await call("recall_strategies", task=TASK))["strategies"]
        assert (strategy["uses"], strategy["successes"]) == (2, 1)
        assert "1 of 2 tasks that recalled it went well" in call.text


async def test_a_namespace_recalls_from_itself_and_from_shared_only(connect: Connect, settings: Settings) -> None:
    async with connect(settings) as call:
        record = {"task": TASK, "trajectory": STEPS, "outcome": "success"}
        await call("record_trajectory", **record, strategies=[LESSON], namespace="web")
        kept = await call("record_trajectory", **record, strategies=[OTHER_LESSON], namespace="shared")
        assert 'namespace="shared"' not in kept["next_step"]
        for namespace, titles in (("web", {LESSON["title"], OTHER_LESSON["title"]}), ("cli", {OTHER_LESSON["title"]})):
            found = await call("recall_strategies", task=TASK, k=5, namespace=namespace)
            assert {s["title"] for s in found["strategies"]} == titles
        assert "not known" in await call.refused(
            "record_trajectory", task=TASK, experience_id=kept["experience_id"], namespace="web"
        )
        asked = await call("record_trajectory", **record | {"trajectory": OTHER_STEPS}, namespace="web")
        assert 'namespace="web"' in asked["next_step"]


async def test_a_near_identical_lesson_confirms_the_one_there(connect: Connect, settings: Settings) -> None:
    reworded = LESSON | {"content": LESSON["content"].upper() + "!"}
    async with connect(settings) as call:
        await call("record_trajectory", task=TASK, trajectory=STEPS, outcome="success", strategies=[LESSON])
        other = await call(
            "record_trajectory",
            task="Repair the date library",
            trajectory=STEPS,
            outcome="success",
            strategies=[reworded],
        )
        [kept] = other["strategies"]
        assert kept["action"] == "merged"
        origin = await call.read(f"rb://default/strategies/{kept['id']}")
        assert origin.count("behind it: exp_") == 2
        found = await call("recall_strategies", task="Repair the date library")
        assert [s["id"] for s in found["strategies"]] == [kept["id"]], "both tasks recall it"


async def test_an_item_about_this_one_task_is_held_with_the_reason(connect: Connect, settings: Settings) -> None:
    task = 'Cancel order W8273645 of "Ms Olivia Gonzalez"'
    item = LESSON | {"content": "Look up order W8273645 and press the cancel button on its page at once."}
    async with connect(settings) as call:
        kept = await call("record_trajectory", task=task, trajectory=STEPS, outcome="success", strategies=[item])
        [held] = kept["strategies"]
        assert held["action"] == "held"
        assert "W8273645" in held["reason"]
        assert held["reason"] in call.text
        assert (await call("recall_strategies", task=task))["strategies"] == []


async def test_a_megabyte_of_trajectory_is_answered_in_little(connect: Connect, settings: Settings) -> None:
    steps = [{"thought": f"step {i}", "action": "read", "observation": f"line {i} " * 1_300} for i in range(100)]
    assert len(json.dumps(steps)) > 1_000_000
    async with connect(settings) as call:
        for more in ({}, {"strategies": [LESSON | {"content": f"{w} " * 600} for w in ("one", "two", "three")]}):
            answer = await call("record_trajectory", task=TASK, trajectory=steps, outcome="failure", **more)
            assert len(json.dumps(answer).encode()) + len(json.dumps(call.text).encode()) <= 5_000
        whole = await call.read(f"rb://default/experiences/{answer['experience_id']}")
        assert "line 99 line 99" in whole


async def test_a_recall_stays_within_its_budget_and_says_what_it_left_out(connect: Connect, settings: Settings) -> None:
    async with connect(settings) as call:
        for word in ("alpha", "beta", "gamma", "delta", "epsilon"):
            long = [
                {
                    "title": f"{word} {part}",
                    "description": f"When {word} and {part} meet; not else.",
                    "content": f"First {word}, then " + " ".join(f"{word}{part}{n}" for n in range(50)),
                }
                for part in ("one", "two", "three")
            ]
            await call("record_trajectory", task=f"{TASK} {word}", trajectory=STEPS, outcome="success", strategies=long)
        found = await call("recall_strategies", task=TASK, k=5)
        assert len(json.dumps(found)) + len(json.dumps(call.text)) <= 8_000
        assert 1 <= len(found["strategies"]) < 15
        assert f"{15 - len(found['strategies'])} more were left out" in found["text"]
