"""Keys of errors: a message without what differs from one place to another, and how alike two keys are.

    "ModuleNotFoundError: No module named 'yaml'"  → "modulenotfounderror no module *"
    "error[E0382]: borrow of moved value: `x`"     → "e0382 borrow of moved value *"

A key is a head (an exception class or an error code; `error` where a program only says that something failed) and the
words of the message. Paths, numbers, ids, addresses, quoted names and identifiers became `*`; HTTP statuses, exit codes
and the numbers of errors stayed. What any program reports alike (a refused connection, a bad certificate) has the same
head whoever reports it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rb_mcp.memory import error_shapes
from rb_mcp.memory.error_shapes import LONGEST_LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

ALIKE = 0.7
"""The likeness from which two keys are taken for the same error.

Of 100 errors and the same in other surroundings (`tests/corpora/failures.jsonl`), 82 have the right one as their
nearest by equal keys alone, 95 at .8, 97 at .7, 98 at .6; 4, 17, 19 and 28 also meet one that is not theirs.
"""
_LONGEST_KEY = 30
"""Words of a key."""
_WRAPPED = 4
"""Words a message must have to be recognised inside another."""
_LONGEST_TEXT = 40_000
"""Characters of a text in which a project's own names are looked for."""

_QUOTED = re.compile(
    r"(?<!\w)(?:'([^'\n]{0,200})'|\"([^\"\n]{0,300})\"|`([^`'\n]{0,200})[`']|‘([^’\n]{0,200})’|“"
    r"([^”\n]{0,200})”|«([^»\n]{0,200})»|「([^」\n]{0,200})」)(?!\w)"
)
_WELL_KNOWN = frozenset({
    "nonetype", "none", "null", "nil", "undefined", "str", "int", "float", "list", "dict", "tuple", "set",
    "bool", "bytes", "function", "object", "string", "number", "boolean", "method", "module", "async", "await",
    "coroutine", "self", "utf-8", "ascii", "latin-1", "utf8", "gbk", "cp1252", "bytes-like", "never", "unknown",
    "void", "any", "array", "promise",
})  # fmt: skip
"""Quoted words that say what went wrong rather than where."""
_EXTENSIONS = (
    "py|pyc|js|jsx|mjs|cjs|ts|tsx|go|rs|java|kt|kts|c|cc|cpp|cxx|h|hpp|hh|rb|php|cs|csproj|swift|json|ya?ml|toml|lock|md|txt"
    "|html?|css|scss|sh|sql|db|xml|gradle|tf|vue|svelte|so|dll|a|o|jar|whl|zip|tar|gz|log|csv|png|pem|crt|key|env|cfg|ini"
    "|conf|ps1|mk"
)
_NOTHING = {"nonetype", "none", "null", "nil", "undefined"}
"""That a value is missing is another error than that it is of another type."""
_FOLDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"[a-z][a-z0-9+.-]{1,15}://[^\s'\"<>)\]]{1,400}", " * "),
        (r"[\w.+-]{1,60}@[\w-]{1,60}\.[\w.-]{2,60}", " * "),
        (r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", " * "),
        (r"\b(?:sha256|sha512|sha1|md5)[:-][0-9A-Za-z+/=]{8,130}", " * "),
        (r"[\w.$/]{2,200}(?:<\w+>)?\([\[\w/;$]{0,300}\)[\[\w/$]{1,200};?", " *call "),
        (r"<[^<>\n]{1,200}>", " * "),
        (r"\{[^{}\n]{0,300}\}", " * "),
        (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?[\d.,]*(?:Z|[+-]\d\d:?\d\d)?)?", " * "),
        (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", " * "),
        (r"(?<![\w/])[A-Za-z]:[\\/][^\s'\",;)]{0,300}", " *path "),
        (r"(?<![\w*])(?:~|\.{1,2})?/[\w.@~+%*-][^\s'\",;:()\[\]]{0,300}(?::\d+)*", " *path "),
        (r"(?<![\w/])@?[\w.-]{1,100}/[\w./@+-]{1,300}", " *path "),
        (rf"(?<![\w.])\.?[\w-]{{1,100}}(?:\.[\w-]{{1,60}}){{0,4}}\.(?:{_EXTENSIONS})(?!\w)(?::\d+){{0,2}}", " * "),
        (r"\b0x[0-9a-fA-F]+\b", " * "),
        (r"\b(?=[a-f]{0,40}\d)[0-9a-f]{7,64}\b", " * "),
        (r"(?<![\w-])--?[a-zA-Z][\w-]{1,60}(?:=\S{1,100})?", " * "),
        (r"\b([A-Za-z_][\w-]{0,60})=(?=[^\s=])[^\s,;)]{1,200}", r" \1 * "),
        (r"\b[\w.-]{1,80}(?:==|>=|<=|~=|@)\^?~?v?\d[\w.*-]{0,40}", " * "),
        (r"[\^~]?\bv?\d+(?:\.\d+){1,4}(?:[-+.][\w.]{1,30})?\b", " * "),
        (r"(?<![\w.])[A-Za-z_][\w-]{0,80}(?:(?:\.|::)[A-Za-z_][\w-]{0,80}){1,8}(?:\(\))?", " * "),
        (r"\b[A-Za-z_]\w{0,80}\((?:\)|[^\s()]{0,80}\))", " * "),
    )
)  # fmt: skip
_FOLDS_OF_ASSERTIONS = 7
"""An assertion is told by its expression: only addresses, ids, objects and dates are taken out."""
_ASSERTIONS = {"assertionerror", "assertion", "assertionfailederror", "comparisonfailure"}
_STATUS = re.compile(
    r"(?:\b(?:http|status(?: code)?|code|error|errno|returned|response|os error|winerror|exit(?:ed)?(?: "
    r"with)?(?: code| status)?|signal|curl|sqlstate)\b[\s:=(\[#-]{0,3})(\d{1,6})\b"
    r"|\b([45]\d\d) (?=[A-Z][a-z]|client error|server error)",
    re.IGNORECASE,
)
_CODE_WORD = re.compile(
    r"\b(?:(?:TS|CS|LNK|NU|MSB|NETSDK|BC|FS|CA|SC|YN|NG|AADSTS)\d{3,6}|[EPC]\d{4,5}|(?:ORA|PLS|DPI|DPY|TNS)-\d{4,5}"
    r"|(?:net::)?(?:ERR|ER|SQLITE|CERT|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|MODULE|CERTIFICATE)_[A-Z_]{3,60}"
    r"|[A-Z]{2,20}_(?:FAILED|REFUSED|NOT_FOUND|DENIED"
    r"|EXCEEDED|TIMED_OUT|TIMEOUT|INVALID|REQUIRED|VIOLATION|EXISTS|UNAVAILABLE)|E(?:NOENT|ACCES|PERM"
    r"|NOSPC|ADDRINUSE|CONNREFUSED|CONNRESET"
    r"|TIMEDOUT|ISDIR|NOTDIR|NOTEMPTY|EXIST|BUSY|MFILE|PIPE|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN|ROFS"
    r"|XDEV|LOOP|INVAL|RESOLVE|TARGET|BADENGINE"
    r"|INTEGRITY|NEEDAUTH|JSONPARSE|USAGE|OTP|NOTSUP|PROTO|ADDRNOTAVAIL|SOCKETTIMEDOUT|40[134]|5\d\d))\b"
)
_SQLSTATE = re.compile(r"SQLSTATE(?:\[|: ?|=)(\w{5})\b|\((?=[0-9A-Z]{0,4}\d)([0-9A-Z]{5})\)")
_INNER = re.compile(
    rf"\((?P<driver>\w+(?:\.\w+)+)\) (?P<driven>.+)|(?:(?:Error|error|Exception|Uncaught|ERROR|Fatal|fatal"
    rf"|[a-z]\w{{0,30}}\.\w{{1,40}}|\(node:\d+\)): )?(?:Uncaught )?(?P<head>{error_shapes.CLASS})(?: ?[\["
    rf"(][\w.]{{2,60}}[\])])?: (?P<message>.+)"
)
_NAME = re.compile(
    r"(?<![\w*])(?:[a-z0-9]+(?:_[A-Za-z0-9]+)+|_\w+|[A-Z0-9]+(?:_[A-Z0-9]+)+|[a-z]+[A-Z]\w*|[A-Z][a-z0-9]+"
    r"(?:[A-Z][A-Za-z0-9]*)+|[a-z]+\d+[a-z\d]*|[a-z]+-\w*\d[\w-]*|[A-Z]+\d\w*|[A-Z]\w*_\w*)(?!\w)"
)
_TELLING_NAME = re.compile(
    r"\w*(?:Error|Exception|Failure|Fault|Denied|NotFound|BackOff|Violation|Refused|Timeout|Sanitizer"
    r"|Interrupt|Missing|Invalid|Exceeded|Exists)\Z"
)
_ENGLISH_NAME = frozenset({
    "utf8", "sha256", "sha1", "md5", "base64", "http2", "ipv4", "ipv6", "x86", "arm64", "amd64", "python3",
    "pip3", "javascript", "typescript", "github", "oauth2", "tls1", "ssl3", "win32", "mysql", "postgresql",
})  # fmt: skip
_AFTER_COLON = re.compile(
    r"((?:(?:undefined|undeclared name|unresolved reference|not found|find a match|value|unrecognized "
    r"arguments?|module) ?: "
    r"|unknown (?:\w+ )?(?:option|command|flag|argument|field|type|module|host|directive|variable):? "
    r"|no such (?:table|column|module|option|index|service|function|image|container):? "
    r"|(?:gem|package|module|constant|command|variable|method|function|class|container name|symbol):? ))"
    r"([\w$*.@-]+)(?=\s*(?:$|[,;:(*]|in\b|for\b|at\b|on\b))",
    re.IGNORECASE,
)
_BEFORE_COLON = re.compile(
    r"^[^\s:]{1,100}(?=: (?:not found|command not found|unbound variable|parameter not set|undefined|is "
    r"not recognized))|^[\w.+-]{1,60}(?=:? (?:is not recognized))"
)
_TRAILING = re.compile(r"(?:,? (?:at|in|on|near|from) (?:line )?\*\w*(?:\s|\*)*| \[\*\w*\s*\]| \(?at \*\w*\)?)\s*$")
_PUNCTUATION = re.compile(r"[^\w*%<>=≠+-]+|(?<!\w)[-+]+|[-+]+(?!\w)")
_STARS = re.compile(r"\*(?:\s*[*_]+)*")
_CODED = re.compile(r"[a-z_]*\d[\w-]*|err_\w+|\w+_(?:failed|refused|denied|found|exceeded)")
_STATUS_HEAD = re.compile(r"[45]\d\d")
_DECISIVE = re.compile(
    r"(?!\d{3}\Z)[a-z]{0,7}-?\d{3,6}|err_\w+|net::err_\w+|er_\w+|sqlite_\w+|sqlstate\w+|e(?:resolve|target"
    r"|addrinuse|integrity|badengine|lifecycle|needauth)|commandnotfound"
)
_SMALL_WORDS = frozenset({
    "the", "a", "an", "of", "to", "in", "on", "at", "for", "is", "was", "were", "with", "by", "from", "and",
    "or", "be", "been", "it", "its", "this", "that", "as", "are", "not",
}) - {"not"}  # fmt: skip
_GENERIC = frozenset({
    "error", "fatal", "failed", "exception", "failure", "uncaught", "fault", "lint", "bundler", "tool", "go",
    "kotlinc", "linker", "loader", "cmake", "php", "sqlite", "redis", "pnpm", "yarn", "npm", "apt", "dpkg",
    "resolver", "composer", "javac", "maven", "gradle", "spring", "git", "docker", "kubectl", "aws", "gcloud",
    "ansible", "shell", "signal", "curl", "http", "network", "ssh", "valgrind", "make", "latex", "perl", "r",
    "lua", "nginx", "systemd", "timeout", "webdriver", "browser", "jest", "eslint", "panic", "sqlstate",
    "fatalerror", "operationalerror", "programmingerror", "databaseerror", "integrityerror", "internalerror",
    "queryexception", "pdoexception", "sqlexception", "psqlexception", "undefinedtable", "undefinedcolumn",
    "uniqueviolation", "foreignkeyviolation", "notnullviolation", "statementinvalid", "requesterror",
    "httperror", "apierror", "graphqlerror", "responseerror", "servererror", "clienterror",
})  # fmt: skip
"""Heads that say who reports an error, not which: a program, or a driver that hands on what a database said."""
_CARRIERS = frozenset({
    "newconnectionerror", "connectionerror", "maxretryerror", "connecterror", "sslerror", "urlerror", "gaierror",
    "transporterror",
})  # fmt: skip
"""Exceptions of clients that only hand on what the network said."""
_WORDED = re.compile(rf"^(?:{error_shapes.WORD}) ?[:：] {{0,3}}(?=\S)", re.IGNORECASE)
_VENDOR = re.compile(r"^SQLSTATE\[\w{5}\].{0,80}?: (\d{4}) |^\((\d{4}), ['\"]")
_FIRST_SENTENCE = re.compile(r"(?<=[a-z]{4})\. (?=[A-Z][a-z]).*", re.DOTALL)
"""What follows the first sentence of a message: advice, or words of whoever quotes it."""
_IMPORTED = re.compile(r"module|package|import", re.IGNORECASE)
_KEY_NAME = re.compile(r"_(pkey|fkey|fk|pk)\Z", re.IGNORECASE)
_NUMBERS = re.compile(r"(?<![\w*\ue000])\d[\d.,_]*(?:[a-zA-Z%]{1,3}\b)?")
KEPT_NUMBER = "\ue000"
"""A mark before numbers that stay, while the others are taken out."""


