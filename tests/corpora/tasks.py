"""Tasks to recall by: as one person recorded them and as another puts them, and tasks for which nothing was learned.

They were written without sight of the code that they measure. Both tasks of a pair in `paraphrases()` are of one
kind, are about different things and share few words; two pairs in a row are of the same kind, and `kinds()` says
which. A search that finds the other recorded task of the kind has therefore found something of use. In `chinese()`
and `crosslingual()` both sides are the same task, so that only the pair itself is right. `unrelated()` has tasks for
which a bank made of all the pairs should offer nothing; the first half is far from the pairs, the second half near.

Not covered: long tasks, tasks with a page or a file attached, and languages other than English and Chinese.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).parent


def paraphrases() -> list[tuple[str, str]]:
    """Return 120 pairs in English: a recorded task, and another of its kind in other words."""
    return [pair for _, pair in _pairs("paraphrases.txt")]


def kinds() -> list[str]:
    """Return the kind of each pair in `paraphrases()`: 60 kinds, each of two pairs."""
    return [kind for kind, _ in _pairs("paraphrases.txt")]


def chinese() -> list[tuple[str, str]]:
    """Return 60 pairs in Chinese: a recorded task, and the same in other words."""
    return [pair for heading, pair in _pairs("chinese.txt") if heading == "中文"]


def crosslingual() -> list[tuple[str, str]]:
    """Return 40 pairs: a task in English, and the same in Chinese."""
    return [pair for heading, pair in _pairs("chinese.txt") if heading == "中英"]


def unrelated() -> list[str]:
    """Return 120 tasks of kinds that are in none of the pairs, the 60 that are farther from them first."""
    return [task for _, body in _sections("unrelated.txt") for task in body.split("\n")]


def _pairs(file: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the pairs of a file with the heading they stand under."""
    for heading, body in _sections(file):
        for block in body.split("\n\n"):
            recorded, asked = block.split("\n")
            yield heading, (recorded, asked)


def _sections(file: str) -> Iterator[tuple[str, str]]:
    """Yield heading and body of each section."""
    text = (_HERE / file).read_text(encoding="utf-8")
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        yield heading, body.strip()
