"""What an exported bank looks like: one JSON object a line, each of one of these shapes.

The first line is a header. Experiences come after the experiences they contrast, strategies after the
experiences behind them, recalls last. Ids, lineage and vectors of tasks are kept, so that a bank can move; what can be
drawn from the rest is not. Format 2 added lineage, format 3 kinds; what an older one lacks counts as unknown.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired

from typing_extensions import TypedDict

from rb_mcp.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORMAT = 3
"""Raised when a line changes in a way that older releases cannot read."""

LONGEST_LINE = 64_000_000
"""Characters: ten rounds of the longest trajectory."""


class Header(TypedDict):
    """The first line."""

    record: Literal["rb-mcp"]
    format: int


class StepRecord(TypedDict):
    """One step of an attempt."""

    thought: str
    action: str
    observation: str


class AttemptRecord(TypedDict):
    """One attempt, judged."""

    steps: list[StepRecord]
    outcome: Literal["success", "failure", "unknown"]
    reason: str
    source: Literal["agent", "evidence", "judge"]
    judge: str


class VectorRecord(TypedDict):
    """The task as one embedder sees it: float32, little-endian, base64."""

    embedder: str
    vector: str


class ExperienceRecord(TypedDict):
    """One experience, whole."""

    record: Literal["experience"]
    id: str
    namespace: str
    task: str
    key: str
    status: Literal["distilled", "awaiting_distillation", "queued", "recorded"]
    best: str
    best_reason: str
    created_at: str
    attempts: list[AttemptRecord]
    members: list[str]
    vectors: list[VectorRecord]
    person: NotRequired[str]
    client: NotRequired[str]
    imported: NotRequired[str]
    kind: NotRequired[str]


class EvidenceRecord(TypedDict):
    """An experience behind a strategy, and its words."""

    experience: str
    title: str
    description: str
    content: str
    distiller: NotRequired[str]
    imported: NotRequired[str]
    merged_from: NotRequired[str]


class StrategyRecord(TypedDict):
    """One strategy, with where it came from."""

    record: Literal["strategy"]
    id: str
    namespace: str
    title: str
    description: str
    content: str
    outcome: Literal["success", "failure", "unknown"]
    standing: Literal["active", "held", "retired"]
    note: str
    edited: bool
    created_at: str
    evidence: list[EvidenceRecord]
    approved: NotRequired[bool]
    merged_into: NotRequired[str]
    contradicts: NotRequired[list[str]]
    parts: NotRequired[list[str]]
    apart: NotRequired[list[str]]


class RecalledRecord(TypedDict):
    """One strategy of a recall."""

    strategy: str
    similarity: float


class RecallRecord(TypedDict):
    """One recall: what was answered, and what came of it."""

    record: Literal["recall"]
    id: str
    namespace: str
    nearest: float
    floor: float
    experience: str
    created_at: str
    strategies: list[RecalledRecord]
    withheld: NotRequired[int]


Record = Header | ExperienceRecord | StrategyRecord | RecallRecord


@cache
def _adapter() -> Any:  # noqa: ANN401 - pydantic's generic over a union alias
    from pydantic import ConfigDict, Field, TypeAdapter, with_config  # noqa: PLC0415 - not on the way to a recall

    # The shapes above know nothing of pydantic; strictness is said here once for all of them.
    for shape in (
        Header, StepRecord, AttemptRecord, VectorRecord, ExperienceRecord,
        EvidenceRecord, StrategyRecord, RecalledRecord, RecallRecord,
    ):  # fmt: skip
        with_config(ConfigDict(extra="forbid", strict=True))(shape)
    return TypeAdapter(Annotated[Record, Field(discriminator="record")])


def dump(record: Record) -> str:
    """Return a record as its line, without the line's end."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _read(line: str) -> object:
    """Return one line's JSON: only what every reader reads alike.

    Raises:
        ValueError: when it is no JSON, or an object names a field twice, or a number is none of JSON's.
    """

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a field is named twice")
        return found

    def refused(constant: str) -> object:
        raise ValueError(f"{constant} is no JSON")

    if len(line) > LONGEST_LINE:
        raise ValueError(f"it has {len(line):,} characters, {LONGEST_LINE:,} at most")
    return json.loads(line, object_pairs_hook=once, parse_constant=refused)


def _why(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def parse(lines: Iterable[str]) -> Iterator[Record]:
    """Return the records of an export, checked line by line.

    Raises:
        InvalidInput: naming the line, when it is not a record of this format or of a newer one.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - not on the way to a recall

    headed = False
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record: Record = _adapter().validate_python(_read(line))
        except (ValueError, RecursionError) as error:
            if not isinstance(error, ValidationError):
                raise InvalidInput(f"line {number}", f"not a record of an exported bank ({_why(error)})") from error
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"][1:])
            what = f"{where}: {first['msg']}" if where else first["msg"]
            raise InvalidInput(f"line {number}", f"not a record of an exported bank ({what})") from error
        if not headed:
            if record["record"] != "rb-mcp":
                raise InvalidInput(f"line {number}", "an exported bank starts with a header; this file does not")
            if record["format"] > FORMAT:
                raise InvalidInput(f"line {number}", "exported by a newer release of rb-mcp: upgrade, then import")
            headed = True
        elif record["record"] != "rb-mcp":
            yield record
    if not headed:
        raise InvalidInput("file", "it is empty; an exported bank starts with a header")
