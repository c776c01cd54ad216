"""`NAME = value` in any syntax: shells, YAML, JSON, TOML, INI, programs, query strings, connection strings, XML.

A name that promises a secret (`names`) and a sign that assigns make a place; how the value is written and what stands
around it decide how much has to be seen in it (`values`). In programs an unquoted value is a variable or a call, in
settings it is the value itself: where that cannot be told, only what looks generated is cut out.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from rb_mcp.redaction.names import TRIGGERS, secret_name
from rb_mcp.redaction.patterns import Pattern
from rb_mcp.redaction.values import has_digit, is_emphatic, is_name, is_password, is_random, is_stand_in

if TYPE_CHECKING:
    from rb_mcp.redaction.names import SecretName
    from rb_mcp.redaction.patterns import Edit

_OTHER_SCRIPTS = r"пароль|密码|密碼|口令|パスワード|비밀번호|비번|패스워드|암호|暗証番号|كلمة المرور|पासवर्ड"
_NAME = rf"(?:[\w.$-]*(?:{TRIGGERS})[\w.-]*|{_OTHER_SCRIPTS})"
_CLOSE = r"(?:\\{0,3}[\"'`]|&quot;|&#39;|%22|[\])?!*_]){0,6}"
_SIGN = r"(?:\?\?=|\|\|=|:=|===?|=>|->|!==?|\|\||\?\?|=|:|：|＝|%3[DdAa])"
_PLACE = Pattern(
    rf"«(?:secret|personal):[a-z0-9-]+»|{_NAME}{_CLOSE}[ \t]*{_SIGN}[ \t]*(?:\*\*)?[ \t]*", ignore_case=True
)
_PARTS = Pattern(rf"({_NAME}){_CLOSE}[ \t]*{_SIGN}", ignore_case=True)
_TYPED = Pattern(r"(?:&'?)?[A-Za-z_][\w.]*(?:\[[\w., |]*\])?(?: ?\| ?\w+|\?|!)? ?=[ \t]*")

_OPEN = Pattern(r"(?:[@$]?|[rbufRBUF]{1,2}|new String\(|Some\()(\\{0,3}(?:\"\"\"|'''|[\"'`])|&quot;|&#39;|%22|“|‘|„)")
_CLOSING = {"“".encode(): "”".encode(), "‘".encode(): "’".encode(), "„".encode(): "“".encode()}
_BARE = Pattern(r"[^\s\"'`,;&|<>()\[\]{}\\“”]+")
_WIDE = Pattern(r"[^\s\"'`;&|<>\\]+")
_LINE_START = Pattern(
    r"(?:[\s>+|#$%*-]|[0-9]+[:|\t]|export |set |setx |ENV |ARG |declare |local |-e |--env |\\n|//)*[\"'\x60]?"
)
_AFTER = Pattern(r"[ \t]*(?:[,;}\])]*[ \t]*(?:#.*|//.*)?(?:\r?\n|$)|\\n)")

_GUILLEMET = "«".encode()[0]
_SHORT = 200
"""Bytes of an unquoted value that are looked at before it is known to be a secret; then it goes in full."""
_IN_NAMES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$-"
_COMPARISONS = (b"==", b"===", b"!=", b"!==", b"->", b"||", b"??")
_OPENING = tuple(bytes((byte,)) for byte in b"\"'`\\&%nS\xe2")
_CALLED = Pattern(r"(?:[A-Za-z_$][\w$]*(?:\.|->|::|\?\.))*[A-Za-z_$][\w$]*[!?]?(?:\.)?|")
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
        start, end = found.span()
        if start < done or text[start] == _GUILLEMET:
            continue
        written = text[start:end]
        stop = start + len(written) - len(written.lstrip(_IN_NAMES))
        if text[stop] >= 0x80 or text[stop : stop + 2].strip(b" \t")[:1].isalpha():  # noqa: PLR2004 - beyond ASCII
            parts = _PARTS.at(text, start, end)
            stop = parts.end(1) if parts else stop
        name = _named(text[start:stop])
        if name is None or _in_arn(text, start):
            continue
        value = _Place(text, name, (start, stop), _sign(written), end).value()
        if value:
            edits.append((*value, name.kind))
            done = value[1]
    return edits


def _in_arn(text: bytes, start: int) -> bool:
    """Whether a name is a part of the name of a resource in the cloud, whose parts colons join."""
    if text[start - 1 : start] != b":":
        return False
    reach = text[max(0, start - _BEFORE) : start]
    return b"arn:" in reach[max(reach.rfind(b" "), reach.rfind(b"\n"), reach.rfind(b'"'), 0) :]


def _sign(written: bytes) -> bytes:
    """Return what assigns or compares at the end of a place; of spellings that all assign, the plainest."""
    rest = written.rstrip(b" \t*")
    sign = rest[len(rest.rstrip(b":=>-|?!")) :]
    return sign if sign in _COMPARISONS else sign[-1:] or b"="


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
        spaced = text[start - 1 : start] in (b" ", b"\t")
        self.is_settings = sign == b"=" and not spaced and text[slice(*at)].decode("utf-8", "ignore").isupper()

    @cached_property
    def before(self) -> bytes:
        """What stands on the line before the name."""
        reach = max(0, self.at[0] - _BEFORE)
        return self.text[self.text.rfind(b"\n", reach, self.at[0]) + 1 or reach : self.at[0]]

    @cached_property
    def leads(self) -> bool:
        """Whether the name opens its line, but for what settings have before a name."""
        opening = _LINE_START.at(self.before, 0)
        return opening is not None and opening.end() == len(self.before)

    def value(self) -> tuple[int, int] | None:
        """Return the span of the secret that stands here, if one does."""
        start = self.start
        if self.sign == b":" and b"=" in self.text[start : start + 60]:
            typed = _TYPED.at(self.text, start, min(len(self.text), start + _BEFORE))
            if typed and _OPEN.at(self.text, typed.end()):
                start = typed.end()
        first = self.text[start : start + 1]
        opened = None
        if (
            first in _OPENING
            or self.text[start + 1 : start + 2] in (b'"', b"'")
            or self.text[start + 2 : start + 3] in (b'"', b"'")
        ):
            opened = _OPEN.at(self.text, start, min(len(self.text), start + 40))
        if opened:
            return self._quoted(self.text[opened.start(1) : opened.end(1)], opened.end())
        if self.sign in _COMPARISONS:
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
            secret = is_password(value) or (self.is_settings and not is_stand_in(value))
        else:
            secret = is_random(value) or self._is_weak(value)
        return (start, end) if secret else None

    def _bare(self, start: int) -> tuple[int, int] | None:
        if not self.name.certain and self.text[start : start + 1] == b"$":
            return None  # a variable: what is generated does not begin so
        found = _BARE.at(self.text, start, min(len(self.text), start + _SHORT))
        if not found:
            return None
        end = found.end()
        value = self.text[start:end].rstrip(b".:") if not self.is_settings else self.text[start:end]
        if self.text[end : end + 1] in _BRACKETS and is_stand_in(self.text[start : end + 1]):
            return None
        following = self.text[end : end + 1]
        if following in (b"(", b"[", b"{", b"<") and not self.is_settings and _CALLED.whole(value):
            return None
        if not self._is_secret(value, end, following):
            return None
        if self.leads or self.is_settings:  # nothing else stands on the line: brackets and commas belong to the value
            wide = _WIDE.at(self.text, start)
            if wide and wide.end() > end:
                value = self.text[start : wide.end()].rstrip(b",")
                value = value if value.count(b"(") >= value.count(b")") else value.rstrip(b")")
                value = value if value.count(b"}") <= value.count(b"{") else value.rstrip(b"}]")
        elif end - start > _SHORT - 4:  # a letter of several bytes may not have fitted
            whole = _BARE.at(self.text, start)
            return whole.span() if whole else None
        return start, start + len(value)

    def _is_secret(self, value: bytes, end: int, following: bytes) -> bool:
        if not self.name.certain:
            return (is_random(value) and not is_name(value)) or (self.is_settings and self._is_weak(value))
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
        return (is_whole and b'"' in self.before[-2:]) or (not is_name(value) and is_whole)

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
