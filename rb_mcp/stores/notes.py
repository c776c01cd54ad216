"""Working memory: the notebooks of sessions, as steps of a transaction. They go with their session."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rb_mcp.stores.rows import stamp
from rb_mcp.types import Note

if TYPE_CHECKING:
    from datetime import datetime

    from rb_mcp.stores.database import Database

MOST_NOTES = 50
"""Lines of one session."""
STALE = timedelta(days=14)
"""Since the last line, after which a session is taken to be over."""


def keep(db: Database, session: str, namespace: str, note: Note, now: datetime) -> None:
    """Keep a line, in place of the one with the same key."""
    where = "session = ? AND namespace = ?"
    db.run(f"DELETE FROM notes WHERE {where} AND key = ?", (session, namespace, note.key))
    db.run(
        "INSERT INTO notes (session, namespace, key, note, ended, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        (session, namespace, note.key, note.text, note.ended, stamp(now)),
    )
    db.run(
        f"DELETE FROM notes WHERE {where} AND seq NOT IN "
        f"(SELECT seq FROM notes WHERE {where} ORDER BY seq DESC LIMIT ?)",
        (session, namespace, session, namespace, MOST_NOTES),
    )


def read(db: Database, session: str, namespace: str) -> list[Note]:
    """Return the lines of a session, the latest first."""
    found = db.rows(
        "SELECT key, note, ended FROM notes WHERE session = ? AND namespace = ? ORDER BY seq DESC", (session, namespace)
    )
    return [Note(*row) for row in found]


def close(db: Database, session: str, namespace: str, now: datetime) -> int:
    """Forget a session's lines, and those of sessions that are over without having said so."""
    return db.run(
        "DELETE FROM notes WHERE (session = ? AND namespace = ?) OR session IN "
        "(SELECT session FROM notes GROUP BY session HAVING max(created_at) < ?)",
        (session, namespace, stamp(now - STALE)),
    )
