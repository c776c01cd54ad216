"""A text → a coarse guess at its language: the script of its letters, and for Latin script the words of grammar.

English wherever nothing speaks against it: code, names and messages are mostly ASCII and say nothing. Meant for
choosing encoders and floors, where a wrong guess costs a little, not for showing.

Not covered: languages that share a script other than Latin (Ukrainian counts as `ru`, Persian as `ar`, a short title in
Kanji as `zh`), languages in Latin script beyond those of `function_words.txt`, and requests of two or three words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

_FUNCTION_WORDS = Path(__file__).with_name("function_words.txt")

_LONGEST = 2_000
"""Characters that are looked at."""

_CODE = re.compile(
    r"```[\s\S]*?(?:```|\Z)|`[^`\n]*`|^(?: {2}|\t).*$"
    r"|^Traceback \(most recent.*$|^[\w.]*(?:Error|Exception|Warning)\b.*$",
    re.MULTILINE,
)
"""Quoted, indented, or the message of a program: the same in every language."""

_MARKS = ' \t!"#$%&()*+,-./:;<=>?[]{|}~¡¿«»„“”‘…–—、。，：；！？（）「」《》'
"""What may stand around a word of prose. In the middle of a word it makes a name of it: `os.path`, `--no-cache`."""

_SENTENCE_ENDS = frozenset(".!?:¡¿")

_SCRIPTS = {
    "zh": ("\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f", 1.5),
    "ja": ("\u3041-\u3096\u30a1-\u30fa", 2.5),
    "ko": ("\u1100-\u11ff\u3130-\u318f\uac00-\ud7af", 2.5),
    "th": ("\u0e00-\u0e7f", 4),
    "lo": ("\u0e80-\u0eff", 4),
    "my": ("\u1000-\u109f", 4),
    "km": ("\u1780-\u17ff", 4),
    "ru": ("\u0400-\u052f", 5),
    "el": ("\u0370-\u03ff\u1f00-\u1fff", 5),
    "hy": ("\u0530-\u058f", 5),
    "ka": ("\u10a0-\u10ff\u1c90-\u1cbf", 5),
    "he": ("\u0590-\u05ff", 4),
    "ar": ("\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefe", 4),
    "am": ("\u1200-\u137f", 4),
    "hi": ("\u0900-\u097f", 4),
    "bn": ("\u0980-\u09ff", 4),
    "pa": ("\u0a00-\u0a7f", 4),
    "gu": ("\u0a80-\u0aff", 4),
    "ta": ("\u0b80-\u0bff", 5),
    "te": ("\u0c00-\u0c7f", 5),
    "kn": ("\u0c80-\u0cff", 5),
    "ml": ("\u0d00-\u0d7f", 5),
}
"""Code → the letters of a script, and how many of them make a word."""

_RUN = re.compile("|".join(f"(?P<{code}>[{letters}]+)" for code, (letters, _) in _SCRIPTS.items()))
_LATIN = re.compile("[\\x00-\u036f\u1e00-\u1eff\u2000-\u2bff]+")
"""Latin letters, and signs of no script."""

_KANA_OF_JAPANESE = 0.1
"""Share of the letters: Chinese may quote a syllable, Japanese cannot do without."""

_AFTER_LATIN = "\u0250"
"""The first letter past the ones that the languages of `function_words.txt` start a word with."""

_ENOUGH = 1.5
"""Score from which a language is told by its words: two of grammar, or one and one with its accents."""

_SHARED_ACCENTS, _OWN_ACCENTS = 0.5, 1.0
"""What a word counts that has accents of several languages, of a single one. One of grammar counts 1."""

_PLAIN_WORD = 0.25
_GRAMMAR_WORD = 1.5
"""What Latin words count against those of another script: many of the first kind are names in any language."""


class _Lexicon(NamedTuple):
    words: dict[str, tuple[str, ...]]
    """Word → the languages that have it."""
    letters: dict[str, frozenset[str]]
    """Language → what it writes beyond a to z."""


def language(text: str) -> str:
    """Return the code of the language that a text is probably in; `en` where there is little to go by."""
    text = text[:_LONGEST]
    if "`" in text or "\n" in text:
        prose = _CODE.sub(" ", text)
        text = text if prose.isspace() else prose
    if text.isupper():
        text = text.lower()
    if text.isascii():
        return _latin(text)[0]
    text = unicodedata.normalize("NFC", text)
    latin, evidence = _latin(text)
    script, words = _other_script(text)
    return script if words > evidence else latin


def _latin(text: str) -> tuple[str, float]:
    """Return the likeliest language in Latin script, and how many words there are for Latin script at all."""
    lexicon = _lexicon()
    scores: defaultdict[str, float] = defaultdict(float)
    plain = 0
    starts, own_accents = True, False
    for token in text.replace("'", " ").replace("’", " ").split():
        word = token.strip(_MARKS)
        # Capitals in a sentence are mostly names, which are spelt as where they come from.
        lower = word.lower() if starts else word
        starts = token[-1] in _SENTENCE_ENDS
        if not (word.isalpha() and word < _AFTER_LATIN and (len(word) == 1 or word[1:].islower())):
            continue
        plain += 1
        for code in lexicon.words.get(lower, ()):
            scores[code] += 1
        if not word.isascii() and lower.islower():
            accents = {letter for letter in lower if letter > "z"}
            codes = [code for code, letters in lexicon.letters.items() if accents <= letters]
            for code in codes:
                scores[code] += _SHARED_ACCENTS if len(codes) > 1 else _OWN_ACCENTS
            own_accents = own_accents or len(codes) == 1
    best, score = max(scores.items(), key=itemgetter(1), default=("en", 0.0))
    evidence = _GRAMMAR_WORD * score + _PLAIN_WORD * plain
    told = score >= _ENOUGH or own_accents
    return best if told and score > scores["en"] else "en", evidence


def _other_script(text: str) -> tuple[str, float]:
    """Return the script with the most letters apart from Latin, and how many words they make."""
    counts: Counter[str] = Counter()
    for run in _RUN.finditer(_LATIN.sub(" ", text)):
        counts[run.lastgroup or ""] += len(run[0])
    if counts["ja"] > _KANA_OF_JAPANESE * (counts["ja"] + counts["zh"]):
        counts["ja"] += counts.pop("zh", 0)
    [(code, letters)] = counts.most_common(1) or [("", 0)]
    return (code, letters / _SCRIPTS[code][1]) if letters else ("en", 0.0)


@cache
def _lexicon() -> _Lexicon:
    words: dict[str, tuple[str, ...]] = {}
    accents: dict[str, frozenset[str]] = {}
    for line in _FUNCTION_WORDS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            code, letters, *own = line.split()
            accents[code] = frozenset(letters if letters != "-" else "")
            for word in own:
                words[word] = (*words.get(word, ()), code)
    return _Lexicon(words, accents)
