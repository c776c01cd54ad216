"""How strategies hang together ↔ records of an archive: what was merged, contradicts, is composed, is kept apart.

Links lead only between strategies that one file brings: a file from elsewhere must not touch those that are here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.archive import StrategyRecord
    from rb_mcp.stores.database import Database


def with_links(db: Database, strategy: int, record: StrategyRecord) -> StrategyRecord:
    """Return a record with what the strategy has to do with others; each field only where there is something."""
    ids = {
        "contradicts": "SELECT s.id FROM contradictions c JOIN strategies s ON s.seq = c.other WHERE c.one = ?",
        "parts": "SELECT s.id FROM parts p JOIN strategies s ON s.seq = p.part WHERE p.whole = ?",
        "apart": "SELECT reason FROM apart WHERE strategy = ?",
    }
    for name, sql in ids.items():
        if found := [id_ for (id_,) in db.rows(f"{sql} ORDER BY 1", (strategy,))]:
            record[name] = found  # pyright: ignore[reportGeneralTypeIssues] - the names are those of the record
    into = db.value("SELECT s.id FROM merged m JOIN strategies s ON s.seq = m.target WHERE m.strategy = ?", (strategy,))
    if into:
        record["merged_into"] = into
    origins = db.rows(
        "SELECT s.id FROM evidence e LEFT JOIN merges m ON m.evidence = e.seq "
        "LEFT JOIN strategies s ON s.seq = m.strategy WHERE e.strategy = ? ORDER BY e.seq",
        (strategy,),
    )
    for behind, (id_,) in zip(record["evidence"], origins, strict=True):
        if id_:
            behind["merged_from"] = id_
    return record


def load(db: Database, records: Sequence[StrategyRecord]) -> None:
    """Link strategies that were just inserted with one another."""
    here = {record["id"]: db.value("SELECT seq FROM strategies WHERE id = ?", (record["id"],)) for record in records}
    for record in records:
        seq = here[record["id"]]
        into = here.get(record.get("merged_into", ""))
        if into and into != seq:
            db.run("INSERT INTO merged (strategy, target) VALUES (?, ?)", (seq, into))
        for other in (here.get(id_) for id_ in record.get("contradicts", [])):
            if other and other != seq:
                pair = (min(seq, other), max(seq, other))
                db.run("INSERT OR IGNORE INTO contradictions (one, other) VALUES (?, ?)", pair)
        for part in (here.get(id_) for id_ in record.get("parts", [])):
            if part and part != seq:
                db.run("INSERT OR IGNORE INTO parts (whole, part) VALUES (?, ?)", (seq, part))
        for reason in record.get("apart", []):
            db.run("INSERT OR IGNORE INTO apart (reason, strategy) VALUES (?, ?)", (reason, seq))
        for behind in record["evidence"]:
            origin = here.get(behind.get("merged_from", ""))
            if origin and origin != seq:
                db.run(
                    "INSERT OR IGNORE INTO merges (evidence, strategy) SELECT e.seq, ? FROM evidence e "
                    "JOIN experiences x ON x.seq = e.experience WHERE e.strategy = ? AND (e.title, e.description, "
                    "e.content) = (?, ?, ?) AND x.id = ?",
                    (origin, seq, behind["title"], behind["description"], behind["content"], behind["experience"]),
                )
