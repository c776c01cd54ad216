"""Other people's trajectory formats → ours: one file a format, recognised by what a record holds.

A format says whether a record is its own and turns it into a `Recording`. The outcome is taken only where
the record itself states one (a reward, an outcome); it is never guessed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Protocol, cast

from rb_mcp.errors import InvalidInput
from rb_mcp.transcripts import native, openai_chat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from rb_mcp.transcripts.recording import Recording


class Format(Protocol):
    """A format of trajectories."""

    def recognises(self, record: object) -> bool:
        """Tell whether a JSON value is a record of this format."""
        ...

    def convert(self, record: object) -> Recording:
        """Return what it records.

        Raises:
            InvalidInput: naming the field, when it lacks something or holds what cannot be.
        """
        ...


FORMATS: dict[str, Format] = {"native": native, "openai-chat": openai_chat}
"""Name for `--format` → where it is; `auto` asks them in this order."""


@dataclass(frozen=True)
class Unreadable:
    """A record that could not be taken, and why."""

    where: str
    why: str


def read(file: TextIO, format_name: str = "auto") -> Iterator[Recording | Unreadable]:
    """Return the trajectories in a file: one record, a list of records, or one record a line.

    Lines are read as they come, so a large file costs no memory; a broken line does not stop the others.
    """
    first = next((line for line in file if line.strip()), "")
    if isinstance(_parsed(first), dict):
        for number, line in enumerate(chain([first], file), start=1):
            if line.strip():
                yield _converted(_parsed(line), format_name, f"line {number}")
        return
    whole = _parsed(first + file.read())
    records = [whole]
    if isinstance(whole, list) and not openai_chat.recognises(cast("object", whole)):
        records = cast("list[object]", whole)
    for number, record in enumerate(records, start=1):
        yield _converted(record, format_name, f"record {number}" if len(records) > 1 else "file")


def _parsed(text: str) -> object:
    """Return the JSON value of a text, or why it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return Unreadable("", f"it is not JSON ({error})")


def _format_of(record: object, name: str) -> Format | None:
    if name != "auto":
        return FORMATS[name]
    return next((one for one in FORMATS.values() if one.recognises(record)), None)


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