def key(head: str, message: str, text: str) -> str:
    """Return the key of an error: its head, and its message without what differs from place to place.

    `text`: where it stands; a name that its paths hold is marked as the project's own.
    """
    message = message[:LONGEST_LINE].strip()
    head = _last_name(head)
    head = "error" if head in _GENERIC else head
    for _ in range(4):
        message = _WORDED.sub("", message)
        inner = _INNER.match(message)
        if not inner:
            break
        inner_head = _last_name(inner["head"] or inner["driver"])
        head, message = (
            (inner_head if inner_head not in _GENERIC or head in _GENERIC else head),
            inner["message"] or inner["driven"],
        )
        head = "error" if head in _GENERIC else head
    vendor, state, code = _VENDOR.search(message), _SQLSTATE.search(message), _CODE_WORD.search(message)
    certificate = error_shapes.CERTIFICATE.search(message)
    system = error_shapes.STRERROR.search(message)
    if certificate:
        head, message = "certificate", certificate[0]
    elif vendor:
        head, message = vendor[1] or vendor[2], message[vendor.end() :]
    elif state:
        head = f"sqlstate{(state[1] or state[2]).lower()}"
        message = message.replace(state[0], " ")
    elif code and (not _DECISIVE.fullmatch(head) or code[0].lower() == head):
        head = code[0].removeprefix("net::").lower()
        message = message.replace(code[0], " ")
    elif system and (errno := error_shapes.ERRNO.get(system[0].lower(), "")) in error_shapes.WIDE:
        head = errno if head in _GENERIC or head in _CARRIERS else head
    if head.startswith("commandnotfound"):
        return "commandnotfound"
    if message.startswith("expect("):
        head = "assertion"
    if message.lower().startswith("timeout") and head == "error":
        head = "timeouterror"
    message = _FIRST_SENTENCE.sub("", message)
    words = _words(message, names=head not in _ASSERTIONS, project=text if _IMPORTED.search(message) else "")
    if head == "error" and not [word for word in words if not word.startswith("*")]:
        return ""
    return " ".join((head, *words[:_LONGEST_KEY])).strip()


