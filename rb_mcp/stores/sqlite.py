"""The bank in one SQLite file, with FTS5 and sqlite-vec beside the tables (see `sql/sqlite/`).

One method a use case, one transaction a method. Not covered: connections, locks and migrations
(`engine.py`), the statements that read (`rows.py`) and that change (`changes.py`), the indexes
(`index.py`), the queue (`queue.py`), what is done to the bank as a whole (`upkeep.py`).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rb_mcp.stores import changes, index, jobs, merging, notes, rows, search, support
from rb_mcp.stores.engine import Engine
from rb_mcp.stores.upkeep import SqliteUpkeep

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rb_mcp.protocols import Clock
    from rb_mcp.stores.database import Database
    from rb_mcp.tallies import Summary
    from rb_mcp.types import (
        Attempt,
        Embedding,
        Experience,
        Footprint,
        Kept,
        Lesson,
        MemoryItem,
        Note,
        Origin,
        Pool,
        Probe,
        Recall,
        Remedy,
        Similar,
        Standing,
        Status,
        Strategy,
        Trial,
        Verdict,
    )
    from rb_mcp.work import Job


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class SqliteStore(SqliteUpkeep):
    """The `Store` of one file; opened at the first call, so that constructing it costs and locks nothing."""

    def __init__(self, path: Path, clock: Clock = utc_now) -> None:
        super().__init__(Engine(path, clock))

    async def close(self) -> None:
        """Close the file. Nothing is lost when this is never called."""
        await self._engine.close()

    async def add(
        self,
        experience: Experience,
        *,
        key: str,
        embedding: Embedding | None,
        kind_embedding: Embedding | None = None,
        footprint: Footprint | None = None,
        lessons: Sequence[Lesson] = (),
        recall_id: str = "",
    ) -> tuple[Experience, list[Kept]]:
        """Keep a new experience, whole; what has the same key is returned instead."""

        def work(db: Database) -> tuple[Experience, list[Kept]]:
            same = db.row("SELECT seq FROM experiences WHERE namespace = ? AND key = ?", (experience.namespace, key))
            if same:
                return rows.experience(db, same[0]), []
            seq = changes.add_experience(db, experience, key, self._now())
            if embedding:
                index.keep_vector(db, seq, embedding)
            if kind_embedding:
                index.keep_kind_vector(db, seq, kind_embedding)
            if footprint:
                changes.set_footprint(db, seq, footprint)
            changes.settle_outcome(db, seq)
            changes.credit(db, recall_id, experience.namespace, seq)
            kept = changes.learn(db, seq, lessons, self._now())
            return rows.experience(db, seq), kept

        return await self._engine.write(work)

    async def amend(
        self,
        experience: Experience,
        *,
        attempt: Attempt | None = None,
        verdict: Verdict | None = None,
        withdraw: str = "",
        lessons: Sequence[Lesson] = (),
        status: Status,
        best: tuple[str, str] | None = None,
        kind: str = "",
        kind_embedding: Embedding | None = None,
        footprint: Footprint | None = None,
        recall_id: str = "",
        job: Job | None = None,
    ) -> list[Kept]:
        """Change what is kept of an experience."""

        def work(db: Database) -> list[Kept]:
            seq = rows.sequence(db, "experiences", experience.id, experience.namespace, "experience_id")
            if job:
                jobs.check_lease(db, seq, job.token, self._now())
            if attempt:
                changes.add_attempt(db, seq, attempt)
            if verdict:
                changes.set_verdict(db, seq, verdict)
            if withdraw:
                changes.withdraw(db, seq, withdraw)
            changes.set_status(db, seq, status, self._now(), anew=bool(attempt or verdict))
            if kind:
                changes.set_kind(db, seq, kind, kind_embedding)
            if footprint:
                changes.set_footprint(db, seq, footprint)
            if best:
                db.run("UPDATE experiences SET best = ?, best_reason = ? WHERE seq = ?", (*best, seq))
            changes.settle_outcome(db, seq)
            changes.credit(db, recall_id, experience.namespace, seq)
            return changes.learn(db, seq, lessons, self._now())

        return await self._engine.write(work)

    async def experience(self, experience_id: str, namespace: str | None) -> Experience:
        """Return one experience in full."""
        return await self._engine.read(
            lambda db: rows.experience(db, rows.sequence(db, "experiences", experience_id, namespace, "experience_id"))
        )

    async def experiences(
        self, namespace: str | None, *, status: Status | None = None, after: int = 0, limit: int = 50
    ) -> list[Experience]:
        """Return a page of experiences without their steps, newest first."""
        return await self._engine.read(lambda db: rows.experiences(db, namespace, status, after, limit))

    async def strategies(
        self,
        namespace: Sequence[str] | str | None,
        *,
        ids: Sequence[str] = (),
        of: Sequence[str] = (),
        standing: Standing | None = None,
        after: int = 0,
        limit: int = 50,
    ) -> list[Strategy]:
        """Return a page of strategies, newest first."""
        where, values = ["(? IS NULL OR s.standing = ?)"], list[str | None]((standing, standing))
        if namespace is not None:
            where.append("s.namespace IN (SELECT value FROM json_each(?))")
            values.append(json.dumps([namespace] if isinstance(namespace, str) else list(namespace)))
        if ids:
            where.append("s.id IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(ids))
        if of:
            where.append(
                "s.seq IN (SELECT v.strategy FROM evidence v JOIN experiences e ON e.seq = v.experience "
                "WHERE e.id IN (SELECT value FROM json_each(?)))"
            )
            values.append(json.dumps(of))
        return await self._engine.read(
            lambda db: rows.strategies(db, " AND ".join(where), values, after=after, limit=limit)
        )

    async def recalled(self, experience_id: str, namespace: str) -> list[Strategy]:
        """Return what was recalled for the task of an experience, or of a contrast that it is part of."""
        where = (
            "s.seq IN (SELECT d.strategy FROM recalls r JOIN recalled d ON d.recall = r.seq WHERE r.experience IN "
            "(SELECT seq FROM experiences WHERE id = ?1 AND namespace = ?2 UNION SELECT m.contrast FROM members m "
            "JOIN experiences e ON e.seq = m.member WHERE e.id = ?1 AND e.namespace = ?2))"
        )
        return await self._engine.read(lambda db: rows.strategies(db, where, (experience_id, namespace)))

    async def trials(self, namespace: str, *, of: Sequence[str] = (), without: str = "") -> list[Trial]:
        """Count how tasks ended, by origin and source of the verdict."""
        return await self._engine.read(lambda db: rows.trials(db, namespace, of, without))

    async def tasks(self, namespace: str, limit: int) -> list[tuple[str, frozenset[str]]]:
        """Return ids and words of the latest experiences whose outcome is known."""
        return await self._engine.read(lambda db: rows.tasks(db, namespace, limit))

    async def search(self, namespaces: Sequence[str], probe: Probe, limit: int, *, among: Sequence[str] = ()) -> Pool:
        """Return the experiences nearest to a query on any side, by vector and by text."""
        return await self._engine.read(lambda db: search.search(db, namespaces, probe, limit, among))

    async def remedies(self, namespaces: Sequence[str], heads: Sequence[str]) -> list[tuple[Remedy, str, Origin]]:
        """Return remedies of errors whose signatures begin with one of these words, newest first."""
        return await self._engine.read(lambda db: rows.remedies(db, namespaces, heads))

    async def similar(
        self, namespace: str, words: frozenset[str], limit: int, embedding: Embedding | None = None
    ) -> list[Similar]:
        """Return the strategies that are nearest to a text, by words and by vector."""
        return await self._engine.read(lambda db: search.similar(db, namespace, words, embedding, limit))

    async def note(self, session: str, namespace: str, note: Note) -> None:
        """Keep a line of a session's notebook."""
        await self._engine.write(lambda db: notes.keep(db, session, namespace, note, self._now()))

    async def notebook(self, session: str, namespace: str) -> list[Note]:
        """Return the notebook of a session."""
        return await self._engine.read(lambda db: notes.read(db, session, namespace))

    async def close_notebook(self, session: str, namespace: str) -> int:
        """Forget the notebook of a session, down to the raw bytes."""
        return await self._engine.write(lambda db: notes.close(db, session, namespace, self._now()), erase=True)

    async def background(self, namespaces: Sequence[str], pairs: int) -> tuple[int, list[float]]:
        """Return how many experiences there are, and the cosines of pairs of them."""
        return await self._engine.read(
            lambda db: (rows.count(db, namespaces), search.background(db, namespaces, pairs) if pairs else [])
        )

    async def keep_recall(self, recall: Recall) -> None:
        """Keep what was answered, not what was asked."""

        def work(db: Database) -> None:
            db.run(
                "INSERT INTO recalls (id, namespace, nearest, floor, created_at) VALUES (?, ?, ?, ?, ?)",
                (recall.id, recall.namespace, recall.nearest, recall.floor, rows.stamp(self._now())),
            )
            seq = db.last_insert_rowid()
            db.run_many(
                "INSERT OR IGNORE INTO recalled (recall, strategy, similarity) "
                "SELECT ?, seq, ? FROM strategies WHERE id = ?",
                [(seq, found.similarity, found.strategy.id) for found in recall.strategies],
            )
            if recall.withheld is not None:
                db.run("INSERT INTO withheld (recall, count) VALUES (?, ?)", (seq, recall.withheld))

        await self._engine.write(work)

    async def revise(
        self,
        strategy_id: str,
        namespace: str | None,
        *,
        item: MemoryItem | None = None,
        standing: Standing | None = None,
        note: str = "",
        seen: Strategy | None = None,
    ) -> Strategy:
        """Change a strategy's words or its standing: by a person, or by rule if it is still as it was seen."""

        def work(db: Database) -> Strategy:
            seq = rows.sequence(db, "strategies", strategy_id, namespace, "strategy_id")
            if seen:
                [now] = rows.strategies(db, "s.seq = ?", (seq,))
                if (now.standing, now.note, now.approved) != (seen.standing, seen.note, seen.approved):
                    return now
            if item:
                support.reword(db, seq, item)
                db.run("UPDATE strategies SET edited = 1, approved = 1 WHERE seq = ?", (seq,))
            if standing == "active":
                merging.unmerge(db, seq)
            if standing == "active" and not seen:
                db.run("UPDATE strategies SET approved = 1 WHERE seq = ?", (seq,))
            if standing:
                db.run("UPDATE strategies SET standing = ?, note = ? WHERE seq = ?", (standing, note, seq))
            changes.refresh(db, [seq])
            return rows.strategies(db, "s.seq = ?", (seq,))[0]

        return await self._engine.write(work)

    async def summary(self, namespace: str | None) -> Summary:
        """Count what there is."""
        return await self._engine.read(lambda db: rows.summary(db, namespace))
