"""A task of two parts → its parts, told apart by what the bank holds: no list of words, no model, any language.

Wherever a word begins the task may part. For each such place both sides are compared with the candidates of the whole,
by words; the best few places are tried in earnest: each side, trimmed to the words that it shares with its nearest
candidate, is compared as a task of its own. It is split where the weaker side is explained better than the whole is,
both pass the floor, and what is nearest to them is not alike. Single tasks lose by being cut, so they stay whole.

Measured (`bench/retrieval.py`) on pairs of WebArena tasks with connectives in five languages.
Not covered: three parts, of which two are found; parts that share the words between them ("rename A and B").
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from rb_mcp.words import overlap, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PLACES = 3
"""Tried in earnest: with five as many pairs were found."""
SHORTEST = 3
"""Words of a part at least."""
LONGEST = 300
"""Words of a task that may be parted: longer ones are reports, and say one thing at length."""
LEAST = 0.2
"""Word overlap that each part has with some candidate, and the whole's own besides, before anything is embedded: most
single tasks end here, at the cost of a millisecond."""
ALIKE = 0.3
"""Word overlap of two earlier tasks from which they are of one kind, so that nothing is gained by parting."""

_WORD = re.compile(r"\w+")


class Cut(NamedTuple):
    """Two parts of a task, trimmed to what candidates share with them."""

    first: str
    second: str


def cuts(task: str, candidates: Sequence[frozenset[str]]) -> list[Cut]:
    """Return the places at which a task best falls into two parts that resemble candidates, the best first."""
    spans = _spans(task)
    if not 2 * SHORTEST <= len(spans) <= LONGEST or not candidates:
        return []
    tokens = [words(task[start:end]) for start, end in spans]
    first_at: dict[str, int] = {}
    last_at: dict[str, int] = {}
    for place, token in enumerate(tokens):
        for word in token:
            first_at.setdefault(word, place)
            last_at[word] = place
    before = _counts(first_at.values(), len(spans))  # distinct words in tokens [0, place)
    after = [len(last_at) - count for count in _counts(last_at.values(), len(spans))]
    best = [(0.0, 0.0, 0)] * (len(spans) + 1)
    for place, (left, right) in enumerate(_overlaps(candidates, first_at, last_at, before, after, len(spans))):
        if before[place] >= SHORTEST and after[place] >= SHORTEST:
            best[place] = (min(left, right), left + right, place)
    ranked = sorted(best, key=lambda row: (-row[0], -row[1]))[:PLACES]
    whole = words(task)
    least = max(LEAST, *(overlap(whole, candidate) for candidate in candidates))
    found: list[Cut] = []
    for weaker, _, place in ranked:
        if weaker > 0:
            parts = [_trimmed(part, candidates) for part in (task[: spans[place][0]], task[spans[place][0] :])]
            if all(shared > least for _, shared in parts):
                found.append(Cut(parts[0][0], parts[1][0]))
    return found


def _overlaps(
    candidates: Sequence[frozenset[str]],
    first_at: dict[str, int],
    last_at: dict[str, int],
    before: Sequence[int],
    after: Sequence[int],
    count: int,
) -> list[tuple[float, float]]:
    """Return, for each place, the best word overlap of what stands before it and of what stands after it."""
    left, right = [0.0] * (count + 1), [0.0] * (count + 1)
    for candidate in candidates:
        shared = candidate & first_at.keys()
        if not shared:
            continue
        in_left = _counts([first_at[word] for word in shared], count)
        in_right = [len(shared) - number for number in _counts([last_at[word] for word in shared], count)]
        for place in range(1, count):
            one, other = in_left[place], in_right[place]
            left[place] = max(left[place], one / (before[place] + len(candidate) - one))
            right[place] = max(right[place], other / (after[place] + len(candidate) - other))
    return list(zip(left, right, strict=True))


def _counts(places: Iterable[int], count: int) -> list[int]:
    """Return, for each place up to `count`, how many of `places` lie before it."""
    histogram = [0] * (count + 1)
    for place in places:
        histogram[place + 1] += 1
    return list(accumulate(histogram))


def _spans(text: str) -> list[tuple[int, int]]:
    """Return where words begin and end; every character of a script that writes without spaces is one."""
    spans: list[tuple[int, int]] = []
    for run in _WORD.finditer(text):
        whole = words(run.group())
        if len(whole) > 1 and not run.group().isascii():
            spans += [(at, at + 1) for at in range(run.start(), run.end())]
        else:
            spans.append(run.span())
    return spans


def _trimmed(part: str, candidates: Sequence[frozenset[str]]) -> tuple[str, float]:
    """Return a part from the first to the last word that it shares with the candidate most like it, and how alike.

    What stands around it ("when that is done", a greeting) belongs to no task.
    """
    spoken = words(part)
    nearest = max(candidates, key=lambda candidate: overlap(spoken, candidate))
    spans = [span for span in _spans(part) if words(part[slice(*span)]) & nearest]
    trimmed = part[spans[0][0] : spans[-1][1]] if spans else part.strip()
    return trimmed, overlap(words(trimmed), nearest)
