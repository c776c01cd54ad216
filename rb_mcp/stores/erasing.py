"""What is forgotten, as steps of a transaction: which rows go with what a person names, and which stay.

With an experience goes what rests on it alone. What others taught too stays, in their words; a composed strategy
has no words of theirs, so it goes with any of what it was made of. With a strategy goes what was merged into it. What
was shared is taken back with any of what it rests on, the text of its tasks included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.stores import changes, index, rows, sharing, support

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rb_mcp.stores.database import Database


def from_source(
    db: Database, namespace: str | None, since: str | None, client: str | None, imported: str | None
) -> list[int]:
    """Return the experiences that come from a source: whatever is given has to hold, and something has to be given."""
    given = [
        (column, value)
        for column, value in (
            ("namespace =", namespace), ("created_at >=", since), ("client =", client), ("imported =", imported),
        )
        if value is not None
    ]  # fmt: skip
    where = " AND ".join(f"{column} ?" for column, _ in given)
    return rows.column(db, f"SELECT seq FROM experiences WHERE {where or 'FALSE'}", *(value for _, value in given))


def with_contrasts(db: Database, experiences: Sequence[int]) -> list[int]:
    """Return experiences together with every contrast that one of them took part in."""
    found = set(experiences)
    for seq in experiences:
        found.update(rows.column(db, "SELECT contrast FROM members WHERE member = ?", seq))
    return sorted(found)


def erase(db: Database, strategies: Iterable[int], experiences: Sequence[int]) -> dict[str, int]:
    """Delete strategies, and experiences with everything that rests on them alone."""
    experiences = [*experiences, *support.stubs(db, experiences)]
    doomed = set(strategies)
    for strategy in list(doomed):
        doomed.update(rows.column(db, "SELECT strategy FROM merged WHERE target = ?", strategy))
    touched: set[int] = set()
    for seq in experiences:
        touched.update(
            rows.column(
                db,
                "SELECT strategy FROM evidence WHERE experience = ?1 UNION "
                "SELECT m.strategy FROM merges m JOIN evidence e ON e.seq = m.evidence WHERE e.experience = ?1",
                seq,
            )
        )
    for strategy in touched - doomed:
        if support.composed(db, strategy) or set(support.support(db, strategy)) <= set(experiences):
            doomed.add(strategy)
    pending = list(doomed)
    while pending:
        wholes = rows.column(db, "SELECT whole FROM parts WHERE part = ?", pending.pop())
        pending += [whole for whole in wholes if whole not in doomed]
        doomed.update(wholes)
    left = sorted(touched - doomed)
    support.drop_evidence(db, left, experiences)
    bereft: list[int] = []
    for strategy in doomed:
        bereft += rows.column(db, "SELECT experience FROM evidence WHERE strategy = ?", strategy)
        index.refresh_strategy(db, strategy, None)
        db.run("DELETE FROM strategies WHERE seq = ?", (strategy,))
    changes.refresh(db, left, [*bereft, *experiences])
    for seq in experiences:
        index.remove(db, seq)
        db.run("DELETE FROM experiences WHERE seq = ?", (seq,))
    return {"strategies": len(doomed), "experiences": len(experiences) + sharing.sweep(db, bereft)}
