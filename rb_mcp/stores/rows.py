"""Rows of the SQLite bank ↔ our values; every query that only reads one kind of thing."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from rb_mcp.errors import NotFound
from rb_mcp.tallies import Summary
from rb_mcp.types import (
    Attempt,
    Evidence,
    Experience,
    MemoryItem,
    Origin,
    Related,
    Remedy,
    Step,
    Strategy,
    Trajectory,
    Trial,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.stores.database import Database
    from rb_mcp.types import Standing, Status

_EXPERIENCE = "seq, id, namespace, task, status, best, best_reason, created_at, person, client, imported, kind"

_STRATEGY = """
SELECT s.seq, s.id, s.namespace, s.title, s.description, s.content, s.outcome, s.created_at, s.standing, s.note,
       s.edited, s.approved
FROM strategies s
"""

# Attempts that were contrasted are one task: the contrast.
_ENDED = """
SELECT x.person, x.client, x.imported, x.outcome, coalesce(a.source, 'agent'), count(*)
FROM experiences x
LEFT JOIN attempts a ON a.experience = x.seq
    AND a.round = (SELECT max(t.round) FROM attempts t WHERE t.experience = x.seq)
WHERE x.namespace = ?1 AND x.outcome != 'unknown' AND x.seq NOT IN (SELECT member FROM members)
"""

# The verdict an experience rests on: its last round's; of a contrast, the weakest of its members'.
_EVIDENCE = """
SELECT v.strategy, e.id, v.title, v.description, v.content, e.person, e.client,
       CASE v.imported WHEN '' THEN e.imported ELSE v.imported END,
       coalesce(a.source, 'agent'), coalesce(a.judge, ''), v.distiller
FROM evidence v
JOIN experiences e ON e.seq = v.experience
LEFT JOIN attempts a ON (a.experience, a.round) = (
    SELECT t.experience, t.round FROM attempts t
    WHERE t.experience = v.experience OR t.experience IN (SELECT member FROM members WHERE contrast = v.experience)
        AND t.round = (SELECT max(u.round) FROM attempts u WHERE u.experience = t.experience)
    ORDER BY CASE WHEN t.experience = v.experience THEN -t.round END,
             CASE t.source WHEN 'agent' THEN 0 WHEN 'judge' THEN 1 ELSE 2 END
    LIMIT 1)
"""

_TRIALS = """
SELECT d.strategy, x.person, x.client, x.imported, x.outcome, coalesce(a.source, 'agent'), count(DISTINCT x.seq)
FROM recalled d
JOIN recalls r ON r.seq = d.recall
JOIN experiences x ON x.seq = r.experience AND x.outcome != 'unknown'
LEFT JOIN attempts a ON a.experience = x.seq
    AND a.round = (SELECT max(t.round) FROM attempts t WHERE t.experience = x.seq)
