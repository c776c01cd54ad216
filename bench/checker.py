"""Is a bank file whole, and does it hold every record that was acknowledged, once?

Reads the file with the engine alone, in one transaction, so that servers may go on writing meanwhile; what it
knows of the bank are its tables. The harnesses that kill servers (`kills.py`), crowd them (`writers.py`) or
cut their power end with it.

Each finding is a sentence that begins with its kind: `lost`, `doubled`, `orphan`, or another word for whatever
else does not agree. Not covered: whether what was recorded makes sense.
"""

from __future__ import annotations

import random
import zlib
from array import array
from typing import TYPE_CHECKING

import apsw

from rb_mcp.stores import changes, index, rows
from rb_mcp.stores.database import Database
from rb_mcp.stores.engine import extension_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

_HALF_WRITTEN = {
    "experience without attempts or members": (
        "SELECT id FROM experiences WHERE seq NOT IN (SELECT experience FROM attempts) "
        "AND seq NOT IN (SELECT contrast FROM members)"
    ),
    "strategy without evidence": "SELECT id FROM strategies WHERE seq NOT IN (SELECT strategy FROM evidence)",
}
_DOUBLED = {
    # Steps alone do not tell two records of one task apart where there are none: what was said of them does.
    "experiences of the same content": (
        "SELECT namespace, task, group_concat(id, ' ') FROM (SELECT e.namespace, e.task, e.id, "
        "(SELECT group_concat(hex(a.steps) || a.outcome || a.reason ORDER BY a.round) FROM attempts a "
        "WHERE a.experience = e.seq) AS said, "
        "(SELECT group_concat(m.member ORDER BY m.member) FROM members m WHERE m.contrast = e.seq) AS members "
        "FROM experiences e) GROUP BY namespace, task, said, members HAVING count(*) > 1"
    ),
    "strategies of the same words": (
        "SELECT namespace, title, group_concat(id, ' ') FROM strategies WHERE standing != 'retired' "
        "GROUP BY namespace, title, description, content HAVING count(*) > 1"
    ),
}
_JOBS = {
    "queued without a job": (
        "SELECT id FROM experiences WHERE status = 'queued' "
        "AND seq NOT IN (SELECT experience FROM jobs WHERE state IN ('ready', 'leased'))"
    ),
    "a job for what is not queued": (
        "SELECT e.id, j.state FROM jobs j JOIN experiences e ON e.seq = j.experience "
        "WHERE (j.state IN ('ready', 'leased')) != (e.status = 'queued')"
    ),
    "a job given up without a reason": "SELECT experience FROM jobs WHERE state = 'dead' AND reason = ''",
}


def violations(
    path: Path,
    acknowledged: Collection[str],
    *,
    tasks: Mapping[str, str] | None = None,
    lessons: Mapping[str, Collection[str]] | None = None,
    embedded: bool = True,
    sample: int = 25,
) -> list[str]:
    """Return what is wrong with a bank, one sentence a finding; nothing when all is well.

    Args:
        path: The file; its log, if there is one, beside it.
        acknowledged: The ids of experiences that a caller was told are kept.
        tasks: Id → the distinctive task it was recorded under: no other experience may have it.
        lessons: Id → the ids of the strategies that a caller was told it taught.
        embedded: Whether every record was made with a vector.
        sample: How many experiences are searched for by their own vector and words.
    """
    db = Database(str(path))
    try:
        db.set_busy_timeout(60_000)
        db.enable_load_extension(True)
        db.load_extension(extension_path())
        db.script("BEGIN IMMEDIATE")  # one moment of the bank; a write lock because FTS5 is checked by an INSERT
        try:
            return [
                *_damage(db),
                *_missing(db, acknowledged, tasks or {}, lessons or {}),
                *_disagreements(db, embedded),
                *_unfindable(db, sample),
            ]
        finally:
            db.script("ROLLBACK")
    except apsw.Error as error:
        return [f"unreadable: {type(error).__name__}: {error}"]
    finally:
        db.close()


def kind(violation: str) -> str:
    """Return which column of a table a finding belongs in: lost, doubled, orphan or other."""
    first = violation.partition(":")[0]
    return first if first in {"lost", "doubled", "orphan"} else "other"


