"""Remedies: what ended an error within one trajectory."""

from __future__ import annotations

import json

from rb_mcp.memory.remedies import LONGEST, MOST, remedies
from rb_mcp.types import Step

FAILED = "Exit code 1\nE       assert 3 == 4\n\ntests/test_date.py:9: AssertionError\n1 failed in 0.2s"
PASSED = "41 passed in 0.3s"


def call(tool: str, **arguments: object) -> str:
    return f"{tool}({json.dumps(arguments)})"


def test_the_edit_before_the_run_that_passes_is_the_remedy() -> None:
    steps = [
        Step("", call("Bash", command="cd /repo && python -m pytest -q"), FAILED),
        Step("Look.", call("Read", file_path="/repo/src/date.py"), "   1→def parse(x):"),
        Step(
            "Day and month are swapped.", call("Edit", file_path="/repo/src/date.py", old_string="%d", new_string="%m")
        ),
        Step("", call("Bash", command="cd /repo && uv run pytest -q"), PASSED),
    ]
    (remedy,) = remedies(steps)
    assert remedy.error == "assert 3 == 4"
    assert remedy.remedy == "Day and month are swapped. edit repo/src/date.py: `%d` → `%m`"


def test_another_option_of_the_same_command_is_the_remedy() -> None:
    steps = [
        Step("", "npm install", "npm ERR! code ERESOLVE\nnpm ERR! ERESOLVE unable to resolve dependency tree"),
        Step("", "npm install --legacy-peer-deps", "added 100 packages"),
    ]
    assert [remedy.remedy for remedy in remedies(steps)] == ["npm install --legacy-peer-deps"]


def test_of_a_call_only_the_arguments_that_differ_are_told() -> None:
    steps = [
        Step("", call("book", flight="HAT1", payment="card"), "Error: payment method not found"),
        Step("", call("get_user", user="u1"), '{"cards": ["gift_9"]}'),
        Step("", call("book", flight="HAT1", payment="gift_9"), '{"ok": true}'),
    ]
    assert [remedy.remedy for remedy in remedies(steps)] == ["book with payment=gift_9"]


def test_an_installation_in_between_is_the_remedy() -> None:
    missing = "Traceback (most recent call last):\n  File \"a.py\", line 1\nModuleNotFoundError: No module named 'yaml'"
    steps = [
        Step("", "python a.py", missing),
        Step("", "cat requirements.txt", "flask"),
        Step("", "pip install pyyaml", "Successfully installed"),
        Step("", "python a.py", "done"),
    ]
    assert [remedy.remedy for remedy in remedies(steps)] == ["pip install pyyaml"]


def test_an_error_that_comes_back_has_no_remedy() -> None:
    edit = Step("", call("Edit", file_path="a.py", old_string="1", new_string="2"), "ok")
    steps = [Step("", "pytest", FAILED), edit, Step("", "pytest", PASSED), edit, Step("", "pytest", FAILED)]
    assert remedies(steps) == ()


def test_only_what_came_after_the_last_time_counts() -> None:
    steps = [
        Step("", "pytest", FAILED),
        Step("", call("Edit", file_path="a.py", old_string="1", new_string="wrong"), "ok"),
        Step("", "pytest", FAILED),
        Step("", call("Edit", file_path="a.py", old_string="wrong", new_string="right"), "ok"),
        Step("", "pytest", PASSED),
    ]
    assert [remedy.remedy for remedy in remedies(steps)] == ["edit a.py: `wrong` → `right`"]


def test_a_command_that_never_ran_again_has_none() -> None:
    edit = Step("", call("Edit", file_path="a.py", old_string="1", new_string="2"), "ok")
    assert remedies([Step("", "pytest", FAILED), edit, Step("", "git commit -am x", "")]) == ()


def test_what_went_away_by_itself_has_none() -> None:
    steps = [
        Step("", "curl https://a.example", "curl: (7) Failed to connect"),
        Step("", "curl https://a.example", "ok"),
    ]
    assert remedies(steps) == ()


def test_what_the_user_pasted_after_a_step_is_not_its_output() -> None:
    steps = [
        Step("", "make build", "ok\nuser: I still see this:\nfatal: not a git repository"),
        Step("", call("Edit", file_path="a.py", old_string="1", new_string="2"), "ok"),
        Step("", "make build", "ok"),
    ]
    assert remedies(steps) == ()


def test_plain_words_have_no_family() -> None:
    steps = [
        Step("", "I will look at it.", "Error: user not found"),
        Step("", "I will look at it again.", "fine"),
    ]
    assert remedies(steps) == ()


def test_a_trajectory_has_at_most_eight_and_each_is_short() -> None:
    steps: list[Step] = []
    for number in range(12):
        steps.append(Step("", f"python job{number}.py", f"ValueError: {'abcdefghijkl'[number] * 3} is out of order"))
        steps.append(Step("x" * 900, call("Write", file_path=f"a{number}.py", content="y" * 900), "ok"))
        steps.append(Step("", f"python job{number}.py", "done"))
    assert len(remedies(steps)) == MOST
    assert all(0 < len(remedy.remedy) <= LONGEST for remedy in remedies(steps))


def test_an_edit_told_in_words_and_a_module_are_understood() -> None:
    missing = (
        "Traceback (most recent call last):\n  File \"seed.py\", line 1\nModuleNotFoundError: No module named 'shop'"
    )
    steps = [
        Step("", "cd scripts && python seed.py", missing),
        Step("", "Edit scripts/seed.py: from ..shop import db; cd .. && python -m scripts.seed", "seeded"),
    ]
    assert [remedy.remedy for remedy in remedies(steps)] == [steps[1].action]
