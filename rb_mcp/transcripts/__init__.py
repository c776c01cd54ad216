"""Other people's trajectory formats → ours: one file a format, recognised by what a record holds.

A format says whether a record is its own and turns it into a `Recording`; or, where a file is one session of many
lines, whether a line is its own and gathers the lines. The outcome is taken only where the record itself states one (a
reward, an outcome, a test run); it is never guessed. What cannot be read is told, where and why, and does not stop the
rest.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import import_module
from itertools import chain, islice
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from rb_mcp.errors import InvalidInput
from rb_mcp.transcripts.recording import Recording, Text, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

__all__ = ["FORMATS", "Format", "Recording", "SessionFormat", "Unreadable", "read"]


@runtime_checkable
class Format(Protocol):
    """A format of which each record is a trajectory."""

    def recognises(self, record: object) -> bool:
        """Tell whether a JSON value, or a `Text`, is a record of this format."""
        ...

    def convert(self, record: object) -> Recording:
        """Return what it records.

        Raises:
            InvalidInput: naming the field, when it lacks something or holds what cannot be.
        """
        ...


@runtime_checkable
class SessionFormat(Protocol):
    """A format of which a file is one session, or several, over many lines."""

    def belongs(self, record: object) -> bool:
        """Tell whether a JSON value is a line of such a session."""
        ...

    def gather(self, lines: Iterable[tuple[str, object]]) -> Iterator[Recording | Unreadable]:
        """Yield what the lines record, each given with where it stands; one may be an `Unreadable`.

        Raises:
            InvalidInput: when they record nothing.
        """
        ...


FORMATS = {
    "native": "native",
    "claude-code": "claude_code",
    "codex": "codex",
    "otel": "otel",
    "tau-bench": "tau_bench",
    "reflexion": "reflexion",
    "reasoning-bank": "reasoning_bank",
    "browsergym": "browsergym",
    "swe-agent": "swe_agent",
    "mini-swe-agent": "mini_swe_agent",
    "gemini": "gemini",
    "openai-responses": "openai_responses",
    "anthropic": "anthropic",
    "openai-chat": "openai_chat",
    "think-action": "think_action",
    "text": "text",
}
"""Name for `--format` → its module here, imported when it is asked; `auto` asks them in this order."""

_TEXTS = {"think-action", "text"}
_LOOKED_AT = 20
"""Lines by which a session is recognised: some begin with lines of bookkeeping."""
_NO_UTF8 = re.compile("[\udc80-\udcff]")
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_PICKLE = ("\x1f\udc8b", "\udc80")
"""How a gzip file and a pickle begin, read as text."""
_TOO_DEEP = "it is nested too deeply"
_PICKLED = (
    "it is a pickle or a compressed file. BrowserGym's step_N.pkl.gz are pickles, and to read one is to run whatever "
    "it holds: export the steps to JSON (rb_mcp/transcripts/browsergym.py says how). Any other .gz has to be unpacked "
    "first"
)


def read(file: TextIO, format_name: str = "auto") -> Iterator[Recording | Unreadable]:
    """Yield the trajectories in a file: one record, a list of records, one record a line, a session, or a text.

    Lines are read as they come, so a large file costs no memory; a broken line does not stop the others. A file opened
    with `errors="surrogateescape"` loses only the lines that are not UTF-8; else it ends at the first of them.
    """
    try:
        yield from _read(file, format_name)
    except UnicodeDecodeError as error:
        yield Unreadable("file", f"it is not UTF-8 ({error.reason} at byte {error.start})")
    except InvalidInput as error:
        yield Unreadable("file", str(error))
    except RecursionError:
        yield Unreadable("file", _TOO_DEEP)


def _read(file: TextIO, name: str) -> Iterator[Recording | Unreadable]:
    numbered = enumerate(file, start=1)
    begin: list[tuple[int, str]] = []
    for number, line in numbered:
        begin.append((number, line))
        if len([line for _, line in begin if line.strip()]) == 2:  # noqa: PLR2004 - two lines tell how a file is laid out
            break
    raw = "".join(line for _, line in begin)
    first, second = ([line.strip() for _, line in begin if line.strip()] + ["", ""])[:2]
    if raw.startswith(_PICKLE):
        yield Unreadable("file", _PICKLED)
    elif name not in _TEXTS and _a_record_a_line(first, second):
        lines = chain(begin, numbered)
        yield from _of_records(((f"line {n}", _parsed(line)) for n, line in lines if line.strip()), name)
    elif name in _TEXTS or not (first.startswith(("{", "[", '"')) or not isinstance(_parsed(first), Unreadable)):
        yield _of_text(raw + file.read(), name)
    else:
        whole = _parsed(raw + file.read())
        several = isinstance(whole, list) and not _format_of(cast("object", whole), name, told=False)
        records = _numbered(cast("list[object]", whole)) if several else [("file", cast("object", whole))]
        yield from _of_records(iter(records), name)


def _a_record_a_line(first: str, second: str) -> bool:
    """Tell by its first two lines whether a file has a record a line; one of them may be broken."""
    opens = first.startswith("[") or first == "{"
    return isinstance(_parsed(first), dict) or (not opens and isinstance(_parsed(second), dict))


def _numbered(records: list[object]) -> list[tuple[str, object]]:
    return [(f"record {number}" if len(records) > 1 else "file", one) for number, one in enumerate(records, start=1)]


def _of_records(records: Iterator[tuple[str, object]], name: str) -> Iterator[Recording | Unreadable]:
    """Yield what records hold: as one session if their beginning says so, else each by itself."""
    begin = list(islice(records, _LOOKED_AT))
    session = _session_of([record for _, record in begin], name)
    if session:
        yield from session.gather(chain(begin, records))
        return
    for where, record in chain(begin, records):
        yield _converted(record, name, where)


def _of_text(text: str, name: str) -> Recording | Unreadable:
    if not text.strip():
        return Unreadable("file", "it is empty")
    if _BINARY.search(text) or _NO_UTF8.search(text):
        return Unreadable("file", "it is neither JSON nor text, or its text is not UTF-8")
    found = _converted(Text(text), name, "file")
    if isinstance(found, Unreadable) and name == "auto" and "no known format" in found.why:
        return Unreadable("file", f"{found.why}; if it is plain text all the same, say --format text")
    return found


def _parsed(text: str) -> object:
    """Return the JSON value of a text, or why it is none; where it stood is for others to say."""
    if not text.isascii() and _NO_UTF8.search(text):
        return Unreadable("", "it is not UTF-8")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return Unreadable("", f"it is not JSON ({error})")


@cache
def _asked(name: str) -> tuple[tuple[Format, ...], tuple[SessionFormat, ...]]:
    """Return the formats that a name stands for: those of records, and those of sessions."""
    modules = [import_module(f"rb_mcp.transcripts.{FORMATS[one]}") for one in (FORMATS if name == "auto" else [name])]
    return (
        tuple(module for module in modules if isinstance(module, Format)),
        tuple(module for module in modules if isinstance(module, SessionFormat)),
    )


def _session_of(begin: list[object], name: str) -> SessionFormat | None:
    """Return the format of the session that begins so, if it is one."""
    formats, sessions = _asked(name)
    if not formats:  # it was asked for by its name, and has no other form
        return sessions[0]
    return next((one for one in sessions if any(one.belongs(record) for record in begin)), None)


def _format_of(record: object, name: str, *, told: bool = True) -> Format | None:
    """Return the format of a record: the one `told` by its name, if that is to be believed, else who recognises it."""
    formats, _ = _asked(name)
    return next((one for one in formats if (told and name != "auto") or one.recognises(record)), None)


def _converted(record: object, name: str, where: str) -> Recording | Unreadable:
    if isinstance(record, Unreadable):
        return Unreadable(where, record.why)
    form = _format_of(record, name)
    if form is None:
        return Unreadable(where, f"it is of no known format ({', '.join(FORMATS)})")
    try:
        return form.convert(record)
    except InvalidInput as error:
        return Unreadable(where, str(error))
    except RecursionError:
        return Unreadable(where, _TOO_DEEP)
