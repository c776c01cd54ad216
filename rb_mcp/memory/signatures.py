"""Error signatures: the errors that happened in what a command or tool printed, each as a key that other runs share.

    ModuleNotFoundError: No module named 'yaml'  → key "modulenotfounderror no module *"

`error_reports.py` finds the lines that report an error, by their shape; `error_keys.py` makes their keys and says how
alike two are. No model, no state; at most 200,000 characters of a text are read. Not covered: errors told in prose, and
messages of a shape of their own in a language other than English (`failed=True` then takes the last line).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from rb_mcp.memory.error_keys import ALIKE, alike, key, likeness
from rb_mcp.memory.error_reports import reports

if TYPE_CHECKING:
    from rb_mcp.memory.error_reports import Report

__all__ = ["ALIKE", "MOST", "Signature", "alike", "likeness", "signatures"]

MOST = 3
"""Signatures a text."""
_MOST_REPORTS = 20
"""Reports of a text whose keys are made."""
LONGEST = 200
"""Characters of a signature's line."""


@dataclass(frozen=True)
class Signature:
    """An error that happened: `key`, the same wherever it happens; `line`, as it was printed (≤ 200 characters)."""

    key: str
    line: str


def signatures(text: str, *, failed: bool = False) -> tuple[Signature, ...]:
    """Return the errors that happened according to `text`, the most telling first, at most `MOST`.

    `failed`: the command is known to have failed (its exit status was not zero); then a message inside prose counts,
    too, and if nothing else tells, the last line that says something.
    """
    distinct: dict[str, Signature] = {}
    different: dict[tuple[str, str], Report] = {}
    for report in reports(text, failed=failed):
        different.setdefault((report.head, report.message), report)
    for report in islice(different.values(), _MOST_REPORTS):
        error = key(report.head, report.message, text)
        if error and error not in distinct:
            distinct[error] = Signature(error, " ".join(report.line.split())[:LONGEST])
        if len(distinct) == MOST:
            break
    return tuple(distinct.values())
