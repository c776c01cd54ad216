"""What models write → our values; what cannot be taken is malformed, never silently nothing.

A schema may have been asked for and silently ignored, so every reply is read as if none had been: as JSON
wherever it stands, else as Markdown in the shapes real models give it. A verdict is read from a field or a line
of its own, in exact words; no word is looked for in a sentence, for "success" stands in most accounts of
failures too.

Not covered: whether an item is any good (the gate says), whether a verdict is right, why a reply stopped (its
provider knows): Markdown cut inside the content of an item looks finished. A judge that repeats a claim in the
very form of a verdict has given that verdict. Labels, and "nothing to keep" in words, are read in English only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from rb_mcp.errors import Malformed
from rb_mcp.memory.intake import clean
from rb_mcp.memory.loose_json import json_in, on_their_own
from rb_mcp.memory.markdown import FENCE, START, field
from rb_mcp.memory.markdown import drafts as markdown_drafts
from rb_mcp.types import MemoryItem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rb_mcp.types import Outcome


def _object(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


_TEXT = {"type": "string"}
_ITEM_SCHEMA = _object(title=_TEXT, description=_TEXT, content=_TEXT)
VERDICT_SCHEMA = _object(
    evidence=_TEXT, reason=_TEXT, outcome={"type": "string", "enum": ["success", "failure", "unknown"]}
)
"""`evidence` quotes the observation that decides; the outcome comes last, after what it rests on."""
CHOICE_SCHEMA = _object(reason=_TEXT, best={"type": "integer"})
"""`best` counts the attempts from 1."""


def items_schema(most: int) -> dict[str, object]:
    """Return the schema of a list of memory items; `most` is only told, since providers drop such limits."""
    return _object(items={"type": "array", "description": f"{most} at most, or none", "items": _ITEM_SCHEMA})


def lessons_schema(most: int) -> dict[str, object]:
    """Return the schema of the kind of a problem and a list of memory items."""
    properties = cast("dict[str, object]", items_schema(most)["properties"])
    return _object(kind=_TEXT, **properties)


_LONGEST_REASON = 2_000
_LONGEST_KIND = 200
"""Characters of the kind of a problem: what is longer tells the task itself."""

_LISTS = {"items", "memory_items", "memoryitems", "memories", "memory", "strategies", "lessons"}
_VERDICTS = ("outcome", "status", "verdict", "judgement", "judgment")
_CHOICES = ("best", "best_attempt", "choice")
_REASONS = ("reason", "reasoning", "thoughts", "thought", "rationale", "explanation", "justification")
_UNKNOWN = "unknown,unsure,not sure,uncertain,unclear,undecided,undetermined,indeterminate,inconclusive,doubtful,maybe"
_OUTCOMES: dict[str, Outcome] = {
    "success": "success",
    **dict.fromkeys(("failure", "fail", "failed"), "failure"),
    **dict.fromkeys((*_UNKNOWN.split(","), "cannot tell", "can't tell", "can not tell"), "unknown"),
}
_AROUND = "\"'“”‘’`*_., \t"
"""What may stand around a word that is meant exactly: no question mark, no box to tick, nothing struck out."""

_THOUGHT = re.compile(r"<(think|thinking)>(?:.*</\1>|.*)", re.DOTALL | re.IGNORECASE)
_STATUS = re.compile(
    START + r"(?:(?:final|overall|task|my|the)[ \t]++){0,2}(?:status|outcome|verdict|judge?ment)"
    r"[*_]{0,3}[ \t]*+(?:[:：=](?P<value>.*)|$)",
    re.IGNORECASE,
)
_BEST = re.compile(START + r"best(?:[ \t]attempt)?[*_]{0,3}[ \t]*+[:：=](?P<value>.*)", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?:attempt )?#?([0-9]{1,3})(?:[*_ ]{0,3}(?:[-–—:.,;(] ?|because )(?!or\b|and\b)([^\W\d].*))?", re.IGNORECASE
)
_LABEL = re.compile(
    r"[*_#\s]{0,6}(?:thoughts?|reason(?:ing)?|rationale|explanation)[*_]{0,3}:[*_]{0,3}\s*+", re.IGNORECASE
)
_TO_FILL = re.compile(r"<[^<>=\"/\n]{2,120}>|\[[^][=\"/\n]{2,120}\]|\{[^{}=\"/\n]{2,120}\}")
_ECHO = re.compile(
    r"(?:a |the |short )*(?:title|description|content|string|text)"
    r"|(?:the )?strategy in one line(?: as something to do)?|when it applies .{0,40}and when it does not"
    r"|(?:1 to 4|1 3|one to four) sentences.*|one sentence(?: when .*)?"
)
_NOTHING = re.compile(
    r"\W{0,9}(?:(?:there (?:is|are|was|were)|(?:i|we) (?:have|found|see)) )?"
    r"(?:nothing (?:here |new |else |more )?(?:(?:that is |is )?worth \w+ing|to (?:keep|learn|extract|remember))"
    r"|no (?:\w+ ){0,3}?(?:memory items?|memories|items?|lessons?|strateg(?:y|ies))"
    r"(?:[.!)\]*\"]*$| ?[:,;(–—-](?! ?(?:but|except|however|only)\b)"
    r"| (?:are |is |that are |were )?(?:worth|to (?:keep|learn|extract|remember)|needed|warranted|can be \w+)))"
    r"(?![^.!\n]{0,200}\?)",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"\W{0,9}(?:(?:memory )?(?:items?|lessons?|strategies|memories)\W{1,9})?"
    r"(?:none|nothing|n/?a|(?:an )?empty list)\W{0,9}",
    re.IGNORECASE,
)
_JSON = "\0"
"""Where JSON stood; no cleaned reply holds one."""


def parse_items(reply: str, most: int) -> tuple[MemoryItem, ...]:
    """Return the memory items of a reply, `most` at most; none only where the reply says that there are none.

    Items without a title or a content, and those that repeat the instructions instead of filling them in, are
    left out; so is one that was cut off. Of two equal ones the first is kept.

    Raises:
        Malformed: when nothing usable remains of what it tried, or it tried nothing.
    """
    text = _answer(reply)
    values, broken = json_in(text)
    forms = [[draft for value in values for draft in _drafts(value.value)], markdown_drafts(text)]
    first = next((value.start for value in values if any(_drafts(value.value))), 0)
    if any(field(line.strip()) for line in text[:first].split("\n")):
        forms.reverse()  # the form that comes first holds the other as an example
    for drafts in forms:
        items = dict.fromkeys(item for draft in drafts if (item := _item(draft)))
        if items:
            return tuple(items)[:most]
    if broken:
        raise Malformed("the reply holds no whole memory item: its JSON was cut off or is not valid")
    if any(forms):
        raise Malformed("the reply holds no whole memory item: they are cut off, blank or repeat the instructions")
    sentences = re.split(r"(?<=[.!?])\s+|\n", text)
    empty = any(_says_none(value) for value, _ in on_their_own(text, values))
    if empty or _NONE.fullmatch(text) or any(_NOTHING.match(sentence) for sentence in sentences):
        return ()
    raise Malformed("the reply holds no memory item: neither JSON nor a title with its content")


def parse_kind(reply: str) -> str:
    """Return the kind of problem that a reply names in its JSON, on one line; empty where it names none."""
    for value in json_in(_answer(reply))[0]:
        line = " ".join(_text(_lowered(value.value).get("kind")).split())
        if line and len(line) <= _LONGEST_KIND and line.strip(".") and not _TO_FILL.fullmatch(line):
            return line
    return ""


def parse_verdict(reply: str) -> tuple[Outcome, str]:
    """Return the outcome a reply states, and its reason.

    Stated is what stands in a field of JSON that opens or closes the reply, or on a line of its own such as
    `Status: failure`; what stands in a sentence or a quotation does not count. A reply that states two
    different things knows neither: unknown.

    Raises:
        Malformed: when it states no outcome, or none of the three.
    """
    text = _answer(reply)
    stated: list[tuple[object, str]] = []
    for fields in _objects(text):
        for one in (fields, *(_lowered(fields.get(key)) for key in _VERDICTS)):
            said = [one[key] for key in _VERDICTS if not isinstance(one.get(key, {}), dict)]
            stated += [(value, _reason(one) or _reason(fields)) for value in said]
            if said and one.get("success", True) is not True:
                stated.append(("failure", ""))
    stated += _lines(text, _STATUS)
    outcomes = {_OUTCOMES.get(_bare(value).casefold().replace("_", " ").replace("’", "'")) for value, _ in stated}
    if not outcomes - {None}:
        raise Malformed("the reply states no outcome: no field or line of its own says success, failure or unknown")
    if len(outcomes) > 1:
        return "unknown", "the reply contradicts itself about the outcome"
    return cast("Outcome", outcomes.pop()), next((reason for _, reason in stated if reason), "")


def parse_choice(reply: str, number_of_attempts: int) -> tuple[int, str]:
    """Return which attempt a reply chooses, counted from 0 (the reply counts from 1), and its reason.

    Raises:
        Malformed: when it chooses none, several, or one that is not there.
    """
    text = _answer(reply)
    stated = [(one[key], _reason(one)) for one in _objects(text) for key in _CHOICES if key in one]
    stated += _lines(text, _BEST)
    found = [(_NUMBER.fullmatch(_bare(value)), reason) for value, reason in stated]
    chosen = {int(match.group(1)) if match else 0 for match, _ in found}
    if len(chosen) != 1 or not 1 <= (best := chosen.pop()) <= number_of_attempts:
        raise Malformed(f"the reply does not choose one attempt from 1 to {number_of_attempts}")
    reasons = [(match.group(2) if match else "") or reason for match, reason in found]
    return best - 1, next((reason for reason in reasons if reason), "")


def _answer(reply: str) -> str:
    """Return a reply without the thinking before it and the one fence around all of it."""
    text = clean(reply).strip()
    if thought := _THOUGHT.match(text):
        text = text[thought.end() :].strip()
    before, _, after = text.partition("</think>")  # some servers cut off the tag that opens it
    if before.endswith("\n") and "<think>" not in before:
        text = after.strip()
    lines = text.split("\n")
    fences = [number for number, line in enumerate(lines) if FENCE.match(line.strip())]
    if fences in ([0], [0, len(lines) - 1]):
        text = "\n".join(line for number, line in enumerate(lines) if number not in fences).strip()
    return text


def _objects(text: str) -> Iterator[dict[str, object]]:
    """Yield the objects that state something; amid prose only those that give a reason, for tools print the others."""
    for value, alone in on_their_own(text, json_in(text)[0]):
        for one in cast("list[object]", value) if isinstance(value, list) else [value]:
            fields = _lowered(one)
            if alone or _reason(fields):
                yield fields


def _lines(text: str, pattern: re.Pattern[str]) -> list[tuple[object, str]]:
    """Return what the lines of a pattern say, outside JSON, fences and quotations, each with the rest of the text."""
    parts, position = [""], 0
    for value in json_in(text)[0]:
        parts += [text[position : value.start], _JSON]
        position = value.end
    said: list[str] = []
    rest: list[str] = []
    fenced = waiting = False
    for raw in [*("".join(parts) + text[position:]).split("\n"), _JSON]:
        line = raw.strip()
        ends = line.startswith(("{", "[{", _JSON)) or FENCE.match(line)
        if waiting and ends:
            said.pop()  # a label before something else
        waiting = waiting and not ends
        if FENCE.match(line):
            fenced = not fenced
        elif fenced or not line or line == _JSON or raw.startswith(("    ", "\t")):
            continue
        elif ends:
            break  # JSON that never closes: what follows is inside it
        elif found := pattern.match(line):
            said.append(found["value"] or "")
            waiting = not _bare(said[-1])
        elif waiting:
            said[-1], waiting = line, False
        else:
            rest.append(line)
    reason = " ".join(rest)
    label = _LABEL.match(reason)
    return [(one, reason[label.end() if label else 0 :][:_LONGEST_REASON]) for one in said]


def _bare(value: object) -> str:
    return str(value).strip(_AROUND) if isinstance(value, str | int | float) else ""


def _lowered(value: object) -> dict[str, object]:
    """Return an object with its keys as they are compared; what is no object has none."""
    fields = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    return {key.strip().casefold().replace(" ", "_"): one for key, one in fields.items()}


def _text(value: object) -> str:
    """Return a text, or the texts of a list as lines."""
    if isinstance(value, list):
        value = "\n".join(one for one in cast("list[object]", value) if isinstance(one, str))
    return clean(value).strip() if isinstance(value, str) else ""


def _reason(fields: dict[str, object]) -> str:
    reason = next((said for key in _REASONS if (said := _text(fields.get(key)))), "")
    evidence = _text(fields.get("evidence"))
    return (f"{reason} (seen: {evidence})" if reason and evidence else reason or evidence)[:_LONGEST_REASON]


def _drafts(value: object, depth: int = 3) -> Iterator[dict[str, object]]:
    """Yield what has the keys of a memory item, as deep as models wrap them."""
    fields = _lowered(value)
    if "title" in fields and not fields.keys().isdisjoint(("content", "description", "lesson")):
        yield fields
    elif depth:
        for one in cast("list[object]", value) if isinstance(value, list) else fields.values():
            yield from _drafts(one, depth - 1)


def _says_none(value: object) -> bool:
    return value == [] or any(key in _LISTS and one == [] for key, one in _lowered(value).items())


def _item(draft: dict[str, object]) -> MemoryItem | None:
    title, description, content, lesson = (
        _filled(draft.get(name)) for name in ("title", "description", "content", "lesson")
    )
    title = title.split("\n")[0].replace("**", "").strip("*#-–— \t")
    content = content or lesson
    return MemoryItem(title, description, content) if title and content else None


def _filled(value: object) -> str:
    """Return a text without what only repeats how it was to be filled in."""
    lines = [line.rstrip() for line in _text(value).split("\n")]
    lines = [line for line in lines if not (line[:1] == "<" and " " in line and _TO_FILL.fullmatch(line))]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    if len(text) > 1 and text[0] in "\"'" and text.find(text[0], 1) == len(text) - 1:
        text = text[1:-1].strip()
    said = " ".join(re.findall(r"\w+", text.casefold()))
    return "" if not said or _TO_FILL.fullmatch(text) or _ECHO.fullmatch(said) else text
