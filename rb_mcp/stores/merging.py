"""What consolidation does to strategies that are kept already, as a store offers it: merge, mark, compose, undo.

A strategy that goes into another is retired, and its evidence moves; `merged` and `merges` remember from where. What
is moved is numbered anew, so that the first evidence of a strategy is always the one that gave it its words. Evidence
of an experience that stands behind both stays where it was. Not covered: which strategies belong together.
"""

from __future__ import annotations

import secrets
from array import array
from collections import defaultdict
from typing import TYPE_CHECKING

from rb_mcp.errors import InvalidInput
from rb_mcp.stores import changes, index, rows, support, vectors
from rb_mcp.stores.queue import SqliteQueue
from rb_mcp.types import Embedding, Kept, new_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.stores.database import Database
    from rb_mcp.types import Lesson


class SqliteMerging(SqliteQueue):
    """The `Merging` of one file."""

    async def item_vectors(
        self, namespace: str | None, embedder: str, embeddings: Sequence[tuple[str, Embedding]] = ()
    ) -> list[tuple[str, str]]:
        """Take some embeddings, return who still lacks one."""

        def work(db: Database) -> list[tuple[str, str]]:
            if not vectors.admits(db, embedder):
                return []
            for id_, embedding in embeddings:
                for seq in rows.column(db, "SELECT seq FROM strategies WHERE id = ?", id_):
                    index.keep_item_vector(db, seq, embedding)
                    changes.refresh(db, [seq])
            return vectors.lacking_items(db, namespace, embedder, {id_ for id_, _ in embeddings})

        return await self._engine.write(work)

    async def item_vector(self, strategy_id: str, embedder: str) -> Embedding | None:
        """Return the vector of a strategy's words."""
        found = await self._engine.read(
            lambda db: db.value(
                "SELECT v.vector FROM item_vectors v JOIN strategies s ON s.seq = v.strategy "
                "WHERE s.id = ? AND v.embedder = ?",
                (strategy_id, embedder),
            )
        )
        return Embedding(embedder, array("f", found)) if found else None

    async def apart(self, namespace: str) -> dict[str, set[str]]:
        """Return under which reasons each strategy is kept apart."""
        pairs = await self._engine.read(
            lambda db: db.rows(
                "SELECT s.id, a.reason FROM apart a JOIN strategies s ON s.seq = a.strategy WHERE s.namespace = ?",
                (namespace,),
            )
        )
        found: dict[str, set[str]] = defaultdict(set)
        for id_, reason in pairs:
            found[id_].add(reason)
        return found

    async def keep_apart(self, strategy_ids: Sequence[str]) -> None:
        """Remember that these are not to be merged with one another."""
        await self._engine.write(
            lambda db: _keep_apart(db, [rows.sequence(db, "strategies", id_, None, "id") for id_ in strategy_ids])
        )

    async def merge(self, strategy_id: str, into: str) -> bool:
        """Let one strategy go into another."""

        def work(db: Database) -> bool:
            seqs = [rows.sequence(db, "strategies", id_, None, "id") for id_ in (strategy_id, into)]
            here = rows.column(
                db,
                "SELECT a.seq FROM strategies a JOIN strategies b ON b.namespace = a.namespace AND b.seq = ? "
                "WHERE a.seq = ? AND a.seq != b.seq AND a.standing = 'active' AND b.standing = 'active'",
                *seqs,
            )
            if here:
                _merge(db, *seqs)
            return bool(here)

        return await self._engine.write(work)

    async def contradict(self, strategy_id: str, other: str) -> bool:
        """Mark that two strategies advise opposites."""
        return await self._engine.write(
            lambda db: changes.contradict(db, rows.sequence(db, "strategies", strategy_id, None, "id"), other)
        )

    async def compose(self, namespace: str, lesson: Lesson, parts: Sequence[str]) -> Kept | None:
        """Keep a strategy that is composed of others."""

        def work(db: Database) -> Kept | None:
            seqs = [rows.sequence(db, "strategies", id_, namespace, "id") for id_ in parts]
            if frozenset(parts) in _composed(db, namespace):
                return None
            of = ", ".join(map(str, seqs))
            outcomes = {one for (one,) in db.rows(f"SELECT outcome FROM strategies WHERE seq IN ({of})")}
            whole = changes.add_strategy(
                db, namespace, outcomes.pop() if len(outcomes) == 1 else "unknown", lesson, self._now()
            )
            db.run(
                "INSERT INTO evidence (strategy, experience, title, description, content, distiller) "
                "SELECT ?, experience, ?, ?, ?, ? FROM evidence "
                f"WHERE strategy IN ({of}) GROUP BY experience ORDER BY min(seq)",
                (whole, *support.parts(lesson.item), lesson.distiller),
            )
            db.run_many("INSERT INTO parts (whole, part) VALUES (?, ?)", [(whole, part) for part in set(seqs)])
            changes.refresh(db, [whole])
            id_ = db.value("SELECT id FROM strategies WHERE seq = ?", (whole,))
            return Kept(id_, lesson.item.title, "held" if lesson.standing == "held" else "added", lesson.note)

        return await self._engine.write(work)

    async def composed(self, namespace: str) -> list[frozenset[str]]:
        """Return the parts of every composed strategy."""
        return await self._engine.read(lambda db: _composed(db, namespace))

    async def split(self, strategy_id: str) -> list[str]:
        """Undo what made a strategy of several."""

        def work(db: Database) -> list[str]:
            seq = rows.sequence(db, "strategies", strategy_id, None, "id")
            if db.value("SELECT standing FROM strategies WHERE seq = ?", (seq,)) != "active":
                raise InvalidInput("id", f"{strategy_id!r} is not active; rb-mcp restore it first")
            if db.value("SELECT 1 FROM parts WHERE whole = ?", (seq,)):
                db.run("UPDATE strategies SET standing = 'retired', note = 'taken apart' WHERE seq = ?", (seq,))
                apart = [seq]
            else:
                apart = [one for one in _went_into(db, seq) if unmerge(db, one)]
                apart += _wordings_apart(db, seq)
                if apart:
                    _keep_apart(db, [seq, *apart])
            changes.refresh(db, [seq, *apart])
            return [db.value("SELECT id FROM strategies WHERE seq = ?", (one,)) for one in apart]

        return await self._engine.write(work)


