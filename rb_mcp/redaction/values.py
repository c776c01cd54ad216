"""What stands where a secret would: is it one, or a stand-in, a variable, a type, a word of a sentence?

A place decides how much it takes. `is_password` suits places that hold nothing but a password, where any literal
is one, weak ones too. `is_random` suits places that often hold ordinary words (`token`, `secret`), where only what
looks generated is one. `is_emphatic` suits running text, where even the place is uncertain.

Decided here: `changeme` and its like stay, being stand-ins that everybody knows; so do file paths (a mounted secret
is named, not shown), URLs without credentials, and anything that already holds a placeholder.
"""

from __future__ import annotations

from rb_mcp.redaction.patterns import Pattern

_LONGEST = 200
"""Bytes of a value that are looked at: what is longer is no word, whatever follows."""

_STAND_IN = Pattern(
    r"(?s)\$[A-Za-z_]\w*|\$\{[^{}]*\}?.*|\$\(.*|\$\{\{.*|%\w+%|%\(?\w*\)?[sdr]|\{\{.*|\{[\w.:!\[\]'\"]*\}|<[^<>]*>?|\[[^\[\]]*\]?"
    r"|@\w+@|#\{.*|&[a-z]+;.*|\$env:\w+|\$[\w]+(?:->|::|\[|\.).*|:[a-z_]+|env\..*|vault:.*|op://.*|arn:.*|ENC\[.*|!\w+.*"
    r"|[x*#._?=•…●·-]+|[X0]{4,}|\.\.\..*"
)
_STAND_IN_STARTS = frozenset("$%{<[@#&:evoaE!x*._?=-X0•…●·".encode())
_FILLER_WORD = Pattern(
    r"(?:^|[^a-z])(?:your|insert|enter|replace|changeme|change[-_ ]?(?:me|this|it)|placeholder|redacted|masked|hidden"
    r"|removed|filtered|obfuscated|censored|omitted|elided|todo|fixme|tbd|fill[-_]?me|dummy|fake|to[-_]be)(?:[^a-z]|$)"
    r"|^(?:my|the|some|an?)[-_ ](?:[a-z]+[-_ ])*(?:password|passwd|pwd|secret|token|key)$"
    r"|^(?:api|access|auth|secret|private|client|bearer)?[-_ ]?(?:password|passwd|pwd|secret|token|key)"
    r"(?:[-_ ]?(?:here|goes|value|string|text|placeholder|name|id|hash|field|input)){0,2}$"
    r"|x{4,}|\*{3,}|\.{3,}$"
)


def _words(text: bytes) -> frozenset[bytes]:
    return frozenset(text.split())


_NO_VALUE = _words(
    b"none null nil undefined nan true false yes no on off empty unset missing invalid required optional string str"
    b" text bytes bool boolean int integer number float object array list dict any char varchar uuid type value"
    b" secretstr password passwort kennwort passwd pwd pass token secret key credential credentials hidden disabled"
    b" enabled unknown default auto prompt interactive stdin void self this const let var function return expired"
    b" incorrect wrong correct valid accepted rejected denied failed error ok success changed updated reset sent set"
    b" textbox input field button link label heading statictext generic focused here below above see same new old"
    b" confirm forgot show hide n/a na basic bearer digest oauth oauth2 jwt sha1 sha256 sha384 sha512 md5 utf-8 utf8"
    b" utf-16 base64 base32 bcrypt argon2 argon2id pbkdf2 scrypt hs256 rs256 es256 aes256 aes-256 x509 ipv4 ipv6"
    b" http2 file env environment inherit ignored unused protected and or not in is as with from for if"
)
_SENTENCE = _words(
    b"a an the your my our their is are was were be been must should can cannot can't will would has have do does don't"
    b" not no to for from of in on at by with and or if when this that it its you we i please enter type use used set"
    b" choose confirm required invalid incorrect wrong forgot reset new current characters here click least match"
)
_PATH = Pattern(r"(?:~|\.{1,2})?/[\w.@+~-]*(?:/[\w.@+~${}-]*)*|[A-Za-z]:\\.*|(?:[\w-]+/)+[\w-]+\.[a-z]{2,5}")
_URL = Pattern(r"[A-Za-z][\w+.-]*://[^@]*")
_NAME = Pattern(r"[A-Za-z_$][\w$]*(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]*)*[!?*&;]?")
_WORDS = Pattern(r"(?:[A-Z]?[a-z]+|[A-Z]+)+[0-9]{0,3}|[0-9]{1,4}|")
_TURN = Pattern(r"[0-9][A-Za-z]|[A-Za-z][0-9]|[a-z][A-Z]")
_VERSION = Pattern(
    r"[vV]?[0-9]+(?:[.:/T_-][0-9]+)+(?:[-+.]?[A-Za-z]+[.]?[0-9]*)?Z?|0x[0-9a-fA-F]{1,15}|[0-9][0-9.,_]*[A-Za-z%]{0,3}"
)
_SELECTOR = Pattern(
    r"[#.\[/]+[\w\[\]='\"@*^$/.#: -]*(?:pass|pwd|token|secret|key)|\w*(?:input|css|xpath|id|name)[\[=].*",
    ignore_case=True,
)
_CLAUSE = Pattern(r"[，、。；！？]|[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]{6}")
_RANGE = Pattern(r"[\^~<>=]+ ?v?[0-9]+(?:\.[0-9x*]+)*(?:-[\w.]+)?")
_SEPARATORS = bytes.maketrans(b"-_./:\t\n\r+@,|", b" " * 12)


