"""Every statement that changes the bank, as steps of a transaction that `sqlite.py` opens and closes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

from rb_mcp.language import language
from rb_mcp.stores import index, jobs, rows
from rb_mcp.stores.support import composed, drop_evidence, parts, stubs
from rb_mcp.types import Kept, MemoryItem, new_id
from rb_mcp.words import words as words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from rb_mcp.stores.database import Database
    from rb_mcp.types import Attempt, Embedding, Experience, Footprint, Lesson, Status, Verdict


def add_experience(db: Database, experience: Experience, key: str, now: datetime) -> int:
    """Insert an experience with its attempts, or with its members, and return its row."""
    db.run(
        "INSERT INTO experiences (id, namespace, task, words, key, status, outcome, best, best_reason, created_at, "
        "person, client, imported, kind, language) VALUES (?, ?, ?, ?, ?, ?, 'unknown', ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            experience.id,
            experience.namespace,
            experience.task,
            joined(experience.task),
            key,
            experience.status,
            experience.best,
            experience.best_reason,
            rows.stamp(experience.created_at),
            experience.origin.person,
            experience.origin.client,
            experience.origin.imported,
            experience.kind,
            language(experience.task),
        ),
    )
    seq = db.last_insert_rowid()
    if experience.members:
        db.run_many(
            "INSERT INTO members (contrast, position, member) VALUES (?, ?, ?)",
            [
                (seq, position, rows.sequence(db, "experiences", id_, experience.namespace, "experience_ids"))
                for position, id_ in enumerate(experience.members)
            ],
        )
    else:
        for attempt in experience.attempts:
            add_attempt(db, seq, attempt)
    set_status(db, seq, experience.status, now)
    return seq


def add_attempt(db: Database, seq: int, attempt: Attempt) -> None:
    """Add a round; one with the same steps is there already."""
    packed, verdict = rows.pack(attempt.trajectory.steps), attempt.verdict
    db.run(
        "INSERT OR IGNORE INTO attempts (experience, round, key, length, steps, outcome, reason, source, judge) "
        "SELECT ?1, coalesce(max(round) + 1, 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM attempts WHERE experience = ?1",
        (
            seq,
            hashlib.sha256(packed).hexdigest(),
            len(attempt.trajectory.steps),
            packed,
            verdict.outcome,
            verdict.reason,
            verdict.source,
            verdict.judge,
        ),
    )


def set_verdict(db: Database, seq: int, verdict: Verdict) -> None:
    """Judge the last round anew."""
    db.run(
        "UPDATE attempts SET outcome = ?2, reason = ?3, source = ?4, judge = ?5 WHERE experience = ?1 "
        "AND round = (SELECT max(round) FROM attempts WHERE experience = ?1)",
        (seq, verdict.outcome, verdict.reason, verdict.source, verdict.judge),
    )


def set_kind(db: Database, seq: int, kind: str, embedding: Embedding | None) -> None:
    """Say of what kind an experience's task is; another kind's vectors go."""
    if db.run("UPDATE experiences SET kind = ?1 WHERE seq = ?2 AND kind != ?1", (kind, seq)):
        db.run("DELETE FROM kind_vectors WHERE experience = ?", (seq,))
    if embedding and kind:
        index.keep_kind_vector(db, seq, embedding)


def set_footprint(db: Database, seq: int, footprint: Footprint) -> None:
    """Keep what an experience touched and which remedies it knows, in place of what was kept of it."""
    db.run("INSERT OR REPLACE INTO footprints (experience, terms) VALUES (?, ?)", (seq, footprint.terms))
    db.run("DELETE FROM remedies WHERE experience = ?", (seq,))
    db.run_many(
        "INSERT INTO remedies (experience, key, error, remedy) VALUES (?, ?, ?, ?)",
        [(seq, remedy.key, remedy.error, remedy.remedy) for remedy in footprint.remedies],
    )


def set_status(db: Database, seq: int, status: Status, now: datetime, *, anew: bool = False) -> None:
    """Set where an experience stands; a distilled contrast speaks for those of its members that still waited.

    What is queued already keeps its place, unless it is to be done anew.
    """
    settled = [seq]
    if status == "distilled":
        settled += rows.column(
            db,
            "SELECT e.seq FROM experiences e JOIN members m ON m.member = e.seq "
            "WHERE m.contrast = ? AND e.status IN ('awaiting_distillation', 'queued')",
            seq,
        )
    for one in settled:
        changed = db.run("UPDATE experiences SET status = ?1 WHERE seq = ?2 AND status != ?1", (status, one))
        if status != "queued":
            if changed or anew:
                jobs.drop(db, one)
        elif anew or changed or not jobs.exists(db, one):
            jobs.enqueue(db, one, now)


def settle_outcome(db: Database, seq: int) -> None:
    """Derive an experience's outcome from its verdicts; what contrasted it under another is taken back."""
    verdict = rows.experience(db, seq).verdict
    db.run(
        "UPDATE experiences SET outcome = ? WHERE seq = ? AND outcome != ?",
        (verdict.outcome, seq, verdict.outcome),
    )
    if not db.changes():
        return
    for contrast in rows.column(db, "SELECT contrast FROM members WHERE member = ?", seq):
        settle_outcome(db, contrast)
        withdraw(db, contrast, "the outcome of one of the attempts it contrasts was corrected")
        db.run(
            "UPDATE experiences SET status = 'awaiting_distillation', best = '', best_reason = '' "
            "WHERE seq = ? AND status = 'distilled'",
            (contrast,),
        )


