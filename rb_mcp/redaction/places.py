"""Secrets told by where they stand: URLs, headers, cookies, forms, and what `commands` and `wording` find.

Each row is a kind, the literals without which it need not be tried (small letters), a pattern whose first group is
the secret, and how much has to be seen in it.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from rb_mcp.redaction.commands import COMMANDS
from rb_mcp.redaction.patterns import Pattern, Row
from rb_mcp.redaction.values import is_literal, is_name, is_password, is_random, is_stand_in
from rb_mcp.redaction.wording import wording

if TYPE_CHECKING:
    from rb_mcp.redaction.patterns import Edit


def _userinfo(value: bytes) -> bool:
    return is_literal(value) and (is_random(value) or len(value) >= 20)  # noqa: PLR2004 - no user is called so


def _pair(value: bytes) -> bool:
    """Whether base64 holds a name and a password joined by a colon, as basic authentication sends them."""
    try:
        return b":" in base64.b64decode(value + b"=" * (-len(value) % 4), validate=True)
    except binascii.Error:
        return False


def _bearer(value: bytes) -> bool:
    return is_random(value) or (len(value) >= 20 and is_literal(value) and not is_name(value))  # noqa: PLR2004 - no word


def _url_password(value: bytes) -> bool:
    weak = value.lower() in {b"password", b"secret", b"pass", b"passwd", b"pwd"} and not value.isupper()
    return weak or is_literal(value)  # in capitals it says what to write there


_WEB = (
    Row(
        "url-credentials",
        (b"://",),
        Pattern(r"://[^\s/?#@:\"'<>`\\]*:([^\s/\"'<>`\\]+)@[\w\[$%{-]"),
        _url_password,
    ),
    Row("url-credentials", (b"://",), Pattern(r"://([A-Za-z0-9_-]{16,})@[\w\[]"), _userinfo),
    Row(
        "webhook-url",
        (b"hooks.", b"webhook"),
        Pattern(
            r"(?i:hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/[0-9]+/"
            r"|webhook\.office\.com/webhookb2/|hooks\.zapier\.com/hooks/catch/|outlook\.office\.com/webhook/)"
            r"([A-Za-z0-9_@/+-]{16,})"
        ),
        is_literal,
    ),
    Row(
        "url-key",
        (b"infura.io", b"alchemy.com", b"quiknode.pro"),
        Pattern(r"(?:infura\.io/v3/|alchemy\.com/v2/|quiknode\.pro/)([A-Za-z0-9_-]{20,})"),
        is_literal,
    ),
    Row(
        "url-signature",
        (b"sig",),
        Pattern(
            r"(?i:[?&;]|&amp;)(?i:sig|signature|x-(?:amz|goog)-signature|x-amz-security-token)=([A-Za-z0-9%+/=_.-]{20,})"
        ),
        is_literal,
    ),
    Row(
        "authorization",
        (b"authorization",),
        Pattern(
            r"(?i:authorization)(?:\\?[\"'])?(?:\]|\))?[ \t]*[:=,][ \t]*[A-Za-z]{0,2}(?:\\?[\"'`])?[ \t]*"
            r"(?i:bearer|token|ssws|geniekey|apikey|api-key|key|bot|splunk|zoho-oauthtoken|oauth|negotiate)[ \t]+"
            r"([A-Za-z0-9._~+/=|:%!@#$^*-]{4,})"
        ),
        is_literal,
    ),
    Row("authorization", (b"basic",), Pattern(r"(?i:\bbasic)[ \t]+([A-Za-z0-9+/_-]{7,}={0,2})"), _pair),
    Row("authorization", (b"bearer",), Pattern(r"(?i:\bbearer)(?:[ \t]+|%20|\+)([A-Za-z0-9._~+/=|-]{12,})"), _bearer),
    Row("authorization", (b"signature=",), Pattern(r"Signature=([0-9a-f]{64})"), is_literal),
    Row("authorization", (b"auth",), Pattern(r"\"auth\"\s*:\s*\"([A-Za-z0-9+/]{6,}={0,2})\""), _pair),
    Row(
        "password",
        (b"type=", b"type\\="),
        Pattern(r"(?i:type=\\?[\"']?password\\?[\"']?)[^<>]*?\b(?i:value)=\\?[\"']([^\"'<>\\]+)"),
        is_password,
    ),
    Row(
        "password",
        (b"password",),
        Pattern(r"<[^<>]*?\b(?i:value)=\\?[\"']([^\"'<>\\]+)\\?[\"'][^<>]*?(?i:type=\\?[\"']?password)"),
        is_password,
    ),
    Row(
        "session",
        (b"jsessionid", b"phpsessid", b"sess", b"sid="),
        Pattern(
            r"(?i:\b(?:jsessionid|phpsessid|connect\.sid|asp\.net_sessionid|[\w.]*session_?(?:id|token)?|sid))=([A-Za-z0-9%._:+/-]{16,})"
        ),
        is_random,
    ),
    Row(
        "password",
        (b"auth",),
        Pattern(
            r"(?:\bauth[ \t]*=[ \t]*|(?:Basic|Digest)Auth)\("
            r"[ \t]*[\"'][^\"'\n]*[\"'][ \t]*,[ \t]*[\"']([^\"'\n]+)[\"'][ \t]*\)"
        ),
        is_password,
    ),
    Row(
        "password",
        (b"pass", b"pwd"),
        Pattern(
            r"(?i:\b(?:with|using|and|enter|type|use)[ \t]+(?:(?:the|my|this)[ \t]+)?(?:password|passphrase|pwd))[ \t]+"
            r"(?:[\"'`]|“|‘)([^\s\"'`”’]{4,})(?:[\"'`]|”|’)"
        ),
        is_password,
    ),
    Row("private-key", (b'"kty"',), Pattern(r"\"(?:d|p|q|dp|dq|qi|k)\"\s*:\s*\"([A-Za-z0-9_-]{20,})\""), is_literal),
)

_COOKIES = Pattern(
    r"(?i:\b(?:set-)?cookies?(?:\\?[\"'])?[ \t]*[:=][ \t]*|[ \t](?:-b|--cookie)[ =]+)\\?[\"']?([\w.$%-]+=[^\r\n\"'\\]*)"
)
_COOKIE = Pattern(r"([\w.$%-]+)=([^\s;,]+)")
_SESSION = Pattern(r"(?i:sess|sid\b|auth|token|jwt|remember|login|sso|identity|\.aspnet|cf_clearance|secure|user)")
_ATTRIBUTES = frozenset({b"path", b"domain", b"expires", b"max-age", b"samesite", b"priority", b"version"})

_ROWS = (*_WEB, *COMMANDS)
_ANY_PLACE = Pattern(
    "|".join(sorted({re.escape(trigger.decode()) for row in _ROWS for trigger in row.triggers}))
    + "|cookie|[ \t]-b|pass|pwd|pw|secret|token|key|cred|auth",
    ignore_case=True,
)


def places(text: bytes) -> list[Edit]:
    """Find what stands where secrets stand."""
    if not _ANY_PLACE.within(text):
        return []
    folded = text.lower()
    edits: list[Edit] = []
    for row in _ROWS:
        if any(trigger in folded for trigger in row.triggers):
            for found in row.pattern.each(text):
                start, end = found.span(1)
                value = text[start:end].rstrip(b",;")
                if value and row.is_secret(value):
                    edits.append((start, start + len(value), row.kind))
    if b"cookie" in folded or b" -b" in folded:
        edits += _cookies(text)
    return edits + wording(text)


def _cookies(text: bytes) -> list[Edit]:
    edits: list[Edit] = []
    for found in _COOKIES.each(text):
        line = text[slice(*found.span(1))]
        for pair in _COOKIE.each(line):
            name, value = line[slice(*pair.span(1))], line[slice(*pair.span(2))]
            if name.lower() in _ATTRIBUTES or is_stand_in(value):
                continue
            of_session = len(value) >= 6 and _SESSION.within(name)  # noqa: PLR2004 - a choice of theme is shorter
            if of_session or (len(value) >= 16 and is_random(value)):  # noqa: PLR2004 - a currency and a language are
                edits.append((found.start(1) + pair.start(2), found.start(1) + pair.end(2), "cookie"))
    return edits
