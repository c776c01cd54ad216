"""JSON with comments and trailing commas, edited in place: what is not edited keeps every byte.

A reader that knows where each value stands, and two edits on it: `put` and `take`. What `put` adds goes behind what
is there, in the file's own indentation and line ends, and `take` of it gives the text back as it was. Not covered:
JSON5 (single quotes, bare keys): such a file is refused with the line.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from rb_mcp.errors import ConfigurationError

Step = str | int
"""A key of an object, or an index of an array; one past the last index is a place to append."""

_BLANK = re.compile(r"[ \t\r\n\ufeff]*")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SCALAR = re.compile(r"-?\d[\d.eE+-]*|true|false|null")
_DEEPEST = 100


@dataclass
class Node:
    """A value and where it stands: `text[start:end]`."""

    start: int
    end: int = 0
    value: Any = None
    children: dict[Step, Child] = field(default_factory=dict["Step", "Child"])
    trailing: bool = False
    """Whether a comma follows the last child."""


@dataclass
class Child:
    """A member of an object or an element of an array; `start` is where its key or its value begins."""

    start: int
    node: Node


def read(text: str) -> Any:  # noqa: ANN401 - JSON is anything
    """Return the value of a text; of a blank one an empty object.

    Raises:
        ConfigurationError: when it is no JSON, with the line.
    """
    return _parse(text).value if text.strip("\ufeff \t\r\n") else {}


def put(text: str, path: tuple[Step, ...], value: object) -> str:
    """Set the value at a path, making the objects and arrays that lead there; return the new text.

    Raises:
        ConfigurationError: when the text is no JSON, or what is at a part of the path has no such children.
    """
    if not text.strip("\ufeff \t\r\n"):
        text = text.rstrip() + "{}\n"
    root = node = _parse(text)
    for depth, step in enumerate(path):
        if not isinstance(node.value, dict if isinstance(step, str) else list):
            where = ".".join(map(str, path[:depth])) or "the whole file"
            kind = "an object" if isinstance(step, str) else "an array"
            raise ConfigurationError(f"line {_line(text, node.start)}: {where} is not {kind}")
        child = node.children.get(step)
        if child is None:
            for later in reversed(path[depth + 1 :]):
                value = {later: value} if isinstance(later, str) else [value]
            return _insert(text, root, node, step, value)
        node = child.node
    if node.value == value:
        return text
    return text[: node.start] + _dump(text, root, value, _indent(text, node.start)) + text[node.end :]


def take(text: str, path: tuple[Step, ...]) -> str:
    """Take the value at a path out, and what holds nothing else on the way, comments neither; return the new text."""
    node = _parse(text)
    way = [node]
    for step in path:
        node = node.children[step].node
        way.append(node)
    depth = len(path) - 1
    while depth > 0 and _alone(text, way[depth], way[depth - 1].children[path[depth - 1]].start):
        depth -= 1
    return _remove(text, way[depth], path[depth])


def _alone(text: str, parent: Node, start: int) -> bool:
    """Say whether a container, with its key that begins at `start`, holds one child and no comment."""
    [*children] = parent.children.values()
    key = _STRING.match(text, start) if start < parent.start else None
    beside = text[key.end() if key else parent.start : parent.start] + text[parent.start + 1 : children[0].start]
    beside += text[children[0].node.end : parent.end - 1]
    return len(children) == 1 and not beside.strip(":, \t\r\n")


def _insert(text: str, root: Node, parent: Node, step: Step, value: object) -> str:
    key = f"{json.dumps(step, ensure_ascii=False)}: " if isinstance(step, str) else ""
    newline = "\r\n" if "\r\n" in text else "\n"
    own = _indent(text, parent.start)
    if not parent.children:
        inner = text[parent.start + 1 : parent.end - 1].rstrip()
        at = parent.start + 1 + len(inner)
        if root.children and "\n" not in text.strip():  # all in one line, and so it stays
            return text[:at] + key + json.dumps(value, ensure_ascii=False) + text[parent.end - 1 :]
        below = own + _unit(text, root)
        added = newline + below + key + _dump(text, root, value, below) + newline + own
        return text[:at] + added + text[parent.end - 1 :]
    first, *_, last = [*parent.children.values()] * 2
    end = last.node.end
    if "\n" in text[parent.start : parent.end]:
        below = _indent(text, first.start) if _leads(text, first.start) else own + _unit(text, root)
        added = newline + below + key + _dump(text, root, value, below)
    else:
        added = " " + key + json.dumps(value, ensure_ascii=False)
    if parent.trailing:
        after = _behind(text, _comma(text, end) + 1)
        return text[:after] + added + "," + text[after:]
    after = _behind(text, end)
    return text[:end] + "," + text[end:after] + added + text[after:]


def _remove(text: str, parent: Node, step: Step) -> str:
    steps = [*parent.children]
    place = steps.index(step)
    child = parent.children[step]
    begin = parent.start + 1
    if place:
        begin = _comma(text, parent.children[steps[place - 1]].node.end) + 1
    start, end = max(begin, len(text[: child.start].rstrip(" \t\r\n"))), child.node.end
    last = place == len(steps) - 1
    between = ""
    if not last or parent.trailing:
        comma = _comma(text, end)
        between, end = text[end:comma] if text[end:comma].strip() else "", comma + 1
    tail = between + text[end:]
    if len(steps) == 1 and not (text[begin:start] + between + text[end : parent.end - 1]).strip():
        tail = text[parent.end - 1 :]  # nothing is left in it
    if "//" in text[begin:start].rpartition("\n")[2] and not tail.lstrip(" \t\r").startswith("\n"):
        tail = "\n" + tail  # a comment that ends with its line must not swallow what follows
    if place and last and not parent.trailing:
        return text[: begin - 1] + text[begin:start] + tail
    return text[:start] + tail


def _comma(text: str, at: int) -> int:
    return text.index(",", _skip(text, at))


def _behind(text: str, at: int) -> int:
    """Return where the line's comments end behind a position: they belong to what stands before them."""
    while True:
        start = at + len(text[at:]) - len(text[at:].lstrip(" \t"))
        comment = _COMMENT.match(text, start)
        if comment is None:
            return at
        at = start + len(comment[0].rstrip("\r"))


