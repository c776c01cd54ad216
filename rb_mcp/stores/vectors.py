"""Which embedder's vectors a bank keeps, as steps of a transaction: the wish to move, what lacks one, the switch.

The wish lies in `meta` beside the binding. Until nothing lacks a vector of the new embedder the old one's stay and
serve; then all changes at once. Not covered: who embeds (`memory/reindexing.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.stores import index
from rb_mcp.tallies import Vectors
from rb_mcp.types import MemoryItem

if TYPE_CHECKING:
    from datetime import datetime

    from rb_mcp.stores.database import Database

BATCH = 64
"""Texts that are handed out at a time."""


def state(db: Database, embedder: str = "") -> Vectors:
    """Return how far the vectors of an embedder are; of the one the bank moves to, or is bound to, if none is named."""
    bound, target = _spaces(db)
    of = embedder or target or bound
    texts, embedded = db.rows(
        "SELECT (SELECT count(*) FROM experiences) + (SELECT count(*) FROM experiences WHERE kind != '') "
        "+ (SELECT count(*) FROM strategies WHERE standing = 'active'), "
        "(SELECT count(*) FROM vectors WHERE embedder = ?1) + (SELECT count(*) FROM kind_vectors WHERE embedder = ?1) "
        "+ (SELECT count(*) FROM item_vectors v "
        "JOIN strategies s ON s.seq = v.strategy WHERE v.embedder = ?1 AND s.standing = 'active')",
        (of,),
    )[0]
    return Vectors(of, embedded, texts, bound, target, bool(of) and admits(db, of))


def admits(db: Database, embedder: str) -> bool:
    """Tell whether vectors are wanted of this embedder: it is the bank's, or the one it moves to, or it has none."""
    spaces = [one for one in _spaces(db) if one]
    return embedder in spaces or not spaces


def wish(db: Database, embedder: str) -> None:
    """Have the bank moved to an embedder; to stay with the one it has, if that is named or none.

    What was embedded for an earlier wish is deleted.
    """
    bound, before = _spaces(db)
    if before not in {"", embedder}:
        db.run("DELETE FROM vectors WHERE embedder = ?", (before,))
        db.run("DELETE FROM kind_vectors WHERE embedder = ?", (before,))
        db.run("DELETE FROM item_vectors WHERE embedder = ?", (before,))
    db.run("DELETE FROM meta WHERE key = 'target'")
    if embedder not in {"", bound}:
        db.run("INSERT INTO meta (key, value) VALUES ('target', ?)", (embedder,))


def lead(db: Database, by: str, now: datetime, seconds: float, attended: bool) -> bool:
    """Let one of those who embed go on for some seconds, unless another does that nobody may be put before."""
    held = db.value("SELECT value FROM meta WHERE key = 'mover'")
    until, watched, who = held.split(" ", 2) if held else ("0", "0", "")
    if who != by and float(until) > now.timestamp() and not (attended and watched == "0"):
        return False
    value = f"{now.timestamp() + seconds} {attended:d} {by}"
    db.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('mover', ?)", (value,))
    return True


def lacking(db: Database, embedder: str, tried: set[str]) -> list[tuple[str, str]]:
    """Return ids and tasks of some experiences without a vector, but for those just tried.

    Drawn at random: two that are at it at once, although one is to lead, hardly get the same.
    """
    found = db.rows(
        "SELECT id, task FROM experiences WHERE seq IN (SELECT e.seq FROM experiences e WHERE NOT EXISTS "
        "(SELECT 1 FROM vectors v WHERE v.experience = e.seq AND v.embedder = ?) ORDER BY random() LIMIT ?) "
        "ORDER BY seq",
        (embedder, BATCH + len(tried)),
    )
    return [(id_, task) for id_, task in found if id_ not in tried]


def lacking_items(db: Database, namespace: str | None, embedder: str, tried: set[str]) -> list[tuple[str, str]]:
    """Return ids and texts of some active strategies without a vector, drawn as above."""
    found = db.rows(
        "SELECT id, title, description, content FROM strategies WHERE seq IN (SELECT s.seq FROM strategies s "
        "WHERE s.standing = 'active' AND (?1 IS NULL OR s.namespace = ?1) AND NOT EXISTS (SELECT 1 FROM item_vectors v "
        "WHERE v.strategy = s.seq AND v.embedder = ?2) ORDER BY random() LIMIT ?3) ORDER BY seq",
        (namespace, embedder, BATCH + len(tried)),
    )
    return [(id_, MemoryItem(*item).text()) for id_, *item in found if id_ not in tried]


def lacking_kinds(db: Database, embedder: str, tried: set[str]) -> list[tuple[str, str]]:
    """Return ids and kinds of some experiences whose kind is known and has no vector, drawn as above."""
    found = db.rows(
        "SELECT id, kind FROM experiences WHERE seq IN (SELECT e.seq FROM experiences e WHERE e.kind != '' "
        "AND NOT EXISTS (SELECT 1 FROM kind_vectors v WHERE v.experience = e.seq AND v.embedder = ?) "
        "ORDER BY random() LIMIT ?) ORDER BY seq",
        (embedder, BATCH + len(tried)),
    )
    return [(id_, kind) for id_, kind in found if id_ not in tried]


def without_footprint(db: Database, limit: int) -> list[str]:
    """Return ids of some experiences of which nobody has said yet what they touched."""
    if db.value("SELECT (SELECT count(*) FROM experiences) = (SELECT count(*) FROM footprints)"):
        return []  # the usual answer, without a look at every row
    return [
        id_
        for (id_,) in db.rows(
            "SELECT e.id FROM experiences e WHERE NOT EXISTS (SELECT 1 FROM footprints f WHERE f.experience = e.seq) "
            "ORDER BY e.seq DESC LIMIT ?",
            (limit,),
        )
    ]


def switch(db: Database, embedder: str, dimensions: int) -> None:
    """Bind the bank to another embedder, and delete the vectors of every other."""
    db.run("DELETE FROM meta WHERE key = 'target' AND value = ?", (embedder,))
    db.run("DELETE FROM vectors WHERE embedder != ?", (embedder,))
    db.run("DELETE FROM kind_vectors WHERE embedder != ?", (embedder,))
    db.run("DELETE FROM item_vectors WHERE embedder != ?", (embedder,))
    index.bind(db, embedder, dimensions)


def _spaces(db: Database) -> tuple[str, str]:
    """Return the embedder the bank is bound to and the one it is to move to; empty where there is none."""
    meta = dict(db.rows("SELECT key, value FROM meta WHERE key IN ('embedder', 'target')"))
    bound, target = meta.get("embedder", ""), meta.get("target", "")
    return bound, "" if target == bound else target  # one that had none may have been bound by a record meanwhile
