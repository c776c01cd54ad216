"""The file itself: connections, transactions, migrations, and SQLite's errors as ours.

One connection writes, one reads; both work on threads, so neither blocks the event loop, and a reader never
waits for a writer (WAL). A write holds the lock beside the file from before BEGIN to after COMMIT, so does a
close; no log is folded into the file but then. `synchronous=FULL`: what was acknowledged survives a power cut.

Not covered: what the tables mean (`sqlite.py`), the indexes (`index.py`), where a bank may lie (`place.py`).
"""

from __future__ import annotations

import errno
import os
import zlib
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import anyio.to_thread
import apsw
from anyio import CapacityLimiter

from rb_mcp.errors import NewerBank, StoreError
from rb_mcp.stores import index, lock, place
from rb_mcp.stores.database import PATIENCE, Database, connect, extension_path

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from rb_mcp.protocols import Clock

__all__ = ["MIGRATIONS", "PATIENCE", "Engine", "extension_path", "model"]

T = TypeVar("T")

MIGRATIONS = sorted((Path(__file__).parent / "sql" / "sqlite").glob("[0-9]*.sql"))
"""Append-only: a file that was ever released is never changed."""

APPLICATION_ID = 0x52424D43
"""Says in the file's header that it is one of ours ("RBMC"); sqlite.org/pragma.html#pragma_application_id."""