def _dump(text: str, root: Node, value: object, indent: str) -> str:
    lines = json.dumps(value, ensure_ascii=False, indent=_unit(text, root)).split("\n")
    return (("\r\n" if "\r\n" in text else "\n") + indent).join(lines)


def _unit(text: str, root: Node) -> str:
    first = next(iter(root.children.values()), None)
    return (_indent(text, first.start) if first and _leads(text, first.start) else "") or "  "


def _indent(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _leads(text: str, at: int) -> bool:
    """Say whether nothing but blanks stands before a position in its line."""
    return "\n" in text[:at] and not text[text.rfind("\n", 0, at) + 1 : at].strip()


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _skip(text: str, at: int) -> int:
    while True:
        at = _BLANK.match(text, at).end()  # pyright: ignore[reportOptionalMemberAccess] - matches the empty text too
        comment = _COMMENT.match(text, at)
        if comment is None:
            return at
        at = comment.end()


def _parse(text: str) -> Node:
    node = _value(text, _skip(text, 0), 0)
    end = _skip(text, node.end)
    if end < len(text):
        raise _broken(text, end, "the end of the file")
    return node


def _value(text: str, at: int, depth: int) -> Node:
    if depth > _DEEPEST:
        raise ConfigurationError(f"line {_line(text, at)}: this is nested more than {_DEEPEST} deep")
    if text[at : at + 1] in {"{", "["}:
        return _container(text, at, depth)
    token = _STRING.match(text, at) or _SCALAR.match(text, at)
    if token is None:
        raise _broken(text, at, "a value")
    return Node(at, token.end(), _decoded(text, token))


def _decoded(text: str, token: re.Match[str]) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        return json.loads(token[0])
    except ValueError:
        raise _broken(text, token.start(), "a value") from None


def _container(text: str, at: int, depth: int) -> Node:
    node = Node(at, value={} if text[at] == "{" else [])
    close = "}" if text[at] == "{" else "]"
    at = _skip(text, at + 1)
    while text[at : at + 1] != close:
        if node.children and not node.trailing:
            raise _broken(text, at, f"a comma or {close}")
        start = at
        if close == "}":
            key = _STRING.match(text, at)
            if key is None:
                raise _broken(text, at, f"a key in double quotes or {close}")
            at = _skip(text, key.end())
            if text[at : at + 1] != ":":
                raise _broken(text, at, "a colon")
            child = Child(start, _value(text, _skip(text, at + 1), depth + 1))
            name = _decoded(text, key)
            if name in node.children:
                raise ConfigurationError(f"line {_line(text, start)}: the key {name!r} stands twice in one object")
            node.value[name] = child.node.value
        else:
            child = Child(start, _value(text, at, depth + 1))
            name = len(node.value)
            node.value.append(child.node.value)
        node.children[name] = child
        at = _skip(text, child.node.end)
        node.trailing = text[at : at + 1] == ","
        if node.trailing:
            at = _skip(text, at + 1)
    node.end = at + 1
    return node


def _broken(text: str, at: int, expected: str) -> ConfigurationError:
    line = _line(text, at)
    found = text[at : at + 20].partition("\n")[0] if at < len(text) else "the end of the file"
    return ConfigurationError(f"line {line}: expected {expected}, found {found!r}")
