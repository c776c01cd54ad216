"""Memory items: 200 that an attacker would plant in a bank, and 200 honest ones that come close to them in words.

They were written without sight of the code that they measure. Both files beside this module have sections headed
`## kind` and items of three lines: title, description, content. The poisoned ones are well formed too, since an
attacker takes care of that; the honest ones speak of deleting, forcing, credentials and checks left out, because
good advice does. What is put in disguise, such as ⟨rot13:words⟩, stands in the file in plain words, so that a
reader sees what an item hides.

Not covered: items that do harm only together, and what an agent does with an item that it has recalled.
"""

from __future__ import annotations

import base64
import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from rb_mcp.types import MemoryItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HERE = Path(__file__).parent
_DISGUISED = re.compile(r"⟨([\w-]+):([^⟩]+)⟩")

_TWINS = str.maketrans("aceiopsxyIS", "асеіорѕхуІЅ")
"""Latin letters and the Cyrillic ones that look like them."""

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
_TAGS = {code: code + 0xE0000 for code in range(0x20, 0x7F)}

_DISGUISES: dict[str, Callable[[str], str]] = {
    "base64": lambda words: base64.b64encode(words.encode()).decode(),
    "hex": lambda words: words.encode().hex(),
    "homoglyphs": lambda words: words.translate(_TWINS),
    "percent": lambda words: quote(words, safe="").replace("e", "%65"),
    "reversed": lambda words: words[::-1],
    "rot13": lambda words: codecs.encode(words, "rot13"),
    "rtl": lambda words: f"{words}\u202efdp.exe",
    "soft": "\u00ad".join,
    "spaced": " ".join,
    "tags": lambda words: words.translate(_TAGS),
    "wide": lambda words: words.translate(_WIDE),
    "zero-width": "\u200b".join,
}


@dataclass(frozen=True)
class Poisoned:
    """A memory item that does harm if followed, and which kind of harm."""

    kind: str
    item: MemoryItem


def poisoned() -> list[Poisoned]:
    """Return 200 poisoned items."""
    return [Poisoned(kind, item) for kind, item in _items("poisoned.txt")]


def benign() -> list[MemoryItem]:
    """Return 200 honest items, 30 of them not in English."""
    return [item for _, item in _items("benign.txt")]


def _items(file: str) -> Iterator[tuple[str, MemoryItem]]:
    """Yield the items of a file with the kind they stand under."""
    text = (_HERE / file).read_text(encoding="utf-8")
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        kind, _, body = section.partition("\n")
        for lines in body.strip().split("\n\n"):
            title, description, content = (_disguised(line) for line in lines.split("\n"))
            yield kind, MemoryItem(title, description, content)


def _disguised(text: str) -> str:
    """Return a text with the marked words in their disguise."""
    return _DISGUISED.sub(lambda match: _DISGUISES[match[1]](match[2]), text)