def alike(one_key: str, other_key: str) -> float:
    """Return how alike two keys are, in [0, 1]: the words they share, 0 where head or codes differ.

    The share is Dice's, or, where one holds the other as messages that wrap others do, nearly the whole. What was taken
    out of the messages counts a little, by its kind.
    """
    if one_key == other_key:
        return 1.0
    head, _, message = one_key.partition(" ")
    other_head, _, other_message = other_key.partition(" ")
    if head != other_head:
        return 0.0
    words, other_words = _telling(message), _telling(other_message)
    if any(_CODED.fullmatch(word) or word in _NOTHING for word in words ^ other_words):
        return 0.0
    fewer = min(len(words), len(other_words))
    share = 2 * len(words & other_words) / (len(words) + len(other_words)) if words or other_words else 1.0
    if fewer >= _WRAPPED:
        share = max(share, 0.95 * len(words & other_words) / fewer - 0.05)
    if _DECISIVE.fullmatch(head) or (not fewer and _STATUS_HEAD.fullmatch(head)):
        share = 0.75 + 0.25 * share
    kinds, other_kinds = ([word for word in text.split() if word.startswith("*")] for text in (message, other_message))
    return 0.95 * share + (0.05 if kinds == other_kinds else 0.0)


def likeness(keys: Sequence[str], other_keys: Sequence[str]) -> float:
    """Return how alike the errors of two texts are: their most alike pair from `ALIKE` on, else 0.

    To rank by: the first signatures of a text tell more than later ones, and each further pair counts a little, and
    so does a difference in number.
    """
    pairs = [
        alike(key, other_key) - 0.02 * (rank + other_rank)
        for rank, key in enumerate(keys)
        for other_rank, other_key in enumerate(other_keys)
        if alike(key, other_key) >= ALIKE
    ]
    return max(pairs) + 0.01 * (len(pairs) - 1) - 0.005 * abs(len(keys) - len(other_keys)) if pairs else 0.0


