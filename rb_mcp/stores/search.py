"""Search: what comes nearest to a query on each of its sides, by vector, by words, and by terms touched.

By vector in two passes: the nearest by Hamming distance of signs, within a bound that a sample gives (vec0 drops what
lies beyond before it selects, and selecting is what costs), then by cosine. By words and terms with BM25, asking for
the rarest first. At 100,000 experiences a search costs about half of one scan of 512 float32 and one query for all the
words (`bench/recall.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_mcp.stores import rows
from rb_mcp.stores.index import LONE, SIDES, blob, bound_to, part_sql, space_of, within
from rb_mcp.types import Candidate, MemoryItem, Origin, Pool, Similar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from rb_mcp.stores.database import Database
    from rb_mcp.stores.index import Side, Space
    from rb_mcp.types import Embedding, Probe

NEAREST, MANY = 160, 30_000
"""Rows that the first pass takes of each side, and a third more where there are more than `MANY` experiences. Of real
texts the nearest 10 by cosine are among the first 100 by Hamming distance in 0.99 of the cases, among 200 in 0.998."""

_SAMPLE = 1_000
"""Rows from which the bound of a scan is estimated."""
_BOUNDED = 2_000
"""Rows from which a bound pays for itself."""

LEAST_TERMS = 4
"""Words of a query that the text index is asked for at least, the rarest first."""
MOST_ROWS = 2_000
"""Rows that the words asked for stand in, all together, or a tenth of the bank: frequent words cost most and say least.
With this budget the best 10 by BM25 are the same in 0.99 of the cases at 10,000 texts and in 0.97 at 100,000."""
_MOST_TERMS = 64
"""Words asked for at most."""
_FEW_TERMS = 16
"""The same, of an item that is looked for by its vector too: time grows with them."""


@dataclass(frozen=True)
class _Scan:
    """One pass over a vector index: which bits are compared, of which partitions, and for how many rows."""

    column: str
    query: bytes
    parts: tuple[str, ...]
    rows: int


def _scans(query: Embedding, space: Space, namespaces: Sequence[str], rows_: int) -> list[_Scan]:
    """Return the passes that find what is nearest to a query: texts that all encoders read, and the others."""
    english = tuple(f"e:{name}" for name in namespaces)
    if not space.lead:
        return [_Scan("whole", blob(query.values), english, rows_)]
    others = tuple(f"o:{name}" for name in namespaces)
    lead = blob(query.values[: space.lead])
    if query.values[-1] == 0.0:
        return [_Scan("lead", lead, (*english, *others), rows_)]
    return [_Scan("whole", blob(query.values), english, rows_), _Scan("lead", lead, others, rows_ // 2)]


def nearest(db: Database, name: str, query: Embedding, space: Space, namespaces: Sequence[str], count: int) -> set[int]:
    """Return rows of one side that come nearest to a query by the first pass, some hundred."""
    side = SIDES[name]
    total = count * (1 if name != "strategy" else 2)
    found: set[int] = set()
    for scan in _scans(query, space, namespaces, NEAREST if count < MANY else 4 * NEAREST // 3):
        bound = _bound(db, side, space, scan, total)
        rows_ = _scanned(db, side, space, scan, bound)
        if bound is not None and len(rows_) < min(scan.rows // 2, total // 8):  # the sample was unlike the rest
            rows_ = _scanned(db, side, space, scan, None)
        found.update(rows_)
    return found


def _scanned(db: Database, side: Side, space: Space, scan: _Scan, bound: int | None) -> list[int]:
    marks = ", ".join("?" * len(scan.parts))
    query = "vec_quantize_binary(?)" if space.in_bits else "?"
    within_bound = "" if bound is None else f" AND distance <= {bound:d}"
    return [
        seq
        for (seq,) in db.rows(
            f"SELECT seq FROM {side.index} WHERE {scan.column} MATCH {query} AND k = ? AND part IN ({marks})"
            f"{within_bound}",
            (scan.query, scan.rows, *scan.parts),
        )
    ]


def _bound(db: Database, side: Side, space: Space, scan: _Scan, total: int) -> int | None:
    """Return a Hamming distance within which about twice the rows lie that a pass asks for; None where it pays not.

    vec0 drops what lies beyond before it selects the nearest, which is what costs. Estimated from a sample of rows,
    drawn evenly and remembered by the connection until the bank has grown by a quarter.
    """
    if total < _BOUNDED or not space.in_bits:
        return None
    cut = "v.vector" if scan.column == "whole" else f"vec_slice(v.vector, 0, {space.lead:d})"
    key = (side.index, scan.column, scan.parts, space.embedder)
    known, sample = db.samples.get(key, (0, ()))
    if total > 1.25 * known:
        every = max(1, total // _SAMPLE)
        picked = db.rows(
            f"SELECT vec_quantize_binary({cut}) FROM {side.owners} o JOIN {side.vectors} v ON v.{side.owner} = o.seq "
            f"AND v.embedder = ? WHERE o.seq % {every:d} = 0 AND {part_sql('o', space)} IN "
            f"({', '.join('?' * len(scan.parts))})",
            (space.embedder, *scan.parts),
        )
        sample = tuple(int.from_bytes(bits, "little") for (bits,) in picked)
        db.samples[key] = (total, sample)
    bits = int.from_bytes(db.value("SELECT vec_quantize_binary(?)", (scan.query,)), "little")
    distances = sorted((bits ^ row).bit_count() for row in sample)
    place = int(2 * scan.rows / total * len(distances)) + 3
    return distances[place] if place < len(distances) else None


def cosine_sql(column: str, query: Embedding, space: Space) -> str:
    """Return the SQL for the cosine of a stored vector and a query, which is bound to its one parameter.

    Where one of the two was read by the leading encoder alone, the other's part of it is only half of its square: the
    pair is compared by that part.
    """
    plain = f"(1.0 - vec_distance_cosine({column}, ?))"
    if not space.lead:
        return plain
    alone = int(query.values[-1] == 0.0)
    return f"{plain} * CASE WHEN {LONE.format(column)} = {alone} THEN 1.0 ELSE {math.sqrt(2)} END"


def search(db: Database, namespaces: Sequence[str], probe: Probe, limit: int, among: Sequence[str] = ()) -> Pool:
    """Return the union of what is nearest to a query on each side: by vector, by words, and by terms touched.

    With `among`, only these experiences are compared, whatever is near.
    """
    space = bound_to(db)
    task, kind = within(probe.task, space), within(probe.kind, space)
    count = rows.count(db, namespaces)
    touched: dict[int, float] = {}
    if among:
        seqs = set(rows.named(db, "experiences", among, namespaces))
    else:
        seqs = _near(db, namespaces, task, kind, space, count, limit)
        seqs.update(seq for seq, _ in matched(db, "words", probe.words, namespaces, count, limit))
        touched = dict(matched(db, "terms", probe.terms, namespaces, count, limit))
        seqs.update(touched)
    size = rows.count(db, namespaces, probe.language)
    return Pool(tuple(_compared(db, seqs, task, kind, space, touched)), space.embedder if space and task else "", size)


def _near(
    db: Database,
    namespaces: Sequence[str],
    task: Embedding | None,
    kind: Embedding | None,
    space: Space | None,
    count: int,
    limit: int,
) -> set[int]:
    """Return experiences whose task, kind or strategies come nearest to a query's task or kind."""
    seqs: set[int] = set()
    for query, sides in ((task, ("task", "strategy")), (kind, ("kind", "strategy"))):
        if query is None or space is None:
            continue
        for name in sides:
            side = SIDES[name]
            best = db.rows(
                f"SELECT v.{side.owner} FROM {side.vectors} v WHERE v.embedder = ? AND v.{side.owner} IN "
                f"({_listed(nearest(db, name, query, space, namespaces, count))}) "
                f"ORDER BY {cosine_sql('v.vector', query, space)} DESC LIMIT ?",
                (space.embedder, blob(query.values), limit),
            )
            if name == "strategy":  # of what rests on very many experiences, the latest speak for it
                best = db.rows(
                    "SELECT experience FROM (SELECT experience, row_number() OVER (PARTITION BY strategy ORDER BY "
                    f"experience DESC) AS place FROM evidence WHERE strategy IN ({_listed(seq for (seq,) in best)})) "
                    "WHERE place <= 3"
                )
            seqs.update(seq for (seq,) in best)
    return seqs


