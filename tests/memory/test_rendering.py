"""Trajectories and recalled items as text."""

from __future__ import annotations

from rb_mcp.memory.rendering import attempts_text, cut, trajectory_text
from rb_mcp.types import Attempt, Step, Trajectory, Verdict


def test_a_long_trajectory_keeps_every_step_and_marks_what_it_cut() -> None:
    steps = tuple(Step(f"thought {n}", f"action {n}", f"start {n} " + "x" * 10_000 + f" end {n}") for n in range(20))
    text = trajectory_text(Trajectory("t", steps), budget=20_000)
    assert len(text) < 24_000
    for n in range(20):
        assert all(part in text for part in (f"thought {n}", f"action {n}", f"start {n} ", f" end {n}"))
    assert text.count("characters cut") == 20
    assert "x" * 10_000 in trajectory_text(Trajectory("t", steps), budget=0)


def test_attempts_are_labelled_with_their_outcome() -> None:
    attempts = [
        Attempt(Trajectory("t", (Step(action="a"),)), Verdict("failure")),
        Attempt(Trajectory("t", (Step(action="b"),))),
    ]
    text = attempts_text(attempts)
    assert "Attempt 1 (failure)" in text
    assert "Attempt 2 (unknown)" in text


def test_a_cut_says_how_much_is_missing() -> None:
    assert cut("short", 10) == "short"
    assert cut("a" * 50 + "b" * 50, 60) == "a" * 15 + " [... 70 characters cut ...] " + "b" * 15
