"""The text and vector indexes: caches of the tables, kept in step inside each transaction.

An experience is in them when it can be recalled: when an active strategy rests on it. Three sides of it have a vector
index each: its task, the active strategies, and the kind of its problem. They exist once the bank is bound to an
embedder, and hold that embedder's vectors only.

The vector indexes hold one bit a number (its sign) and are a first pass: what comes nearest by Hamming distance is
compared by cosine from the tables' float32. At 100,000 experiences three sides cost 0.37 of what one side of 512
float32 cost (`bench/recall.py`), and the nearest 10 are the exact ones in 0.998 of the cases.

A joined embedder (`name:dimensions+name:dimensions`) leaves the numbers of an encoder that cannot read a text at zero.
Such a text is compared by the leading encoder alone, so it stands in a partition of its own, and the leading numbers
have bits of their own.
"""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rb_mcp.stores import rows
from rb_mcp.types import Candidate, Embedding, MemoryItem, Origin, Pool, Similar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from rb_mcp.stores.database import Database
    from rb_mcp.types import Probe

CHUNK = 32
"""vec0 sets aside this many places at a time for each partition: small, so that a thousand small namespaces do not
make a giant file, and large enough for a distance bound to save most of a scan."""

FEWEST_BITS = 64
"""Numbers below which signs tell too little: such vectors (those of tests) are indexed as they are."""

NEAREST = 160
"""Rows that the first pass takes of each side, of banks of up to `MANY` experiences, and 400 of larger ones: with 200
one of the nearest 10 strategies was missed in 0.024 of the cases, with these in 0.004 or fewer."""
MANY = 30_000
RESCORED = 60
"""Rows of each side that remain after the comparison by cosine."""

_SAMPLE = 1_000
"""Rows from which the bound of a scan is estimated."""
_BOUNDED = 2_000
"""Rows from which a bound pays for itself."""

LEAST_TERMS = 4
"""Words of a query that the text index is asked for at least, the rarest first."""
MOST_ROWS = 2_000
"""Rows that the words asked for stand in, all together, or a tenth of the bank: frequent words cost most and say least.
With this budget the best 10 by BM25 are the same in 1.00 of the cases at 10,000 texts and in 0.95 at 100,000."""
_MOST_TERMS = 64
"""Words asked for at most."""
_FEW_TERMS = 16
"""The same, of an item that is looked for by its vector too: time grows with them."""

_RECALLABLE = """
SELECT DISTINCT e.experience FROM evidence e JOIN strategies s ON s.seq = e.strategy
WHERE s.standing = 'active'
"""

_TAUGHT = (  # the same of one experience, without a look at the others
    "EXISTS (SELECT 1 FROM evidence e JOIN strategies s ON s.seq = e.strategy "
    "WHERE e.experience = o.seq AND s.standing = 'active')"
)

_LONE = "(substr({0}, -4) = x'00000000')"
"""Whether the last number of a vector is zero: of a joined embedder, that only its leading encoder read the text."""


@dataclass(frozen=True)
class Side:
    """One side that is compared: its index, and the rows and the table that its vectors come from."""

    index: str
    owners: str
    vectors: str
    owner: str
    recallable: str


SIDES = {
    "task": Side("experiences_vec", "experiences", "vectors", "experience", _TAUGHT),
    "kind": Side("kinds_vec", "experiences", "kind_vectors", "experience", _TAUGHT),
    "strategy": Side("strategies_vec", "strategies", "item_vectors", "strategy", "o.standing = 'active'"),
}


class Space(NamedTuple):
    """The space of one embedder; `lead` is how many numbers its leading encoder has, 0 where it does not join any."""

    embedder: str
    dimensions: int
    lead: int

    @property
    def in_bits(self) -> bool:
        """Whether its vectors are indexed by their signs."""
        return self.dimensions >= FEWEST_BITS and self.dimensions % 8 == 0


def space_of(embedder: str, dimensions: int) -> Space:
    """Return the space of an embedder; what it joins stands in its name."""
    joined = re.match(r"[^+]*:(\d+)\+", embedder)
    return Space(embedder, dimensions, int(joined[1]) if joined else 0)


def bound_to(db: Database) -> Space | None:
    """Return the space of the embedder that this bank is bound to, if it is yet."""
    meta = dict(db.rows("SELECT key, value FROM meta WHERE key IN ('embedder', 'dimensions')"))
    return space_of(meta["embedder"], int(meta["dimensions"])) if "embedder" in meta else None


