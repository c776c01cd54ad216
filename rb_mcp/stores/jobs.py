"""The queue of distillations, as steps of a transaction: leases, fencing, waits, the day's budget.

A job is taken up for the length of a lease. No lock is held while a model thinks; whoever comes back after
its lease ran out, or after another took the job up, carries an old token and changes nothing.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from rb_mcp.errors import LostLease
from rb_mcp.work import Waiting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rb_mcp.stores.database import Database


def enqueue(db: Database, experience: int, now: datetime) -> None:
    """Make a job, due now; one that is there already starts anew."""
    db.run(
        "INSERT INTO jobs (experience, state, next_at) VALUES (?, 'ready', ?) ON CONFLICT (experience) DO UPDATE "
        "SET state = 'ready', tries = 0, waits = 0, next_at = excluded.next_at, reason = '', token = 0",
        (experience, now.timestamp()),
    )


def exists(db: Database, experience: int) -> bool:
    """Tell whether an experience has a job."""
    return bool(db.value("SELECT 1 FROM jobs WHERE experience = ?", (experience,)))


def drop(db: Database, experience: int) -> None:
    """End a job that is done, or no longer wanted."""
    db.run("DELETE FROM jobs WHERE experience = ?", (experience,))


def claim(db: Database, now: datetime, lease: float) -> tuple[int, int, int, int] | None:
    """Take up the job that is due longest: return its experience, the token of the lease, its tries and waits."""
    moment = now.timestamp()
    due = db.row(
        "SELECT experience, tries, waits FROM jobs "
        "WHERE state = 'ready' AND next_at <= ?1 OR state = 'leased' AND lease_until <= ?1 "
        "ORDER BY next_at, experience LIMIT 1",
        (moment,),
    )
    if not due:
        return None
    experience, tries, waits = due
    token = secrets.randbits(62)  # not a count: a job that is made anew would count from the start again
    db.run(
        "UPDATE jobs SET state = 'leased', token = ?, lease_until = ? WHERE experience = ?",
        (token, moment + lease, experience),
    )
    return experience, token, tries, waits


def check_lease(db: Database, experience: int, token: int, now: datetime) -> None:
    """Refuse a late answer.

    Raises:
        LostLease: when the lease with this token is no longer the current one.
    """
    current = db.value(
        "SELECT token FROM jobs WHERE experience = ? AND state = 'leased' AND lease_until > ?",
        (experience, now.timestamp()),
    )
    if current != token:
        raise LostLease("another worker has taken this experience up; this answer came too late and changes nothing")


def release(db: Database, experience: int) -> None:
    """Give a job back as it was taken up."""
    db.run("UPDATE jobs SET state = 'ready' WHERE experience = ?", (experience,))


def put_off(db: Database, experience: int, next_at: float, reason: str, failed: bool) -> None:
    """Let a job wait."""
    db.run(
        "UPDATE jobs SET state = 'ready', next_at = ?, reason = ?, tries = tries + ?, waits = waits + ? "
        "WHERE experience = ?",
        (next_at, reason, int(failed), int(not failed), experience),
    )


def end(db: Database, experience: int, state: str, reason: str) -> None:
    """Keep why no model will do it; the agent, or a person, may. What was distilled meanwhile needs nobody."""
    if db.value("SELECT 1 FROM experiences WHERE seq = ? AND status = 'distilled'", (experience,)):
        drop(db, experience)
        return
    db.run(
        "INSERT INTO jobs (experience, state, next_at, reason) VALUES (?1, ?2, 0, ?3) ON CONFLICT (experience) "
        "DO UPDATE SET state = ?2, reason = ?3, tries = tries + 1",
        (experience, state, reason),
    )
    db.run(
        "UPDATE experiences SET status = CASE WHEN outcome = 'unknown' AND seq NOT IN (SELECT contrast FROM members) "
        "THEN 'recorded' ELSE 'awaiting_distillation' END WHERE seq = ? AND status = 'queued'",
        (experience,),
    )


def enqueue_waiting(db: Database, namespace: str | None, dead: bool, now: datetime) -> int:
    """Make jobs of what no model was at hand for: it waits for lessons, or its outcome was never judged.

    With `dead`, also of what was given up. What is part of a contrast is that one's business.
    """
    todo = db.rows(
        "SELECT e.seq FROM experiences e LEFT JOIN jobs j ON j.experience = e.seq "
        "WHERE (?1 IS NULL OR e.namespace = ?1) AND (j.state IS NULL OR ?2 AND j.state IN ('dead', 'asked')) "
        "AND e.seq NOT IN (SELECT member FROM members) "
        "AND (e.status = 'awaiting_distillation' OR e.status = 'recorded' AND NOT EXISTS "
        "(SELECT 1 FROM attempts a WHERE a.experience = e.seq AND a.source = 'judge' "
        "AND a.round = (SELECT max(t.round) FROM attempts t WHERE t.experience = e.seq)))",
        (namespace, int(dead)),
    )
    for (experience,) in todo:
        enqueue(db, experience, now)
        db.run("UPDATE experiences SET status = 'queued' WHERE seq = ?", (experience,))
    return len(todo)


def waiting(db: Database, experience_ids: Sequence[str]) -> list[Waiting]:
    """Return the jobs there are, oldest first."""
    return [
        Waiting(*row)
        for row in db.rows(
            "SELECT e.id, j.state, j.tries, j.reason FROM jobs j JOIN experiences e ON e.seq = j.experience "
            "WHERE ?1 = '[]' OR e.id IN (SELECT value FROM json_each(?1)) ORDER BY j.experience",
            (json.dumps(list(experience_ids)),),
        )
    ]


def spend(db: Database, now: datetime, budget: int) -> bool:
    """Count a call against the day's budget, while there is some left."""
    day = now.date().isoformat()
    db.run("INSERT OR IGNORE INTO calls (day, count) VALUES (?, 0)", (day,))
    return bool(db.run("UPDATE calls SET count = count + 1 WHERE day = ? AND count < ?", (day, budget)))
