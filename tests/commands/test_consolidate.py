"""`rb-mcp consolidate` and `rb-mcp split`, as a person calls them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from samples import LESSON, OTHER_LESSON, STEPS, TASK

from rb_mcp.commands.consolidate import consolidate, split
from rb_mcp.commands.terminal import with_bank
from rb_mcp.errors import InvalidInput
from rb_mcp.types import Attempt, Experience, Lesson, MemoryItem, Step, Trajectory, Verdict, new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank

    Run = Callable[..., str]

NEAR = {**LESSON, "content": LESSON["content"].replace("one thing", "a single thing")}
OPPOSITE = {**LESSON, "title": "Never read the whole assertion before editing"}


@pytest.fixture
def run(settings: Settings) -> Run:
    async def fill(bank: ReasoningBank) -> None:
        for number, lesson in enumerate((LESSON, NEAR, OPPOSITE, OTHER_LESSON)):
            attempt = Attempt(
                Trajectory(f"{TASK} {number}", (Step(**STEPS[0]),)), Verdict("success", "41 passed", "evidence")
            )
            one = Experience(new_id("exp"), "default", f"{TASK} {number}", "distilled", bank.clock(), (attempt,))
            await bank.store.add(one, key=f"{number:064x}", embedding=None, lessons=[Lesson(MemoryItem(**lesson))])

    with_bank(settings, fill)

    def run(command: Any, *words: str) -> str:
        return CliRunner().invoke(command, words, obj=settings, catch_exceptions=False).stdout

    return run


def test_consolidate_says_what_it_did_and_a_second_time_there_is_nothing_to_do(run: Run) -> None:
    planned = json.loads(run(consolidate, "--dry-run", "--json"))["default"]
    out = run(consolidate)
    assert "default: 4 strategies, 1 merged, 1 contradictions, 0 composed" in out
    assert f"{planned['merged'][0]['id']} into {planned['merged'][0]['into']}" in out
    again = json.loads(run(consolidate, "--json"))["default"]
    assert (again["looked_at"], again["merged"], again["contradictions"]) == (3, [], [])


def test_a_dry_run_changes_nothing(run: Run) -> None:
    first = run(consolidate, "--dry-run", "--json")
    assert json.loads(first)["default"]["looked_at"] == 4
    assert run(consolidate, "--dry-run", "--json") == first
    assert "1 would be merged" in run(consolidate, "--dry-run", "-n", "default")


def test_split_undoes_a_merge_for_good(run: Run) -> None:
    merged = json.loads(run(consolidate, "--json"))["default"]["merged"][0]
    assert run(split, merged["into"]) == f"Split off {merged['into']}, and active again: {merged['id']}.\n"
    assert "nothing changed" in run(split, merged["into"])
    assert "4 strategies, 0 merged" in run(consolidate)


def test_an_id_that_is_not_known_is_refused_with_a_sentence(run: Run) -> None:
    with pytest.raises(InvalidInput, match="not known"):
        run(split, "str_0123456789abcdef")
