"""A backup: a verified copy of the bank as it was at one moment, made while servers write.

The copy is a bank. It comes into being under another name, is read to its last row, and takes its name only
when it is whole and on the disk: whoever finds a file of that name can restore it. Not covered: when to make
one and how many to keep; copying the bank's file by other means, which leaves out what is in the log.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread
import apsw

from rb_mcp.errors import InvalidInput, StoreError
from rb_mcp.stores import checks, digests
from rb_mcp.stores.database import connect

if TYPE_CHECKING:
    from rb_mcp.stores.engine import Engine


async def make(engine: Engine, file: Path, *, replace: bool = False) -> dict[str, int]:
    """Write a backup to `file` and return how many rows of each kind it holds.

    Raises:
        InvalidInput: when `file` is there already, or belongs to a bank that is in use.
        StoreError: when the bank cannot be read, or the copy not be written, or is not whole.
    """
    return await anyio.to_thread.run_sync(_make, engine, file, replace)


def _make(engine: Engine, file: Path, replace: bool) -> dict[str, int]:
    _refuse(engine.path, file, replace)
    try:
        fd, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)  # the user's alone
        os.close(fd)
        part = Path(name)
        try:
            engine.copy(part)
            held = _examined(part)
            _synced(part, os.O_RDWR)
            _refuse(engine.path, file, replace)  # somebody may have made one meanwhile
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
        if sys.platform != "win32":  # where a folder cannot be opened
            _synced(file.parent, os.O_RDONLY)
    except (OSError, apsw.Error) as error:
        raise StoreError(f"the backup {file} cannot be written ({error}); choose another place") from error
    return held


def _refuse(bank: Path, file: Path, replace: bool) -> None:
    beside = [bank.with_name(bank.name + suffix) for suffix in ("", "-wal", "-shm", "-lock")]
    if file.resolve() in [one.resolve() for one in beside]:
        raise InvalidInput("FILE", f"{file} is part of the bank itself; choose another name")
    log = file.with_name(file.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise InvalidInput("FILE", f"{log} shows that {file} is a bank in use; choose another name")
    if file.is_dir():
        raise InvalidInput("FILE", f"{file} is a folder; name a file in it")
    if file.exists() and not replace:
        raise InvalidInput("FILE", f"{file} is there already; choose another name, or say --replace")


def _examined(file: Path) -> dict[str, int]:
    """Read a copy to its last row, and count."""
    with closing(connect(file, flags=apsw.SQLITE_OPEN_READONLY)) as db:
        wrong = [f"{what}: {finding}" for what, finding, well in checks.verified(db) if not well]
        if wrong:
            raise StoreError(
                f"the copy is not whole, so it was not kept; the bank itself may be damaged, which rb-mcp doctor "
                f"--verify tells ({wrong[0]})"
            )
        return {table: db.value(f"SELECT count(*) FROM {table}") for table in digests.tables(db)}


def _synced(path: Path, how: int) -> None:
    """Have the disk keep what was written."""
    fd = os.open(path, how)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
