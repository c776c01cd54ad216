"""Whatever is wrong, the client notices nothing: status 0, nothing on stdout or stderr, a line in the log."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hooked import claude
from samples import LESSON, OTHER_STEPS, TASK

from rb_mcp.stores import lock

if TYPE_CHECKING:
    from collections.abc import Callable

    from hooked import Hooked


@pytest.mark.parametrize("event", ["prompt", "stop", "end"])
@pytest.mark.parametrize(
    "stdin", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"session_id": 5, "hook_event_name": "Stop"}']
)
def test_what_is_no_event_goes_into_the_log(hooked: Hooked, event: str, stdin: bytes) -> None:
    assert hooked.hook(event, stdin).silent
    assert f"hook {event}" in hooked.log()


@pytest.mark.parametrize("options", [("--client", "emacs"), ("--client",), ("--no-such-option", "--client", "emacs")])
def test_an_unknown_client_goes_into_the_log(hooked: Hooked, options: tuple[str, ...]) -> None:
    assert hooked.hook("prompt", {"prompt": TASK}, *options).silent
    assert "client" in hooked.log()


@pytest.mark.parametrize("event", ["", "postToolUse", "-"])
def test_an_unknown_event_goes_into_the_log(hooked: Hooked, event: str) -> None:
    assert hooked.hook(event, claude("PostToolUse", hooked)).silent
    assert "EVENT" in hooked.log()


@pytest.mark.parametrize("content", [None, b"\x00\x01\x02", b'{"type": "user"', b"plain words\n"])
def test_a_broken_transcript_goes_into_the_log(hooked: Hooked, content: bytes | None) -> None:
    if content is not None:
        hooked.transcript.write_bytes(content)
    assert hooked.hook("stop", claude("Stop", hooked)).silent
    assert "hook stop" in hooked.log()
    assert not hooked.bank.exists()


def test_one_broken_line_of_a_transcript_does_not_cost_the_others(hooked: Hooked) -> None:
    whole = f'{{"task": "{TASK}", "trajectory": [{{"action": "pytest", "observation": "ok"}}]}}\n'
    hooked.transcript.write_bytes(whole.encode() + b'{"task": "cut o\xff')
    hooked.hook("stop", claude("Stop", hooked))
    assert [one.task for one in hooked.experiences()] == [TASK]


def _damaged(hooked: Hooked) -> None:
    hooked.bank.write_bytes(b"no bank at all" * 1000)


def _gone(hooked: Hooked) -> None:
    hooked.bank.unlink()
    hooked.bank.mkdir()


def _set(name: str, value: str) -> Callable[[Hooked], None]:
    def spoil(hooked: Hooked) -> None:
        hooked.environ[name] = value

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        _damaged,
        _gone,
        _set("RB_MCP_HOLDOUT", "most"),
        _set("RB_MCP_NAMESPACE", "a b"),
        _set("RB_MCP_EMBEDDER", "none"),
        _set("RB_MCP_PROMPTS", "/no/such/folder"),
    ],
)
@pytest.mark.parametrize("event", ["prompt", "stop"])
def test_a_bank_or_a_setting_that_is_wrong_goes_into_the_log(
    hooked: Hooked, event: str, spoil: Callable[[Hooked], None]
) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    spoil(hooked)
    answer = hooked.stop({"task": TASK, "trajectory": OTHER_STEPS}) if event == "stop" else hooked.prompt(TASK)
    assert answer.silent
    assert f"hook {event}" in hooked.log()


def test_a_bank_that_another_program_holds_is_not_waited_for_longer_than_the_deadline(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    with lock.held(hooked.bank.with_name("bank.db-lock"), 1):
        assert hooked.prompt(TASK).silent
    assert "more than 5 s" in hooked.log()


def test_a_client_that_never_finishes_its_sentence_is_not_waited_for(hooked: Hooked) -> None:
    command = [sys.executable, "-m", "rb_mcp", "hook", "prompt"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=hooked.environ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b'{"session_id"')
        process.stdin.flush()
        assert process.stdout.read() == b""
        assert process.wait(20) == 0
    assert "more than 5 s" in hooked.log()


def test_what_is_remembered_of_a_session_may_be_broken(hooked: Hooked) -> None:
    hooked.teach(TASK, OTHER_STEPS, LESSON)
    hooked.prompt(TASK)
    for broken in ("{", "[]", '{"shown": 5, "tasks": [{"no": 1}]}'):
        for file in hooked.home.rglob("sessions/*.json"):
            file.write_text(broken, encoding="utf-8")
        assert LESSON["content"].encode() in hooked.prompt(TASK).stdout


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write anywhere")
def test_without_a_place_for_a_log_it_still_says_nothing(hooked: Hooked) -> None:
    hooked.home.chmod(0o500)
    assert hooked.hook("prompt", b"{").silent
    hooked.home.chmod(0o700)


def test_a_log_that_is_a_folder_changes_nothing(hooked: Hooked) -> None:
    assert hooked.hook("prompt", b"{").silent
    [file] = hooked.home.rglob("hooks.log")
    file.unlink()
    file.mkdir()
    assert hooked.hook("prompt", b"{").silent


def test_secrets_are_cut_out_of_the_log_and_it_stays_small(hooked: Hooked) -> None:
    token = "ghp_" + "a1B2" * 9
    fields: dict[str, Any] = {"session_id": "s1", "hook_event_name": "Stop", "transcript_path": f"/none/{token}"}
    assert hooked.hook("stop", fields).silent
    [file] = hooked.home.rglob("hooks.log")
    assert "No such file" in hooked.log()
    assert token not in hooked.log()
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("x" * 256_000, encoding="utf-8")
    assert hooked.hook("stop", fields).silent
    assert sum(one.stat().st_size for one in file.parent.iterdir()) < 600_000
    assert file.stat().st_size < 10_000


def test_it_speaks_up_where_asked(hooked: Hooked) -> None:
    answer = hooked.hook("prompt", b"{", "--verbose")
    assert (answer.status, answer.stdout) == (0, b"")
    assert b"hook prompt" in answer.stderr