"""


def pack(steps: Sequence[Step]) -> bytes:
    """Return steps as they are kept: JSON, compressed."""
    plain = [[step.thought, step.action, step.observation] for step in steps]
    return zlib.compress(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode())


def unpack(kept: bytes) -> tuple[Step, ...]:
    """Return what `pack` was given."""
    return tuple(Step(*step) for step in json.loads(zlib.decompress(kept)))


def stamp(moment: datetime) -> str:
    """Return a moment as it is kept."""
    return moment.isoformat(timespec="microseconds")


def sequence(db: Database, table: str, id_: str, namespace: str | None, field: str) -> int:
    """Return the row of an id.

    Raises:
        NotFound: when it is not there, or not in that namespace.
    """
    row = db.row(
        f"SELECT seq FROM {table} WHERE id = ? AND (? IS NULL OR namespace = ?)",
        (id_, namespace, namespace),
    )
    if row is None:
        where = "the bank" if namespace is None else f"namespace {namespace!r}"
        raise NotFound(field, f"{id_!r} is not known in {where}; ids come from earlier answers, with their namespace")
    return row[0]


def column(db: Database, sql: str, *values: str | int | None) -> list[int]:
    """Return the one column of integers that a statement yields."""
    return [value for (value,) in db.rows(sql, values)]


def count(db: Database, namespaces: Sequence[str], language: str = "") -> int:
    """Return how many experiences these namespaces hold, of tasks in any language or in one."""
    marks = ", ".join("?" * len(namespaces))
    return db.value(
        f"SELECT count(*) FROM experiences WHERE namespace IN ({marks}) AND (? = '' OR language = ?)",
        (*namespaces, language, language),
    )


def named(db: Database, table: str, ids: Sequence[str], namespaces: Sequence[str]) -> list[int]:
    """Return the rows of these ids, of those that are there."""
    marks = ", ".join("?" * len(namespaces))
    return column(
        db,
        f"SELECT seq FROM {table} WHERE id IN (SELECT value FROM json_each(?)) AND namespace IN ({marks})",
        json.dumps(list(ids)),
        *namespaces,
    )


MOST_REMEDIES = 500
"""Looked at for a recall."""


def remedies(db: Database, namespaces: Sequence[str], heads: Sequence[str]) -> list[tuple[Remedy, str, Origin]]:
    """Return remedies of errors whose signatures begin with one of these words, newest first, and whose they are."""
    return [
        (Remedy(key, error, remedy), id_, Origin(*origin))
        for key, error, remedy, id_, *origin in db.rows(
            # CROSS: in this order, or every experience of the namespaces is looked at.
            "SELECT r.key, r.error, r.remedy, e.id, e.person, e.client, e.imported FROM json_each(?) h "
            "CROSS JOIN remedies r ON r.key = h.value OR (r.key > h.value || ' ' AND r.key < h.value || '!') "
            "CROSS JOIN experiences e ON e.seq = r.experience WHERE "
            "e.namespace IN (SELECT value FROM json_each(?)) ORDER BY r.seq DESC LIMIT ?",
            (json.dumps(list(heads)), json.dumps(list(namespaces)), MOST_REMEDIES),
        )
    ]


def experience(db: Database, seq: int) -> Experience:
    """Return one experience in full; of a contrast, with the last attempt of each member."""
    row = db.row(f"SELECT {_EXPERIENCE} FROM experiences WHERE seq = ?", (seq,))
    members = db.rows(
        "SELECT m.member, e.id, e.task FROM members m JOIN experiences e ON e.seq = m.member "
        "WHERE m.contrast = ? ORDER BY m.position",
        (seq,),
    )
    if members:
        attempts = tuple(_attempts(db, member, task)[-1] for member, _, task in members)
    else:
        attempts = _attempts(db, seq, row[3])
    return _experience(row, attempts, tuple(id_ for _, id_, _ in members))


def experiences(db: Database, namespace: str | None, status: Status | None, after: int, limit: int) -> list[Experience]:
    """Return a page of experiences, newest first, their attempts without steps."""
    rows = db.rows(
        f"SELECT {_EXPERIENCE} FROM experiences "
        "WHERE (? IS NULL OR namespace = ?) AND (? IS NULL OR status = ?) ORDER BY seq DESC LIMIT ? OFFSET ?",
        (namespace, namespace, status, status, limit, after),
    )
    found: list[Experience] = []
    for row in rows:
        members = db.rows(
            "SELECT e.id FROM members m JOIN experiences e ON e.seq = m.member WHERE m.contrast = ? ORDER BY position",
            (row[0],),
        )
        verdicts = db.rows(
            "SELECT a.outcome, a.reason, a.source, a.judge FROM members m JOIN attempts a ON a.experience = m.member "
            "AND a.round = (SELECT max(t.round) FROM attempts t WHERE t.experience = m.member) "
            "WHERE m.contrast = ? ORDER BY m.position"
            if members
            else "SELECT outcome, reason, source, judge FROM attempts WHERE experience = ? ORDER BY round",
            (row[0],),
        )
        attempts = tuple(Attempt(Trajectory(row[3]), Verdict(*verdict)) for verdict in verdicts)
        found.append(_experience(row, attempts, tuple(id_ for (id_,) in members)))
    return found


def strategies(
    db: Database,
    where: str = "1",
    values: Sequence[str | int | None] = (),
    *,
    after: int = 0,
    limit: int = -1,
) -> list[Strategy]:
    """Return strategies, newest first, each with its evidence and its record of use."""
    rows = db.rows(f"{_STRATEGY} WHERE {where} ORDER BY s.seq DESC LIMIT ? OFFSET ?", (*values, limit, after))
    seqs = ", ".join(str(row[0]) for row in rows)
    behind: dict[int, list[Evidence]] = defaultdict(list)
    for strategy, id_, title, description, content, person, client, imported, *verdict in db.rows(
        f"{_EVIDENCE} WHERE v.strategy IN ({seqs}) ORDER BY v.seq"
    ):
        item, origin = MemoryItem(title, description, content), Origin(person, client, imported)
        behind[strategy].append(Evidence(id_, item, origin, *verdict))
    trials: dict[int, list[Trial]] = defaultdict(list)
    for strategy, person, client, imported, *ended in db.rows(
        f"{_TRIALS} WHERE d.strategy IN ({seqs}) GROUP BY 1, 2, 3, 4, 5, 6"
    ):
        trials[strategy].append(Trial(Origin(person, client, imported), *ended))
    return [
        replace(_strategy(row, tuple(behind[row[0]]), tuple(trials[row[0]])), **related)
        for row, related in zip(rows, _related(db, [row[0] for row in rows]), strict=True)
    ]


def _related(db: Database, seqs: Sequence[int]) -> list[dict[str, tuple[Related, ...]]]:
    """Return what each of these strategies contradicts, is composed of, took in, and is shared as."""
    found: dict[int, dict[str, tuple[Related, ...]]] = {seq: {} for seq in seqs}
    here = ", ".join(map(str, seqs))
    for seq, kind, id_, title in db.rows(
        f"SELECT * FROM (SELECT c.one AS seq, 'contradicts' AS kind, s.id, s.title FROM contradictions c "
        f"JOIN strategies s ON s.seq = c.other AND s.standing = 'active' WHERE c.one IN ({here}) UNION ALL "
        f"SELECT c.other, 'contradicts', s.id, s.title FROM contradictions c "
        f"JOIN strategies s ON s.seq = c.one AND s.standing = 'active' WHERE c.other IN ({here}) UNION ALL "
        # Of what was copied into another namespace, the words it has by now are nothing to show there.
        f"SELECT p.whole, 'parts', s.id, iif(s.namespace = w.namespace, s.title, w.title) FROM parts p "
        f"JOIN strategies s ON s.seq = p.part JOIN strategies w ON w.seq = p.whole "
        f"WHERE p.whole IN ({here}) UNION ALL SELECT p.part, 'shared_as', w.id, w.title FROM parts p "
        f"JOIN strategies s ON s.seq = p.part JOIN strategies w ON w.seq = p.whole AND w.namespace != s.namespace "
        f"WHERE p.part IN ({here}) UNION ALL SELECT m.target, 'merged', s.id, s.title FROM merged m "
        f"JOIN strategies s ON s.seq = m.strategy WHERE m.target IN ({here})) ORDER BY 1, 2, 3"
    ):
        found[seq][kind] = (*found[seq].get(kind, ()), Related(id_, title))
    return list(found.values())


def trials(db: Database, namespace: str, of: Sequence[str], without: str) -> list[Trial]:
    """Return how the tasks of a namespace ended: all, or of these experiences those that did not recall a strategy."""
    where, values = "", [namespace]
    if without:
        where = (
            "AND x.id IN (SELECT value FROM json_each(?2)) AND x.seq NOT IN (SELECT r.experience FROM recalled d "
            "JOIN strategies s ON s.seq = d.strategy JOIN recalls r ON r.seq = d.recall "
            "WHERE s.id = ?3 AND r.experience NOT NULL)"
        )
        values += [json.dumps(of), without]
    ended = db.rows(f"{_ENDED} {where} GROUP BY 1, 2, 3, 4, 5", values)
    return [Trial(Origin(person, client, imported), *how) for person, client, imported, *how in ended]


def tasks(db: Database, namespace: str, limit: int) -> list[tuple[str, frozenset[str]]]:
    """Return ids and words of the latest experiences whose outcome is known."""
    found = db.rows(
        "SELECT id, words FROM experiences WHERE namespace = ? AND outcome != 'unknown' ORDER BY seq DESC LIMIT ?",
        (namespace, limit),
    )
    return [(id_, frozenset(text.split())) for id_, text in found]


def summary(db: Database, namespace: str | None) -> Summary:
    """Count what there is."""
    here = (namespace, namespace)

    def counted(sql: str) -> dict[str, int]:
        return dict(db.rows(sql, here))

    recalls = db.row(
        "SELECT count(*), count(CASE WHEN EXISTS (SELECT 1 FROM recalled d WHERE d.recall = r.seq) THEN 1 END), "
        "count(x.seq), count(CASE x.outcome WHEN 'success' THEN 1 END) FROM recalls r "
        "LEFT JOIN experiences x ON x.seq = r.experience AND x.outcome != 'unknown' "
        "WHERE (? IS NULL OR r.namespace = ?)",
        here,
    )
    names = db.rows("SELECT namespace FROM experiences UNION SELECT namespace FROM strategies ORDER BY namespace")
    return Summary(
        counted("SELECT status, count(*) FROM experiences WHERE ? IS NULL OR namespace = ? GROUP BY status"),
        counted(
            "SELECT a.outcome, count(*) FROM attempts a JOIN experiences e ON e.seq = a.experience "
            "WHERE ? IS NULL OR e.namespace = ? GROUP BY a.outcome"
        ),
        counted("SELECT standing, count(*) FROM strategies WHERE ? IS NULL OR namespace = ? GROUP BY standing"),
        *recalls,
        namespaces=tuple(name for (name,) in names),
    )


def _attempts(db: Database, seq: int, task: str) -> tuple[Attempt, ...]:
    rows = db.rows(
        "SELECT steps, outcome, reason, source, judge FROM attempts WHERE experience = ? ORDER BY round", (seq,)
    )
    return tuple(
        Attempt(Trajectory(task, unpack(steps)), Verdict(outcome, reason, source, judge))
        for steps, outcome, reason, source, judge in rows
    )


def _experience(row: Any, attempts: tuple[Attempt, ...], members: tuple[str, ...]) -> Experience:  # noqa: ANN401
    _, id_, namespace, task, status, best, best_reason, created_at, person, client, imported, kind = row
    moment, origin = datetime.fromisoformat(created_at), Origin(person, client, imported)
    return Experience(id_, namespace, task, status, moment, attempts, members, best, best_reason, origin, kind)


def _strategy(row: Any, evidence: tuple[Evidence, ...], trials: tuple[Trial, ...]) -> Strategy:  # noqa: ANN401
    _, id_, namespace, title, description, content, outcome, created_at, standing, note, edited, approved = row
    item, moment = MemoryItem(title, description, content), datetime.fromisoformat(created_at)
    return Strategy(
        id_, namespace, item, outcome, moment, cast("Standing", standing), note, bool(edited), bool(approved),
        evidence, trials,
    )  # fmt: skip
