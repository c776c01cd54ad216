"""`rb-mcp consolidate` and `rb-mcp split`, as a person calls them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from samples import LESSON, OTHER_LESSON, STEPS, TASK

from rb_mcp.commands.consolidate import consolidate, split
from rb_mcp.commands.terminal import with_bank
from rb_mcp.errors import InvalidInput
from rb_mcp.stores.database import connect
from rb_mcp.types import (
    Attempt,
    Experience,
    Lesson,
    MemoryItem,
    Recall,
    Recalled,
    Step,
    Trajectory,
    Verdict,
    new_id,
)

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


def test_the_limits_are_the_owners_to_set_and_a_dry_run_tells_what_they_would_retire(run: Run) -> None:
    planned = json.loads(run(consolidate, "--dry-run", "--json", "--most", "2"))["default"]["retired"]
    assert len(planned) == 2, "of four; nothing was merged yet"
    assert "would be retired" in run(consolidate, "--dry-run", "--most", "2")
    assert "4 strategies" in run(consolidate, "--dry-run"), "nothing was done"
    assert "3 strategies are more than the 2" in run(consolidate, "--most", "2")
    assert "2 strategies, 0 merged" in run(consolidate, "--most", "2")


def test_the_age_at_which_what_never_helped_retires_can_be_set(run: Run, settings: Settings) -> None:
    async def fail(bank: ReasoningBank) -> None:
        kept = await bank.store.strategies(None)
        recall = Recall(new_id("rec"), "default", (Recalled(kept[0], "exp_1", 0.9),))
        await bank.store.keep_recall(recall)
        attempt = Attempt(Trajectory("another"), Verdict("failure", "1 failed", "evidence"))
        done = Experience(new_id("exp"), "default", "another", "distilled", bank.clock(), (attempt,))
        await bank.store.add(done, key="f" * 64, embedding=None, recall_id=recall.id)
        spoil = connect(settings.bank)
        spoil.run("UPDATE strategies SET created_at = ?", ((bank.clock() - timedelta(days=40)).isoformat(),))
        spoil.close()

    with_bank(settings, fail)
    assert json.loads(run(consolidate, "--dry-run", "--json"))["default"]["retired"] == []
    retired = json.loads(run(consolidate, "--dry-run", "--json", "--oldest", "30"))["default"]["retired"]
    assert len(retired) == 4
    assert all("in the 40 days that it is kept" in one["reason"] for one in retired)


@pytest.mark.parametrize("wrong", [("--most", "0"), ("--oldest", "0"), ("--oldest", "soon")])
def test_a_limit_that_cannot_be_is_refused_by_name(settings: Settings, wrong: tuple[str, str]) -> None:
    refused = CliRunner().invoke(consolidate, wrong, obj=settings)
    assert refused.exit_code == 2
    assert wrong[0] in refused.stderr


def test_split_undoes_a_merge_for_good(run: Run) -> None:
    merged = json.loads(run(consolidate, "--json"))["default"]["merged"][0]
    assert run(split, merged["into"]) == f"Split off {merged['into']}, and active again: {merged['id']}.\n"
    assert "nothing changed" in run(split, merged["into"])
    assert "4 strategies, 0 merged" in run(consolidate)


def test_an_id_that_is_not_known_is_refused_with_a_sentence(run: Run) -> None:
    with pytest.raises(InvalidInput, match="not known"):
        run(split, "str_0123456789abcdef")
