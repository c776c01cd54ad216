"""What is done to the bank as a whole, as a store offers it: forget, reindex, export, import, examine, mend."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from rb_mcp.stores import (
    backup,
    changes,
    checks,
    erasing,
    index,
    mend,
    outcomes,
    rows,
    sharing,
    support,
    transfer,
    vectors,
)
from rb_mcp.stores.merging import SqliteMerging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from rb_mcp.archive import Record
    from rb_mcp.stores.database import Database
    from rb_mcp.tallies import Day, Ended, Vectors
    from rb_mcp.types import Embedding, Footprint, Strategy


class SqliteUpkeep(SqliteMerging):
    """The part of the `Store` of one file that its owner uses now and then."""

    async def forget(
        self,
        *,
        strategy_id: str = "",
        experience_id: str = "",
        namespace: str = "",
        since: datetime | None = None,
        client: str = "",
        imported: str = "",
    ) -> dict[str, int]:
        """Erase one strategy, one experience, or all that comes from a source, down to the raw bytes."""

        def work(db: Database) -> dict[str, int]:
            if strategy_id:
                return erasing.erase(db, [rows.sequence(db, "strategies", strategy_id, None, "id")], [])
            if experience_id:
                doomed = [rows.sequence(db, "experiences", experience_id, None, "id")]
            else:
                when = since.astimezone(UTC).isoformat(timespec="microseconds") if since else None
                doomed = erasing.from_source(db, namespace or None, when, client or None, imported or None)
            whole = bool(namespace) and since is None and not client and not imported
            here = rows.column(db, "SELECT seq FROM strategies WHERE ? AND namespace = ?", int(whole), namespace)
            if imported and not (namespace or since or client):  # also what rests on experiences that were here
                bare, left = support.drop_imported(db, imported)
                here += bare
                changes.refresh(db, left, doomed)
            gone = erasing.erase(db, here, erasing.with_contrasts(db, doomed))
            if whole:
                db.run("DELETE FROM notes WHERE namespace = ?", (namespace,))
                db.run("DELETE FROM recalls WHERE namespace = ?", (namespace,))
                gone["recalls"] = db.changes()
            return gone

        return await self._engine.write(work, erase=True)

    async def vectors(self, embedder: str = "") -> Vectors:
        """Count the texts that have a vector of an embedder."""
        return await self._engine.read(lambda db: vectors.state(db, embedder))

    async def move(self, embedder: str) -> None:
        """Wish for another embedder, or drop the wish."""
        await self._engine.write(lambda db: vectors.wish(db, embedder))

    async def lead(self, by: str, seconds: float, *, attended: bool = False) -> bool:
        """Take the work on vectors up, or go on with it."""
        return await self._engine.write(lambda db: vectors.lead(db, by, self._now(), seconds, attended))

    async def share(self, strategy: Strategy) -> Strategy:
        """Copy a strategy into `shared`, or bring its copy up to date."""

        def work(db: Database) -> Strategy:
            return rows.strategies(db, "s.seq = ?", (sharing.share(db, strategy, self._now()),))[0]

        return await self._engine.write(work)

    async def reindex(
        self, embedder: str, dimensions: int, embeddings: Sequence[tuple[str, Embedding]] = ()
    ) -> list[tuple[str, str]]:
        """Take some embeddings, return who still lacks one; when nobody does, switch."""

        def work(db: Database) -> list[tuple[str, str]]:
            if not vectors.admits(db, embedder):
                return []
            db.run_many(
                "INSERT OR REPLACE INTO vectors (experience, embedder, vector) "
                "SELECT seq, ?, ? FROM experiences WHERE id = ?",
                [(e.embedder, index.blob(e.values), id_) for id_, e in embeddings if index.usable(e)],
            )
            todo = vectors.lacking(db, embedder, {id_ for id_, _ in embeddings})
            space = index.bound_to(db)
            bound = space.embedder if space else ""
            if bound != embedder and (not todo or (embeddings and not bound)):
                vectors.switch(db, embedder, dimensions)
            elif bound == embedder:  # the index in use must not fall behind
                for id_, _ in embeddings:
                    index.refresh(db, rows.column(db, "SELECT seq FROM experiences WHERE id = ?", id_))
            return todo

        return await self._engine.write(work)

    async def kind_vectors(
        self, embedder: str, embeddings: Sequence[tuple[str, Embedding]] = ()
    ) -> list[tuple[str, str]]:
        """Take some embeddings of kinds, return which kinds still lack one."""

        def work(db: Database) -> list[tuple[str, str]]:
            if not vectors.admits(db, embedder):
                return []
            for id_, embedding in embeddings:
                for seq in rows.column(db, "SELECT seq FROM experiences WHERE id = ? AND kind != ''", id_):
                    index.keep_kind_vector(db, seq, embedding)
                    index.refresh(db, [seq])
            return vectors.lacking_kinds(db, embedder, {id_ for id_, _ in embeddings})

        return await self._engine.write(work)

    async def footprints(self, footprints: Sequence[tuple[str, Footprint]] = (), limit: int = 16) -> list[str]:
        """Take what some experiences touched, return ids of others of which nobody has said it yet."""

        def work(db: Database) -> list[str]:
            for id_, footprint in footprints:
                for seq in rows.column(db, "SELECT seq FROM experiences WHERE id = ?", id_):
                    changes.set_footprint(db, seq, footprint)
                    index.refresh(db, [seq])
            return vectors.without_footprint(db, limit)

        if not footprints:  # asked every few seconds: nobody should wait for a lock for that
            return await self._engine.read(work)
        return await self._engine.write(work)

    async def export(self, write: Callable[[Record], None]) -> int:
        """Hand every record to `write`, as of one moment."""
        return await self._engine.read(lambda db: transfer.export(db, write))

    async def load(self, records: Iterable[Record]) -> dict[str, int]:
        """Take in exported records, all or none."""

        def work(db: Database) -> dict[str, int]:
            loaded = transfer.load(db, records, self._now())
            index.rebuild(db, changes.indexed_words(db))
            return loaded

        return await self._engine.write(work)

    async def outcomes(self, namespace: str | None) -> list[Ended]:
        """Return what came of the tasks whose recall was drawn."""
        return await self._engine.read(lambda db: outcomes.ended(db, namespace))

    async def days(self, namespace: str | None) -> list[Day]:
        """Return what each day brought."""
        return await self._engine.read(lambda db: outcomes.days(db, namespace))

    async def check(self) -> list[tuple[str, str, bool]]:
        """Examine engine, file, schema, indexes."""
        return await self._engine.examine(lambda db: checks.findings(db, self._engine.path))

    async def verify(self) -> list[tuple[str, str, bool]]:
        """Examine every record against its digest, and every index against the records."""
        return await self._engine.examine(checks.verified)

    async def backup(self, file: Path, *, replace: bool = False) -> dict[str, int]:
        """Write a verified copy of the bank, as of one moment, to `file`."""
        return await backup.make(self._engine, file, replace=replace)

    async def rebuild(self) -> None:
        """Make the text and vector indexes anew from the tables, whatever state they are in."""
        await self._engine.write(lambda db: mend.indexes(db, changes.indexed_words(db)))
        await self._engine.compact()