def credit(db: Database, recall_id: str, namespace: str, seq: int) -> None:
    """Note that this experience is what came of the task a recall was for."""
    if recall_id:
        recall = rows.sequence(db, "recalls", recall_id, namespace, "recall_id")
        db.run("UPDATE recalls SET experience = ? WHERE seq = ?", (seq, recall))


def learn(db: Database, seq: int, lessons: Sequence[Lesson], now: datetime) -> list[Kept]:
    """Keep what an experience taught: each lesson as a strategy of its own, or as evidence for one."""
    namespace, outcome = db.rows("SELECT namespace, outcome FROM experiences WHERE seq = ?", (seq,))[0]
    kept: list[Kept] = []
    touched = rows.column(db, "SELECT strategy FROM evidence WHERE experience = ?", seq)
    for lesson in lessons:
        action: Literal["added", "merged", "held"] = "held" if lesson.standing == "held" else "added"
        # By the words too: another process may have added the same since it was looked for. What only resembles a
        # strategy joins it when both are let in: a wording that was held must not come in with one that was not.
        known = db.row(
            "SELECT seq, standing FROM strategies WHERE namespace = ?1 AND standing != 'retired' AND (id = ?2 AND "
            "standing = 'active' AND ?6 = 'active' OR title = ?3 AND description = ?4 AND content = ?5) "
            "ORDER BY id != ?2 LIMIT 1",
            (namespace, lesson.into, *parts(lesson.item), lesson.standing),
        )
        if known:
            strategy, standing = known
            if standing == "held" and lesson.standing == "active":
                db.run(
                    "UPDATE strategies SET standing = 'active', note = '', outcome = ? WHERE seq = ?",
                    (outcome, strategy),
                )
            action = "merged" if lesson.standing == "active" else "held"
        else:
            strategy = add_strategy(db, namespace, outcome, lesson, now)
        added = db.run(
            "INSERT OR IGNORE INTO evidence (strategy, experience, title, description, content, distiller) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (strategy, seq, *parts(lesson.item), lesson.distiller),
        )
        if not added and lesson.standing == "active":
            _keep_twin(db, strategy, seq, lesson, now)
        elif not added:  # what is said of it by now, where it is still held: its outcome may be known meanwhile
            db.run(
                "UPDATE strategies SET note = ?, outcome = ? WHERE seq = ? AND standing = 'held'",
                (lesson.note, outcome, strategy),
            )
        for other in lesson.contradicts:
            contradict(db, strategy, other)
        id_, title = db.rows("SELECT id, title FROM strategies WHERE seq = ?", (strategy,))[0]
        kept.append(Kept(id_, title, action, lesson.note))
        touched.append(strategy)
    refresh(db, touched)
    return kept


def add_strategy(db: Database, namespace: str, outcome: str, lesson: Lesson, now: datetime) -> int:
    """Insert a strategy of its own and return its row."""
    db.run(
        "INSERT INTO strategies (id, namespace, title, description, content, outcome, standing, note, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            lesson.id or new_id("str"), namespace, *parts(lesson.item), outcome, lesson.standing, lesson.note,
            rows.stamp(now),
        ),
    )  # fmt: skip
    strategy = db.last_insert_rowid()
    index.keep_item_vector(db, strategy, lesson.embedding)
    return strategy