def within(embedding: Embedding | None, space: Space | None) -> Embedding | None:
    """Return a vector as the bank compares it: of a joined embedder, its leading part where the bank knows that alone.

    None where it is of another space, or not usable.
    """
    if embedding is None or space is None:
        return None
    own = space_of(embedding.embedder, len(embedding.values))
    if own.embedder != space.embedder and own.lead:
        embedding = leading(embedding, own)
    return embedding if embedding.embedder == space.embedder and usable(embedding) else None


def leading(embedding: Embedding, space: Space) -> Embedding:
    """Return what the leading encoder of a joined embedder made of a text, as a unit vector under its own name."""
    values = embedding.values[: space.lead]
    norm = math.sqrt(sum(value * value for value in values)) or 1.0
    name = space.embedder.partition("+")[0].rpartition(":")[0]
    return Embedding(name, array("f", (value / norm for value in values)))


def bind(db: Database, embedder: str, dimensions: int) -> None:
    """Bind the bank to an embedder, with vector indexes of what it has of that one already."""
    db.run_many(
        "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
        [("embedder", embedder), ("dimensions", str(dimensions))],
    )
    _make(db, space_of(embedder, dimensions))


def _make(db: Database, space: Space) -> None:
    """Make the vector indexes anew, and fill them."""
    kind = "bit" if space.in_bits else "float"
    columns = f"whole {kind}[{space.dimensions:d}]" + (f", lead {kind}[{space.lead:d}]" if space.lead else "")
    for side in SIDES.values():
        db.run(f"DROP TABLE IF EXISTS {side.index}")
        db.run(
            f"CREATE VIRTUAL TABLE {side.index} USING vec0 "
            f"(seq INTEGER PRIMARY KEY, part TEXT PARTITION KEY, {columns}, chunk_size={CHUNK:d})"
        )
        _fill(db, side, space)


