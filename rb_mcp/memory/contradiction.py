"""Whether two memory items contradict each other: the same matter, and the opposite said of it.

Compared are the titles, and where they speak of different things the clauses of the content. Two clauses contradict
each other when what remains without the words that turn a meaning round (not, without; before and after, enable and
disable) is nearly the same, and the number of turns between them is odd: "do not close it before they agree" agrees
with "close it after they agree". Swapped sides of "rather than" or "before" are a turn too. What an item says about
when it applies is no advice; that one was learned from a success and the other from a failure is no contradiction.

Not covered: opposites that need knowledge of the matter, and other languages than English and a little Chinese.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from rb_mcp.words import overlap, words

if TYPE_CHECKING:
    from rb_mcp.types import MemoryItem

ALIKE = 0.6
"""Overlap of what remains of two clauses from which they speak of the same thing (`bench/consolidation.py`)."""
WHEN = 0.5
"""Overlap of two descriptions from which they speak of the same situation: most advice that looks opposed is for
different ones."""
_FEWEST = 2
"""Words that have to remain on either side."""

_OPPOSITES = """
before/after first/last enable/disable increase/decrease raise/lower raise/reduce increase/reduce grow/shrink
include/exclude include/omit accept/reject accept/decline accept/refuse allow/forbid allow/deny permit/prohibit
open/close start/stop start/end begin/end early/late small/large small/big short/long few/many fewer/more less/more
most/least maximum/minimum high/low fast/slow parallel/sequential parallel/serial parallel/order concurrently/sequential
manual/automatic trust/distrust trust/doubt keep/delete keep/remove keep/discard keep/drop keep/close add/remove
insert/delete show/hide lock/unlock pin/unpin on/off same/different one/several one/many all/one all/few once/repeatedly
public/private global/local strict/lenient explicit/implicit new/old newest/oldest top/bottom left/right up/down
upward/downward ascending/descending inside/outside internal/external immediately/later immediately/wait now/later
eager/lazy together/separately together/individually all/none everything/nothing require/forbid mandatory/optional
ask/assume expand/collapse split/join merge/split verbose/quiet commit/rollback skip/run ignore/follow ignore/check
real/mock synchronous/asynchronous cached/fresh hard/soft full/partial forward/backward upgrade/downgrade
install/uninstall widen/narrow broad/narrow cheap/expensive deep/shallow end/front server/client once/twice
启用/禁用 增加/减少 总是/从不 开启/关闭 允许/禁止 接受/拒绝 保留/删除 之前/之后 先/后
"""
_NEGATIVE = "not never no without avoid cannot refrain neither nor refuse distrust"
_TURNS = frozenset(_NEGATIVE.split())
_CHINESE_TURNS = re.compile("不要|不|勿|避免|无需|别")
_WITHOUT_WEIGHT = (
    "a an the of to in on at for from by with and or is are was were be been it its this that these those as if when "
    "whenever while where which who what how do does did then there them they you your so any each every always "
    "should must can could will would may might only just also even than t s has have had since because first"
)
_PLAIN = frozenset(_WITHOUT_WEIGHT.split())
_ORDERS = re.compile(r"\b(rather than|instead of|before|after|over)\b")
_ENDS = re.compile(r"[.;:!?\n。；：！？，]\s*|,\s+")
_ENDINGS = re.compile(r"(?<=\w{3})(?:ing|ed|es|s|ly|e)$")


class _Clause(NamedTuple):
    said: frozenset[str]
    turns: int
    sides: tuple[frozenset[str], frozenset[str]] | None
    """What stands before and behind a word that orders two things."""


def contradict(one: MemoryItem, other: MemoryItem) -> bool:
    """Tell whether two items that are about the same thing advise opposites."""
    ours, theirs = (_stems(item.description) - _PLAIN for item in (one, other))
    if overlap(ours, theirs) < WHEN:
        return False
    titles = _compare(_clause(one.title), _clause(other.title))
    if titles is not None:
        return titles
    clauses = [[_clause(part) for part in _ENDS.split(f"{item.title}. {item.content}")] for item in (one, other)]
    said = [found for a in clauses[0] for b in clauses[1] if (found := _compare(a, b)) is not None]
    return any(said) and 2 * sum(said) >= len(said)


def _compare(one: _Clause, other: _Clause) -> bool | None:
    """Tell whether one clause says the opposite of another; None when they do not speak of the same thing."""
    opposed = _opposed(one.said - other.said, other.said - one.said)
    gone = {word for pair in opposed for word in pair} | _PLAIN | _stems_of_turns()
    ours, theirs = one.said - gone, other.said - gone
    if min(len(ours), len(theirs)) < _FEWEST or overlap(ours, theirs) < ALIKE:
        return None
    turns = one.turns + other.turns + len(opposed)
    if one.sides and other.sides:
        crossed = min(overlap(one.sides[0], other.sides[1]), overlap(one.sides[1], other.sides[0]))
        straight = min(overlap(one.sides[0], other.sides[0]), overlap(one.sides[1], other.sides[1]))
        turns += crossed > straight
    return turns % 2 == 1


def _opposed(ours: frozenset[str], theirs: frozenset[str]) -> list[tuple[str, str]]:
    """Return the pairs of opposites that stand one here, one there; each word in one pair only."""
    left = set(theirs)
    found: list[tuple[str, str]] = []
    for word in sorted(ours):
        match = min(_opposites()[word] & left, default="") if word in _opposites() else ""
        if match:
            left.remove(match)
            found.append((word, match))
    return found


def _clause(text: str) -> _Clause:
    plain = text.casefold().replace("’", "'").replace("n't", " not")
    spoken = re.findall(r"[^\W_]+", plain)
    turns = sum(word in _TURNS for word in spoken) + len(_CHINESE_TURNS.findall(plain))
    before, order, behind = [*_ORDERS.split(plain, maxsplit=1), "", ""][:3]
    return _Clause(_stems(plain), turns, (_stems(before) - _PLAIN, _stems(behind) - _PLAIN) if order else None)


def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in words(text))


def _stem(word: str) -> str:
    """Return a word without the endings that do not matter here."""
    return word if word in _PLAIN else _ENDINGS.sub("", word)


@cache
def _stems_of_turns() -> frozenset[str]:
    return frozenset(_stem(word) for word in _TURNS)


@cache
def _opposites() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for pair in _OPPOSITES.split():
        one, other = (_stem(word) for word in pair.split("/"))
        found[one].add(other)
        found[other].add(one)
    return dict(found)
