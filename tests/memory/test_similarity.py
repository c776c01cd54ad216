"""How near an experience is: which sides count, by how much, and where the floor lies."""

from __future__ import annotations

import pytest

from rb_mcp.memory.similarity import (
    ALONE,
    LEAD,
    OVERLAP,
    SHARED,
    USELESS,
    WEIGHT,
    Scale,
    floor,
    similarity,
)
from rb_mcp.types import Candidate, Probe
from rb_mcp.words import words

PROBE = Probe(words("a b c d"))


def test_a_task_is_told_by_its_words_more_than_by_its_meaning_where_both_speak() -> None:
    near = similarity(PROBE, Candidate("exp_1", words("a b c d"), 0.5), Scale(), with_kind=False)
    assert near.task == pytest.approx(WEIGHT * 0.5 + OVERLAP)
    assert near.total == near.task


def test_a_paraphrase_without_a_word_in_common_keeps_most_of_its_meaning() -> None:
    near = similarity(PROBE, Candidate("exp_1", words("x y"), 0.6), Scale(), with_kind=False)
    assert near.total == pytest.approx(ALONE * 0.6)
    shared = similarity(PROBE, Candidate("exp_1", words("a x y z v w"), 0.6), Scale(), with_kind=False)
    assert shared.total == pytest.approx(ALONE * 0.6 + SHARED / 9)


def test_what_only_the_leading_encoder_reads_counts_for_more() -> None:
    candidate = Candidate("exp_1", words("x y"), 0.6)
    assert similarity(PROBE, candidate, Scale(lead=True), with_kind=False).total == pytest.approx(LEAD * 0.6)


def test_a_lesson_counts_from_where_useless_ones_end() -> None:
    def total(lesson: float | None) -> float:
        candidate = Candidate("exp_1", words("x y"), 0.2, lesson=lesson)
        return similarity(PROBE, candidate, Scale(), with_kind=False).total

    assert total(None) == total(-0.2) == total(USELESS)
    assert total(0.3) > total(0.2) > total(USELESS)


def test_with_a_kind_an_experience_whose_kind_nobody_said_is_compared_by_lesson_and_task_in_its_place() -> None:
    unsaid = Candidate("exp_1", words("x y"), 0.2, lesson=0.3, kind_lesson=0.5, kind_task=0.4)
    said = Candidate("exp_1", words("x y"), 0.2, lesson=0.3, kind_lesson=0.5, kind_task=0.4, kind=0.5, task_kind=0.4)
    assert similarity(PROBE, unsaid, Scale(), with_kind=True) == similarity(PROBE, said, Scale(), with_kind=True)
    better = Candidate("exp_1", words("x y"), 0.2, lesson=0.3, kind_lesson=0.5, kind_task=0.4, kind=0.9, task_kind=0.4)
    assert (
        similarity(PROBE, better, Scale(), with_kind=True).total
        > similarity(PROBE, said, Scale(), with_kind=True).total
    )


def test_what_both_touched_adds_a_little_and_never_more_than_that() -> None:
    def total(touched: float) -> float:
        return similarity(PROBE, Candidate("exp_1", words("x y"), 0.2, touched=touched), Scale(), with_kind=False).total

    assert total(0.0) < total(5.0) < total(1e9) < total(0.0) + 0.21


def test_without_vectors_words_and_what_was_touched_have_to_do() -> None:
    near = similarity(PROBE, Candidate("exp_1", words("a b")), Scale(), with_kind=True)
    assert near.total == 0.5
    assert floor(100, by_words=True) == floor(10_000, by_words=True)


def test_cosines_of_another_embedder_are_brought_to_the_scale_of_the_reference() -> None:
    assert Scale()(0.4) == pytest.approx(0.4)
    assert Scale(0.3, 0.08)(0.3) == pytest.approx(Scale()(0.08))
    assert Scale(0.3, 0.16)(0.46) == pytest.approx(Scale()(0.16))
    assert Scale(0.0, 0.01)(1.0) == 1.0


def test_the_floor_rises_slowly_with_the_bank_and_is_higher_where_a_kind_was_said() -> None:
    floors = [floor(size) for size in (0, 10, 40, 400, 40_000)]
    assert floors == sorted(floors)
    assert floors[0] == floors[1]
    assert floors[-1] - floors[0] < 0.1
    assert floor(40, with_kind=True) > floor(40)
