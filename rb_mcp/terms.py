"""Index terms of a text that names code: identifiers, file names and paths, whole and in their pieces.

`parse_header`, `parseHeader` and `parse-header` give the same terms: `parse`, `header` and, whole, `parseheader`. A
path gives each of its folders and its file name, with and without the extension; `Class::method` and `os.path.join`
give their parts and the whole. Pieces are case-folded and lightly stemmed (English plurals, -ing, -ed); wholes are not.
Left out: numbers, hexadecimal ids, single letters, and wholes of more than 60 characters. Scripts without spaces are
cut into pairs of characters, as `words.words` does.

Every term consists of letters and digits only, so that the tokenizer `unicode61` of SQLite's FTS5 keeps it as one
token. Measured with BM25 on 2,000 functions of eight libraries, docstring → path and name: hit@1 .260 with
`words.words`, .320 with these terms unstemmed, .337 stemmed (hit@10 .518, .631, .661).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from rb_mcp.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_TEXT = 1_000_000
"""Characters of a text that are read."""
_LONGEST_WHOLE = 60
"""Characters of a compound term."""
_CHAIN = re.compile(r"[^\W_](?:[\w.:/\\@$+#-]{0,400}[^\W_])?")
"""Identifiers joined by the marks that join names: paths, dotted and qualified names, options."""
_LINK = re.compile(r"[^\w-]+")
"""What parts a chain into names."""
_BAR = re.compile(r"[/\\]")
_QUALIFIED = 2
_ALPHANUMERIC = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")
"""Pieces of a name in mixed case: `HTTPServer2` → HTTP, Server2."""
_NUMBER = re.compile(r"v?[0-9]+(?:st|nd|rd|th|ms|kb|mb|gb|px|s|x)?|(?=[a-z]*[0-9])[0-9a-f]{7,}|0x[0-9a-f]+")
_ASCII = re.compile(r"[a-z0-9]+")
_PLACE = re.compile(r"(?::[0-9]+)+\Z")
"""A line and a column behind a file name."""
_EXTENSION = re.compile(r"(.+)\.[A-Za-z][A-Za-z0-9]{0,4}")
_SHORTEST = 2
"""Characters of the shortest term."""

_FEWEST = 3
"""Letters a stem keeps at least."""
_VOWEL = re.compile(r"[aeiouy]")
_DOUBLED = re.compile(r"..(?:bb|dd|gg|mm|nn|pp|rr|tt)\Z")
_SILENT_E = re.compile(
    r"(?:[cvsuz]|[bdgkpt]l|[dr]g|[^aeiou](?:a[dkrt]|i[dklnr]|o[dkt]|u[dlrt])|let|writ|quir)\Z"
    r"|\A[^aeiou]{1,3}[aeiouy][bdfgklmnprt]\Z"
)
"""Roots that end in a silent e once -ing or -ed is off: pars(ing) → parse; not load(ing), render(ing)."""
_IRREGULAR = {
    "caches": "cache", "cached": "cache", "caching": "cache", "used": "use", "using": "use", "cookies": "cookie",
    "created": "create", "creating": "create", "changed": "change", "changing": "change", "ignored": "ignore",
    "ignoring": "ignore", "restored": "restore", "restoring": "restore", "routed": "route", "routing": "route",
    "synced": "sync", "syncing": "sync", "aliased": "alias", "aliasing": "alias", "focused": "focus",
    "controlled": "control", "controlling": "control", "written": "write", "indices": "index",
}  # fmt: skip
_INVARIABLE = frozenset({
    "during", "string", "spring", "thing", "nothing", "something", "anything", "everything", "king", "ring",
    "sing", "bring", "wing", "ping", "sibling", "ceiling", "need", "feed", "seed", "speed", "indeed", "exceed",
    "succeed", "proceed", "embed", "shed", "led", "fed", "bleed", "breed", "this", "his", "its", "has", "was",
    "is", "us", "as", "does", "yes", "bus", "gas", "alias", "bias", "status", "always", "process", "access",
    "address", "class", "pass", "less", "css", "js", "os", "dns", "aws", "tls", "https", "sms", "gps",
    "kubernetes", "redis", "postgres", "series", "species", "news", "canvas", "axis", "basis", "analysis",
    "synopsis", "thus", "plus", "virus", "corpus", "locus", "focus", "radius", "menus",
})  # fmt: skip
"""Words whose ending is no ending."""


def terms(text: str) -> frozenset[str]:
    """Return the distinct index terms of `text`."""
    return frozenset(_terms(text))


def term_list(text: str) -> list[str]:
    """Return the distinct index terms of `text` in the order in which they first occur."""
    return list(dict.fromkeys(_terms(text)))


def stem(word: str) -> str:
    """Return the stem of a lower-case English word: without the ending of a plural, of -ing or of -ed.

    A light suffix stripper (the first step of Porter's algorithm, 1980, without its later ones): -er and -ion stay,
    since they part what a program does from what does it.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= _FEWEST or word in _INVARIABLE or not _ASCII.fullmatch(word) or word[-1].isdigit():
        return word
    if word.endswith(("ies", "ied")) and len(word) > _FEWEST + 1:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return stem(word[:-1])
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= _FEWEST and _VOWEL.search(root):
            if _DOUBLED.search(root):
                return root[:-1]
            return root + "e" if _SILENT_E.search(root) and not root.endswith("ss") else root
    return word


def _terms(text: str) -> Iterator[str]:
    """Yield the terms of a text, with repetitions."""
    for match in _CHAIN.finditer(unicodedata.normalize("NFKC", text[:_LONGEST_TEXT])):
        chain = _PLACE.sub("", match[0])
        for name in _LINK.split(chain):
            yield from _name_terms(name)
        for folder in (
            chain.split("::") if "::" in chain and "/" in chain else [chain]
        ):  # a test's id: path::class::name
            yield from _joined_terms(_BAR.split(folder)[-1])


def _joined_terms(end: str) -> Iterator[str]:
    """Yield the whole of a file name, with and without its extension, or of a qualified name."""
    names = [name for name in _LINK.split(end) if name.strip("_-")]
    if len(names) > 1:
        yield from _whole(end)
        file_name = _EXTENSION.fullmatch(end)
        if file_name and len(names) > _QUALIFIED:
            yield from _whole(file_name[1])
        if len(names) > _QUALIFIED:  # the last two of a longer one are what is called
            yield from _whole("".join(names[-_QUALIFIED:]))


def _name_terms(name: str) -> Iterator[str]:
    """Yield the pieces of one name, and the name whole if it has several."""
    pieces: list[str] = []
    for run in _ALPHANUMERIC.findall(name):
        pieces += _HUMP.findall(run) if run.isascii() and not run.islower() else [run]
    for piece in pieces:
        folded = piece.casefold()
        if _ASCII.fullmatch(folded):
            if len(folded) >= _SHORTEST and not _NUMBER.fullmatch(folded):
                yield stem(folded)
        else:
            yield from sorted(words(piece))
    if len(pieces) > 1:
        yield from _whole(name)


def _whole(name: str) -> Iterator[str]:
    """Yield a name without its joints, unless it is a number, an id or too long."""
    whole = "".join(_ALPHANUMERIC.findall(name)).casefold()
    if _SHORTEST <= len(whole) <= _LONGEST_WHOLE and _ASCII.fullmatch(whole) and not _NUMBER.fullmatch(whole):
        yield whole
