"""The loop helps a fixed agent at text games of a third party, and what breaks the loop is noticed.

A small run of `evals/`: 2 streams instead of 6, and the arms that the criteria look at. Skipped without Java or the
extra `evals`.
"""

from __future__ import annotations

import shutil
import statistics
from typing import TYPE_CHECKING

import anyio
import pytest

if not shutil.which("java"):
    pytest.skip("the games need Java 17 or newer", allow_module_level=True)
pytest.importorskip("textworld_express", reason="the games come with the extra `evals`")

from criteria import NEEDED, unmet
from games import Games, chance, tasks
from reader import Reader
from tier_a import ARMS, PARTS, Came, Setting, stream

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.timeout(900)
STREAMS = (0, 1)
ARMS["inverted"] = Setting("as `both`, every verdict inverted", ARMS["both"].make, flips=1.0)


@pytest.fixture(scope="module")
def came() -> Mapping[str, Came]:
    found: dict[str, Came] = {}
    for number in STREAMS:
        for arm, one in anyio.run(stream, PARTS["tidy"], number, (*NEEDED, "inverted")).items():
            found.setdefault(arm, Came()).add(one)
    return found


@pytest.fixture(scope="module")
def solved(came: Mapping[str, Came]) -> Mapping[str, float]:
    return {arm: statistics.fmean(one.first for one in came[arm].tasks) for arm in came}


def test_memory_helps_and_the_controls_do_not(solved: Mapping[str, float]) -> None:
    assert unmet(solved) == []


def test_retrieval_that_returns_whatever_there_is_turns_the_gate_red(solved: Mapping[str, float]) -> None:
    failed = unmet({**solved, "success": solved["random"]})
    assert any("recall from successes" in sentence for sentence in failed)


def test_inverted_verdicts_turn_the_gate_red(solved: Mapping[str, float]) -> None:
    failed = unmet({**solved, "both": solved["inverted"]})
    assert any("recall from both outcomes" in sentence for sentence in failed)


def test_the_best_of_three_attempts_is_handed_over(came: Mapping[str, Came]) -> None:
    scaled = came["parallel 3"].tasks
    assert all(one.best == one.any for one in scaled), "the outcomes are known, and one that solved it is chosen"
    assert sum(one.best for one in scaled) > sum(one.first for one in scaled)


def test_no_game_is_played_twice_and_the_folds_share_none() -> None:
    made = [task.seed for number in range(6) for task in tasks("tidy", number, 120)]
    assert len(set(made)) == len(made)
    unseen = {task.seed for task in tasks("tidy", 0, 120, 40) if task.fold == "test"}
    assert len(unseen) == 40
    assert not unseen & set(made)


def test_the_same_agent_meets_the_same_luck_whatever_was_drawn_before() -> None:
    async def play() -> list[str]:
        with Games() as games:
            [task] = [task for task in tasks("tidy", 0, 120) if task.number == 5]
            reader = Reader(games, task)
            query = reader.query()
            await reader(query, "")
            again = Reader(games, task)
            attempts = [await again(query, ""), await again(query, "")]
            assert attempts[0].trajectory.steps == reader.played[0].steps
            assert attempts[1].trajectory.steps != reader.played[0].steps
            return [step.action for step in reader.played[0].steps]

    first = anyio.run(play)
    chance("anything", "else")
    assert anyio.run(play) == first