def _keep_twin(db: Database, strategy: int, experience: int, lesson: Lesson, now: datetime) -> None:
    """Keep a wording that confirms what the same experience taught already: apart, and as merged."""
    there = db.value(
        "SELECT 1 FROM evidence e WHERE e.experience = ?2 AND (e.title, e.description, e.content) = (?3, ?4, ?5) AND "
        "(e.strategy = ?1 OR e.strategy IN (SELECT strategy FROM merged WHERE target = ?1))",
        (strategy, experience, *parts(lesson.item)),
    )
    if there:
        return
    namespace, outcome, id_ = db.rows("SELECT namespace, outcome, id FROM strategies WHERE seq = ?", (strategy,))[0]
    merged = replace(lesson, standing="retired", note=f"merged into {id_}", id="")
    twin = add_strategy(db, namespace, outcome, merged, now)
    db.run(
        "INSERT INTO evidence (strategy, experience, title, description, content, distiller) VALUES (?, ?, ?, ?, ?, ?)",
        (twin, experience, *parts(lesson.item), lesson.distiller),
    )
    db.run("INSERT INTO merged (strategy, target) VALUES (?, ?)", (twin, strategy))


def contradict(db: Database, strategy: int, other: str) -> bool:
    """Mark that a strategy and another of its namespace, by id, advise opposites; tell whether that is new."""
    return bool(
        db.run(
            "INSERT OR IGNORE INTO contradictions (one, other) SELECT min(a.seq, b.seq), max(a.seq, b.seq) "
            "FROM strategies a JOIN strategies b ON b.namespace = a.namespace AND b.seq != a.seq "
            "WHERE a.seq = ? AND b.id = ?",
            (strategy, other),
        )
    )


def withdraw(db: Database, seq: int, reason: str) -> None:
    """Take back what this experience taught: retire what rests on it alone, else withdraw its support."""
    taught = rows.column(db, "SELECT strategy FROM evidence WHERE experience = ?", seq)
    for strategy in taught:
        others = rows.column(db, "SELECT seq FROM evidence WHERE strategy = ? AND experience != ?", strategy, seq)
        if others and not composed(db, strategy):
            drop_evidence(db, [strategy], [seq])
        else:
            db.run(
                "UPDATE strategies SET standing = 'retired', note = ? WHERE seq = ? AND standing != 'retired'",
                (reason, strategy),
            )
    # What was merged away and rests on nothing else must not come back when the merge is undone.
    for strategy in rows.column(
        db,
        "SELECT strategy FROM merged m WHERE NOT EXISTS (SELECT 1 FROM evidence e LEFT JOIN merges o "
        "ON o.evidence = e.seq WHERE (e.strategy = m.strategy OR o.strategy = m.strategy) AND e.experience != ?1) "
        "AND (m.strategy IN (SELECT strategy FROM evidence WHERE experience = ?1) OR m.target IN "
        "(SELECT strategy FROM evidence WHERE experience = ?1))",
        seq,
    ):
        db.run("DELETE FROM merged WHERE strategy = ?", (strategy,))
        db.run("UPDATE strategies SET note = ? WHERE seq = ?", (reason, strategy))
    refresh(db, taught, [seq])
    for stub in stubs(db, [seq]):
        withdraw(db, stub, reason)


def refresh(db: Database, strategies: Iterable[int], experiences: Iterable[int] = ()) -> None:
    """Bring the indexes in step after these strategies, or the evidence of these experiences, changed."""
    affected = set(experiences)
    for strategy in set(strategies):
        affected.update(rows.column(db, "SELECT experience FROM evidence WHERE strategy = ?", strategy))
        found = [text for seq, text in indexed_words(db, strategy) if seq == strategy]
        index.refresh_strategy(db, strategy, found[0] if found else None)
    index.refresh(db, affected)


def indexed_words(db: Database, strategy: int | None = None) -> Iterator[tuple[int, str]]:
    """Return the words of the strategies that belong in their index, or of one of them."""
    for seq, *item in db.rows(
        "SELECT seq, title, description, content FROM strategies "
        "WHERE standing != 'retired' AND (? IS NULL OR seq = ?)",
        (strategy, strategy),
    ):
        yield seq, joined(MemoryItem(*cast("list[str]", item)).text())


def joined(text: str) -> str:
    """Return the words of a text as the text indexes hold them."""
    return " ".join(sorted(words_of(text)))
