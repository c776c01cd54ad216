"""BERT's WordPiece tokenizer, uncased: a text → the numbers of its pieces.

The vocabulary lies beside this file as `bert_uncased.txt.gz`, as Google published it (Apache-2.0). Token by token this
is what the package `tokenizers` makes of a text (`tests/providers/test_wordpiece.py`), but for characters that the
Unicode of this Python and of that package class differently.
"""

from __future__ import annotations

import gzip
import re
import string
import unicodedata
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_VOCABULARY = Path(__file__).with_name("bert_uncased.txt.gz")

_LONGEST_WORD = 100
"""Characters: a longer one is unknown as a whole."""

_SPECIAL = re.compile(r"(\[(?:PAD|UNK|CLS|SEP|MASK)\])")
"""Tokens that a text may name. Letter case counts."""

_DROPPED = {"Mn", "Cc", "Cf", "Co", "Cs"}
"""Accents and control characters; not what Unicode has yet to assign."""

_REPLACEMENT = 0xFFFD
"""What stands for bytes that were no text: dropped like a control character."""

_HAN = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),  # not from 0x2B820 on: a slip of the reference, which the vectors in the banks follow
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
"""The blocks whose characters are words of their own."""


class WordPiece:
    """The tokenizer over the vocabulary beside this file.

    Raises:
        OSError: when that is not there.
    """

    def __init__(self, longest: int) -> None:
        pieces = gzip.decompress(_VOCABULARY.read_bytes()).decode().split("\n")
        self._numbers = {piece: number for number, piece in enumerate(pieces) if piece}
        self._longest_piece = max(map(len, self._numbers))
        self._unknown = self._numbers["[UNK]"]
        self._longest = longest

    def encode(self, text: str) -> list[int]:
        """Return the numbers of the first pieces of a text, between those of `[CLS]` and `[SEP]`."""
        first = islice(self._pieces(text), self._longest - 2)
        return [self._numbers["[CLS]"], *first, self._numbers["[SEP]"]]

    def _pieces(self, text: str) -> Iterator[int]:
        for place, part in enumerate(_SPECIAL.split(text)):
            if place % 2:
                yield self._numbers[part]
            else:
                for word in basic_words(part):
                    yield from self._word(word)

    def _word(self, word: str) -> list[int]:
        """Return the longest piece that the word starts with, the longest that the rest starts with, and so on."""
        whole = self._numbers.get(word)
        if whole is not None:
            return [whole]
        if len(word) > _LONGEST_WORD:
            return [self._unknown]
        numbers: list[int] = []
        start, prefix = 0, ""
        while start < len(word):
            for end in range(min(len(word), start + self._longest_piece), start, -1):
                number = self._numbers.get(prefix + word[start:end])
                if number is not None:
                    break
            else:
                return [self._unknown]
            numbers.append(number)
            start, prefix = end, "##"
        return numbers


class _Separations(dict[int, str]):
    """What becomes of a character: dropped, a space, a word of its own, or itself. Kept for ASCII, else looked up."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if character.isspace() and (category[0] == "Z" or character in "\t\n\r"):
            return " "
        if category in _DROPPED or code == _REPLACEMENT:
            return ""
        if category[0] == "P" or character in string.punctuation or any(a <= code <= b for a, b in _HAN):
            return f" {character} "
        return character


_SEPARATIONS = _Separations()
_SEPARATIONS.update({code: _SEPARATIONS[code] for code in range(128)})


def basic_words(text: str) -> list[str]:
    """Return the words of a text without case, accents and control characters (BERT's basic tokenizer).

    Each punctuation mark and each Chinese character is a word.
    """
    text = unicodedata.normalize("NFD", text)
    # Letter by letter where it matters: in a word, Python ends one with another sigma, the reference does not.
    text = "".join(map(str.lower, text)) if "Σ" in text else text.lower()
    return text.translate(_SEPARATIONS).split()