def is_stand_in(value: bytes) -> bool:
    """Whether a value only marks the place of a secret, or names where one is kept."""
    head = value[:_LONGEST].strip()
    if not head or b"\xc2\xab" in value or b"\xc2\xbb" in value:  # a placeholder of ours, or one much like it
        return True
    folded = head.lower()
    return (
        (head[0] in _STAND_IN_STARTS and _STAND_IN.whole(head))
        or folded.strip(b".,;:!?*()[]{}<>\"'`") in _NO_VALUE
        or _FILLER_WORD.within(folded)
        or b"${" in head
        or b"{{" in head
        or ((b"/" in head or b"\\" in head) and (_is_path(head) or _URL.whole(head)))
    )


def is_literal(value: bytes) -> bool:
    """Whether a value is written out: any will do, where nothing but a secret can stand."""
    return not is_stand_in(value)


def is_filler(token: bytes) -> bool:
    """Whether what looks like a token is a row of one letter, or tells its reader to put one there."""
    folded = token[:_LONGEST].lower()
    few = len(set(folded[-16:])) < 4  # noqa: PLR2004 - what is drawn at random has more letters
    return few or b"xxxx" in folded or b"your" in folded or b"\xc2\xab" in token


def is_name(value: bytes) -> bool:
    """Whether an unquoted value reads as a variable, an attribute or a type of some program."""
    if not _NAME.whole(value):
        return False
    if not has_digit(value):
        return True
    return b"." in value and all(_WORDS.whole(part) for part in _parts(value.strip(b"!?*&;")))


def has_digit(value: bytes) -> bool:
    """Whether a digit occurs."""
    return value.translate(None, b"0123456789") != value


def is_mixed(value: bytes) -> bool:
    """Whether small letters, capitals and digits all occur, as they do in random base 62 and hardly in words."""
    return value.lower() != value != value.upper() and has_digit(value)


def _is_path(value: bytes) -> bool:
    if not _PATH.whole(value):
        return False
    return not any(len(part) > 12 and is_mixed(part) for part in value.split(b"/"))  # noqa: PLR2004 - base64 has slashes


def is_password(value: bytes) -> bool:
    """Whether a literal that stands where only passwords stand is one."""
    head = value[:_LONGEST].strip()
    if len(head) < 3 or is_stand_in(head) or _is_selector(head) or _RANGE.whole(head):  # noqa: PLR2004 - none is that short
        return False
    if _CLAUSE.within(head):
        return False
    words = head.split()
    if len(words) == 1:
        return True
    return not any(word.strip(b".,:;!?'\"") in _SENTENCE for word in head.lower().split())


def is_random(value: bytes) -> bool:
    """Whether a value looks generated: long enough, and mixed in ways that words, versions and dates are not."""
    head = value[:_LONGEST].strip()
    if len(head) < 8 or is_stand_in(head) or _is_version(head) or _is_selector(head):  # noqa: PLR2004 - see above
        return False
    if b" " in head:
        return False
    has_letter = head.lower() != head.upper()
    if not has_letter:
        return False
    if has_digit(head):
        parts = _parts(head.rstrip(b"="))
        if any(len(part) > 3 and not _WORDS.whole(part) for part in parts):  # noqa: PLR2004 - a syllable
            return True
        return len(parts) == 1  # one word with a number is a weak secret
    if any(byte in b"!#$%^&*=+?" for byte in head) and _turns(head) > 1:
        return True
    longest = max(_parts(head), key=len)
    return (len(longest) >= 16 and _turns(longest) >= 4) or (  # noqa: PLR2004 - more humps than a name has
        len(longest) >= 20 and longest.isalpha() and not _is_speakable(longest)  # noqa: PLR2004 - nor is it a word
    )


def is_emphatic(value: bytes) -> bool:
    """Whether a word of running text can only be a password: letters with digits or signs inside, no known term."""
    head = value[:_LONGEST].strip(b".,;:!?)('\"`")
    if len(head) < 5 or is_stand_in(head) or _is_version(head) or head.lower() == head.upper():  # noqa: PLR2004 - see above
        return False
    if any(byte in b"/()[]{}=<>\\" for byte in head):
        return False
    if has_digit(head):
        return b"-" not in head or is_random(head)
    return any(byte in b"!@#$%^&*+" for byte in head[1:-1]) and b"." not in head


def _is_version(value: bytes) -> bool:
    """Whether a value is a version, a date, a size or an address of the network."""
    return (value[:1].isdigit() or value[0] in b"vV") and _VERSION.whole(value)


def _is_selector(value: bytes) -> bool:
    """Whether a value tells where on a page the field for a password is."""
    return (value[0] in b"#.[/" or b"[" in value or b"=" in value) and _SELECTOR.at(value, 0) is not None


def _parts(value: bytes) -> list[bytes]:
    return value.translate(_SEPARATORS).split()


def _turns(value: bytes) -> int:
    """Return how often letters and digits take turns, or a capital follows a small letter."""
    return sum(1 for _ in _TURN.each(value))


def _is_speakable(word: bytes) -> bool:
    vowels = sum(byte in b"aeiouyAEIOUY" for byte in word)
    return 0.28 < vowels / len(word) < 0.6  # noqa: PLR2004 - what words of European languages keep to
