"""Two items contradict each other when they say the opposite about the same thing, and not when they only sound so."""

from __future__ import annotations

import pytest
from corpora.lessons import contradictions, distinct, lessons

from rb_mcp.memory.contradiction import contradict
from rb_mcp.types import MemoryItem

WHEN = "When an order of a customer is changed; not for enquiries."
CONTENT = "Look at it first, then go on."


def item(title: str, content: str = CONTENT, description: str = WHEN) -> MemoryItem:
    return MemoryItem(title, description, content)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Retry a failed payment at once", "Never retry a failed payment at once"),
        ("Sort the list before applying filters", "Sort the list after applying filters"),
        ("Enable caching while debugging a page", "Disable caching while debugging a page"),
        ("Use the search box rather than the menu", "Use the menu rather than the search box"),
        ("Increase the batch size for imports", "Decrease the batch size for imports"),
        ("取消订单之前通知客户", "取消订单之后通知客户"),
    ],
)
def test_opposite_advice_on_one_matter_is_a_contradiction_either_way_round(one: str, other: str) -> None:
    assert contradict(item(one), item(other))
    assert contradict(item(other), item(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Do not close the ticket before the customer agrees", "Close the ticket after the customer agrees"),
        ("Never guess the date format", "Always state the date format"),
        ("Retry a failed download", "Never retry a failed payment"),
        ("Do not skip the confirmation page", "Never skip the confirmation page"),
    ],
)
def test_what_only_sounds_opposed_is_none(one: str, other: str) -> None:
    assert not contradict(item(one), item(other))


def test_opposite_advice_for_different_situations_is_none() -> None:
    one, other = item("Retry the call", description="After a timeout."), item("Never retry the call", description="x y")
    assert not contradict(one, other)


def test_the_corpus_gives_the_figures_that_were_measured() -> None:
    """First contact, before the descriptions were looked at: 17 of 40 found, 9 of 40 wrongly."""
    pairs = contradictions()
    found = [contradict(pair.one, pair.other) for pair in pairs]
    right = sum(said and pair.contradicts for said, pair in zip(found, pairs, strict=True))
    assert right >= 17
    assert sum(found) - right <= 5


def test_no_paraphrase_and_no_neighbour_is_taken_for_a_contradiction() -> None:
    assert not [name for lesson in lessons() for name, other in lesson.paraphrases if contradict(lesson.item, other)]
    assert not [(a, b) for a in distinct() for b in distinct() if contradict(a, b)]
