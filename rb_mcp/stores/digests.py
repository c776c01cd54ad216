"""Digests of rows: SQLite has no checksums, and hands out a damaged text as readily as a whole one.

Every table that is truth has a column `digest`, over all the other columns in their order, kept by triggers
(`sql/sqlite/0004_checksums.sql`). Not covered: the indexes, which are compared with the tables (`checks.py`),
and tampering: whoever can write the file can write the digests.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rb_mcp.stores.database import Database, Value

SIZE = 16
"""Bytes of a digest that are kept."""

_OWNERS = {
    "experiences": "t.id",
    "attempts": "(SELECT id FROM experiences WHERE seq = t.experience)",
    "members": "(SELECT id FROM experiences WHERE seq = t.contrast)",
    "vectors": "(SELECT id FROM experiences WHERE seq = t.experience)",
    "kind_vectors": "(SELECT id FROM experiences WHERE seq = t.experience)",
    "footprints": "(SELECT id FROM experiences WHERE seq = t.experience)",
    "remedies": "(SELECT id FROM experiences WHERE seq = t.experience)",
    "jobs": "(SELECT id FROM experiences WHERE seq = t.experience)",
    "strategies": "t.id",
    "evidence": "(SELECT id FROM strategies WHERE seq = t.strategy)",
    "item_vectors": "(SELECT id FROM strategies WHERE seq = t.strategy)",
    "merged": "(SELECT id FROM strategies WHERE seq = t.strategy)",
    "merges": "(SELECT id FROM strategies WHERE seq = t.strategy)",
    "contradictions": "(SELECT id FROM strategies WHERE seq = t.one)",
    "parts": "(SELECT id FROM strategies WHERE seq = t.whole)",
    "apart": "(SELECT id FROM strategies WHERE seq = t.strategy)",
}
"""Table → what is to be forgotten to be rid of one of its rows."""


class Damaged(NamedTuple):
    """A row that is not what was written."""

    table: str
    key: str
    owner: str
    """The id of the experience or the strategy it belongs to; empty when it belongs to none."""


class _Text(bytes):
    """The bytes of a text, which need not be one any more."""


def digest(*values: Value) -> bytes:
    """Return the digest of a row: of each value its kind, its length and its bytes, so that no two rows are alike."""
    parts: list[bytes] = []  # one call of the hash, not one a value: this runs in every write
    for value in values:
        if isinstance(value, str):
            text = value.encode()
            parts += (b"t%d:" % len(text), text)
        elif isinstance(value, int):
            parts.append(b"i%d;" % value)
        elif isinstance(value, float):
            parts += (b"f", struct.pack("<d", value))
        elif isinstance(value, _Text):
            parts += (b"t%d:" % len(value), value)
        elif value is None:
            parts.append(b"n")
        else:
            parts += (b"b%d:" % len(value), value)
    return sha256(b"".join(parts)).digest()[:SIZE]


def tables(db: Database) -> list[str]:
    """Return the tables whose rows carry a digest."""
    return [
        name
        for (name,) in db.rows(
            "SELECT s.name FROM sqlite_schema s, pragma_table_info(s.name) c "
            "WHERE s.type = 'table' AND c.name = 'digest' ORDER BY s.rowid"
        )
    ]


def damaged(db: Database, table: str) -> Iterator[Damaged]:
    """Recompute the digests of a table and return the rows that differ from theirs."""
    info = [row for row in db.rows(f"PRAGMA table_info({table})") if row[1] != "digest"]
    keys = [place for place, row in enumerate(info) if row[5]]
    # Text as bytes: damaged text is often no UTF-8, and no reason to stop.
    columns = ", ".join(
        f"typeof(t.{name}), iif(typeof(t.{name}) = 'text', CAST(t.{name} AS BLOB), t.{name})" for _, name, *_ in info
    )
    owner = f"CAST({_OWNERS.get(table, 'NULL')} AS BLOB)"
    for kept, whose, *pairs in db.each(f"SELECT t.digest, {owner}, {columns} FROM {table} t"):
        values = pairs[1::2]
        kinds = zip(pairs[::2], values, strict=True)
        if digest(*(_Text(value) if kind == "text" else value for kind, value in kinds)) != kept:
            yield Damaged(table, ", ".join(_shown(values[place]) for place in keys), _shown(whose or b""))


def _shown(value: bytes | float) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
