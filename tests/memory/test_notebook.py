"""A session's notebook: what was tried, what ended it, and gone with the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rb_mcp.errors import InvalidInput
from rb_mcp.memory import exchange
from rb_mcp.memory.notebook import LONGEST, notebook_text
from rb_mcp.types import Note

if TYPE_CHECKING:
    from rb_mcp.memory.bank import ReasoningBank

pytestmark = pytest.mark.anyio

ERROR = "ModuleNotFoundError: No module named 'yaml'"


async def _note(bank: ReasoningBank, session: str, text: str, error: str = "", ended: str = "") -> object:
    request = {"ask": "note", "client": "c", "session": session, "task": text, "error": error, "ended": ended}
    return await exchange.answer(bank, request)


async def _recalled(bank: ReasoningBank, session: str) -> object:
    request = {"ask": "recall", "client": "c", "task": "bake a cake", "session": session}
    return (await exchange.answer(bank, request))["text"]


async def test_a_recall_of_the_session_begins_with_what_it_noted(bank: ReasoningBank) -> None:
    await _note(bank, "s1", "make the importer read YAML")
    await _note(bank, "s1", "pip install yaml did not help", ERROR)
    text = await _recalled(bank, "s1")
    assert isinstance(text, str)
    assert "open task: make the importer read YAML" in text
    assert "pip install yaml did not help — not ended yet" in text
    assert await _recalled(bank, "s2") == ""


async def test_the_same_error_under_another_path_is_one_line_and_says_what_ended_it(bank: ReasoningBank) -> None:
    await _note(bank, "s1", "pip install yaml did not help", f'File "src/x.py", line 3\n{ERROR}')
    await _note(bank, "s1", "import error", f'File "lib/y.py", line 70\n{ERROR}', "pip install pyyaml")
    [note] = await bank.store.notebook("s1", "default")
    assert note.ended == "pip install pyyaml"
    assert "ended by: pip install pyyaml" in notebook_text([note])


async def test_a_notebook_goes_with_its_session(bank: ReasoningBank) -> None:
    await _note(bank, "s1", "one task")
    await _note(bank, "s2", "another task")
    assert await bank.store.close_notebook("s1", "default") == 1
    assert await bank.store.notebook("s1", "default") == []
    assert len(await bank.store.notebook("s2", "default")) == 1


async def test_secrets_do_not_get_into_a_notebook(bank: ReasoningBank) -> None:
    await _note(bank, "s1", "export GITHUB_TOKEN=ghp_" + "a1B2" * 9)
    [note] = await bank.store.notebook("s1", "default")
    assert "a1B2a1B2" not in note.text


async def test_a_note_without_a_session_is_refused_by_name(bank: ReasoningBank) -> None:
    with pytest.raises(InvalidInput, match="session"):
        await exchange.answer(bank, {"ask": "note", "client": "c", "task": "x"})


def test_a_long_notebook_keeps_to_its_length_and_to_the_latest() -> None:
    notes = [Note(f"error {number}", f"tried {number} " + "x" * 100) for number in range(20)]
    text = notebook_text(notes)
    assert len(text) <= LONGEST
    assert "tried 0" in text
    assert "tried 19" not in text
    assert notebook_text([]) == ""
