"""`NAME = value` in any syntax: shells, YAML, JSON, TOML, INI, programs, query strings, connection strings, XML.

A name that promises a secret (`names`) and a sign that assigns make a place; how the value is written and what stands
around it decide how much has to be seen in it (`values`). In programs an unquoted value is a variable or a call, in
settings it is the value itself: where that cannot be told, only what looks generated is cut out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.redaction.names import TRIGGERS, secret_name
from rb_mcp.redaction.patterns import Pattern
from rb_mcp.redaction.values import has_digit, is_emphatic, is_name, is_password, is_random, is_stand_in

if TYPE_CHECKING:
    from rb_mcp.redaction.names import SecretName
    from rb_mcp.redaction.patterns import Edit

_OTHER_SCRIPTS = r"пароль|密码|密碼|口令|パスワード|비밀번호|كلمة المرور|पासवर्ड"
_NAME = rf"(?:[\w.$-]*(?:{TRIGGERS})[\w.-]*|{_OTHER_SCRIPTS})"
_CLOSE = r"(?:\\{0,3}[\"'`]|&quot;|&#39;|%22|[\])?!*_]){0,6}"
_SIGN = r"(?:\?\?=|\|\|=|:=|===?|=>|->|!==?|\|\||\?\?|=|:|：|＝|%3[DdAa])"
_PLACE = Pattern(rf"«(?:secret|personal):[a-z0-9-]+»|{_NAME}{_CLOSE}[ \t]*{_SIGN}[ \t]*(?:\*\*)?[ \t]*", ignore_case=True)
_PARTS = Pattern(rf"({_NAME})({_CLOSE})([ \t]*)({_SIGN})([ \t]*)", ignore_case=True)
_TYPED = Pattern(r"(?:&'?)?[A-Za-z_][\w.]*(?:\[[\w., |]*\])?(?: ?\| ?\w+|\?|!)? ?=[ \t]*")

_OPEN = Pattern(r"(?:[@$]?|[rbufRBUF]{1,2}|new String\(|Some\()(\\{0,3}(?:\"\"\"|'''|[\"'`])|&quot;|&#39;|%22|“|‘|„)")
_CLOSING = {"“".encode(): "”".encode(), "‘".encode(): "’".encode(), "„".encode(): "“".encode()}
_BARE = Pattern(r"[^\s\"'`,;&|<>()\[\]{}\\“”]+")
_WIDE = Pattern(r"[^\s\"'`;&|<>\\]+")
_LINE_START = Pattern(r"(?:[\s>+|#$%*-]|[0-9]+[:|\t]|export |set |setx |ENV |ARG |declare |local |-e |--env |\\n|//)*[\"'\x60]?")
_AFTER = Pattern(r"[ \t]*(?:[,;}\])]*[ \t]*(?:#.*|//.*)?(?:\r?\n|$)|\\n)")

_GUILLEMET = "«".encode()[0]
_SHORT = 200
"""Bytes of an unquoted value that are looked at before it is known to be a secret; then it goes in full."""
_BRACKETS = (b"<", b"(", b"{", b"[")
_WINDOW = 2_000
"""Bytes in which the end of a quoted value is looked for."""
_BEFORE = 200
"""Bytes before a name that tell what is written there."""


def assignments(text: bytes) -> list[Edit]:
    """Find the values of names that promise a secret."""
    edits: list[Edit] = []
    done = 0
    for found in _PLACE.each(text):
        if found.start() < done or text[found.start()] == _GUILLEMET:
            continue
        parts = _PARTS.at(text, found.start(), found.end())
        if parts is None:
            continue
        name = _named(text[parts.start(1) : parts.end(1)])
        if name is None:
            continue
        place = _Place(text, name, parts.span(1), text[parts.start(4) : parts.end(4)], found.end())
        value = place.value()
        if value:
            edits.append((*value, name.kind))
            done = value[1]
    return edits


def _named(raw: bytes) -> SecretName | None:
    """Return what a name promises; of a long run of letters only the end can be a name."""
    identifier = raw[-120:].decode("utf-8", "ignore")
    if identifier.isascii():
        return secret_name(identifier)
    return secret_name(identifier) or secret_name("password")


class _Place:
    """Where a secret may stand: what names it, how it is assigned, where the value begins."""

    def __init__(self, text: bytes, name: SecretName, at: tuple[int, int], sign: bytes, start: int) -> None:
        self.text, self.name, self.at, self.sign, self.start = text, name, at, sign, start
        line = text.rfind(b"\n", max(0, at[0] - _BEFORE), at[0]) + 1 or max(0, at[0] - _BEFORE)
        self.before = text[line : at[0]]
        opening = _LINE_START.at(self.before, 0)
        self.leads = opening is not None and opening.end() == len(self.before)
        spaced = text[start - 1 : start] in (b" ", b"\t")
        self.is_settings = sign == b"=" and not spaced and text[slice(*at)].decode("utf-8", "ignore").isupper()

    def value(self) -> tuple[int, int] | None:
        """Return the span of the secret that stands here, if one does."""
        start = self.start
        if self.sign == b":":
            typed = _TYPED.at(self.text, start, min(len(self.text), start + _BEFORE))
            if typed and _OPEN.at(self.text, typed.end()):
                start = typed.end()
        opened = _OPEN.at(self.text, start, min(len(self.text), start + 40))
        if opened:
            return self._quoted(self.text[opened.start(1) : opened.end(1)], opened.end())
        if self.sign in (b"==", b"===", b"!=", b"!==", b"->", b"||", b"??"):
            return None
        return self._bare(start)

    def _quoted(self, quote: bytes, start: int) -> tuple[int, int] | None:
        limit = min(len(self.text), start + _WINDOW)
        closing = _CLOSING.get(quote, quote)
        end = self.text.find(closing, start, limit)
        while end > start and self.text[end - 1 : end] == b"\\" and not quote.startswith(b"\\"):
            end = self.text.find(closing, end + 1, limit)  # the quotation mark was part of the value
        if end < 0 or b"\n" in self.text[start:end]:
            if len(quote) == 3 and end > 0:  # noqa: PLR2004 - a text of several lines
                return None
            return self._bare(start)
        value = self.text[start:end]
        if self.name.certain:
            secret = is_password(value)
        else:
            secret = is_random(value) or (self._is_weak(value) and b" " not in value)
        return (start, end) if secret else None

    def _bare(self, start: int) -> tuple[int, int] | None:
        found = _BARE.at(self.text, start, min(len(self.text), start + _SHORT))
        if not found:
            return None
        end = found.end()
        value = self.text[start:end].rstrip(b".:!?") if not self.is_settings else self.text[start:end]
        if self.text[end : end + 1] in _BRACKETS and is_stand_in(self.text[start : end + 1]):
            return None
        following = self.text[end : end + 1]
        if following in (b"(", b"[", b"{", b"<") and not self.is_settings and is_name_head(value):
            return None
        if not self._is_secret(value, end, following):
            return None
        if self.leads or self.is_settings:
            wide = _WIDE.at(self.text, start)
            if wide and wide.end() > end:
                value = self.text[start : wide.end()].rstrip(b",")
                value = value if value.count(b"(") >= value.count(b")") else value.rstrip(b")")
                value = value if value.count(b"}") <= value.count(b"{") else value.rstrip(b"}]")
        elif len(value) == _SHORT:
            whole = _BARE.at(self.text, start)
            return whole.span() if whole else None
        return start, start + len(value)

    def _is_secret(self, value: bytes, end: int, following: bytes) -> bool:
        if not self.name.certain:
            return is_random(value) and not is_name(value) or (self.is_settings and self._is_weak(value))
        if not is_password(value):
            return False
        if is_emphatic(value) or value.isdigit():
            return not (is_name(value) and not has_digit(value))
        if self.is_settings:
            return True
        is_whole = _AFTER.at(self.text, end) is not None
        if self.sign == b"=":
            in_call = b"(" in self.before or following == b")"
            spaced = self.text[self.start - 1 : self.start] == b" "
            if is_name(value):
                return not in_call and (not spaced or self._is_ini()) and b"." not in value and following != b","
            return not in_call or not spaced
        if is_name(value) and following in (b",", b";", b")", b"|") and not self.leads:
            return False
        if self.leads:
            return is_whole and following not in (b";", b",") if is_name(value) else True
        return is_whole and b'"' in self.before[-2:] or not is_name(value) and is_whole

    def _is_weak(self, value: bytes) -> bool:
        """Whether a name of several words and a literal of one make a secret that a person thought up."""
        return (
            self.name.compound
            and self.name.kind != "auth"
            and len(value) >= 8  # noqa: PLR2004 - what services ask for
            and value.isalnum()
            and not value.isdigit()
            and not is_stand_in(value)
        )

    def _is_ini(self) -> bool:
        """Whether a heading in brackets stands not far above, as in files where nothing is quoted."""
        above = self.text[max(0, self.at[0] - 2 * _BEFORE) : self.at[0]]
        return self.leads and any(line[:1] == b"[" and line.rstrip()[-1:] == b"]" for line in above.split(b"\n"))


def is_name_head(value: bytes) -> bool:
    """Whether what stands before a bracket reads as what is called or indexed."""
    return is_name(value.rstrip(b"0123456789")) or value in (b"",)