def unmerge(db: Database, strategy: int) -> bool:
    """Let a strategy that went into another stand by itself again, if anything still stands behind it."""
    into = db.value("SELECT target FROM merged WHERE strategy = ?", (strategy,))
    if into is None or not support.own_evidence(db, strategy):
        return False
    db.run(
        "UPDATE evidence SET strategy = ?1 WHERE seq IN (SELECT evidence FROM merges WHERE strategy = ?1)", (strategy,)
    )
    db.run("DELETE FROM merges WHERE strategy = ?", (strategy,))
    db.run("DELETE FROM merged WHERE strategy = ?", (strategy,))
    db.run("UPDATE strategies SET standing = 'active', note = '' WHERE seq = ?", (strategy,))
    changes.refresh(db, [strategy, into])
    return True


def _merge(db: Database, strategy: int, into: int) -> None:
    there = set(rows.column(db, "SELECT experience FROM evidence WHERE strategy = ?", into))
    last = db.value("SELECT max(seq) FROM evidence")
    moving = db.rows("SELECT seq, experience FROM evidence WHERE strategy = ? ORDER BY seq", (strategy,))
    for new, (seq, experience) in enumerate(moving, start=last + 1):
        at = strategy if experience in there else into
        db.run("UPDATE evidence SET seq = ?, strategy = ? WHERE seq = ?", (new, at, seq))
        if at == into:
            db.run("INSERT OR IGNORE INTO merges (evidence, strategy) VALUES (?, ?)", (new, strategy))
    db.run("UPDATE merged SET target = ? WHERE target = ?", (into, strategy))
    db.run("INSERT INTO merged (strategy, target) VALUES (?, ?)", (strategy, into))
    db.run(
        "UPDATE strategies SET standing = 'retired', note = 'merged into ' || "
        "(SELECT id FROM strategies WHERE seq = ?) WHERE seq = ?",
        (into, strategy),
    )
    changes.refresh(db, [strategy, into])


def _went_into(db: Database, strategy: int) -> list[int]:
    return rows.column(db, "SELECT strategy FROM merged WHERE target = ? ORDER BY strategy", strategy)


def _wordings_apart(db: Database, strategy: int) -> list[int]:
    """Make a strategy of each wording that confirmed this one in other words, and return them."""
    namespace, *item = db.rows(
        "SELECT namespace, title, description, content FROM strategies WHERE seq = ?", (strategy,)
    )[0]
    found = db.rows(
        "SELECT v.seq, v.title, v.description, v.content, e.outcome, e.created_at FROM evidence v "
        "JOIN experiences e ON e.seq = v.experience WHERE v.strategy = ? ORDER BY v.seq",
        (strategy,),
    )
    own = {tuple(item), tuple(found[0][1:4])} if found else set[tuple[str, ...]]()
    wordings: dict[tuple[str, ...], int] = {}
    for seq, title, description, content, outcome, created_at in found:
        worded = (title, description, content)
        if worded in own:
            continue
        if worded not in wordings:
            db.run(
                "INSERT INTO strategies (id, namespace, title, description, content, outcome, standing, created_at) "
                "VALUES (?, ?, ?, ?, ?, ?, 'active', ?)",
                (new_id("str"), namespace, *worded, outcome, created_at),
            )
            wordings[worded] = db.last_insert_rowid()
        db.run("UPDATE evidence SET strategy = ? WHERE seq = ?", (wordings[worded], seq))
    return list(wordings.values())


def _keep_apart(db: Database, strategies: Sequence[int]) -> None:
    reason = secrets.token_hex(8)
    db.run_many("INSERT OR IGNORE INTO apart (reason, strategy) VALUES (?, ?)", [(reason, one) for one in strategies])


def _composed(db: Database, namespace: str) -> list[frozenset[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for whole, part in db.rows(
        "SELECT p.whole, s.id FROM parts p JOIN strategies s ON s.seq = p.part WHERE s.namespace = ?", (namespace,)
    ):
        found[whole].add(part)
    return [frozenset(ids) for ids in found.values()]