def _telling(message: str) -> set[str]:
    """Return the words of a message that tell it apart."""
    return {word for word in message.split() if len(word) > 1 and word[0] != "*" and word not in _SMALL_WORDS}


def _last_name(head: str) -> str:
    """Return the last part of a qualified name, lower-cased: `java.net.ConnectException` → `connectexception`."""
    return re.split(r"[.:\\$]", head.strip(".:\\$"))[-1].lower() or "error"


def _words(message: str, *, names: bool, project: str = "") -> list[str]:
    """Return the words of a message without what differs; `names`: also without unquoted identifiers.

    A word that begins with `*` stands for what was taken out, with its kind where that tells: a path (`*path`), one
    relative to a file (`*rel`), a name with arguments (`*call`), a name among the paths in the text `project` (`*own`),
    a primary or foreign key (`*pkey`, `*fkey`), nought or one (`*1`).
    """
    text = _QUOTED.sub(lambda match: _unquoted(match, project), message)
    text = _STATUS.sub(_mark, text)
    for pattern, replacement in _FOLDS if names else _FOLDS[:_FOLDS_OF_ASSERTIONS]:
        text = pattern.sub(replacement, text)
    text = _BEFORE_COLON.sub(" * ", text)
    if names:
        text = _NAME.sub(_unnamed, text)
        text = _AFTER_COLON.sub(r"\1* ", text)
    text = _NUMBERS.sub(lambda match: " *1 " if match[0] in {"0", "1"} else " * ", text)
    text = " ".join(text.replace(KEPT_NUMBER, "").split())
    for _ in range(3):
        text = _TRAILING.sub("", text)
    words: list[str] = []
    for word in _PUNCTUATION.sub(" ", text).casefold().split():
        star = word if word.startswith("*") else "*" if not word.strip("_*") else ""
        if star and words and words[-1].startswith("*"):
            words[-1] = words[-1] if len(words[-1]) > 1 else star
        else:
            words.append(star or word)
    return words


