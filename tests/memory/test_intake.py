"""Text is cleaned of what nobody can see, and of nothing else."""

from __future__ import annotations

import unicodedata

import pytest

from rb_mcp.errors import InvalidInput
from rb_mcp.memory import intake


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain\ttext\nof two lines", "plain\ttext\nof two lines"),
        ("nul\x00 bell\x07 escape\x1b[0m delete\x7f", "nul bell escape[0m delete"),
        ("windows\r\nand\rold", "windows\nand\nold"),
        ("zero\u200bwidth\ufeff bidi\u202e tag\U000e0041", "zerowidth bidi tag"),
        ("half \ud83d an emoji", "half \ufffd an emoji"),
        (
            "family 👨‍👩‍👧 and \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "family 👨‍👩‍👧 and \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("cafe\u0301", "café"),
        ("non\u00a0breaking \u3000wide", "non\u00a0breaking \u3000wide"),
    ],
)
def test_cleaning(given: str, kept: str) -> None:
    assert intake.clean(given) == kept
    assert intake.clean(kept) == kept


def test_no_control_character_survives() -> None:
    everything = "".join(map(chr, range(0x110000)))
    left = {unicodedata.category(ch) for ch in intake.clean(everything) if ch not in "\n\t\u200c\u200d"}
    assert left & {"Cc", "Cf", "Cs", "Cn"} == set()


def test_an_outcome_with_evidence_rests_on_evidence_and_unknown_on_nothing() -> None:
    assert intake.verdict(" Success ", "exit 0").source == "evidence"
    assert intake.verdict("failure", " ").source == "agent"
    assert intake.verdict("", "looks fine").outcome == "unknown"
    assert intake.verdict("unknown", "looks fine").source == "agent"


def test_steps_that_say_nothing_are_left_out() -> None:
    taken = intake.trajectory("t", [{"action": " "}, {}, {"thought": "x"}])
    assert [step.thought for step in taken.steps] == ["x"]


def test_values_in_messages_are_cut_short() -> None:
    with pytest.raises(InvalidInput) as refused:
        intake.verdict("x" * 10_000, "")
    assert len(str(refused.value)) < 200