def complete(db: Database) -> None:
    """Make the vector indexes of a bank that is bound to an embedder and lacks one, as after a migration."""
    space = bound_to(db)
    there = {name for (name,) in db.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if space and not all(side.index in there for side in SIDES.values()):
        _make(db, space)


def usable(embedding: Embedding) -> bool:
    """Tell whether a vector may enter the bank: finite and of unit length.

    vec0 takes anything, and a single vector of zeros or NaN then comes first in every query.
    """
    square = sum(value * value for value in embedding.values)
    return math.isfinite(square) and abs(square - 1.0) < 1e-3  # noqa: PLR2004 - float32 rounding is 1e-6


def keep_vector(db: Database, seq: int, embedding: Embedding) -> None:
    """Keep an experience's vector; the first one ever binds the bank."""
    if usable(embedding):
        if bound_to(db) is None:
            bind(db, embedding.embedder, len(embedding.values))
        _keep(db, "vectors", "experience", seq, embedding)


def keep_kind_vector(db: Database, seq: int, embedding: Embedding) -> None:
    """Keep the vector of an experience's kind."""
    _keep(db, "kind_vectors", "experience", seq, embedding)


def keep_item_vector(db: Database, strategy: int, embedding: Embedding | None) -> None:
    """Keep the vector of a strategy's words, if it is one."""
    if embedding:
        _keep(db, "item_vectors", "strategy", strategy, embedding)


def _keep(db: Database, table: str, owner: str, seq: int, embedding: Embedding) -> None:
    """Keep a vector, and what it is in the space that the bank compares in until it has moved."""
    current = within(embedding, bound_to(db))
    for one in (embedding, current if current is not embedding else None):
        if one and usable(one):
            db.run(
                f"INSERT OR REPLACE INTO {table} ({owner}, embedder, vector) VALUES (?, ?, ?)",
                (seq, one.embedder, blob(one.values)),
            )


def refresh(db: Database, experiences: Iterable[int]) -> None:
    """Bring the indexes in step with the tables for these experiences."""
    space = bound_to(db)
    for seq in set(experiences):
        remove(db, seq)
        _insert_words(db, f"e.seq = {seq:d} AND e.seq IN ({_RECALLABLE} AND e.experience = {seq:d})")
        if space:
            for name in ("task", "kind"):
                _fill(db, SIDES[name], space, seq)


def remove(db: Database, seq: int) -> None:
    """Take an experience out of the indexes."""
    db.run("DELETE FROM experiences_fts WHERE rowid = ?", (seq,))
    if bound_to(db):
        for name in ("task", "kind"):
            db.run(f"DELETE FROM {SIDES[name].index} WHERE seq = ?", (seq,))


def refresh_strategy(db: Database, seq: int, text: str | None) -> None:
    """Bring the indexes of strategies in step: `text` is its words, `None` when it is gone or retired."""
    db.run("DELETE FROM strategies_fts WHERE rowid = ?", (seq,))
    if text is not None:
        db.run("INSERT INTO strategies_fts (rowid, words) VALUES (?, ?)", (seq, text))
    if space := bound_to(db):
        db.run(f"DELETE FROM {SIDES['strategy'].index} WHERE seq = ?", (seq,))
        if text is not None:
            _fill(db, SIDES["strategy"], space, seq)


def rebuild(db: Database, strategy_words: Iterable[tuple[int, str]]) -> None:
    """Make the indexes anew from the tables."""
    db.run("DELETE FROM experiences_fts")
    db.run("DELETE FROM strategies_fts")
    _insert_words(db, f"e.seq IN ({_RECALLABLE})")
    db.run_many("INSERT INTO strategies_fts (rowid, words) VALUES (?, ?)", strategy_words)
    if space := bound_to(db):
        _make(db, space)


def _insert_words(db: Database, which: str) -> None:
    db.run(
        "INSERT INTO experiences_fts (rowid, words, terms) SELECT e.seq, e.words, coalesce(f.terms, '') "
        f"FROM experiences e LEFT JOIN footprints f ON f.experience = e.seq WHERE {which}"
    )


def _part(owner: str, space: Space) -> str:
    """Return the SQL for the partition of a row: whether all encoders read its text, and its namespace."""
    read_by = f"CASE WHEN {_LONE.format('v.vector')} THEN 'o' ELSE 'e' END" if space.lead else "'e'"
    return f"{read_by} || ':' || {owner}.namespace"


def indexed(side: Side, space: Space) -> str:
    """Return the query for all that belongs in a vector index: row, partition, and its columns."""
    bits = "vec_quantize_binary({})" if space.in_bits else "{}"
    columns = bits.format("v.vector")
    if space.lead:
        columns += ", " + bits.format(f"vec_slice(v.vector, 0, {space.lead:d})")
    return (
        f"SELECT o.seq, {_part('o', space)}, {columns} FROM {side.owners} o "
        f"JOIN {side.vectors} v ON v.{side.owner} = o.seq WHERE v.embedder = ?1 AND {side.recallable}"
    )


def _fill(db: Database, side: Side, space: Space, seq: int | None = None) -> None:
    columns = "seq, part, whole" + (", lead" if space.lead else "")
    which = "" if seq is None else f" AND o.seq = {seq:d}"
    db.run(f"INSERT INTO {side.index} ({columns}) {indexed(side, space)}{which}", (space.embedder,))


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
            f"AND v.embedder = ? WHERE o.seq % {every:d} = 0 AND {_part('o', space)} IN "
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
    return f"{plain} * CASE WHEN {_LONE.format(column)} = {alone} THEN 1.0 ELSE {math.sqrt(2)} END"


def search(db: Database, namespaces: Sequence[str], probe: Probe, limit: int, among: Sequence[str] = ()) -> Pool:
    """Return the union of what is nearest to a query on each side: by vector, by words, and by terms touched.

    With `among`, only these experiences are compared, whatever is near.
    """
    space = bound_to(db)
    task, kind = within(probe.task, space), within(probe.kind, space)
    count = rows.count(db, namespaces)
    touched: dict[int, float] = {}
    if among:
        seqs = set(rows.named(db, "experiences", among))
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


def drift(db: Database) -> list[str]:
    """Return what the indexes hold too much or too little, one line a finding."""
    truth = {seq for (seq,) in db.rows(_RECALLABLE)}
    found: list[str] = []
    text = {seq for (seq,) in db.rows("SELECT rowid FROM experiences_fts")}
    if text != truth:
        found.append(f"text index: {len(truth - text)} missing, {len(text - truth)} too many")
    if space := bound_to(db):
        for side in SIDES.values():
            should = {seq for seq, *_ in db.rows(indexed(side, space), (space.embedder,))}
            there = {seq for (seq,) in db.rows(f"SELECT seq FROM {side.index}")}
            if there != should:
                found.append(
                    f"vector index {side.index}: {len(should - there)} missing, {len(there - should)} too many"
                )
    living = {seq for (seq,) in db.rows("SELECT seq FROM strategies WHERE standing != 'retired'")}
    kept = {seq for (seq,) in db.rows("SELECT rowid FROM strategies_fts")}
    if kept != living:
        found.append(f"index of strategies: {len(living - kept)} missing, {len(kept - living)} too many")
    return found


def _listed(seqs: Iterable[int]) -> str:
    return ", ".join(str(seq) for seq in sorted(seqs))


def blob(values: Sequence[float]) -> bytes:
    """Return a vector as sqlite-vec reads it; every platform it ships for is little-endian."""
    return (values if isinstance(values, array) else array("f", values)).tobytes()
