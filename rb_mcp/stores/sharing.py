"""A strategy copied into `shared`, as steps of a transaction: other namespaces find it, and none of its trajectory.

A recall goes from the nearest tasks to what they taught, so the copy rests on stubs: of each experience behind the
strategy its task, its outcome and who judged it, with neither a step nor a reason. A stub's id follows from that of its
experience (`types.stub_id`). The copy is linked as a whole of one part, and so goes with it, and with any stub. Not
covered: what may be shared (`memory/sharing.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.stores import changes, index, rows, support
from rb_mcp.types import SHARED, Attempt, Experience, Lesson, Trajectory, Verdict, stub_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rb_mcp.stores.database import Database
    from rb_mcp.types import Evidence, Strategy


def share(db: Database, strategy: Strategy, now: datetime) -> int:
    """Copy a strategy as it was seen, or bring its copy up to date, and return the copy, active and approved.

    What has the same words in `shared` already is returned as it is.
    """
    part = rows.sequence(db, "strategies", strategy.id, strategy.namespace, "id")
    words = support.parts(strategy.item)
    same = db.value(
        "SELECT seq FROM strategies WHERE namespace = ? AND standing = 'active' AND (title, description, content) = "
        "(?, ?, ?) AND seq NOT IN (SELECT whole FROM parts WHERE part = ?)",
        (SHARED, *words, part),
    )
    if same:
        return same
    copy = db.value(
        "SELECT p.whole FROM parts p JOIN strategies s ON s.seq = p.whole WHERE p.part = ? AND s.namespace = ?",
        (part, SHARED),
    )
    if copy is None:
        copy = changes.add_strategy(db, SHARED, strategy.outcome, Lesson(strategy.item), now)
        db.run("INSERT INTO parts (whole, part) VALUES (?, ?)", (copy, part))
    else:
        support.reword(db, copy, strategy.item)
    db.run(
        "UPDATE strategies SET outcome = ?, standing = 'active', note = '', approved = 1 WHERE seq = ?",
        (strategy.outcome, copy),
    )
    before = rows.column(db, "SELECT experience FROM evidence WHERE strategy = ?", copy)
    db.run("DELETE FROM evidence WHERE strategy = ?", (copy,))
    for behind in strategy.evidence:
        db.run(
            "INSERT INTO evidence (strategy, experience, title, description, content, distiller, imported) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (copy, _stub(db, strategy.namespace, behind, now), *words, behind.distiller, behind.origin.imported),
        )
    changes.refresh(db, [copy], before)
    sweep(db, before)
    return copy


def sweep(db: Database, experiences: Sequence[int]) -> int:
    """Delete those of these experiences that are stubs on which nothing rests any more, and return how many."""
    marks = ", ".join(map(str, experiences))
    bare = [
        seq
        for seq, id_, key in db.rows(
            f"SELECT seq, id, key FROM experiences WHERE seq IN ({marks}) AND namespace = ? "
            "AND seq NOT IN (SELECT experience FROM evidence)",
            (SHARED,),
        )
        if key == support.stub_key(id_)
    ]
    for seq in bare:
        index.remove(db, seq)
        db.run("DELETE FROM experiences WHERE seq = ?", (seq,))
    return len(bare)


def _stub(db: Database, namespace: str, behind: Evidence, now: datetime) -> int:
    source = rows.sequence(db, "experiences", behind.experience_id, namespace, "id")
    taught, id_ = rows.experience(db, source), stub_id(behind.experience_id)
    verdict = Verdict(taught.verdict.outcome, f"shared from {taught.id}", behind.source, behind.judge)
    seq: int | None = db.value("SELECT seq FROM experiences WHERE id = ?", (id_,))
    if seq is None:
        attempt = Attempt(Trajectory(taught.task), verdict)
        stub = Experience(id_, SHARED, taught.task, "distilled", now, (attempt,), origin=taught.origin)
        seq = changes.add_experience(db, stub, support.stub_key(id_), now)
        db.run(
            "INSERT INTO vectors (experience, embedder, vector) SELECT ?, embedder, vector FROM vectors "
            "WHERE experience = ?",
            (seq, source),
        )
    changes.set_verdict(db, seq, verdict)
    changes.settle_outcome(db, seq)
    return seq