def _damage(db: Database) -> Iterator[str]:
    for (line,) in db.rows("PRAGMA integrity_check"):
        if line != "ok":
            yield f"damaged: {line}"
    for table, rowid, parent, _ in db.rows("PRAGMA foreign_key_check"):
        yield f"orphan: {table} row {rowid} refers to a missing row of {parent}"
    for table in ("experiences_fts", "strategies_fts"):
        try:
            db.run(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")  # noqa: S608 - a constant
        except apsw.Error as error:
            yield f"damaged: {table}: {error}"
    for experience, steps, length in db.rows("SELECT experience, steps, length FROM attempts"):
        try:
            read = len(rows.unpack(steps))
        except (ValueError, zlib.error):
            read = -1
        if read != length:
            yield f"damaged: the steps of experience row {experience} cannot be read"


def _missing(
    db: Database, acknowledged: Collection[str], tasks: Mapping[str, str], lessons: Mapping[str, Collection[str]]
) -> Iterator[str]:
    known: dict[str, str] = dict(db.rows("SELECT id, task FROM experiences"))
    holders: dict[str, list[str]] = {}
    for id_, task in known.items():
        holders.setdefault(task, []).append(id_)
    for id_ in acknowledged:
        if id_ not in known:
            instead = holders.get(tasks.get(id_, ""), [])
            yield f"lost: {id_} was acknowledged and is not there" + (f"; its task is under {instead}" * bool(instead))
        elif id_ in tasks and holders.get(tasks[id_]) != [id_]:
            there = holders.get(tasks[id_], [])
            yield f"{'doubled' if there else 'lost'}: the task {tasks[id_]!r} of {id_} is under {there}"
    behind: dict[str, set[str]] = {}
    for experience, strategy in db.rows(
        "SELECT e.id, s.id FROM evidence v JOIN experiences e ON e.seq = v.experience "
        "JOIN strategies s ON s.seq = v.strategy"
    ):
        behind.setdefault(experience, set()).add(strategy)
    for id_, taught in lessons.items():
        for strategy in set(taught) - behind.get(id_, set()):
            yield f"lost: {strategy} was acknowledged as taught by {id_} and is not"
    for what, sql in _DOUBLED.items():
        for namespace, text, ids in db.rows(sql):
            yield f"doubled: {what} in {namespace!r}: {ids} ({text!r:.80})"


def _disagreements(db: Database, embedded: bool) -> Iterator[str]:
    for what, sql in _HALF_WRITTEN.items():
        yield from (f"orphan: {what}: {row[0]}" for row in db.rows(sql))
    for what, sql in _JOBS.items():
        yield from (f"job: {what}: {row[0]}" for row in db.rows(sql))
    yield from (f"orphan: {line}" for line in index.drift(db))
    space = index.bound_to(db)
    if embedded:
        for what, table, owners in (
            ("vector", "vectors", "TRUE"),
            ("vector of its kind", "kind_vectors", "kind != ''"),
        ):
            for (id_,) in db.rows(
                f"SELECT id FROM experiences WHERE {owners} "  # noqa: S608 - constants
                f"AND seq NOT IN (SELECT experience FROM {table} WHERE embedder = ?)",
                (space.embedder if space else "",),
            ):
                yield f"orphan: experience without a {what}: {id_}"
    if space:
        for side in index.SIDES.values():
            there = {seq: (part, *columns) for seq, part, *columns in db.rows(f"SELECT * FROM {side.index}")}  # noqa: S608
            for seq, id_, namespace, vector in _embedded(db, side, space):
                if seq in there and there[seq] != _indexed(space, namespace, vector):
                    yield f"index: another vector than in the table, in {side.index}: {id_}"
    for (id_,) in db.rows(
        "SELECT e.id FROM experiences_fts f JOIN experiences e ON e.seq = f.rowid "
        "LEFT JOIN footprints t ON t.experience = e.seq WHERE f.words != e.words OR f.terms != coalesce(t.terms, '')"
    ):
        yield f"index: other words than in the table: {id_}"
    words = dict(changes.indexed_words(db))
    for seq, text in db.rows("SELECT rowid, words FROM strategies_fts"):
        if words.get(seq) != text:
            yield f"index: other words than in the table: strategy row {seq}"


def _embedded(db: Database, side: index.Side, space: index.Space) -> list[tuple[int, str, str, bytes]]:
    """Return row, id, namespace and vector of all that one side of the bank has a vector of."""
    return db.rows(
        f"SELECT o.seq, o.id, o.namespace, v.vector FROM {side.owners} o "  # noqa: S608 - constants
        f"JOIN {side.vectors} v ON v.{side.owner} = o.seq AND v.embedder = ? ORDER BY o.seq",
        (space.embedder,),
    )


def _indexed(space: index.Space, namespace: str, vector: bytes) -> tuple[str | bytes, ...]:
    """Return what an index has to hold of a vector: its partition, its numbers or their signs, those that lead."""
    values = array("f", vector)
    part = f"{'o' if space.lead and not values[-1] else 'e'}:{namespace}"
    parts = (values, values[: space.lead]) if space.lead else (values,)
    return part, *(_signs(one) if space.in_bits else one.tobytes() for one in parts)


def _signs(values: array[float]) -> bytes:
    return sum((value > 0) << place for place, value in enumerate(values)).to_bytes(len(values) // 8, "little")


def _unfindable(db: Database, sample: int) -> Iterator[str]:
    """Search for some experiences as a recall would: by their own vectors, which are at distance 0, and words."""
    space = index.bound_to(db)
    if not space:
        return
    for side in index.SIDES.values():
        there = {seq for (seq,) in db.rows(f"SELECT seq FROM {side.index}")}  # noqa: S608 - a constant
        indexed = [one for one in _embedded(db, side, space) if one[0] in there]
        for seq, id_, namespace, vector in random.sample(indexed, min(sample, len(indexed))):
            query = "vec_bit(?)" if space.in_bits else "?"
            part, whole, *_ = _indexed(space, namespace, vector)
            near = db.rows(
                f"SELECT seq, distance FROM {side.index} WHERE whole MATCH {query} AND k = 10 AND part = ?",  # noqa: S608
                (whole, part),
            )
            # Ten others at distance 0 have the same words; then it need not be among them.
            if seq not in [one for one, _ in near] and (len(near) < 10 or near[-1][1] > 1e-6):
                yield f"index: {id_} is not nearest to its own vector in {side.index}"
    found = db.rows("SELECT e.seq, e.id, e.words FROM experiences_fts f JOIN experiences e ON e.seq = f.rowid")
    for seq, id_, words in random.sample(found, min(sample, len(found))):
        every = " AND ".join(f'"{word}"' for word in words.split()[:64])
        if not db.value("SELECT 1 FROM experiences_fts WHERE experiences_fts MATCH ? AND rowid = ?", (every, seq)):
            yield f"index: {id_} is not found by its words"
