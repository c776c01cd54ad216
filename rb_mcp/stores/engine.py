"""The file itself: connections, transactions, migrations, and SQLite's errors as ours.

One connection writes, one reads; both work on threads, so neither blocks the event loop, and a reader never
waits for a writer (WAL). A write holds the lock beside the file from before BEGIN to after COMMIT, which
also keeps checkpoints from racing. `synchronous=FULL`: what was acknowledged survives a power cut.

Not covered: what the tables mean (`sqlite.py`), the indexes (`index.py`).
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import anyio.to_thread
import apsw
from anyio import CapacityLimiter

from rb_mcp.errors import ConfigurationError, NewerBank, StoreError
from rb_mcp.stores import lock
from rb_mcp.stores.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from rb_mcp.protocols import Clock

T = TypeVar("T")

MIGRATIONS = sorted((Path(__file__).parent / "sql" / "sqlite").glob("[0-9]*.sql"))
"""Append-only: a file that was ever released is never changed."""

APPLICATION_ID = 0x52424D43
"""Says in the file's header that it is one of ours ("RBMC"); sqlite.org/pragma.html#pragma_application_id."""

OLDEST_ENGINE = (3, 51, 3)
"""Older engines can corrupt a WAL file shared by processes."""

PAGE = 8_192
"""Bytes: a vector of 512 numbers fits a page of 4,096 only once, one of this size three times."""

PATIENCE = 30.0
"""Seconds to wait in line for the bank."""

_PRAGMAS = """
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA checkpoint_fullfsync = ON;
PRAGMA foreign_keys = ON;
PRAGMA secure_delete = ON;
PRAGMA trusted_schema = OFF;
PRAGMA mmap_size = 0;
"""


class Engine:
    """A bank file, opened when it is first used."""

    def __init__(self, path: Path, clock: Clock, patience: float = PATIENCE) -> None:
        self.path = path
        self.clock = clock
        self._patience = patience
        self._lock_path = path.with_name(path.name + "-lock")
        self._writer: Database | None = None
        self._reader: Database | None = None
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

    async def close(self) -> None:
        """Close the file, folding the log into it."""
        await anyio.to_thread.run_sync(self._close, limiter=self._writing)

    def _read(self, work: Callable[[Database], T]) -> T:
        with self._mapped():
            if self._reader is None:
                with lock.held(self._locked(), self._patience):
                    self._migrated()
                reader = self._connect()
                reader.script("PRAGMA query_only = ON")
                self._reader = reader
            db = self._reader
            db.script("BEGIN")
            try:
                self._refuse_newer(db)
                return work(db)
            finally:
                db.script("ROLLBACK")

    def _write(self, work: Callable[[Database], T], erase: bool) -> T:
        with self._mapped(), lock.held(self._locked(), self._patience):
            db = self._migrated()
            result = self._transaction(db, work)
            if erase:
                db.script("PRAGMA wal_checkpoint(TRUNCATE)")
            return result

    def _transaction(self, db: Database, work: Callable[[Database], T]) -> T:
        db.script("BEGIN IMMEDIATE")
        try:
            self._refuse_newer(db)
            result = work(db)
            db.script("COMMIT")
        finally:  # whatever ended it, nothing stays half-written
            if db.in_transaction:
                db.script("ROLLBACK")
        return result

    def _locked(self) -> Path:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._lock_path

    def _migrated(self) -> Database:
        """Return the writing connection, the schema brought up to date; called with the lock held."""
        if self._writer is None:
            # Created by us so that the file, and the log beside it, are the user's alone from the start.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            db = self._connect()
            db.script(f"PRAGMA page_size = {PAGE}")  # of a new file; one that has pages keeps their size
            ours = db.value("PRAGMA application_id")
            if ours != APPLICATION_ID and db.value("SELECT count(*) FROM sqlite_schema"):
                raise StoreError(f"{self.path} is an SQLite file of another program; point RB_MCP_BANK elsewhere")
            db.script("PRAGMA journal_mode = WAL")
            self._transaction(db, self._migrate)
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

    def _refuse_newer(self, db: Database) -> None:
        version = db.value("PRAGMA user_version")
        if version > len(MIGRATIONS):
            raise NewerBank(
                f"{self.path} was written by a newer release of rb-mcp (its schema is {version}, this release knows "
                f"{len(MIGRATIONS)}); it is left untouched: upgrade rb-mcp, or point RB_MCP_BANK elsewhere"
            )

    def _connect(self) -> Database:
        version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
        if version < OLDEST_ENGINE:
            raise ConfigurationError(
                f"SQLite {apsw.sqlite_lib_version()} can damage a bank that several processes share; "
                "install a current apsw"
            )
        db = Database(str(self.path))
        db.set_busy_timeout(int(PATIENCE * 1000))
        db.enable_load_extension(True)
        db.load_extension(extension_path())
        db.enable_load_extension(False)
        db.script(_PRAGMAS)
        return db

    def _close(self) -> None:
        with self._mapped():
            if self._writer is None and self._reader is None:
                return
            with lock.held(self._lock_path, self._patience):
                for connection in (self._reader, self._writer):
                    if connection is not None:
                        connection.close()
                self._reader = self._writer = None

    @contextmanager
    def _mapped(self) -> Generator[None]:
        """Turn what SQLite and the file system raise into ours, with a way out."""
        try:
            yield
        except apsw.FullError as error:
            raise StoreError(
                f"the disk that holds {self.path} is full; nothing was written: free some space"
            ) from error
        except apsw.ReadOnlyError as error:
            raise StoreError(f"{self.path} cannot be written; make it and its folder writable") from error
        except apsw.BusyError as error:
            raise StoreError(f"another program holds {self.path}; nothing was written: try again") from error
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise StoreError(
                f"{self.path} is damaged or not a bank ({error}); it is left as it is: restore a copy, "
                "or point RB_MCP_BANK elsewhere"
            ) from error
        except (apsw.CantOpenError, OSError) as error:
            raise StoreError(
                f"{self.path} cannot be opened ({error}); check that its folder is there and yours"
            ) from error
        except apsw.IOError as error:
            raise StoreError(f"reading or writing {self.path} failed ({error}); nothing was written") from error


def extension_path() -> str:
    """Return where sqlite-vec's library is, without importing the package, which would import numpy.

    Raises:
        ConfigurationError: when it is not installed.
    """
    spec = find_spec("sqlite_vec")
    if spec is None or spec.origin is None:
        raise ConfigurationError("sqlite-vec is not installed; reinstall rb-mcp with what it depends on")
    return str(Path(spec.origin).with_name("vec0"))
