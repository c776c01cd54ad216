"""The bank ↔ records of an archive (`archive.py`)."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from rb_mcp.archive import FORMAT
from rb_mcp.errors import InvalidInput
from rb_mcp.language import language
from rb_mcp.stores import changes, index, jobs, links, rows
from rb_mcp.types import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from rb_mcp.archive import ExperienceRecord, RecallRecord, Record, StrategyRecord
    from rb_mcp.stores.database import Database


def export(db: Database, write: Callable[[Record], None]) -> int:
    """Hand every record to `write`: experiences as they came, so after those they contrast."""
    write({"record": "rb-mcp", "format": FORMAT})
    count = 0
    for seq, key in db.rows("SELECT seq, key FROM experiences ORDER BY seq"):
        write(_experience(db, seq, key))
        count += 1
    for (seq,) in db.rows("SELECT seq FROM strategies ORDER BY seq"):
        strategy = rows.strategies(db, "s.seq = ?", (seq,))[0]
        write(
            links.with_links(db, seq, {
                "record": "strategy",
                "id": strategy.id,
                "namespace": strategy.namespace,
                "title": strategy.item.title,
                "description": strategy.item.description,
                "content": strategy.item.content,
                "outcome": strategy.outcome,
                "standing": strategy.standing,
                "note": strategy.note,
                "edited": strategy.edited,
                "approved": strategy.approved,
                "created_at": rows.stamp(strategy.created_at),
                "evidence": [
                    {
                        "experience": behind.experience_id,
                        "title": behind.item.title,
                        "description": behind.item.description,
                        "content": behind.item.content,
                        "distiller": behind.distiller,
                        "imported": behind.origin.imported,
                    }
                    for behind in strategy.evidence
                ],
            })
        )  # fmt: skip
        count += 1
    for seq, id_, namespace, nearest, floor, experience, created_at, withheld in db.rows(
        "SELECT r.seq, r.id, r.namespace, r.nearest, r.floor, x.id, r.created_at, w.count FROM recalls r "
        "LEFT JOIN experiences x ON x.seq = r.experience LEFT JOIN withheld w ON w.recall = r.seq ORDER BY r.seq"
    ):
        found = db.rows(
            "SELECT s.id, d.similarity FROM recalled d JOIN strategies s ON s.seq = d.strategy WHERE d.recall = ?",
            (seq,),
        )
        recall: RecallRecord = {
            "record": "recall",
            "id": id_,
            "namespace": namespace,
            "nearest": nearest,
            "floor": floor,
            "experience": experience or "",
            "created_at": created_at,
            "strategies": [{"strategy": s, "similarity": similarity} for s, similarity in found],
        }
        if withheld is not None:
            recall["withheld"] = withheld
        write(recall)
        count += 1
    return count


def _experience(db: Database, seq: int, key: str) -> ExperienceRecord:
    experience = rows.experience(db, seq)
    vectors = db.rows("SELECT embedder, vector FROM vectors WHERE experience = ? ORDER BY embedder", (seq,))
    return {
        "record": "experience",
        "id": experience.id,
        "namespace": experience.namespace,
        "task": experience.task,
        "key": key,
        "status": experience.status,
        "best": experience.best,
        "best_reason": experience.best_reason,
        "person": experience.origin.person,
        "client": experience.origin.client,
        "imported": experience.origin.imported,
        "kind": experience.kind,
        "created_at": rows.stamp(experience.created_at),
        "attempts": [
            {
                "steps": [
                    {"thought": step.thought, "action": step.action, "observation": step.observation}
                    for step in attempt.trajectory.steps
                ],
                "outcome": attempt.verdict.outcome,
                "reason": attempt.verdict.reason,
                "source": attempt.verdict.source,
                "judge": attempt.verdict.judge,
            }
            for attempt in experience.attempts
            if not experience.members
        ],
        "members": list(experience.members),
        "vectors": [
            {"embedder": embedder, "vector": base64.b64encode(vector).decode()} for embedder, vector in vectors
        ],
    }


def load(db: Database, records: Iterable[Record], now: datetime) -> dict[str, int]:
    """Insert what is not there yet; an experience that is here under another id stands in for its twin."""
    here: dict[str, str] = {}
    counts = {"experiences": 0, "strategies": 0, "recalls": 0, "already there": 0}
    linked: list[StrategyRecord] = []
    for record in records:
        match record["record"]:
            case "experience":
                new = _load_experience(db, record, here, now)
                counts["experiences"] += new
            case "strategy":
                new = _load_strategy(db, record, here)
                counts["strategies"] += new
                linked += [record] * new
            case "recall":
                new = _load_recall(db, record, here)
                counts["recalls"] += new
            case _:
                continue
        counts["already there"] += not new
    links.load(db, linked)
    return counts


def _load_experience(db: Database, record: ExperienceRecord, here: dict[str, str], now: datetime) -> bool:
    same = db.value(
        "SELECT id FROM experiences WHERE id = ? OR (namespace = ? AND key = ?)",
        (record["id"], record["namespace"], record["key"]),
    )
    here[record["id"]] = same or record["id"]
    if same:
        return False
    db.run(
        "INSERT INTO experiences (id, namespace, task, words, key, status, outcome, best, best_reason, created_at, "
        "person, client, imported, kind, language) VALUES (?, ?, ?, ?, ?, ?, 'unknown', ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record["id"], record["namespace"], record["task"], changes.joined(record["task"]), record["key"],
            record["status"], here.get(record["best"], record["best"]), record["best_reason"], record["created_at"],
            record.get("person", ""), record.get("client", ""), record.get("imported", ""), record.get("kind", ""),
            language(record["task"]),
        ),
    )  # fmt: skip
    seq = db.last_insert_rowid()
    for number, attempt in enumerate(record["attempts"]):
        packed = rows.pack([Step(**step) for step in attempt["steps"]])
        db.run(
            "INSERT INTO attempts (experience, round, key, length, steps, outcome, reason, source, judge) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                seq, number, hashlib.sha256(packed).hexdigest(), len(attempt["steps"]), packed,
                attempt["outcome"], attempt["reason"], attempt["source"], attempt["judge"],
            ),
        )  # fmt: skip
    for position, member in enumerate(record["members"]):
        db.run(
            "INSERT INTO members (contrast, position, member) VALUES (?, ?, ?)",
            (seq, position, _known(db, "experiences", here.get(member, member), record["id"])),
        )
    for vector in record["vectors"]:
        blob = base64.b64decode(vector["vector"])
        if index.bound_to(db) is None:
            index.bind(db, vector["embedder"], len(blob) // 4)
        db.run(
            "INSERT INTO vectors (experience, embedder, vector) VALUES (?, ?, ?)",
            (seq, vector["embedder"], blob),
        )
    outcome = rows.experience(db, seq).verdict.outcome
    db.run("UPDATE experiences SET outcome = ? WHERE seq = ?", (outcome, seq))
    if record["status"] == "queued":
        jobs.enqueue(db, seq, now)
    return True


def _load_strategy(db: Database, record: StrategyRecord, here: dict[str, str]) -> bool:
    if db.value("SELECT 1 FROM strategies WHERE id = ?", (record["id"],)):
        return False
    db.run(
        "INSERT INTO strategies "
        "(id, namespace, title, description, content, outcome, standing, note, edited, created_at, approved) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record["id"], record["namespace"], record["title"], record["description"], record["content"],
            record["outcome"], record["standing"], record["note"], int(record["edited"]), record["created_at"],
            int(record.get("approved", False)),
        ),
    )  # fmt: skip
    seq = db.last_insert_rowid()
    for behind in record["evidence"]:
        experience = _known(db, "experiences", here.get(behind["experience"], behind["experience"]), record["id"])
        db.run(
            "INSERT OR IGNORE INTO evidence (strategy, experience, title, description, content, distiller, imported) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                seq, experience, behind["title"], behind["description"], behind["content"],
                behind.get("distiller", ""), behind.get("imported", ""),
            ),
        )  # fmt: skip
    return True


def _load_recall(db: Database, record: RecallRecord, here: dict[str, str]) -> bool:
    if db.value("SELECT 1 FROM recalls WHERE id = ?", (record["id"],)):
        return False
    came = here.get(record["experience"], record["experience"])
    db.run(
        "INSERT INTO recalls (id, namespace, nearest, floor, experience, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        (
            record["id"], record["namespace"], record["nearest"], record["floor"],
            _known(db, "experiences", came, record["id"]) if came else None, record["created_at"],
        ),
    )  # fmt: skip
    seq = db.last_insert_rowid()
    for found in record["strategies"]:
        strategy = _known(db, "strategies", found["strategy"], record["id"])
        db.run(
            "INSERT OR IGNORE INTO recalled (recall, strategy, similarity) VALUES (?, ?, ?)",
            (seq, strategy, found["similarity"]),
        )
    if "withheld" in record:
        db.run("INSERT INTO withheld (recall, count) VALUES (?, ?)", (seq, record["withheld"]))
    return True


def _known(db: Database, table: str, id_: str, asked_by: str) -> int:
    seq = db.value(f"SELECT seq FROM {table} WHERE id = ?", (id_,))
    if seq is None:
        raise InvalidInput("file", f"{asked_by!r} refers to {id_!r}, which is neither in the file nor in the bank")
    return seq
