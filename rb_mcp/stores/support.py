"""What stands behind a strategy: the experiences that taught it, wherever their evidence was moved, and its words.

In the namespace `shared` that are stubs: the task of an experience, and none of its steps (`sharing.py`).
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from rb_mcp.stores import rows
from rb_mcp.types import SHARED, MemoryItem, stub_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rb_mcp.stores.database import Database


def reword(db: Database, strategy: int, item: MemoryItem) -> None:
    """Give a strategy other words."""
    db.run(
        "UPDATE strategies SET title = ?, description = ?, content = ? WHERE seq = ?",
        (*parts(item), strategy),
    )
    db.run("DELETE FROM item_vectors WHERE strategy = ?", (strategy,))


def parts(item: MemoryItem) -> tuple[str, str, str]:
    """Return an item's columns."""
    return item.title, item.description, item.content


def composed(db: Database, strategy: int) -> bool:
    """Tell whether a strategy is composed of others."""
    return bool(db.value("SELECT 1 FROM parts WHERE whole = ?", (strategy,)))


def own_evidence(db: Database, strategy: int) -> list[tuple[str, str, str, int]]:
    """Return words and rows of what stands behind a strategy, wherever it was moved; what it took in comes last."""
    return db.rows(
        "SELECT e.title, e.description, e.content, e.seq FROM evidence e LEFT JOIN merges m ON m.evidence = e.seq "
        "WHERE e.strategy = ?1 OR m.strategy = ?1 ORDER BY coalesce(m.strategy, ?1) != ?1, e.seq",
        (strategy,),
    )


def support(db: Database, strategy: int) -> list[int]:
    """Return the experiences behind a strategy, wherever their evidence was moved."""
    return rows.column(
        db,
        "SELECT e.experience FROM evidence e LEFT JOIN merges m ON m.evidence = e.seq "
        "WHERE e.strategy = ?1 OR m.strategy = ?1",
        strategy,
    )


def stubs(db: Database, experiences: Sequence[int]) -> list[int]:
    """Return the stubs of experiences, of those that have one."""
    marks = ", ".join(map(str, experiences))
    ids = [stub_id(id_) for (id_,) in db.rows(f"SELECT id FROM experiences WHERE seq IN ({marks})")]
    return rows.column(
        db,
        "SELECT seq FROM experiences WHERE namespace = ? AND id IN (SELECT value FROM json_each(?))",
        SHARED,
        json.dumps(ids),
    )


def stub_key(id_: str) -> str:
    """Return the key of a stub, by which it is told from what was recorded: that of no content."""
    return hashlib.sha256(id_.encode()).hexdigest()


def drop_evidence(db: Database, strategies: Sequence[int], experiences: Iterable[int]) -> None:
    """Take experiences away from behind strategies; if one of them gave words, the next one does now."""
    before = {strategy: own_evidence(db, strategy)[:1] for strategy in strategies}
    for seq in experiences:
        for strategy in strategies:
            db.run("DELETE FROM evidence WHERE strategy = ? AND experience = ?", (strategy, seq))
    for strategy in strategies:
        _worded_by_the_rest(db, strategy, before[strategy])


def drop_imported(db: Database, mark: str) -> tuple[list[int], list[int]]:
    """Take the wordings of an import away: return the strategies that are left with nothing, and the other ones."""
    affected = rows.column(db, "SELECT DISTINCT strategy FROM evidence WHERE imported = ?", mark)
    before = {strategy: own_evidence(db, strategy)[:1] for strategy in affected}
    bare = [
        s for s in affected if not db.value("SELECT 1 FROM evidence WHERE strategy = ? AND imported != ?", (s, mark))
    ]
    left = [strategy for strategy in affected if strategy not in bare]
    for strategy in left:
        db.run("DELETE FROM evidence WHERE strategy = ? AND imported = ?", (strategy, mark))
        _worded_by_the_rest(db, strategy, before[strategy])
    return bare, left


def _worded_by_the_rest(db: Database, strategy: int, before: list[tuple[str, str, str, int]]) -> None:
    after = own_evidence(db, strategy)[:1]
    if not after or after == before:
        return
    db.run(
        "UPDATE strategies SET outcome = (SELECT x.outcome FROM evidence e JOIN experiences x ON x.seq = e.experience "
        "WHERE e.seq = ?) WHERE seq = ?",
        (after[0][3], strategy),
    )
    if not db.value("SELECT edited FROM strategies WHERE seq = ?", (strategy,)):
        reword(db, strategy, MemoryItem(*after[0][:3]))