def _compared(
    db: Database,
    seqs: Collection[int],
    task: Embedding | None,
    kind: Embedding | None,
    space: Space | None,
    touched: dict[int, float],
) -> list[Candidate]:
    """Return experiences with how near each of their sides comes, the newest first: of equals the later one wins."""
    here = _listed(seqs)

    def cosines(sql: str, query: Embedding | None) -> dict[int, float]:
        """Run a query of (row, cosine): `{0}` is the cosine of v.vector and the query."""
        if query is None or space is None:
            return {}
        statement = sql.format(cosine_sql("v.vector", query, space), here)
        return dict(db.rows(statement, (blob(query.values), space.embedder)))

    own = "SELECT experience, {0} FROM %s v WHERE embedder = ? AND experience IN ({1})"
    taught = (
        "SELECT e.experience, max({0}) FROM evidence e "
        "JOIN strategies s ON s.seq = e.strategy AND s.standing = 'active' "
        "JOIN item_vectors v ON v.strategy = s.seq AND v.embedder = ? WHERE e.experience IN ({1}) GROUP BY 1"
    )
    tasks, kinds = cosines(own % "vectors", task), cosines(own % "kind_vectors", kind)
    lessons, kind_lessons = cosines(taught, task), cosines(taught, kind)
    crossed = cosines(own % "kind_vectors", task) if kind else dict[int, float]()
    kind_tasks = cosines(own % "vectors", kind)
    return [
        Candidate(
            id_,
            frozenset(text.split()),
            tasks.get(seq),
            Origin(*origin),
            lessons.get(seq),
            kinds.get(seq),
            kind_lessons.get(seq),
            kind_tasks.get(seq),
            crossed.get(seq),
            touched.get(seq, 0.0),
        )
        for seq, id_, text, *origin in db.rows(
            f"SELECT seq, id, words, person, client, imported FROM experiences WHERE seq IN ({here}) ORDER BY seq DESC"
        )
    ]


