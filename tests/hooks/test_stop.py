"""A stop records the task once, with the evidence the transcript holds, and asks for lessons once at most."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hooked import CLAUDE, CODEX, CURSOR, GEMINI, claude, codex, cursor, gemini
from samples import LESSON, OTHER_STEPS, STEPS, TASK
from trajectories import SAMPLES

from rb_mcp.types import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from hooked import Answer, Hooked

FAILED: dict[str, Any] = {"task": TASK, "trajectory": OTHER_STEPS, "outcome": "failure", "evidence": "pytest: 1 failed"}
MENDED: dict[str, Any] = {"trajectory": STEPS, "outcome": "success", "evidence": "pytest: 41 passed"}
UNCLEAR: dict[str, Any] = {"task": TASK, "trajectory": [{"action": "edit", "observation": "done"}]}


def asked(answer: Answer) -> str:
    """Return what the agent is told to do."""
    said = answer.json
    assert said["decision"] == "block"
    return said["reason"]


@pytest.mark.parametrize("served", [False, True])
def test_a_task_is_recorded_with_its_evidence_under_the_name_of_its_client(hooked: Hooked, served: bool) -> None:
    if served:
        with hooked.server():
            hooked.stop(FAILED)
    else:
        hooked.stop(FAILED)
    [experience] = hooked.experiences()
    assert experience.task == TASK
    assert experience.origin.client == CLAUDE
    assert experience.verdict.outcome == "failure"
    assert (experience.verdict.reason, experience.verdict.source) == ("pytest: 1 failed", "evidence")
    assert [step.observation for step in experience.attempts[0].trajectory.steps] == ["40 passed, 1 failed"]
    assert hooked.log() == ""


def test_a_codex_session_has_its_outcome_before_the_client_has_closed_the_turn(hooked: Hooked) -> None:
    kept = [line for line in SAMPLES["codex"].text.splitlines() if "task_complete" not in line]
    hooked.transcript.write_text("\n".join(kept) + "\n", encoding="utf-8")
    hooked.hook("stop", codex("Stop", hooked, stop_hook_active=False))
    [experience] = hooked.experiences()
    assert (experience.task, experience.verdict.outcome) == ("Mend the date parser", "success")


@pytest.mark.parametrize(
    ("client", "sent", "told"),
    [
        (CLAUDE, (claude, "Stop", {"stop_hook_active": False}), ("decision", "block", "reason")),
        (CODEX, (codex, "Stop", {"stop_hook_active": False}), ("decision", "block", "reason")),
        (GEMINI, (gemini, "AfterAgent", {"stop_hook_active": False}), ("decision", "deny", "reason")),
        (CURSOR, (cursor, "stop", {"status": "completed", "loop_count": 0}), ("", "", "followup_message")),
    ],
)
def test_each_client_is_asked_for_lessons_in_its_own_way(
    hooked: Hooked,
    client: str,
    sent: tuple[Callable[..., dict[str, Any]], str, dict[str, Any]],
    told: tuple[str, str, str],
) -> None:
    hooked.transcript.write_text(json.dumps(FAILED), encoding="utf-8")
    sends, event, more = sent
    said = hooked.hook("stop", sends(event, hooked, **more)).json
    [experience] = hooked.experiences()
    name, value, where = told
    assert said.pop(where).count(experience.id) == 2
    assert said == ({name: value} if name else {})
    assert experience.origin.client == client
    assert experience.status == "awaiting_distillation"


def test_the_same_stop_twice_is_one_experience_and_one_question(hooked: Hooked) -> None:
    assert "record_trajectory" in asked(hooked.stop(FAILED))
    assert hooked.stop(FAILED, again=True).silent
    assert hooked.stop(FAILED).silent
    [experience] = hooked.experiences()
    assert len(experience.attempts) == 1


def test_a_task_that_goes_on_is_the_same_experience_with_a_round_more(hooked: Hooked) -> None:
    hooked.stop(FAILED)
    hooked.stop(FAILED, {"task": "go on", **MENDED})
    [experience] = hooked.experiences()
    assert [attempt.verdict.outcome for attempt in experience.attempts] == ["failure", "success"]
    assert experience.attempts[1].trajectory.steps == tuple(Step(**step) for step in STEPS)


def test_a_session_that_grew_as_one_record_is_not_kept_twice(hooked: Hooked) -> None:
    hooked.stop(FAILED)
    hooked.stop({**FAILED, **MENDED, "trajectory": [*OTHER_STEPS, *STEPS]})
    [experience] = hooked.experiences()
    kept = [step for attempt in experience.attempts for step in attempt.trajectory.steps]
    assert kept == [Step(**step) for step in [*OTHER_STEPS, *STEPS]]


def test_steps_that_the_transcript_was_late_with_are_kept_at_the_next_stop(hooked: Hooked) -> None:
    other = {**FAILED, "task": "Cancel the reservation of a customer"}
    hooked.stop(FAILED)
    hooked.stop({**FAILED, "trajectory": [*OTHER_STEPS, *STEPS]}, other)
    late, _ = hooked.experiences()
    assert [len(attempt.trajectory.steps) for attempt in late.attempts] == [1, 3]


def test_what_the_hook_itself_asked_for_is_no_task(hooked: Hooked) -> None:
    said = asked(hooked.stop(FAILED))
    for words in (said, f"Stop hook feedback:\n- [rb-mcp hook stop]: {said}"):
        turn = {"task": words, "trajectory": [{"action": "think", "observation": "handed in"}]}
        hooked.stop(FAILED, turn, again=True)
        assert [one.task for one in hooked.experiences()] == [TASK]
        assert hooked.prompt(words).silent


def test_two_prompts_of_a_session_are_two_tasks(hooked: Hooked) -> None:
    other = {**FAILED, "task": "Cancel the reservation of a customer", "outcome": "success", "evidence": "refunded"}
    hooked.stop(FAILED)
    hooked.stop(FAILED, other)
    assert [one.task for one in hooked.experiences()] == [TASK, "Cancel the reservation of a customer"]


@pytest.mark.parametrize("before", [{**FAILED, **MENDED}, UNCLEAR])
def test_a_person_who_says_it_is_wrong_makes_a_failure_of_it(hooked: Hooked, before: dict[str, Any]) -> None:
    hooked.stop(before)
    objection = "no, that's wrong: the parser still swaps the day and the month"
    hooked.stop(before, {**UNCLEAR, "task": objection})
    failed, again = hooked.experiences()
    assert failed.verdict.outcome == "failure"
    assert failed.verdict.source == "evidence"
    assert objection in failed.verdict.reason
    assert again.task == f"{TASK}\n\n{objection}"
    hooked.stop(before, {**UNCLEAR, "task": objection})
    assert [one.verdict.outcome for one in hooked.experiences()] == ["failure", "unknown"]


def test_what_was_only_talked_about_is_no_experience(hooked: Hooked) -> None:
    assert hooked.stop({"task": "What does the date parser do?", "trajectory": [{"action": "It parses dates."}]}).silent
    assert not hooked.bank.exists()


def test_what_the_agent_recorded_itself_is_not_recorded_again(hooked: Hooked) -> None:
    call = {"type": "tool_use", "name": "mcp__rb-mcp__record_trajectory", "input": {"task": TASK}}
    hooked.transcript.write_text(f"{json.dumps(FAILED)}\n{json.dumps(call)}\n", encoding="utf-8")
    assert hooked.hook("stop", claude("Stop", hooked, stop_hook_active=False)).silent
    assert not hooked.bank.exists()


def test_the_list_of_tools_is_not_taken_for_a_call(hooked: Hooked) -> None:
    listed: dict[str, Any] = {"tools": [{"name": "mcp__rb-mcp__record_trajectory", "input_schema": {}}]}
    hooked.transcript.write_text(f"{json.dumps(FAILED)}\n{json.dumps(listed)}\n", encoding="utf-8")
    hooked.hook("stop", claude("Stop", hooked, stop_hook_active=False))
    assert len(hooked.experiences()) == 1


def test_an_agent_that_goes_on_because_of_a_hook_is_not_asked(hooked: Hooked) -> None:
    assert hooked.stop(FAILED, again=True).silent
    assert len(hooked.experiences()) == 1


def test_an_outcome_nobody_knows_is_asked_for_once_a_session(hooked: Hooked) -> None:
    other = {**UNCLEAR, "task": "Cancel the reservation of a customer"}
    assert "outcome unknown" in asked(hooked.stop(UNCLEAR))
    assert hooked.stop(UNCLEAR, other).silent
    assert len(hooked.experiences()) == 2


def test_the_end_of_a_session_records_and_asks_nobody(hooked: Hooked) -> None:
    hooked.transcript.write_text(json.dumps(FAILED), encoding="utf-8")
    assert hooked.hook("end", claude("SessionEnd", hooked, reason="exit")).silent
    assert len(hooked.experiences()) == 1
    hooked.hook("end", claude("SessionEnd", hooked, reason="exit"))
    assert len(hooked.experiences()) == 1


def test_nobody_is_asked_where_a_model_distils(hooked: Hooked) -> None:
    hooked.environ |= {"RB_MCP_MODEL": "anthropic", "ANTHROPIC_API_KEY": "not-a-key"}
    assert hooked.stop(FAILED).silent
    [experience] = hooked.experiences()
    assert experience.status == "queued"


@pytest.mark.parametrize("served", [False, True])
def test_what_a_prompt_recalled_is_credited_with_how_the_task_ended(hooked: Hooked, served: bool) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)

    def session() -> None:
        assert hooked.prompt(TASK).stdout
        hooked.stop({"task": TASK, **MENDED})

    if served:
        with hooked.server():
            session()
    else:
        session()
    [strategy] = hooked.strategies()
    assert (strategy.uses, strategy.successes) == (1, 1)


def test_a_bank_that_was_replaced_since_the_recall_still_takes_the_work(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    assert hooked.prompt(TASK).stdout
    for file in hooked.bank.parent.iterdir():
        file.unlink()
    hooked.stop(FAILED)
    assert len(hooked.experiences()) == 1
    assert hooked.log() == ""


def test_secrets_are_cut_out_of_what_is_recorded(hooked: Hooked) -> None:
    token = "ghp_" + "a1B2" * 9
    hooked.stop({**FAILED, "trajectory": [{"action": f"export GITHUB_TOKEN={token}", "observation": "ok"}]})
    [experience] = hooked.experiences()
    assert token not in str(experience)
    assert all(token not in file.read_text("utf-8", "replace") for file in hooked.home.rglob("*.json"))


@pytest.mark.parametrize("transcript", [None, ""])
def test_a_client_that_keeps_no_transcript_is_left_alone(hooked: Hooked, transcript: str | None) -> None:
    assert hooked.hook("stop", codex("Stop", hooked, stop_hook_active=False, transcript_path=transcript)).silent
    assert hooked.log() == ""
