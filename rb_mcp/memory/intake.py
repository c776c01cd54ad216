"""What callers hand in → our values: every limit is enforced here, in a sentence that names the field.

Clients drop the constraints of a schema, so none is relied on. Text is cleaned, not refused, where nothing
is lost by it: lone surrogates, NUL and other control characters, invisible ones.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Literal, cast

from rb_mcp.config import NAMESPACE
from rb_mcp.errors import InvalidInput
from rb_mcp.types import MemoryItem, Step, Trajectory, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


LONGEST_TASK = 8_000
LONGEST_KIND = 300
LONGEST_CONTEXT = 40_000
"""Characters: the end of a long build log."""
MOST_STEPS = 2_000
LONGEST_TRAJECTORY = 4_000_000
"""Characters of all steps together; a longer one should be recorded without its raw observations."""
LONGEST_EVIDENCE = 4_000
LONGEST_ITEM = 8_000
LONGEST_CLIENT = 100
MOST_ITEMS = 3
"""Per trajectory, as in the paper (section 3.2)."""
MOST_CONTRASTED_ITEMS = 5
"""Per contrast, as in the paper (appendix A.3)."""
FEWEST_ATTEMPTS, MOST_ATTEMPTS = 2, 10
MOST_RECALLED = 10

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PLAIN_SPACE = {"\n", "\t"}


def clean(text: str) -> str:
    """Return text without what no reader can see and some can be harmed by; normalised (NFC).

    Lone surrogates become U+FFFD; control, format and unassigned characters go, except line breaks, tabs
    and the joiners that scripts and emoji need.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = unicodedata.normalize("NFC", re.sub("[\ud800-\udfff]", "\ufffd", text))
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(ch for ch in text if ch.isprintable() or ch in _PLAIN_SPACE or _visible(ch))


def _visible(ch: str) -> bool:
    return unicodedata.category(ch) in {"Zs", "Co"} or ch in {"\u200c", "\u200d"}


def task(given: str) -> str:
    """Return a task, cleaned.

    Raises:
        InvalidInput: when it is empty or too long.
    """
    said = clean(given).strip()
    if not said:
        raise InvalidInput("task", "it is empty; say in a sentence or two what is to be done")
    if len(said) > LONGEST_TASK:
        raise InvalidInput(
            "task", f"it has {len(said):,} characters, {LONGEST_TASK:,} at most: keep to what is to be done"
        )
    return said


def kind(given: str) -> str:
    """Return the kind of a problem, cleaned, on one line; empty where nobody said it.

    Raises:
        InvalidInput: when it is too long.
    """
    line = " ".join(clean(given).split())
    if len(line) > LONGEST_KIND:
        raise InvalidInput("kind", f"it has {len(line):,} characters, {LONGEST_KIND:,} at most: one general line does")
    return line


def context(given: str) -> str:
    """Return what the work has at hand, cleaned.

    Raises:
        InvalidInput: when it is too long.
    """
    cleaned = clean(given).strip()
    if len(cleaned) > LONGEST_CONTEXT:
        raise InvalidInput(
            "context",
            f"it has {len(cleaned):,} characters, {LONGEST_CONTEXT:,} at most: the error, and names of files",
        )
    return cleaned


def adaptive(number: int) -> int:
    """Return how many experiences to draw on; 0 lets their number adapt."""
    if not 0 <= number <= MOST_RECALLED:
        raise InvalidInput("k", f"it is {number}; give a whole number from 1 to {MOST_RECALLED}, or leave it out")
    return number


def identifiers(field: str, given: Sequence[str]) -> tuple[str, ...]:
    """Return some ids, each once.

    Raises:
        InvalidInput: when there are too many, or one is none.
    """
    ids = tuple(dict.fromkeys(id_ for id_ in (identifier(field, text) for text in given) if id_))
    if len(ids) > MOST_RECALLED:
        raise InvalidInput(field, f"there are {len(ids)}; {MOST_RECALLED} at most")
    return ids


def namespace(given: str, default: str) -> str:
    """Return a namespace; an empty one means the default."""
    if given and not NAMESPACE.fullmatch(given):
        raise InvalidInput("namespace", "use 1 to 64 letters, digits, '.', '_' or '-', or leave it out")
    return given or default


def client(given: str) -> str:
    """Return the name that a program gives itself, short and on one line."""
    return " ".join(clean(given).split())[:LONGEST_CLIENT]


def identifier(field: str, text: str) -> str:
    """Return an id as an earlier answer gave it; empty stays empty."""
    text = text.strip()
    if text and not _ID.fullmatch(text):
        raise InvalidInput(field, "this is not an id; copy one from an earlier answer, or leave it out")
    return text


def count(field: str, number: int, most: int) -> int:
    """Return a number from 1 to `most`."""
    if not 1 <= number <= most:
        raise InvalidInput(field, f"it is {number}; give a whole number from 1 to {most}")
    return number


