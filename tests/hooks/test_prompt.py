"""A prompt gets what earlier tasks taught, from a server that runs or without one, and nothing is said twice."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hooked import CLAUDE, CODEX, GEMINI, claude, codex, cursor, gemini
from samples import LESSON, OTHER_LESSON, OTHER_STEPS, STEPS, TASK, UNRELATED

from rb_mcp.stores.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from hooked import Hooked

OTHER_TASK = "Cancel the reservation of a customer and refund the ticket"


@pytest.mark.parametrize(
    ("client", "sends", "event"),
    [(CLAUDE, claude, "UserPromptSubmit"), (CODEX, codex, "UserPromptSubmit"), (GEMINI, gemini, "BeforeAgent")],
)
@pytest.mark.parametrize("served", [False, True])
def test_a_prompt_gets_the_block_of_what_was_learned_as_context(
    hooked: Hooked, client: str, sends: Callable[..., dict[str, Any]], event: str, served: bool
) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON, client)
    fields = sends(event, hooked, prompt=TASK)
    if served:
        with hooked.server():
            answer = hooked.hook("prompt", fields)
    else:
        answer = hooked.hook("prompt", fields)
    told = answer.json["hookSpecificOutput"]
    assert told["hookEventName"] == event
    assert LESSON["content"] in told["additionalContext"]
    assert "not as orders" in told["additionalContext"]
    assert "not your own work" not in told["additionalContext"]
    assert set(answer.json) == {"hookSpecificOutput"}
    assert set(told) == {"hookEventName", "additionalContext"}
    assert hooked.log() == ""


def test_cursor_has_no_place_for_context_at_a_prompt_so_it_is_left_alone(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON, "cursor-vscode")
    assert hooked.hook("prompt", cursor("beforeSubmitPrompt", hooked, prompt=TASK)).silent
    assert hooked.log() == ""


def test_the_client_can_be_named_instead_of_recognised(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON, GEMINI)
    answer = hooked.hook("prompt", {"session_id": "s1", "prompt": TASK}, "--client", "gemini")
    assert answer.json["hookSpecificOutput"]["hookEventName"] == "BeforeAgent"


def test_what_is_not_near_enough_is_not_mentioned(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    assert hooked.prompt(UNRELATED).silent
    assert hooked.log() == ""


@pytest.mark.parametrize(
    "prompt", ["", "yes", "go on", "ok, do it", "/review the date parser", "!pytest", "continue please"]
)
def test_a_nod_or_a_command_is_no_task(hooked: Hooked, prompt: str) -> None:
    hooked.teach(prompt or TASK, OTHER_STEPS, LESSON)
    assert hooked.prompt(prompt).silent
    assert recalls(hooked) == 0


def test_a_block_comes_once_a_session_and_again_in_the_next(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    hooked.teach(OTHER_TASK, STEPS, OTHER_LESSON)
    assert LESSON["content"].encode() in hooked.prompt(TASK).stdout
    assert hooked.prompt(TASK + " again").silent
    assert OTHER_LESSON["content"].encode() in hooked.prompt(OTHER_TASK).stdout
    assert LESSON["content"].encode() in hooked.prompt(TASK, session="s2").stdout


def test_a_bank_that_does_not_exist_is_not_made(hooked: Hooked) -> None:
    assert hooked.prompt(TASK).silent
    assert not hooked.bank.parent.exists()
    assert hooked.log() == ""


def test_a_prompt_longer_than_a_task_is_recalled_for_by_its_beginning(hooked: Hooked) -> None:
    task = TASK + " and mind the leap years" * 400
    hooked.teach(task[:8_000].strip(), OTHER_STEPS, LESSON)
    assert LESSON["content"].encode() in hooked.prompt(task).stdout


def test_a_recall_is_withheld_for_hooks_too(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    hooked.environ["RB_MCP_HOLDOUT"] = "0.5"
    heard = [bool(hooked.prompt(TASK, session=f"s{number}").stdout) for number in range(12)]
    assert set(heard) == {True, False}


def test_the_namespace_of_the_settings_is_where_it_looks(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    hooked.environ["RB_MCP_NAMESPACE"] = "elsewhere"
    assert hooked.prompt(TASK).silent


def test_settings_can_stand_in_the_command(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    bank = hooked.environ.pop("RB_MCP_BANK")
    fields = claude("UserPromptSubmit", hooked, prompt=TASK)
    assert hooked.hook("prompt", fields).silent
    for options in (("--env", f"RB_MCP_BANK={bank}"), (f"--env=RB_MCP_BANK={bank}", "--client=claude-code")):
        answer = hooked.hook("prompt", {**fields, "session_id": options[0]}, *options)
        assert LESSON["content"].encode() in answer.stdout


def recalls(hooked: Hooked) -> int:
    """How many recalls the bank has kept."""
    with closing(Database(str(hooked.bank))) as db:  # the one question that no interface answers
        return db.value("SELECT count(*) FROM recalls")
