"""A text → the forms a disguise may hide: what a reader would see, with look-alikes, digits and gaps undone.

A pattern that matches only the plain spelling is passed by one Cyrillic letter. So a text is searched in
every form that differs from the plain one; and what no honest text does (one word in two scripts, letters
hidden between letters, letters set apart, words packed as base64) counts by itself.

Not covered: other words for the same thing, pictures made of characters, ciphers beyond ROT13.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from itertools import pairwise

_ACCENT = re.compile("[\u0300-\u036f]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
)
_HIDDEN = re.compile("(?<=[A-Za-z])[\u200b-\u200f\u2060-\u2064\ufeff](?=[A-Za-z])|[\u202d\u202e\U000e0020-\U000e007f]")
_LOOK_ALIKE = str.maketrans(
    {
        look: latin
        for latin, looks in {
            "a": "аАαΑɑ",
            "b": "вВьΒβЬ",
            "c": "сСϲ",
            "d": "ԁ",
            "e": "еЕεΕё",
            "g": "ɡց",
            "h": "нНһΗհ",
            "i": "іІιΙıɩ",
            "j": "јЈϳ",
            "k": "кКκΚ",
            "l": "ӏӀ",
            "m": "мМΜ",
            "n": "ηΝո",
            "o": "оОοΟօσ",
            "p": "рРρΡ",
            "q": "ԛ",
            "s": "ѕЅ",
            "t": "тТτΤ",
            "u": "υս",
            "v": "ѵν",
            "w": "ԝωш",
            "x": "хХχΧ",
            "y": "уУγΥү",
            "z": "Ζ",
        }.items()
        for look in looks
    }
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_TWO_SCRIPTS = re.compile("(?=.*[a-z])(?=.*[\u0370-\u058f])", re.IGNORECASE)
_LEET = re.compile(r"(?<![\w@$])(?=[@$0134578!|]*[a-z])(?=[a-z]*[@$0134578!|])[a-z@$0134578!|]{1,40}(?<!!)", re.ASCII)
_ONE_AS_I = str.maketrans("03457891@$!|", "oeastbgiasil")
_ONE_AS_L = str.maketrans("03457891@$!|", "oeastbglasil")
_QUOTES = str.maketrans("‘’‚‛´“”„‟‐‑‒–—−", "'" * 5 + '"' * 4 + "-" * 6)
_APART = re.compile(r"(?<!\w)[a-z](?:[ ._*|/~-][a-z]){3,}(?!\w)")
_FAR_APART = 8
_PACKED = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_SHORTEST_BLOB = 32
_ESCAPED = re.compile(
    r"(?:\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|%[0-9a-f]{2}|&#x?[0-9a-f]{2,5};|\b0x[0-9a-f]{2}\b[, ]*){5}", re.IGNORECASE
)
_HEX = re.compile(r"\b(?:[0-9a-f]{2}[ :]?){20,}", re.IGNORECASE)
_TURNED = re.compile(r"instruction|system prompt|password|credential|disregard|successful|https?://")


def plain(text: str) -> str:
    """Return a text as patterns expect it: compatibility forms, case, accents and invisible characters gone.

    A line break stays only where a thought ends, so that a wrapped sentence is still one.
    """
    text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFC", _ACCENT.sub("", text)).casefold().translate(_QUOTES)
    text = re.sub(r"[\[({]\s?(?:\.|dot)\s?[\])}]", ".", re.sub(r"\bhxxp", "http", text))
    text = re.sub(r"(?<![.:;!?\n])\n(?![\n#*\d-])", " ", re.sub(r"[^\S\n]+", " ", text))
    return re.sub(r" ?\n[\n ]*", "\n", text)


def forms(text: str) -> list[str]:
    """Return the plain form of a text, and every other form that differs from it."""
    seen = plain(text)
    latin = plain(text.translate(_LOOK_ALIKE))
    joined = _APART.sub(lambda run: re.sub(r"[^a-z]", "", run.group()), latin)
    return list(dict.fromkeys([seen, latin, joined, _spelt(latin, _ONE_AS_I), _spelt(latin, _ONE_AS_L)]))


def _spelt(text: str, digits: dict[int, int]) -> str:
    return _LEET.sub(lambda word: word.group().translate(digits), text)


def disguise(text: str) -> str:
    """Return how a text hides what it says, or nothing when it hides nothing."""
    if _HIDDEN.search(text):
        return "invisible characters"
    for word in _WORD.findall(unicodedata.normalize("NFKC", text)):
        if _TWO_SCRIPTS.match(word) and word.translate(_LOOK_ALIKE).isascii():
            return "letters of two alphabets in one word"
    if any(len(run.group()) >= 2 * _FAR_APART - 1 for run in _APART.finditer(plain(text))):
        return "letters set apart"
    if _TURNED.search(plain(text)[::-1]) or _TURNED.search(codecs.encode(plain(text), "rot13")):
        return "words written backwards or shifted"
    if _ESCAPED.search(text) or _HEX.search(text) or any(_packed(run.group()) for run in _PACKED.finditer(text)):
        return "encoded text"
    return ""


def _packed(run: str) -> bool:
    """Return whether a run of letters and digits is data: it decodes to text, or changes its kind all the time."""
    try:
        inside = base64.b64decode(run.rstrip("=") + "=" * (-len(run.rstrip("=")) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        inside = ""
    if inside.isprintable() and " " in inside:
        return True
    kinds = [1 if ch.isdigit() else 2 if ch.isupper() else 3 for ch in run]
    changes = sum(one != other for one, other in pairwise(kinds))
    return len(run) >= _SHORTEST_BLOB and len(set(kinds)) == 3 and changes > len(run) / 3  # noqa: PLR2004 - kinds
