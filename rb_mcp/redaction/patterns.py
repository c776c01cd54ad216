"""Patterns that take linear time on any text: RE2 behind a small typed door.

Text from trajectories is anybody's, so nothing that backtracks may read it. RE2 publishes no types and costs some
milliseconds to load, therefore it is imported and each pattern is compiled at first use, once a process. Texts are
UTF-8 bytes here, so that positions need no counting.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Edit = tuple[int, int, str]
"""Replace the bytes from the first position to the second by the placeholder of the named kind."""

_MEMORY = 64 << 20
"""Bytes RE2 may use for the automaton of one pattern, before it falls back to a slower way."""


class Found(Protocol):
    """One match, as `re.Match` has it."""

    def start(self, group: int = 0) -> int:
        """Return where a group begins."""
        ...

    def end(self, group: int = 0) -> int:
        """Return where a group ends."""
        ...

    def span(self, group: int = 0) -> tuple[int, int]:
        """Return where a group begins and ends."""
        ...


class _Options(Protocol):
    max_mem: int
    log_errors: bool
    case_sensitive: bool


class _Compiled(Protocol):
    def search(self, text: bytes, pos: int, endpos: int) -> Found | None: ...
    def match(self, text: bytes, pos: int, endpos: int) -> Found | None: ...
    def fullmatch(self, text: bytes) -> Found | None: ...
    def finditer(self, text: bytes) -> Iterator[Found]: ...


class _Set(Protocol):
    def Add(self, pattern: str) -> int: ...  # noqa: N802 - RE2 names it so
    def Compile(self) -> None: ...  # noqa: N802 - RE2 names it so
    def Match(self, text: bytes) -> Sequence[int] | None: ...  # noqa: N802 - RE2 names it so


class _SetMaker(Protocol):
    def FullMatchSet(self, options: _Options) -> _Set: ...  # noqa: N802 - RE2 names it so


class _Re2(Protocol):
    Set: _SetMaker

    def Options(self) -> _Options: ...  # noqa: N802 - RE2 names it so
    def compile(self, pattern: str, options: _Options) -> _Compiled: ...


def _re2(*, ignore_case: bool) -> tuple[_Re2, _Options]:
    re2 = cast("_Re2", import_module("re2"))
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    options.case_sensitive = not ignore_case
    return re2, options


class Pattern:
    """One RE2 pattern, compiled when it is first asked something."""

    def __init__(self, source: str, *, ignore_case: bool = False) -> None:
        self._source = source
        self._ignore_case = ignore_case

    @cached_property
    def _compiled(self) -> _Compiled:
        re2, options = _re2(ignore_case=self._ignore_case)
        return re2.compile(self._source, options)

    def each(self, text: bytes) -> Iterator[Found]:
        """Yield the matches from left to right; they do not overlap."""
        return self._compiled.finditer(text)

    def search(self, text: bytes, start: int = 0, end: int | None = None) -> Found | None:
        """Return the first match between two positions."""
        return self._compiled.search(text, start, len(text) if end is None else end)

    def at(self, text: bytes, start: int, end: int | None = None) -> Found | None:
        """Return the match that begins exactly at `start` and does not pass `end`."""
        return self._compiled.match(text, start, len(text) if end is None else end)

    def whole(self, text: bytes) -> bool:
        """Whether the pattern matches all of a text."""
        return self._compiled.fullmatch(text) is not None

    def within(self, text: bytes) -> bool:
        """Whether the pattern matches anywhere in a text."""
        return self._compiled.search(text, 0, len(text)) is not None


class Patterns:
    """Several patterns asked at once which of them a whole text matches."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._sources = sources

    @cached_property
    def _set(self) -> _Set:
        re2, options = _re2(ignore_case=False)
        compiled = re2.Set.FullMatchSet(options)
        for source in self._sources:
            compiled.Add(source)
        compiled.Compile()
        return compiled

    def first(self, text: bytes) -> int | None:
        """Return the place in the list of the first pattern that matches the whole text."""
        matching = self._set.Match(text)
        return min(matching) if matching else None


class Row(NamedTuple):
    """A place where secrets stand.

    Attributes:
        kind: What the placeholder says.
        triggers: Literals, in small letters, of which a text must hold one for the row to be tried.
        pattern: Its first group is what stands there.
        is_secret: Whether that is a secret.
    """

    kind: str
    triggers: tuple[bytes, ...]
    pattern: Pattern
    is_secret: Callable[[bytes], bool]
