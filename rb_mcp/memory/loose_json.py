"""JSON wherever it stands in a text: in a fence, amid prose, beside other JSON, with some of it broken.

Not covered: what it means (`replies.py`).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from rb_mcp.memory.markdown import FENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_TRIES = 100
"""Broken openings of JSON looked at in one reply; a real one has a handful."""
_OPENING = re.compile(r"\{(?=\s*+[\"}])|\[(?=\s*+[\[{\"\]])")


class Found(NamedTuple):
    """A list or an object and where it stands; `whole` when nothing broke off before it."""

    value: object
    start: int
    end: int
    whole: bool


def json_in(text: str) -> tuple[list[Found], bool]:
    """Return the outermost JSON of a text, and whether any is broken; of what is broken, the parts that are whole."""
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=_once)
    values: list[Found] = []
    tries, position = 0, 0
    while tries < _MOST_TRIES and (opening := _OPENING.search(text, position)):
        position = opening.end()
        try:
            value, position = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            tries += 1
        else:
            values.append(Found(value, opening.start(), position, whole=not tries))
    return values, tries > 0


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object whose keys stand once: of two values, neither is known to be meant."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def on_their_own(text: str, values: list[Found]) -> Iterator[tuple[object, bool]]:
    """Yield the JSON that fills its lines and opens or closes the text, and whether it is all of it."""
    for one in dict.fromkeys((values[0].start, values[-1].start)) if values else ():
        value = next(value for value in (values[0], values[-1]) if value.start == one)
        before, after = text[: value.start].split("\n"), text[value.end :].split("\n")
        prose = [any(not FENCE.match(line.strip()) for line in part if line.strip()) for part in (before, after)]
        if value.whole and not (before[-1].strip() or after[0].strip() or all(prose)):
            yield value.value, not any(prose)
