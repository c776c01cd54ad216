"""Episode cards: one experience in 400 characters."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from rb_mcp.memory.cards import LONGEST, card
from rb_mcp.types import Attempt, Experience, Step, Trajectory, Verdict

FAILED = "Exit code 1\nE       assert 3 == 4\n1 failed in 0.2s"
PASSED = Verdict("success", "pytest: 41 passed", "evidence")


def call(tool: str, **arguments: object) -> str:
    return f"{tool}({json.dumps(arguments)})"


EDIT = Step("Swapped.", call("Edit", file_path="src/date.py", old_string="%d/%m", new_string="%m/%d"), "ok")
STEPS = (Step("", "pytest -q", FAILED), EDIT, Step("", "pytest -q", "41 passed in 0.3s"))


def experience(*attempts: Attempt, task: str = "Fix the failing date parser test", members: int = 0) -> Experience:
    names = tuple(f"exp_{n}" for n in range(members))
    return Experience("exp_1", "default", task, "recorded", datetime(2026, 11, 1, tzinfo=UTC), attempts, names)


def attempt(*steps: Step, verdict: Verdict = PASSED) -> Attempt:
    return Attempt(Trajectory("t", steps), verdict)


def test_a_card_tells_task_outcome_evidence_and_what_ended_the_error() -> None:
    assert card(experience(attempt(*STEPS))) == (
        "Fix the failing date parser test | success (evidence: pytest: 41 passed)\n"
        "assert 3 == 4 ← Swapped. edit src/date.py: `%d/%m` → `%m/%d`"
    )


def test_an_error_that_stayed_is_told_as_open() -> None:
    verdict = Verdict("failure", "gave up", "agent")
    text = card(experience(attempt(Step("", "pytest -q", FAILED), verdict=verdict)))
    assert "failure (agent: gave up)" in text
    assert "open: assert 3 == 4" in text


def test_of_several_attempts_the_first_step_at_which_they_part_is_told() -> None:
    good = attempt(Step("", "ls", ""), EDIT)
    poor = attempt(Step("", "ls", ""), Step("", "git checkout .", ""), verdict=Verdict("failure", "red", "evidence"))
    text = card(experience(good, poor, members=2))
    assert "2 attempts" in text
    assert "part at step 2: success edit src/date.py" in text
    assert "/ failure git checkout ." in text


def test_without_edits_and_errors_the_last_steps_are_told() -> None:
    text = card(experience(attempt(Step("", "click('227')", "page"), Step("", "send_msg_to_user('86.40')", ""))))
    assert text.endswith("click('227'); send_msg_to_user('86.40')")


def test_an_experience_without_steps_has_a_card_too() -> None:
    assert card(experience()) == "Fix the failing date parser test | unknown (agent)"


@given(st.text(max_size=2_000), st.text(max_size=2_000), st.text(max_size=2_000), st.text(max_size=2_000))
@settings(max_examples=60, deadline=None)
def test_a_card_is_never_longer_than_its_limit(task: str, thought: str, action: str, observation: str) -> None:
    steps = (Step(thought, action, observation),) * 3
    text = card(experience(attempt(*steps, verdict=Verdict("failure", observation, "judge")), task=task))
    assert len(text) <= LONGEST
