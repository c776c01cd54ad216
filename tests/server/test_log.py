"""A record says where something failed and what it said: no secrets, no input, and never more than a page."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from rb_mcp.errors import StoreError
from rb_mcp.server.log import LONGEST_RECORD, Log

SECRET = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"  # put together: no scanner has to look at this file


class _Inner(BaseModel):
    number: int


def _raised(error: BaseException) -> BaseException:
    with pytest.raises(type(error)) as raised:
        raise error
    return raised.value


def test_a_record_holds_a_page_whatever_the_error() -> None:
    error: BaseException = RuntimeError("x" * 10_000_000)
    for _ in range(50):
        outer = ValueError("y " * 1_000_000)
        outer.__cause__ = error
        error = _raised(outer)
    group = _raised(ExceptionGroup("several", [RuntimeError("z " * 100_000)] * 500))
    assert len(Log().traced(error)) < LONGEST_RECORD
    assert len(Log().traced(group)) < LONGEST_RECORD


def test_a_traceback_shows_where_and_what_but_no_value() -> None:
    def inner(password: str) -> None:
        _Inner.model_validate({"number": password})

    words = "correct horse " + "battery"
    with pytest.raises(ValidationError) as raised:
        inner(words)
    text = Log().traced(raised.value)
    assert words not in text
    assert "test_log.py" in text
    assert "number: int_parsing" in text


@pytest.mark.parametrize("mode", ["secrets", "personal", "off"])
def test_the_log_redacts_as_the_settings_say(mode: Any) -> None:
    error = StoreError(f"https://user:{SECRET}@host is away; ask jane.doe@example.com")
    text = Log(mode).told(error, "testing") + Log(mode).traced(error)
    assert (SECRET in text) == (mode == "off")
    assert ("jane.doe" in text) == (mode != "personal")


def test_records_of_other_libraries_go_the_same_way(capfd: pytest.CaptureFixture[str]) -> None:
    script = """
import logging
from rb_mcp.server.log import Log
secret = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
Log().start()
logging.getLogger("uvicorn.error").warning("%s of %s", "token " + secret, "a\\nb")
logging.getLogger("x").warning("%d", "not a number")
logging.getLogger("asyncio").error("task", exc_info=RuntimeError(secret))
logging.getLogger("y").info("not told")
raise RuntimeError("at the end: " + secret)
"""
    subprocess.run([sys.executable, "-c", script], check=False)
    log = capfd.readouterr().err
    assert SECRET not in log
    assert [line.partition(":")[0] for line in log.splitlines() if line[0].isupper()] == [
        "WARNING uvicorn.error",
        "WARNING x",
        "ERROR asyncio",
        "RuntimeError",
        "CRITICAL rb_mcp.server",
        "RuntimeError",
    ]
    assert "of a b" in log
