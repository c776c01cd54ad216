"""Private keys that span lines: PEM, OpenSSH, PGP and PuTTY, whole or cut off at either end.

Observations are cut to length, so a block may lack its last line or its first; then only what reads as base64 beside
the line that is there goes. Line breaks may be real or the two characters of a JSON string. Public keys and
certificates are left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.redaction.patterns import Pattern

if TYPE_CHECKING:
    from rb_mcp.redaction.patterns import Edit

_LINE = Pattern(r"-{4,5} ?(BEGIN|END) (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)? ?(?:-{4,5})?")
_BODY = Pattern(
    r"(?:(?:[\s\"'+,|>#]|\\+[nrt])*(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ?[A-Za-z0-9(). ,/+-]*)*"
    r"(?:(?:[\s\"'+,|>#]|\\+[nrt]|[0-9]{1,4}[\t:|] ?)*[A-Za-z0-9+/]{24,}={0,2})*"
    r"(?:(?:[\s\"'+,|>#]|\\+[nrt])*[A-Za-z0-9+/]+={1,2})?"
)
_TAIL = Pattern(
    r"(?:^|[^A-Za-z0-9+/\\]|\\+[nrt])((?:[A-Za-z0-9+/]{40,}={0,2}(?:[\s\"'+,|>#]|\\+[nrt])+)+[A-Za-z0-9+/]*={0,2}(?:[\s\"'+,|>#]|\\+[nrt])*)$"
)
_MATTER = Pattern(r"[A-Za-z0-9+/]{16}")
_PUTTY = Pattern(r"Private-Lines: ?[0-9]+(?:(?:\s|\\+[nr])+[A-Za-z0-9+/=]{16,})+|Private-MAC: ?[0-9a-f]{40,}")
_HEADING = Pattern(r"Private-Lines: ?[0-9]+(?:\s|\\+[nr])*|Private-MAC: ?")

_LONGEST = 32_000
"""Bytes from a first line to its last: more than any key of 16,384 bits takes."""


def key_blocks(text: bytes) -> list[Edit]:
    """Find the private keys that are written out over several lines."""
    edits: list[Edit] = []
    if b"PRIVATE KEY" in text:
        edits += _pem(text)
    if b"Private-" in text:
        for found in _PUTTY.each(text):
            start, end = found.span()
            heading = _HEADING.at(text, start, end)
            edits.append((heading.end() if heading else start, end, "private-key"))
    return edits


def _pem(text: bytes) -> list[Edit]:
    edits: list[Edit] = []
    done = 0
    opened: tuple[int, int] | None = None
    for found in _LINE.each(text):
        start, end = found.span()
        if text[found.start(1) : found.end(1)] == b"BEGIN":
            if opened:
                done = _unended(text, opened, start, edits)
            opened = (start, end)
        elif opened and start - opened[0] < _LONGEST:
            if _MATTER.search(text, opened[1], start):
                edits.append((opened[0], end, "private-key"))
            done, opened = end, None
        else:
            if opened:
                done = _unended(text, opened, start, edits)
                opened = None
            before = max(done, start - _LONGEST)
            tail = _TAIL.search(text[before:start])
            if tail:
                edits.append((before + tail.start(1), end, "private-key"))
            done = end
    if opened:
        _unended(text, opened, len(text), edits)
    return edits


def _unended(text: bytes, opened: tuple[int, int], limit: int, edits: list[Edit]) -> int:
    """Cut out a block that has no last line: the first line and what reads as its body."""
    body = _BODY.at(text, opened[1], limit)
    end = body.end() if body else opened[1]
    if end > opened[1]:
        edits.append((opened[0], end, "private-key"))
    return end
