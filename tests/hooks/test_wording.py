"""Which prompts are tasks, which are nods, which object to what was done."""

from __future__ import annotations

import pytest

from rb_mcp.hooks.wording import ASKING, corrects, is_task


@pytest.mark.parametrize(
    "prompt",
    [
        "Fix the failing test",
        "run tests",
        "why does the parser fail?",
        "yes, and also rename the module",
        "修复失败的测试",
        "ログイン画面を直して",
        "ทดสอบระบบใหม่",
        "Корректно обработать пустой ввод",
    ],
)
def test_these_are_tasks(prompt: str) -> None:
    assert is_task(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "  ",
        "yes",
        "Yes!",
        "ok, go on",
        "do it",
        "thanks",
        "/compact",
        "!ls -l",
        "# remember this",
        "weiter bitte",
        "好的",
        f"{ASKING} exp_1, outcome failure.",
    ],
)
def test_these_are_none(prompt: str) -> None:
    assert not is_task(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "no, that's wrong",
        "No, that is not what I meant",
        "that's not right, the test still fails",
        "That doesn't work",
        "it still fails with the same error",
        "this isn't what I asked for",
        "wrong file",
        "still broken",
        "you broke the build",
        "revert that and try the other way",
        "It does not compile any more",
    ],
)
def test_these_say_that_it_went_wrong(prompt: str) -> None:
    assert corrects(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "Fix the wrong date in the footer",
        "no worries, now add the tests",
        "No need for tests, just write the docs",
        "that works, thanks",
        "This is the log of the failing build, find the cause",
        "it is time to add a test for what was broken",
        "Revert the last commit on main",
        "that's great, now do the same for the other parser",
        "still to do: the README",
    ],
)
def test_these_do_not(prompt: str) -> None:
    assert not corrects(prompt)
