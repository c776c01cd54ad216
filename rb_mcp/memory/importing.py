"""Records of an exported bank → records fit to be let in: cleaned, bounded, redacted, and marked as imported.

What an import brings was learned elsewhere: it keeps who recorded it and gains the mark of the import, so that
`trust.py` holds it down until it has proven itself and `forget` can take it back. Its strategies pass the gate as any
other. The owner's own bank, moved, is taken at its word.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rb_mcp.errors import InvalidInput
from rb_mcp.memory import intake
from rb_mcp.memory.gate import REVIEW, objection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rb_mcp.archive import AttemptRecord, EvidenceRecord, ExperienceRecord, RecallRecord, Record, StrategyRecord
    from rb_mcp.redaction import Redactor

MOST_ROUNDS = 100
MOST_EVIDENCE = 100_000
MOST_LINKS = 10_000
LONGEST_VECTOR = 8_192
"""Numbers in it."""
LONGEST_NAME = 200

_KEY = re.compile(r"[0-9a-f]{64}")


def let_in(
    records: Iterable[Record], redactor: Redactor, imported: str, *, review_all: bool = False
) -> Iterator[Record]:
    """Return records that are safe to keep. `imported` marks them; empty for the owner's own bank.

    With `review_all` a person is to see what others learned before it is recalled.

    Raises:
        InvalidInput: naming the record and the field that is too long, or no such thing as it should be.
    """
    for record in records:
        match record["record"]:
            case "experience":
                yield _experience(record, redactor, imported)
            case "strategy":
                yield _strategy(record, redactor, imported, review_all)
            case "recall":
                yield _recall(record)
            case _:
                continue


def _experience(record: ExperienceRecord, redactor: Redactor, imported: str) -> ExperienceRecord:
    name = intake.identifier("id", record["id"])
    if not _KEY.fullmatch(record["key"]):
        raise InvalidInput(f"{name}.key", "it is not the SHA-256 of a content")
    if len(record["attempts"]) > MOST_ROUNDS or len(record["members"]) > intake.MOST_ATTEMPTS:
        raise InvalidInput(f"{name}.attempts", f"there are too many; {MOST_ROUNDS} rounds or {intake.MOST_ATTEMPTS}")
    for vector in record["vectors"]:
        _bounded(f"{name}.vectors.embedder", vector["embedder"], LONGEST_NAME)
        if len(_decoded(f"{name}.vectors", vector["vector"])) not in range(4, 4 * LONGEST_VECTOR + 1, 4):
            raise InvalidInput(f"{name}.vectors", f"give 1 to {LONGEST_VECTOR:,} numbers of 4 bytes each")
    return {
        **record,
        "namespace": intake.namespace(record["namespace"], "default"),
        "task": redactor(intake.task(record["task"])),
        "attempts": [_attempt(f"{name}.attempts", one, redactor) for one in record["attempts"]],
        "best": intake.identifier(f"{name}.best", record["best"]),
        "best_reason": redactor(_bounded(f"{name}.best_reason", record["best_reason"], intake.LONGEST_EVIDENCE)),
        "members": [intake.identifier(f"{name}.members", member) for member in record["members"]],
        "created_at": _moment(f"{name}.created_at", record["created_at"]),
        "person": intake.client(record.get("person", "")),
        "client": intake.client(record.get("client", "")),
        "imported": imported or intake.identifier(f"{name}.imported", record.get("imported", "")),
        "kind": redactor(intake.kind(record.get("kind", ""))),
    }


def _attempt(field: str, record: AttemptRecord, redactor: Redactor) -> AttemptRecord:
    trajectory = intake.trajectory("", [dict(step) for step in record["steps"]], f"{field}.steps")
    return {
        **record,
        "steps": [
            {
                "thought": redactor(step.thought),
                "action": redactor(step.action),
                "observation": redactor(step.observation),
            }
            for step in trajectory.steps
        ],
        "reason": redactor(_bounded(f"{field}.reason", record["reason"], intake.LONGEST_EVIDENCE)),
        "judge": _bounded(f"{field}.judge", record["judge"], LONGEST_NAME),
    }


def _strategy(record: StrategyRecord, redactor: Redactor, imported: str, review_all: bool) -> StrategyRecord:
    name = intake.identifier("id", record["id"])
    if len(record["evidence"]) > MOST_EVIDENCE:
        raise InvalidInput(f"{name}.evidence", f"there is too much of it; {MOST_EVIDENCE:,} at most")
    [item] = intake.items([{key: redactor(record[key]) for key in ("title", "description", "content")}], 1)
    for field in ("contradicts", "parts", "apart"):
        if len(record.get(field, ())) > MOST_LINKS:
            raise InvalidInput(f"{name}.{field}", f"there are too many; {MOST_LINKS:,} at most")
        for id_ in record.get(field, ()):
            intake.identifier(f"{name}.{field}", id_)
    intake.identifier(f"{name}.merged_into", record.get("merged_into", ""))
    standing, note = record["standing"], _bounded(f"{name}.note", record["note"], intake.LONGEST_EVIDENCE)
    if imported and standing == "active" and (reason := objection(item, "") or (REVIEW if review_all else "")):
        standing, note = "held", reason
    return {
        **record,
        "namespace": intake.namespace(record["namespace"], "default"),
        "title": item.title,
        "description": item.description,
        "content": item.content,
        "standing": standing,
        "note": note,
        "created_at": _moment(f"{name}.created_at", record["created_at"]),
        "evidence": [_evidence(name, behind, redactor, imported) for behind in record["evidence"]],
        "approved": not imported and record.get("approved", False),
    }


def _evidence(name: str, record: EvidenceRecord, redactor: Redactor, imported: str) -> EvidenceRecord:
    [item] = intake.items([{key: redactor(record[key]) for key in ("title", "description", "content")}], 1)
    return {
        "experience": intake.identifier(f"{name}.evidence", record["experience"]),
        "title": item.title,
        "description": item.description,
        "content": item.content,
        "distiller": _bounded(f"{name}.distiller", record.get("distiller", ""), LONGEST_NAME),
        "imported": imported or intake.identifier(f"{name}.imported", record.get("imported", "")),
        "merged_from": intake.identifier(f"{name}.merged_from", record.get("merged_from", "")),
    }


def _recall(record: RecallRecord) -> RecallRecord:
    name = intake.identifier("id", record["id"])
    return {
        **record,
        "namespace": intake.namespace(record["namespace"], "default"),
        "experience": intake.identifier(f"{name}.experience", record["experience"]),
        "created_at": _moment(f"{name}.created_at", record["created_at"]),
    }


def _bounded(field: str, text: str, most: int) -> str:
    cleaned = intake.clean(text)
    if len(cleaned) > most:
        raise InvalidInput(field, f"it has {len(cleaned):,} characters; {most:,} at most")
    return cleaned


def _decoded(field: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise InvalidInput(field, "it is not base64") from error


def _moment(field: str, text: str) -> str:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError) as error:
        raise InvalidInput(field, f"it is {intake.shown(text)}; give a moment as 2026-01-31T12:00:00+00:00") from error
