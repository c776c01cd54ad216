"""What came of the tasks that recalled, and what each day brought: the statements behind `rb-mcp stats`.

A draw is a row of `withheld` (`sql/sqlite/0005_holdout.sql`): it says on which side a task stands even when the
strategies that were answered are forgotten later. Not covered: what follows from the figures (`memory/lift.py`).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING

from rb_mcp.tallies import Day, Ended

if TYPE_CHECKING:
    from rb_mcp.stores.database import Database

# Of several recalls one experience is credited to, SQLite takes the other columns from the row of the least (min).
# The verdict's source is its last round's; of a contrast, the weakest of its members'.
_ENDED = """
SELECT min(r.seq), r.namespace, r.created_at, w.count > 0, x.outcome,
       coalesce(a.source, (
           SELECT t.source FROM members m JOIN attempts t ON t.experience = m.member
           WHERE m.contrast = x.seq ORDER BY CASE t.source WHEN 'agent' THEN 0 WHEN 'judge' THEN 1 ELSE 2 END LIMIT 1
       ), 'agent'),
       nullif(a.length, 0)
FROM recalls r
JOIN withheld w ON w.recall = r.seq
JOIN experiences x ON x.seq = r.experience AND x.outcome != 'unknown'
LEFT JOIN attempts a ON a.experience = x.seq
    AND a.round = (SELECT max(t.round) FROM attempts t WHERE t.experience = x.seq)
WHERE ?1 IS NULL OR r.namespace = ?1
GROUP BY x.seq
ORDER BY 1
"""

_BY_DAY = {
    "experiences": "SELECT substr(created_at, 1, 10), count(*) FROM experiences "
    "WHERE ?1 IS NULL OR namespace = ?1 GROUP BY 1",
    "strategies": "SELECT substr(created_at, 1, 10), count(*) FROM strategies "
    "WHERE standing = 'active' AND (?1 IS NULL OR namespace = ?1) GROUP BY 1",
    "merges": "SELECT substr(e.created_at, 1, 10), count(*) FROM evidence v "
    "JOIN strategies s ON s.seq = v.strategy JOIN experiences e ON e.seq = v.experience "
    "WHERE (?1 IS NULL OR s.namespace = ?1) "
    "AND v.seq != (SELECT min(f.seq) FROM evidence f WHERE f.strategy = v.strategy) GROUP BY 1",
}

_ANSWERS = """
SELECT substr(r.created_at, 1, 10),
       CASE WHEN w.count > 0 THEN 'withheld'
            WHEN w.count = 0 OR EXISTS (SELECT 1 FROM recalled d WHERE d.recall = r.seq) THEN 'answered'
            ELSE 'nothing' END,
       count(*)
FROM recalls r LEFT JOIN withheld w ON w.recall = r.seq
WHERE ?1 IS NULL OR r.namespace = ?1
GROUP BY 1, 2
"""


def ended(db: Database, namespace: str | None) -> list[Ended]:
    """Return what came of the tasks whose recall was drawn, in the order they asked."""
    return [
        Ended(name, datetime.fromisoformat(asked_at), bool(withheld), outcome, source, steps)
        for _, name, asked_at, withheld, outcome, source, steps in db.rows(_ENDED, (namespace,))
    ]


def days(db: Database, namespace: str | None) -> list[Day]:
    """Return what each day brought on which there was anything, in order."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for what, sql in _BY_DAY.items():
        for day, count in db.rows(sql, (namespace,)):
            found[day][what] = count
    for day, what, count in db.rows(_ANSWERS, (namespace,)):
        found[day][what] = count
    return [Day(date.fromisoformat(day), **found[day]) for day in sorted(found)]
