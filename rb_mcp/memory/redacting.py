"""Every text inside one of our values, redacted: one function for all that comes into the bank."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

import anyio.to_thread

if TYPE_CHECKING:
    from rb_mcp.redaction import Redactor

T = TypeVar("T")


async def redacted(value: T, redactor: Redactor) -> T:
    """Return a value with secrets cut out of every text in it; on a thread, for a trajectory may be long."""
    return await anyio.to_thread.run_sync(_redacted, value, redactor)


def _redacted(value: Any, redactor: Redactor) -> Any:  # noqa: ANN401 - texts, and dataclasses and tuples of them
    if isinstance(value, str):
        return redactor(value)
    if isinstance(value, tuple):
        return tuple(_redacted(one, redactor) for one in cast("tuple[object, ...]", value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _redacted(getattr(value, f.name), redactor) for f in fields(value)})
    return value
