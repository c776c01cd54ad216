"""Secrets told by a name that no sign of assignment follows: options, elements, calls, tables, sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.redaction.names import secret_name
from rb_mcp.redaction.patterns import Pattern
from rb_mcp.redaction.values import is_emphatic, is_name, is_password, is_random

if TYPE_CHECKING:
    from rb_mcp.redaction.patterns import Edit

_KEY = r"([\w.-]*(?i:pass|pwd|pw|secret|token|key|cred|auth)[\w.-]*)"
_NAMED: tuple[Pattern, ...] = (
    Pattern(rf"(?:^|[\s\"'(])--?{_KEY}[ \t]+\\?[\"']?([^\s\"'\\|;&<>()]+)"),  # an option of a command
    Pattern(rf"<{_KEY}(?:[ \t][^<>]*)?>(?:<!\[CDATA\[)?([^<>\n\]]+)(?:\]\]>)?</"),  # an element
    Pattern(  # a pair of name and value, in YAML, JSON or XML
        rf"\b(?i:name|key|id)\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?{_KEY}\\?[\"']?(?:[ \t]*,)?(?:\s|\\n)*-?\\?[\"']?"
        r"(?i:value|val|content)\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?([^\s\"'\\,}<>]+)"
    ),
    Pattern(  # a call that is given a name and a value
        r"(?i:getenv|environ|env|get|fill\w*|type\w*|send_?keys|set\w*|put\w*|header\w*|append|add\w*|insert|input)"
        rf"\(?[^()\n]*?{_KEY}(?:\\?[\"'\])])+[ \t]*,[ \t]*\\?[\"']([^\"'\\\n]+)\\?[\"']"
    ),
    Pattern(
        rf"{_KEY}[\"'\])]*\.(?i:send_?keys|fill|type|set\w*|input\w*)\([\"']([^\"'\\\n]+)[\"']"
    ),  # the same, chained
    Pattern(
        rf"\b(?:ENV|setx|setenv|set -\w+)[ \t]+{_KEY}[ \t]+[\"']?([^\s\"'\\|;&<>()]+)"
    ),  # a variable of a shell or an image
    Pattern(rf"\b{_KEY}\(\\?[\"']([^\"'\\\n]+)\\?[\"']\)"),  # a call that is named for what it is given
    Pattern(rf"\|[ \t]*[*\x60]*{_KEY}[*\x60]*[ \t]*\|[ \t]*[*\x60]*([^\s|*\x60]+)[*\x60]*[ \t]*\|"),  # a row of a table
)
_PROSE = Pattern(
    r"(?i:\b(password|passwd|passphrase|passcode|pwd|api key|access key|secret key|secret|token)\b)"
    r"(?:[ \t]+(?i:for|of|on|in)[ \t]+[\w@.'/-]+(?:[ \t]+[\w@.'/-]+)?)?"
    r"(?:[ \t]+(?i:is|was|are|will be|has been set to|should be|set to|changed to|to|equals|-)(?:[ \t]+now)?:?)?"
    r"[ \t]+[\"'`*“‘]{0,3}([^\s\"'`*“”‘’<>:=][^\s\"'`*“”‘’<>]*)"
)
_PROSE_KINDS = {
    b"api key": "api-key",
    b"access key": "key",
    b"secret key": "key",
    b"secret": "secret",
    b"token": "token",
}


def wording(text: bytes) -> list[Edit]:
    """Find the secrets that a name introduces without a sign of assignment."""
    edits = [edit for pattern in _NAMED for edit in _named(text, pattern)]
    for found in _PROSE.each(text):
        start, end = found.span(2)
        value = text[start:end].rstrip(b".,;:!?)")
        term = text[found.start(1) : found.end(1)].lower()
        if is_emphatic(value) and (term not in _PROSE_KINDS or is_random(value)):
            edits.append((start, start + len(value), _PROSE_KINDS.get(term, "password")))
    return edits


def _named(text: bytes, pattern: Pattern) -> list[Edit]:
    edits: list[Edit] = []
    is_table = pattern is _NAMED[-1]
    for found in pattern.each(text):
        name = secret_name(text[found.start(1) : found.end(1)][-120:].decode("utf-8", "ignore"))
        value = text[found.start(2) : found.end(2)]
        if name is None or value.startswith(b"-"):
            continue
        is_flag = pattern is _NAMED[0]
        if is_table or (is_flag and is_name(value)):
            secret = is_emphatic(value) if name.certain else is_random(value)
            if is_flag and name.certain and is_password(value):
                following = text[found.end(2) : found.end(2) + 2].strip(b" \"'\\")
                secret = secret or following[:1] in (b"", b"-", b"\n")
        else:
            secret = is_password(value) if name.certain else is_random(value)
        if secret:
            edits.append((*found.span(2), name.kind))
    return edits