def matched(
    db: Database, column: str, terms: frozenset[str], namespaces: Sequence[str], count: int, limit: int
) -> list[tuple[int, float]]:
    """Return the experiences that match best by BM25 in one column of the text index, each with its score."""
    asked = rarest(db, column, terms, max(MOST_ROWS, count // 10))
    if not asked:
        return []
    marks = ", ".join("?" * len(namespaces))
    return db.rows(
        "SELECT f.rowid, -bm25(experiences_fts) FROM experiences_fts f JOIN experiences e ON e.seq = f.rowid "
        f"WHERE experiences_fts MATCH ? AND e.namespace IN ({marks}) ORDER BY bm25(experiences_fts) LIMIT ?",
        (f"{column} : ({match_any(asked)})", *namespaces, limit),
    )


def rarest(db: Database, column: str, terms: frozenset[str], budget: int) -> list[str]:
    """Return the words of a query that stand in fewest experiences, up to a budget of rows, a few at least."""
    if not terms:
        return []
    db.vocabulary()
    longest = sorted(terms, key=lambda term: (-len(term), term))[: 4 * _MOST_TERMS]
    marks = ", ".join("?" * len(longest))
    known = dict(
        db.rows(
            f"SELECT term, doc FROM temp.document_frequency WHERE term IN ({marks}) AND col = ?", (*longest, column)
        )
    )
    # The tokenizer folds accents: a word that the vocabulary does not have may still be found.
    ranked = sorted(longest, key=lambda term: (known.get(term, 0), -len(term), term))[:_MOST_TERMS]
    spent, asked = 0, list[str]()
    for term in ranked:
        spent += known.get(term, 0)
        if spent > budget and len(asked) >= LEAST_TERMS:
            break
        asked.append(term)
    return asked


def similar(
    db: Database, namespace: str, words: frozenset[str], embedding: Embedding | None, limit: int
) -> list[Similar]:
    """Return the strategies, not retired, that share most words with a text, and the nearest of those with a vector.

    Composed ones are left out: an experience stands behind their parts, and what they say is nobody's words.
    By vector every one is looked at: of 5,000 that was measured to cost less than embedding the text
    (`bench/consolidation.py`).
    """
    found: set[int] = set()
    space = bound_to(db) or (space_of(embedding.embedder, len(embedding.values)) if embedding else None)
    dense = within(embedding, space)
    cosine = cosine_sql("v.vector", dense, space) if dense and space else "NULL"
    if dense:
        found.update(
            seq
            for (seq,) in db.rows(
                "SELECT s.seq FROM strategies s JOIN item_vectors v ON v.strategy = s.seq AND v.embedder = ? "
                f"WHERE s.namespace = ? AND s.standing != 'retired' ORDER BY {cosine} DESC LIMIT ?",
                (dense.embedder, namespace, blob(dense.values), limit),
            )
        )
    if words:
        found.update(
            seq
            for (seq,) in db.rows(
                "SELECT f.rowid FROM strategies_fts f JOIN strategies t ON t.seq = f.rowid "
                "WHERE strategies_fts MATCH ? AND t.namespace = ? ORDER BY bm25(strategies_fts) LIMIT ?",
                (match_any(_longest(words, _FEW_TERMS if dense else _MOST_TERMS)), namespace, limit),
            )
        )
    found_rows = db.rows(
        "SELECT s.id, s.title, s.description, s.content, s.standing, "
        f"CASE WHEN v.vector NOT NULL THEN {cosine} END FROM strategies s "
        f"LEFT JOIN item_vectors v ON v.strategy = s.seq AND v.embedder = ? WHERE s.seq IN ({_listed(found)}) "
        "AND s.seq NOT IN (SELECT whole FROM parts) ORDER BY s.seq",
        (blob(dense.values), dense.embedder) if dense else ("",),
    )
    return [Similar(id_, MemoryItem(*item), standing, nearness) for id_, *item, standing, nearness in found_rows]


def background(db: Database, namespaces: Sequence[str], pairs: int) -> list[float]:
    """Return the cosines of about `pairs` pairs of different tasks, evenly drawn from the bank."""
    space = bound_to(db)
    if not space:
        return []
    marks = ", ".join("?" * len(namespaces))
    count = 2 * math.isqrt(pairs)
    seqs = [
        seq
        for (seq,) in db.rows(
            "SELECT e.seq FROM experiences e JOIN vectors v ON v.experience = e.seq AND v.embedder = ? "
            f"WHERE e.namespace IN ({marks}) ORDER BY e.seq",
            (space.embedder, *namespaces),
        )
    ]
    picked = _listed(seqs[:: max(1, len(seqs) // count)][:count])
    drawn = db.rows(
        "SELECT e.words, v.vector FROM experiences e JOIN vectors v ON v.experience = e.seq AND v.embedder = ? "
        f"WHERE e.seq IN ({picked}) ORDER BY e.seq",
        (space.embedder,),
    )
    found: list[float] = []
    every = max(1, len(drawn) * (len(drawn) - 1) // 2 // pairs)
    number = 0
    for i, (text, vector) in enumerate(drawn):
        for j in range(i):
            number += 1
            if number % every == 0 and text != drawn[j][0]:
                found.append(1.0 - db.value("SELECT vec_distance_cosine(?, ?)", (vector, drawn[j][1])))
    return found


def match_any(terms: Iterable[str]) -> str:
    """Return an FTS5 query for any of these words, each quoted, so that none is read as syntax."""
    return " OR ".join(f'"{term}"' for term in terms)


def _longest(words: frozenset[str], most: int) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word))[:most]


def _listed(seqs: Iterable[int]) -> str:
    return ", ".join(str(seq) for seq in sorted(seqs))
