"""A task of two parts is told from a single one by what the bank holds."""

from __future__ import annotations

import pytest

from rb_mcp.memory.decomposition import cuts
from rb_mcp.words import words

REFUND = "Cancel the order of a customer and refund the amount paid"
TICKETS = "Show the tickets of the support queue that were opened last week"
CANDIDATES = [words(REFUND), words(TICKETS), words("Bake a cake with lemon and sugar")]
ORDER = "Cancel the order of Mrs Miller and refund the amount paid"
QUEUE = "show the tickets of the support queue that were opened yesterday"


@pytest.mark.parametrize(
    "task",
    [
        f"{ORDER}, then {QUEUE}",
        f"{ORDER}. Wenn das erledigt ist, {QUEUE}.",
        f"{ORDER} y después {QUEUE}",
        f"1. {ORDER}\n2. {QUEUE}",
        f"{ORDER},做完之后{QUEUE}",
    ],
)
def test_the_best_place_to_part_a_task_is_between_its_parts_whatever_joins_them(task: str) -> None:
    first, second = cuts(task, CANDIDATES)[0]
    assert first.startswith("Cancel the order")
    assert first.endswith("amount paid")
    assert second.casefold().startswith("show the tickets")


def test_what_stands_around_a_part_is_trimmed_away() -> None:
    _, second = cuts(f"{ORDER}. And as soon as you have done so, please {QUEUE}!", CANDIDATES)[0]
    assert second.casefold().startswith("show the tickets")


def test_a_task_that_is_too_short_or_shares_nothing_with_the_bank_has_no_parts() -> None:
    assert cuts("Fix it now", CANDIDATES) == []
    assert cuts("Quartz vexes jumping wizards daily, blowing foxes", CANDIDATES) == []
    assert cuts(f"{ORDER}, then {QUEUE}", []) == []


def test_scripts_without_spaces_part_between_their_characters() -> None:
    refund, tickets = "取消客户的订单并退款", "显示上周打开的支持工单"
    first, second = cuts(f"{refund}然后{tickets}", [words(refund), words(tickets)])[0]
    assert first == refund
    assert second == tickets


def test_a_report_of_many_hundred_words_is_not_parted() -> None:
    assert cuts(f"{ORDER} {'word ' * 400} {QUEUE}", CANDIDATES) == []