PAGE = 8_192
"""Bytes: a vector of 512 numbers fits a page of 4,096 only once, one of this size three times."""

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class Engine:
    """A bank file, opened when it is first used."""

    def __init__(self, path: Path, clock: Clock, patience: float = PATIENCE) -> None:
        self.path = path
        self.clock = clock
        self._patience = patience
        self._lock_path = path.with_name(path.name + "-lock")
        self._writer: Database | None = None
        self._reader: Database | None = None
        self._file: tuple[int, int] | None = None
        self._writing = CapacityLimiter(1)
        self._reading = CapacityLimiter(1)

    async def read(self, work: Callable[[Database], T]) -> T:
        """Run `work` on a snapshot of the bank.

        Raises:
            StoreError: when the bank cannot be read.
        """
        return await anyio.to_thread.run_sync(self._read, work, limiter=self._reading)

    async def write(self, work: Callable[[Database], T], *, erase: bool = False) -> T:
        """Run `work` in one transaction; when this returns it is durable, when it raises nothing was written.

        With `erase`, what was deleted is also gone from the raw bytes of the file and its log.

        Raises:
            StoreError: when the bank cannot be written.
        """
        return await anyio.to_thread.run_sync(self._write, work, erase, limiter=self._writing)

    async def examine(self, work: Callable[[Database], T]) -> T:
        """Run `work` on a snapshot of the bank as `read` does, but let other reads go on: for what takes long.

        Raises:
            StoreError: when the bank cannot be read.
        """
        return await anyio.to_thread.run_sync(self._examine, work)

    async def compact(self) -> None:
        """Write the file anew without its gaps, and the plain indexes too.

        Raises:
            StoreError: when the bank cannot be written.
        """
        await anyio.to_thread.run_sync(self._compact, limiter=self._writing)

    async def close(self) -> None:
        """Close the file, folding the log into it."""
        async with self._reading:
            await anyio.to_thread.run_sync(self._close, limiter=self._writing)

    def _read(self, work: Callable[[Database], T]) -> T:
        with self._mapped():
            if self._reader is None:
                self._prepare()
                reader = self._connect()
                reader.vocabulary()  # a table of the connection's own, which has to be made before it may only read
                reader.script("PRAGMA query_only = ON")
                self._reader = reader
            self._refuse_moved()
            db = self._reader
            db.script("BEGIN")
            try:
                self._refuse_newer(db)
                return work(db)
            except ValueError as error:  # a text that is none any more, a date that is none
                raise StoreError(self._damaged(error)) from error
            finally:
                if db.in_transaction:
                    db.script("ROLLBACK")

    def _write(self, work: Callable[[Database], T], erase: bool) -> T:
        with self._mapped(), lock.held(self._locked(), self._patience):
            db = self._migrated()
            result = self._transaction(db, work)
            if erase:
                db.script("PRAGMA wal_checkpoint(TRUNCATE)")
                # The log's new length lasts from the next synced write on: until then a power cut brings back what was
                # erased. The header, written as it is, is such a write.
                self._transaction(db, lambda db: db.script(f"PRAGMA user_version = {len(MIGRATIONS)}"))
            return result

    def _transaction(self, db: Database, work: Callable[[Database], T]) -> T:
        self._refuse_moved()
        db.script("BEGIN IMMEDIATE")
        try:
            self._refuse_newer(db)
            result = work(db)
            db.script("COMMIT")
        finally:  # whatever ended it, nothing stays half-written
            if db.in_transaction:
                db.script("ROLLBACK")
        return result

    def _examine(self, work: Callable[[Database], T]) -> T:
        with self._mapped():
            self._prepare()
            # A connection that saw an earlier state was measured to call a sound text index damaged.
            with closing(self._connect()) as db:
                db.script("PRAGMA query_only = ON; BEGIN")
                self._refuse_newer(db)
                return work(db)

    def _compact(self) -> None:
        with self._mapped(), lock.held(self._locked(), self._patience):
            db = self._migrated()
            self._refuse_newer(db)
            db.script("REINDEX")
            db.script("VACUUM")
            db.script("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy(self, file: Path) -> None:
        """Write the bank as it is at one moment into an empty file; whoever writes goes on meanwhile.

        For a thread to call: it blocks.

        Raises:
            StoreError: when there is no bank, or the copy cannot be written.
        """
        with self._mapped():
            place.check(self.path, self._lock_path)
            if not self.path.exists():
                raise StoreError(f"there is no bank at {self.path} yet; the first record makes it")
        with self._mapped(), closing(self._connect()) as db:
            self._refuse_foreign(db)
            self._refuse_newer(db)
            try:
                db.run("VACUUM INTO ?", (str(file),))
            except (apsw.FullError, apsw.IOError, apsw.CantOpenError) as error:
                raise StoreError(
                    f"copying {self.path} to {file.parent} failed ({error}); nothing is left of the copy: look whether "
                    "there is room for it"
                ) from error

    def _prepare(self) -> None:
        """Have the bank made and up to date; once it is, no reader waits for who writes."""
        if self._writer is None:
            with lock.held(self._locked(), self._patience):
                self._migrated()

    def _locked(self) -> Path:
        if self._writer is None:
            place.check(self.path, self._lock_path)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._lock_path

    def _migrated(self) -> Database:
        """Return the writing connection, the schema brought up to date; called with the lock held."""
        if self._writer is None:
            # Created by us so that the file, and the log beside it, are the user's alone from the start.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            with ExitStack() as undo:
                db = undo.enter_context(closing(self._connect()))
                db.script(f"PRAGMA page_size = {PAGE}")  # of a new file; one that has pages keeps their size
                self._refuse_foreign(db)
                db.script("PRAGMA journal_mode = WAL")
                self._transaction(db, self._migrate)
                self._transaction(db, index.complete)
                undo.pop_all()
            place.note(self._lock_path)
            self._file = place.identity(self.path)
            self._writer = db
        return self._writer

    def _migrate(self, db: Database) -> None:
        done = db.value("PRAGMA user_version")
        for number, script in enumerate(MIGRATIONS, start=1):
            if number > done:
                db.script(script.read_text(encoding="utf-8"))
                db.script(f"PRAGMA user_version = {number}")
        if not done:
            db.script(f"PRAGMA application_id = {APPLICATION_ID}")

    def _refuse_moved(self) -> None:
        if self._file and self._file != place.identity(self.path):
            raise StoreError(
                f"{self.path} was deleted or replaced while it was in use; nothing was written: start this program "
                "again, and end it first next time"
            )

    def _refuse_foreign(self, db: Database) -> None:
        ours = db.value("PRAGMA application_id")
        if ours != APPLICATION_ID and db.value("SELECT count(*) FROM sqlite_schema"):
            raise StoreError(f"{self.path} is an SQLite file of another program; point RB_MCP_BANK elsewhere")

    def _refuse_newer(self, db: Database) -> None:
        version = db.value("PRAGMA user_version")
        if version > len(MIGRATIONS):
            raise NewerBank(
                f"{self.path} was written by a newer release of rb-mcp (its schema is {version}, this release knows "
                f"{len(MIGRATIONS)}); it is left untouched: upgrade rb-mcp, or point RB_MCP_BANK elsewhere"
            )

    def _connect(self) -> Database:
        return connect(self.path)

    def _close(self) -> None:
        with self._mapped():
            if self._writer is None and self._reader is None:
                return
            with lock.held(self._lock_path, self._patience):
                for connection in (self._reader, self._writer):
                    if connection is not None:
                        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
                        connection.close()
                self._reader = self._writer = self._file = None

    @contextmanager
    def _mapped(self) -> Generator[None]:
        """Turn what SQLite and the file system raise into ours, with a way out."""
        try:
            yield
        except apsw.FullError as error:
            raise StoreError(self._full()) from error
        except (apsw.ReadOnlyError, PermissionError) as error:
            raise StoreError(f"{self.path} cannot be written; make it and its folder writable") from error
        except apsw.BusyError as error:
            raise StoreError(f"another program holds {self.path}; nothing was written: try again") from error
        except (apsw.NotADBError, apsw.CorruptError, UnicodeDecodeError, zlib.error) as error:
            raise StoreError(self._damaged(error)) from error
        except (apsw.CantOpenError, OSError) as error:
            if isinstance(error, OSError) and error.errno in _NO_SPACE:
                raise StoreError(self._full()) from error
            raise StoreError(
                f"{self.path} cannot be opened ({error}); check that its folder is there and yours"
            ) from error
        except apsw.IOError as error:
            raise StoreError(f"reading or writing {self.path} failed ({error}); nothing was written") from error
        except apsw.Error as error:  # an index that is damaged is reported as an error of the statement
            raise StoreError(self._damaged(error)) from error

    def _full(self) -> str:
        return f"the disk that holds {self.path} is full; nothing was written: free some space"

    def _damaged(self, error: Exception) -> str:
        return (
            f"{self.path} is damaged or not a bank ({error}); nothing was written: see rb-mcp doctor --verify, put a "
            "backup in its place, or point RB_MCP_BANK elsewhere"
        )


@cache
def model() -> dict[str, str]:
    """Return the schema of a bank that was just made: each name and its statement."""
    with closing(Database(":memory:")) as db:
        for script in MIGRATIONS:
            db.script(script.read_text(encoding="utf-8"))
        return dict(db.rows("SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL"))
