"""Memory items to consolidate: lessons in other words, lessons that only look alike, and lessons at odds.

They were written without sight of the code that they measure. `lessons.txt` has sections headed `## name` with
blocks parted by blank lines: first the lesson (title, description, content), then its paraphrases, each under a line
with its distance. `near` is what a second run of a model would say: a word or two, or the order, is different.
`reworded` says it in other sentences that keep the words of the subject, and `free` in other words throughout. Five
of the lessons are Chinese. `distinct.txt` has items of three lines in groups, and `contradictions.txt` pairs of such
items.

Not covered: paraphrases in another language, lessons that are partly the same, contradictions among more than two,
and what people would say of the labels: they are those of one author.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rb_mcp.types import MemoryItem

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).parent
_OPPOSITE = "opposite"


@dataclass(frozen=True)
class Lesson:
    """A lesson, and items that say the same, each with its distance: `near`, `reworded` or `free`."""

    name: str
    item: MemoryItem
    paraphrases: list[tuple[str, MemoryItem]]


@dataclass(frozen=True)
class Pair:
    """Two items about nearly the same thing, and whether they contradict each other."""

    one: MemoryItem
    other: MemoryItem
    contradicts: bool


def lessons() -> list[Lesson]:
    """Return 50 lessons, each with four near, four reworded and two free paraphrases."""
    found: list[Lesson] = []
    for name, (first, *others) in _sections("lessons.txt"):
        labelled = (block.partition("\n") for block in others)
        found.append(Lesson(name, _item(first), [(distance, _item(lines)) for distance, _, lines in labelled]))
    return found


def distinct() -> list[MemoryItem]:
    """Return 50 items, ten each about the same things in the same words, that all advise something different."""
    return [_item(block) for _, blocks in _sections("distinct.txt") for block in blocks]


def contradictions() -> list[Pair]:
    """Return 40 pairs that contradict each other and 40 that look like it and do not."""
    return [_pair(block, name == _OPPOSITE) for name, blocks in _sections("contradictions.txt") for block in blocks]


def _sections(file: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the heading of each section and its blocks."""
    text = (_HERE / file).read_text(encoding="utf-8")
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        name, _, body = section.partition("\n")
        yield name, body.strip().split("\n\n")


def _item(lines: str) -> MemoryItem:
    title, description, content = lines.split("\n")
    return MemoryItem(title, description, content)


def _pair(block: str, contradicts: bool) -> Pair:
    lines = block.split("\n")
    return Pair(_item("\n".join(lines[:3])), _item("\n".join(lines[3:])), contradicts)
