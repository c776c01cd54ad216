"""What went wrong, told twice: one sentence with an id to the client, the details to a log without secrets.

The log is stderr, which hosts keep in files. So a record shows where something failed and what it said, both
redacted: source lines and messages, no arguments, not the input that pydantic quotes, and never more than a page.

Not covered: who reads the log, and how long it is kept. Both are the host's.
"""

from __future__ import annotations

import logging
import secrets
import sys
import traceback
from functools import cached_property
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from rb_mcp.errors import RbMcpError
    from rb_mcp.redaction import Redaction

LONGEST_RECORD = 8_000
LONGEST_MESSAGE = 1_000
"""Characters of one record, and of one message in it."""

_READ = 64_000
"""Characters of a message that are looked at; far more than are shown, so that no secret is cut in half there."""
_FRAMES = 8
"""Calls shown of one error: the innermost."""
_DEPTH = 6
"""Errors shown of a chain."""

_log = logging.getLogger("rb_mcp.server")


class Log:
    """The log of one server, and what its clients are told of what is in there.

    Args:
        mode: What is cut out, as for stored texts; see `rb_mcp.redaction`.
    """

    def __init__(self, mode: Redaction = "secrets") -> None:
        self._mode: Redaction = mode

    @cached_property
    def _redact(self) -> Callable[[str], str]:
        from rb_mcp.redaction import Redactor  # noqa: PLC0415 - its rules are compiled when something fails, not before

        return Redactor(self._mode)

    def told(self, error: RbMcpError, doing: str) -> str:
        """Log an error of ours, and return its sentence with the id under which its cause is found."""
        return f"{self.plain(str(error))} ({self._noted(error, doing)} in the server's log)"

    def masked(self, error: BaseException, doing: str) -> str:
        """Log an error nobody expected, and return a sentence that says nothing of it but its id."""
        return (
            f"internal error {self._noted(error, doing)}: nothing was lost that was acknowledged; "
            "the details are in the server's log"
        )

    def plain(self, text: str) -> str:
        """Return a message on one line, redacted, and no longer than one should be."""
        line = " ".join("".join(ch if ch.isprintable() else " " for ch in self._redact(text[:_READ])).split())
        return line if len(line) <= LONGEST_MESSAGE else f"{line[:LONGEST_MESSAGE]} ..."

    def traced(self, error: BaseException) -> str:
        """Return an error with the errors behind it, the outermost first, each with its innermost calls."""
        return "\n".join(self._lines(error, _DEPTH))

    def start(self) -> None:
        """Send every record of this process through here, and whatever ends it."""
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Plain(self))
        logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
        logging.raiseExceptions = False  # a record that cannot be written is not printed with its values instead

        def end(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
            _log.critical("the server ends", exc_info=error)

        sys.excepthook = end

    def _noted(self, error: BaseException, doing: str) -> str:
        id_ = f"err_{secrets.token_hex(4)}"
        _log.error("%s: %s\n%s", id_, self.plain(doing), self.traced(error))
        return id_

    def _lines(self, error: BaseException, depth: int) -> Iterator[str]:
        yield f"{type(error).__qualname__}: {self.plain(_message(error))}"
        for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]:
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}: {self.plain(frame.line or '')}"
        for one in _behind(error):
            yield "behind it:" if depth else "behind it, more"
            if depth:
                yield from self._lines(one, depth - 1)


class _Plain(logging.Formatter):
    """A record as text without secrets."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._told = log

    def format(self, record: logging.LogRecord) -> str:
        """Return the record, its traceback included."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # the arguments do not fit the message
            message = str(record.msg)
        if record.name != _log.name:
            message = self._told.plain(message)
        if record.exc_info and record.exc_info[1]:
            message += "\n" + self._told.traced(record.exc_info[1])
        return f"{record.levelname} {record.name}: {message}"[:LONGEST_RECORD]


def _behind(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return list(cast("BaseExceptionGroup[BaseException]", error).exceptions[:2])
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return [cause] if cause else []


def _message(error: BaseException) -> str:
    """Return what an error says, without the input that pydantic quotes, by itself or through who wraps it."""
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_input=False, include_context=False)
        told = [f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in found[:_FRAMES]]
        return f"{error.error_count()} of {error.title}: {'; '.join(told)}"
    text = str(error)
    cause = error.__cause__
    while cause:
        if isinstance(cause, ValidationError):
            text = text.replace(str(cause), _message(cause))
        cause = cause.__cause__
    return text