def _unquoted(match: re.Match[str], project: str) -> str:
    """Return what stays of a quotation: a sentence, or a word that says what went wrong; else `*` and its kind."""
    inner = next((group for group in match.groups() if group is not None), "").strip()
    if inner.lower() in _WELL_KNOWN or len(inner.split()) > 3 or _TELLING_NAME.fullmatch(inner):  # noqa: PLR2004 - a sentence
        return f" {inner} " if "(" not in inner else " *call "
    if inner.startswith(("./", "../", ".\\", "..\\")):
        return " *rel "
    if "/" in inner or "\\" in inner:
        return " *path "
    if "(" in inner:
        return " *call "
    key = _KEY_NAME.search(inner)
    if key:
        return f" *{key[1].lower()} "
    if project and inner.isidentifier() and re.search(rf"[/\\]{re.escape(inner)}[-_/\\.]", project[:_LONGEST_TEXT]):
        return " *own "
    return " * "


def _mark(match: re.Match[str]) -> str:
    """Return a status with its number marked as one that stays."""
    number = match[1] or match[2]
    return match[0].replace(number, f"{KEPT_NUMBER}{number}", 1) if number else match[0]


def _unnamed(match: re.Match[str]) -> str:
    """Return `*` for an identifier; what names an error stays."""
    name = match[0]
    stays = name.lower() in _WELL_KNOWN | _ENGLISH_NAME or _TELLING_NAME.fullmatch(name) or _CODE_WORD.fullmatch(name)
    return name if stays else " * "
