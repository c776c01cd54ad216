"""A connection as the statements see it: apsw's, with results one can name, and the functions the schema calls.

What comes out of SQL is typed where it becomes one of our values, in `rows.py`.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from rb_mcp.errors import ConfigurationError
from rb_mcp.language import language
from rb_mcp.stores.digests import digest
from rb_mcp.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Value = str | int | float | bytes | None

OLDEST_ENGINE = (3, 51, 3)
"""Older engines can corrupt a WAL file shared by processes."""

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


class Database(apsw.Connection):
    """One open file."""

    def __init__(self, path: str, *, flags: int = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE) -> None:
        super().__init__(path, flags=flags)
        self.samples: dict[object, tuple[int, tuple[int, ...]]] = {}
        """What a search remembers of the vectors, for the time of the connection (`index.py`)."""
        self._counting_words = False
        # Innocuous: it has no effects, so a schema may call it although schemas are not trusted.
        self.create_scalar_function(  # pyright: ignore[reportUnknownMemberType]
            "digest", digest, deterministic=True, flags=apsw.SQLITE_INNOCUOUS
        )
        for name, function in (("language", language), ("words", _words)):  # for migrations
            self.create_scalar_function(  # pyright: ignore[reportUnknownMemberType]
                name,
                function,  # pyright: ignore[reportArgumentType] - of one argument, as said
                1,
                deterministic=True,
                flags=apsw.SQLITE_INNOCUOUS,
            )

    def vocabulary(self) -> None:
        """Have `temp.document_frequency` at hand: in how many experiences a word of the text index stands."""
        if not self._counting_words:
            self.script(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.document_frequency "
                "USING fts5vocab (main, experiences_fts, 'col')"
            )
            self._counting_words = True

    def run(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Run a statement and return how many rows it changed."""
        self.execute(sql, values)  # pyright: ignore[reportUnknownMemberType]
        return self.changes()

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run a statement once a row."""
        self.executemany(sql, rows)  # pyright: ignore[reportUnknownMemberType]

    def each(self, sql: str, values: Sequence[Value] = ()) -> Iterator[Any]:
        """Return the rows a statement yields, one at a time."""
        return iter(self.execute(sql, values))  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[Any]:
        """Return every row a statement yields."""
        return self.execute(sql, values).fetchall()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

    def row(self, sql: str, values: Sequence[Value] = ()) -> Any:  # noqa: ANN401 - a row, or None
        """Return the first row a statement yields, or None."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def value(self, sql: str, values: Sequence[Value] = ()) -> Any:  # noqa: ANN401 - a value, or None
        """Return the first value of the first row, or None."""
        found = self.row(sql, values)
        return found[0] if found else None

    def script(self, sql: str) -> None:
        """Run several statements to the end: the driver alone would stop at the first one that yields a row."""
        self.execute(sql).fetchall()  # pyright: ignore[reportUnknownMemberType]


def _words(text: str) -> str:
    return " ".join(sorted(words(text)))


def connect(path: Path, *, flags: int = apsw.SQLITE_OPEN_READWRITE) -> Database:
    """Open a file that is there, with all that our statements ask of a connection.

    Raises:
        ConfigurationError: when the engine is too old, or sqlite-vec is not installed.
    """
    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if version < OLDEST_ENGINE:
        raise ConfigurationError(
            f"SQLite {apsw.sqlite_lib_version()} can damage a bank that several processes share; install a current apsw"
        )
    db = Database(str(path), flags=flags)
    db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)  # whoever closes with the lock held turns it off
    db.set_busy_timeout(int(PATIENCE * 1000))
    db.enable_load_extension(True)
    db.load_extension(extension_path())
    db.enable_load_extension(False)
    db.script(_PRAGMAS)
    return db


def extension_path() -> str:
    """Return where sqlite-vec's library is, without importing the package, which would import numpy.

    Raises:
        ConfigurationError: when it is not installed.
    """
    spec = find_spec("sqlite_vec")
    if spec is None or spec.origin is None:
        raise ConfigurationError("sqlite-vec is not installed; reinstall rb-mcp with what it depends on")
    return str(Path(spec.origin).with_name("vec0"))
