"""The indexes made anew although they are damaged: they are dropped without being read.

`DROP TABLE` walks through what it drops, and fails where that is damaged. So the indexes are struck from the
schema, and made again as the migrations make them; the pages they leave behind go when the file is compacted.
Not covered: damage to the tables themselves, for which there are backups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.stores import index
from rb_mcp.stores.engine import model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rb_mcp.stores.database import Database

TEXT_INDEXES = ("experiences_fts", "strategies_fts")
VECTOR_INDEXES = tuple(side.index for side in index.SIDES.values())


def indexes(db: Database, strategy_words: Iterable[tuple[int, str]]) -> None:
    """Make text and vector indexes anew, within a transaction; `Engine.compact` belongs after it."""
    db.script("PRAGMA writable_schema = ON")
    for name in (*TEXT_INDEXES, *VECTOR_INDEXES):
        db.run("DELETE FROM sqlite_schema WHERE tbl_name = ?1 OR tbl_name GLOB ?1 || '_*'", (name,))
    db.script("PRAGMA writable_schema = RESET")  # off again, and the schema read anew
    for name in TEXT_INDEXES:
        db.script(model()[name])
        db.run(f"INSERT INTO {name} ({name}, rank) VALUES ('secure-delete', 1)")
    index.rebuild(db, strategy_words)