def attempts(number: int) -> None:
    """Refuse too few or too many attempts to contrast."""
    if not FEWEST_ATTEMPTS <= number <= MOST_ATTEMPTS:
        raise InvalidInput(
            "attempts",
            f"there are {number}; give {FEWEST_ATTEMPTS} to {MOST_ATTEMPTS}, in full or by experience_ids",
        )


def verdict(outcome: str, evidence: str) -> Verdict:
    """Return what the caller says about the outcome; with evidence it stands on more than the agent's word."""
    outcome = outcome.strip().lower() or "unknown"
    if outcome not in ("success", "failure", "unknown"):
        raise InvalidInput("outcome", f"it is {shown(outcome)}; give success, failure or unknown")
    evidence = clean(evidence).strip()
    if len(evidence) > LONGEST_EVIDENCE:
        raise InvalidInput(
            "evidence",
            f"it has {len(evidence):,} characters; quote the lines that decide it, {LONGEST_EVIDENCE:,} at most",
        )
    source: Literal["agent", "evidence"] = "evidence" if evidence and outcome != "unknown" else "agent"
    return Verdict(outcome, evidence, source)


def trajectory(task_text: str, steps: Sequence[Mapping[str, object]], field: str = "trajectory") -> Trajectory:
    """Return a trajectory, its steps cleaned and those that say nothing left out.

    Raises:
        InvalidInput: when it has too many steps or too many characters.
    """
    if len(steps) > MOST_STEPS:
        raise InvalidInput(field, f"it has {len(steps):,} steps; {MOST_STEPS:,} at most: join the small ones")
    names = ("thought", "action", "observation")
    cleaned = [Step(*(text(f"{field}[{n}].{name}", step.get(name)) for name in names)) for n, step in enumerate(steps)]
    size = sum(len(step.thought) + len(step.action) + len(step.observation) for step in cleaned)
    if size > LONGEST_TRAJECTORY:
        raise InvalidInput(
            field, f"it has {size:,} characters; {LONGEST_TRAJECTORY:,} at most: shorten the longest observations"
        )
    return Trajectory(task_text, tuple(step for step in cleaned if step != Step()))


def items(given: Sequence[Mapping[str, object]], most: int) -> tuple[MemoryItem, ...]:
    """Return the memory items an agent distilled.

    Raises:
        InvalidInput: when there are too many, or one lacks a title or its content, or is far too long.
    """
    if len(given) > most:
        raise InvalidInput("strategies", f"there are {len(given)}; hand in the {most} most useful at most")
    found: list[MemoryItem] = []
    for number, one in enumerate(given):
        title, description, content = (
            text(f"strategies[{number}].{name}", one.get(name)) for name in ("title", "description", "content")
        )
        item = MemoryItem(
            title,
            description,
            content,
            identifier(f"strategies[{number}].same_as", text(f"strategies[{number}].same_as", one.get("same_as"))),
        )
        for name in ("title", "content"):
            if not getattr(item, name):
                raise InvalidInput(f"strategies[{number}].{name}", "it is empty; every strategy needs one")
        if len(item.text()) > LONGEST_ITEM:
            raise InvalidInput(f"strategies[{number}]", f"it has {len(item.text()):,} characters; a few sentences do")
        found.append(item)
    return tuple(found)


def mapping(field: str, value: object) -> dict[str, object]:
    """Return a JSON object.

    Raises:
        InvalidInput: when it is something else.
    """
    if not isinstance(value, dict):
        raise InvalidInput(field, f"it is {shown(repr(value))}; give an object")
    return cast("dict[str, object]", value)


def mappings(field: str, value: object) -> list[dict[str, object]]:
    """Return a JSON list of objects; one that was left out is empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidInput(field, f"it is {shown(repr(value))}; give a list")
    return [mapping(f"{field}[{number}]", one) for number, one in enumerate(cast("list[object]", value))]


def text(field: str, value: object) -> str:
    """Return a text, cleaned; one that was left out is empty.

    Raises:
        InvalidInput: when it is something else.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput(field, f"it is {shown(repr(value))}; give text")
    return clean(value).strip()


def content_key(trajectory: Trajectory, verdict: Verdict, given: Sequence[MemoryItem]) -> str:
    """Return what identifies a record within its namespace: its task and steps, so that a retry is no second one.

    Where there are no steps to tell two records of one task apart, what was said about them has to.
    """
    parts: list[object] = [trajectory.task, [[s.thought, s.action, s.observation] for s in trajectory.steps]]
    if not trajectory.steps:
        parts += [verdict.outcome, verdict.reason, [[i.title, i.description, i.content] for i in given]]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def shown(text: str) -> str:
    """Return a value short enough to be quoted in a message."""
    return repr(text if len(text) <= 40 else text[:37] + "...")  # noqa: PLR2004 - a line's worth
