"""Memory items in Markdown, in the shapes real models give it → drafts: headings, bold labels or plain ones.

Not covered: which drafts are items (`replies.py`). Labels are read in English only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FENCE = re.compile(r"(?:`{3,}|~{3,})[ \t]*+(\w*)$")
_PROSE = {"", "markdown", "md", "text", "txt", "yaml", "yml"}
"""What a fence around memory items is said to hold."""
START = r"(?:[-*+•][ \t]++|[0-9]{1,2}[.)][ \t]++)?+(#{0,6})[ \t]*+([*_]{0,3})"
"""How a line that says something of its own may begin: in a list, as a heading, in bold."""
_ITEM = re.compile(
    START + r"(?:memory[ _-]?item|memory|strategy)[ \t]*+#?[0-9]{1,2}\b[*_]{0,3}[ \t]*+(?:[:：.)–—-](?P<title>.*))?$",
    re.IGNORECASE,
)
_FIELD = re.compile(
    START + r"(title|description|content|lesson)s?\b(?:[ \t]*+[0-9]{1,2}(?=[ \t]*+[:：*_]))?(.*)", re.IGNORECASE
)
_HEADING = re.compile(r"(?:#{1,6}|[0-9]{1,2}[.)]|(?=\*\*.*\*\*:?$))[ \t]*+(?P<title>.*)")
_COUNTED = re.compile(r"[*_]{0,3}(?:(?:item|lesson|strategy) )?#?[0-9]{1,2}[.):：][ \t]*+", re.IGNORECASE)
_ASIDE = re.compile(
    r"([-*_=])\1{2,}$|[*_]{2}(?:trajectory|query|rationale|reasoning|explanation)\b[:：]?[*_]{2}", re.IGNORECASE
)
_CODE = "\0"
"""Before a line of code inside a memory item; no cleaned reply holds one."""


def field(line: str) -> tuple[str, int, str] | None:
    """Return the field a line opens, the level of its heading, and what it says of it already."""
    found = _FIELD.match(line)
    if not found:
        return None
    marks, bold, name, rest = found.groups()
    said = rest.lstrip(" \t:：")
    closed = bool(bold) and said.startswith(bold)
    if not marks and (name.lower() == "lesson" or not (closed or rest.lstrip().startswith((":", "：")))):
        return None
    said = said[len(bold) :].lstrip(" \t:：") if closed else said.removesuffix(bold)
    return name.lower(), len(marks) or 99, said


def drafts(text: str) -> list[dict[str, object]]:
    """Return the items of a text in headings, bold labels or plain ones, as far as they go.

    A heading no deeper than that of the field before it ends that field.
    """
    items: list[dict[str, list[str]]] = []
    body: list[str] | None = None
    level, before = 0, ""
    for raw in _unfenced(text.split("\n")):
        line = raw.strip()
        if named := _ITEM.match(line):
            items.append({"title": [named["title"]]} if named["title"] else {})
            body, before = None, ""
        elif found := field(line):
            name, level, said = found
            heading = _HEADING.match(before) if name in ("description", "content") else None
            if _begins(items, name, after_heading=heading is not None):
                items.append({"title": [_COUNTED.sub("", heading["title"], count=1)]} if heading else {})
                while heading and body and not body.pop().strip():
                    pass  # up to the heading, which belongs to the new item
            body = items[-1].setdefault(name, [])
            body.append(said)
            before = ""
        elif _ASIDE.match(line) or (line.startswith("#") and len(line) - len(line.lstrip("#")) <= level):
            body, before = None, line
        else:
            before = line or before
            if body is not None:
                body.append(raw.removeprefix(_CODE))
    return [{name: "\n".join(said) for name, said in item.items()} for item in items]


def _begins(items: list[dict[str, list[str]]], name: str, *, after_heading: bool) -> bool:
    """Tell whether a field is the first of a new item."""
    if not items or name == "lesson":
        return not items
    return name in items[-1] or (after_heading and "content" in items[-1])


def _unfenced(lines: list[str]) -> Iterator[str]:
    """Yield lines without fences: code inside an item is marked, a rule ends a fence around items."""
    following = [""] * len(lines)
    for number in range(len(lines) - 2, -1, -1):
        following[number] = lines[number + 1].strip() or following[number + 1]
    code = wrapped = begun = False
    for raw, after in zip(lines, following, strict=True):
        fence = FENCE.match(raw.strip())
        code = code and not _ITEM.match(raw.strip())
        if not fence:
            begun = begun or field(raw.strip()) is not None
            yield _CODE + raw if code else raw
        elif code:
            code = False
        elif wrapped and not fence.group(1):
            wrapped = False
            yield "---"
        else:
            items = fence.group(1).lower() in _PROSE and (_ITEM.match(after) or field(after))
            code = begun and not items
            wrapped = wrapped or not code
