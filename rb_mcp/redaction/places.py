"""Secrets told by where they stand: URLs, headers, cookies, command lines, files of credentials, running text.

Each row is a kind, the literals without which it need not be tried (small letters), a pattern whose first group is
the secret, and how much has to be seen in it.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from rb_mcp.redaction.names import secret_name
from rb_mcp.redaction.patterns import Pattern
from rb_mcp.redaction.values import is_emphatic, is_name, is_password, is_random, is_stand_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from rb_mcp.redaction.patterns import Edit

_ARG = r"(?:=|[ \t]+)?[\"'$]?\\?[\"']?"


def _literal(value: bytes) -> bool:
    return not is_stand_in(value)


def _long(value: bytes) -> bool:
    return len(value) >= 16 and not is_stand_in(value)  # noqa: PLR2004 - shorter than any token


def _userinfo(value: bytes) -> bool:
    return not is_stand_in(value) and (is_random(value) or len(value) >= 20)  # noqa: PLR2004 - see above


def _pair(value: bytes) -> bool:
    """Whether base64 holds a name and a password joined by a colon, as basic authentication sends them."""
    try:
        return b":" in base64.b64decode(value + b"=" * (-len(value) % 4), validate=True)
    except binascii.Error:
        return False


def _bearer(value: bytes) -> bool:
    return is_random(value) or (len(value) >= 20 and not is_name(value) and not is_stand_in(value))  # noqa: PLR2004 - see above


def _url_password(value: bytes) -> bool:
    return value.lower() in {b"password", b"secret", b"pass", b"passwd", b"pwd"} or not is_stand_in(value)


_ROWS: tuple[tuple[str, tuple[bytes, ...], Pattern, Callable[[bytes], bool]], ...] = (
    (
        "url-credentials",
        (b"://",),
        Pattern(r"://[^\s/?#@:\"'<>`\\]*:([^\s/\"'<>`\\]+)@[\w\[$%{-]"),
        _url_password,
    ),
    ("url-credentials", (b"://",), Pattern(r"://([A-Za-z0-9_-]{16,})@[\w\[]"), _userinfo),
    (
        "webhook-url",
        (b"hooks.", b"webhook"),
        Pattern(
            r"(?i:hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/[0-9]+/"
            r"|webhook\.office\.com/webhookb2/|hooks\.zapier\.com/hooks/catch/|outlook\.office\.com/webhook/)"
            r"([A-Za-z0-9_@/+-]{16,})"
        ),
        _literal,
    ),
    (
        "url-key",
        (b"infura.io", b"alchemy.com", b"quiknode.pro"),
        Pattern(r"(?:infura\.io/v3/|alchemy\.com/v2/|quiknode\.pro/)([A-Za-z0-9_-]{20,})"),
        _literal,
    ),
    (
        "url-signature",
        (b"sig",),
        Pattern(r"(?i:[?&;]|&amp;)(?i:sig|signature|x-(?:amz|goog)-signature|x-amz-security-token)=([A-Za-z0-9%+/=_.-]{20,})"),
        _literal,
    ),
    (
        "authorization",
        (b"authorization",),
        Pattern(
            r"(?i:authorization)(?:\\?[\"'])?(?:\]|\))?[ \t]*[:=,][ \t]*[A-Za-z]{0,2}(?:\\?[\"'`])?[ \t]*"
            r"(?i:bearer|token|ssws|geniekey|apikey|api-key|key|bot|splunk|zoho-oauthtoken|oauth|discogs token=|negotiate)[ \t]+"
            r"([A-Za-z0-9._~+/=|:%!@#$^*-]{4,})"
        ),
        _literal,
    ),
    ("authorization", (b"basic",), Pattern(r"(?i:\bbasic)[ \t]+([A-Za-z0-9+/_-]{7,}={0,2})"), _pair),
    ("authorization", (b"bearer",), Pattern(r"(?i:\bbearer)(?:[ \t]+|%20|\+)([A-Za-z0-9._~+/=|-]{12,})"), _bearer),
    ("authorization", (b"signature=",), Pattern(r"Signature=([0-9a-f]{64})"), _literal),
    ("authorization", (b"auth",), Pattern(r"\"auth\"\s*:\s*\"([A-Za-z0-9+/]{6,}={0,2})\""), _pair),
    (
        "password",
        (b"curl", b"wget", b"http", b"skopeo"),
        Pattern(
            r"\b(?:curl|https?|wget|skopeo)\b[^\n]*?[ \t](?:-u|--user|--proxy-user|-U|-a|--auth|--creds|--(?:src|dest)-creds)"
            r"(?:=|[ \t]*)[\"']?[\w.@+$%{}-]+:([^\s\"'|;]+)"
        ),
        lambda value: not value.startswith(b"//") and _literal(value),
    ),
    (
        "password",
        (b"sshpass", b"mysql", b"mariadb", b"mongo", b"redis-cli", b"login", b"ldap", b"smbclient", b"rpcclient"),
        Pattern(
            r"\b(?:sshpass[ \t]+-p|(?:mysql|mariadb)\w*[ \t](?:[^\n]*?[ \t])?-p|mongo\w*[ \t][^\n]*?[ \t]-p[ \t]"
            r"|redis-cli[ \t](?:[^\n]*?[ \t])?-a[ \t]|(?:docker|podman|helm|az|oras|nerdctl|buildah|registry)[^\n]*?[ \t]login[ \t][^\n]*?-p[ \t]"
            r"|ldap\w+[ \t][^\n]*?[ \t]-w[ \t]|(?:smbclient|rpcclient)[ \t][^\n]*?-U[ \t]*[\"']?[\w.\\/-]+%)"
            r"[ \t]*\\?[\"']?([^\s\"'|;]+)"
        ),
        lambda value: not value.startswith(b"-") and is_password(value),
    ),
    (
        "password",
        (b"zip", b"7z", b"/p:", b"pass:", b"rar"),
        Pattern(r"(?:\b(?:un)?zip[ \t](?:[^\n]*?[ \t])?-P[ \t]*|\b(?:7z\w?|u?n?rar)[ \t][^\n]*?[ \t]-h?p|[ \t]/p:|-pass(?:in|out)?[ \t]+pass:)[\"']?([^\s\"'|;]{3,})"),
        is_password,
    ),
    (
        "password",
        (b"sudo", b"chpasswd", b"--stdin", b"-stdin"),
        Pattern(
            r"\b(?:echo|printf)[ \t]+(?:-[ne]+[ \t]+)?[\"']?(?:[\w.-]+:)?([^\s\"'|:\\]+)(?:\\n)?[\"']?[ \t]*\|[ \t]*"
            r"(?:sudo[ \t]+(?:-\w+[ \t]+)*(?:-\w*S|--stdin|chpasswd)|chpasswd|passwd[ \t]+--stdin|[^\n|]*?--password-stdin)"
        ),
        is_password,
    ),
    ("password", (b"sudo",), Pattern(r"\bsudo[ \t]+(?:-\w+[ \t]+)*-\w*S\b[^\n]*?<<<[ \t]*[\"']?([^\s\"'|;]+)"), is_password),
    (
        "password",
        (b"machine", b"login", b"default"),
        Pattern(r"\b(?:login|machine|user)[ \t]+\S+\s+password[ \t]+([^\s\"']+)"),
        lambda value: not value.endswith(b":") and is_password(value),
    ),
    (
        "password",
        (b":5432:", b":*:", b":6432:", b":6543:", b":5433:"),
        Pattern(r"(?m:^)[ \t]*[\w.*-]+:(?:5432|5433|6432|6543|\*):[\w*.-]+:[\w*.-]+:((?:[^\s:]|\\:)+)(?m:$)"),
        _literal,
    ),
    (
        "password",
        (b"identified by", b"password '", b"requirepass", b"masterauth", b"password e'"),
        Pattern(r"(?i:\bidentified[ \t]+(?:with[ \t]+\w+[ \t]+)?by[ \t]+|\bpassword[ \t]+e?|\b(?:requirepass|masterauth)[ \t]+)['\"]?([^\s'\"]+)"),
        lambda value: is_password(value) and not is_name(value) or is_emphatic(value),
    ),
    ("password", (b"identified by", b"password '"), Pattern(r"(?i:\bidentified[ \t]+(?:with[ \t]+\w+[ \t]+)?by|\b(?:with|encrypted|set|user \S+)[ \t]+password)[ \t]+'([^'\n]+)'"), is_password),
    (
        "password",
        (b"securestring", b"-asplaintext"),
        Pattern(r"(?i:convertto-securestring)[ \t]+(?:-(?:String|AsPlainText|Force)[ \t]+)*[\"']?([^\s\"'|;)-][^\s\"'|;)]*)"),
        is_password,
    ),
    (
        "password",
        (b"type=", b"type\\="),
        Pattern(r"(?i:type=\\?[\"']?password\\?[\"']?)[^<>]*?\b(?i:value)=\\?[\"']([^\"'<>\\]+)"),
        is_password,
    ),
    ("password", (b"password",), Pattern(r"<[^<>]*?\b(?i:value)=\\?[\"']([^\"'<>\\]+)\\?[\"'][^<>]*?(?i:type=\\?[\"']?password)"), is_password),
    (
        "session",
        (b"jsessionid", b"phpsessid", b"sess", b"sid="),
        Pattern(r"(?i:\b(?:jsessionid|phpsessid|connect\.sid|asp\.net_sessionid|[\w.]*session_?(?:id|token)?|sid))=([A-Za-z0-9%._:+/-]{16,})"),
        is_random,
    ),
    ("private-key", (b'"kty"',), Pattern(r"\"(?:d|p|q|dp|dq|qi|k)\"\s*:\s*\"([A-Za-z0-9_-]{20,})\""), _literal),
    (
        "kubernetes-token",
        (b"kubeadm", b"--token"),
        Pattern(r"--token[ =]([a-z0-9]{6}\.[a-z0-9]{16})\b"),
        _literal,
    ),
)

_COOKIES = Pattern(r"(?i:\b(?:set-)?cookies?(?:\\?[\"'])?[ \t]*[:=][ \t]*|[ \t](?:-b|--cookie)[ =]+)\\?[\"']?([\w.$%-]+=[^\r\n\"'\\]*)")
_COOKIE = Pattern(r"([\w.$%-]+)=([^\s;,]+)")
_SESSION = Pattern(r"(?i:sess|sid\b|auth|token|jwt|remember|login|sso|identity|\.aspnet|cf_clearance|secure|user)")
_ATTRIBUTES = frozenset({b"path", b"domain", b"expires", b"max-age", b"samesite", b"priority", b"version"})

_KEY = r"([\w.-]*(?i:pass|pwd|secret|token|key|cred|auth)[\w.-]*)"
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
    Pattern(rf"\b{_KEY}\(\\?[\"']([^\"'\\\n]+)\\?[\"']\)"),  # a call that is named for what it is given
    Pattern(rf"\|[ \t]*[*\x60]*{_KEY}[*\x60]*[ \t]*\|[ \t]*[*\x60]*([^\s|*\x60]+)[*\x60]*[ \t]*\|"),  # a row of a table
)
_PROSE = Pattern(
    r"(?i:\b(password|passwd|passphrase|passcode|pwd|api key|access key|secret key|secret|token)\b)"
    r"(?:[ \t]+(?i:for|of|to|on)[ \t]+[\w@.'/-]+(?:[ \t]+[\w@.'/-]+)?)?[ \t]*"
    r"(?:(?i:is|was|are|will be|has been set to|should be|set to|changed to|equals)|[:=-]|\b)[ \t]*(?:now[ \t]+)?"
    r"[\"'`*“‘]{0,3}([^\s\"'`*“”‘’<>]+)"
)
_PROSE_KINDS = {b"api key": "api-key", b"access key": "key", b"secret key": "key", b"secret": "secret", b"token": "token"}


def places(text: bytes) -> list[Edit]:
    """Find what stands where secrets stand."""
    folded = text.lower()
    edits: list[Edit] = []
    for kind, triggers, pattern, is_secret in _ROWS:
        if any(trigger in folded for trigger in triggers):
            for found in pattern.each(text):
                start, end = found.span(1)
                end -= len(text[start:end]) - len(text[start:end].rstrip(b",;"))
                if start < end and is_secret(text[start:end]):
                    edits.append((start, end, kind))
    if b"cookie" in folded or b" -b" in folded:
        edits += _cookies(text)
    for pattern in _NAMED:
        edits += _named(text, pattern)
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
        if is_table or is_flag and is_name(value):
            secret = is_emphatic(value) if name.certain else is_random(value)
            if is_flag and name.certain and is_password(value):
                secret = secret or text[found.end(2) : found.end(2) + 2].strip(b" \"'\\") in (b"", b"-", b"\n")
        else:
            secret = is_password(value) if name.certain else is_random(value)
        if secret:
            edits.append((*found.span(2), name.kind))
    return edits


def _cookies(text: bytes) -> list[Edit]:
    edits: list[Edit] = []
    for found in _COOKIES.each(text):
        line = text[slice(*found.span(1))]
        for pair in _COOKIE.each(line):
            name, value = line[slice(*pair.span(1))], line[slice(*pair.span(2))]
            if name.lower() in _ATTRIBUTES or is_stand_in(value):
                continue
            if is_random(value) if len(value) >= 16 else _SESSION.search(name) and len(value) >= 6:  # noqa: PLR2004 - a choice of theme is shorter
                edits.append((found.start(1) + pair.start(2), found.start(1) + pair.end(2), "cookie"))
    return edits
