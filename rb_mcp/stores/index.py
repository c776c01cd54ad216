"""The text and vector indexes: caches of the tables, kept in step inside each transaction.

An experience is in them when it can be recalled: when an active strategy rests on it. The vector index
exists once the bank is bound to an embedder, and holds that embedder's vectors only. Vectors are unit
vectors and distances plain L2 (cosine = 1 - d²/2): vec0 is quicker at those than at cosine.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rb_mcp.types import Candidate, Embedding, MemoryItem, Origin, Similar

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Sequence

    from rb_mcp.stores.database import Database

CHUNK = 16
"""vec0 sets aside this many places at a time for each namespace: small, so that a thousand small namespaces
do not make a giant file; measured not to slow a query (`bench/recall.py`)."""

_MOST_TERMS = 64
"""Words of a task that the text index is asked for; the longest say most."""
_FEW_TERMS = 16
"""The same, of an item that is looked for by its vector too: time grows with them."""

_RECALLABLE = """
SELECT DISTINCT e.experience FROM evidence e JOIN strategies s ON s.seq = e.strategy
WHERE s.standing = 'active'
"""


def bound_to(db: Database) -> tuple[str, int] | None:
    """Return name and dimensions of the embedder this bank is bound to, if it is yet."""
    meta = dict(db.rows("SELECT key, value FROM meta"))
    return (meta["embedder"], int(meta["dimensions"])) if "embedder" in meta else None


def bind(db: Database, embedder: str, dimensions: int) -> None:
    """Bind the bank to an embedder, with an empty vector index."""
    db.run("DROP TABLE IF EXISTS experiences_vec")
    db.run(
        "CREATE VIRTUAL TABLE experiences_vec USING vec0 ("
        f"seq INTEGER PRIMARY KEY, namespace TEXT PARTITION KEY, vector FLOAT[{dimensions:d}], chunk_size={CHUNK:d})"
    )
    db.run_many(
        "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
        [("embedder", embedder), ("dimensions", str(dimensions))],
    )


def usable(embedding: Embedding) -> bool:
    """Tell whether a vector may enter the bank: finite and of unit length.

    vec0 takes anything, and a single vector of zeros or NaN then comes first in every query.
    """
    square = sum(value * value for value in embedding.values)
    return math.isfinite(square) and abs(square - 1.0) < 1e-3  # noqa: PLR2004 - float32 rounding is 1e-6


def keep_vector(db: Database, seq: int, embedding: Embedding) -> None:
    """Keep an experience's vector; the first one ever binds the bank."""
    if not usable(embedding):
        return
    if bound_to(db) is None:
        bind(db, embedding.embedder, len(embedding.values))
    db.run(
        "INSERT OR REPLACE INTO vectors (experience, embedder, vector) VALUES (?, ?, ?)",
        (seq, embedding.embedder, blob(embedding.values)),
    )


def refresh(db: Database, experiences: Iterable[int]) -> None:
    """Bring the indexes in step with the tables for these experiences."""
    binding = bound_to(db)
    for seq in set(experiences):
        remove(db, seq)
        _insert(db, f"e.seq = {seq:d} AND e.seq IN ({_RECALLABLE} AND e.experience = {seq:d})", binding)


def remove(db: Database, seq: int) -> None:
    """Take an experience out of the indexes."""
    db.run("DELETE FROM experiences_fts WHERE rowid = ?", (seq,))
    if bound_to(db):
        db.run("DELETE FROM experiences_vec WHERE seq = ?", (seq,))


def refresh_strategy(db: Database, seq: int, text: str | None) -> None:
    """Bring the index of strategies in step: `text` is its words, `None` when it is gone or retired."""
    db.run("DELETE FROM strategies_fts WHERE rowid = ?", (seq,))
    if text is not None:
        db.run("INSERT INTO strategies_fts (rowid, words) VALUES (?, ?)", (seq, text))


def rebuild(db: Database, strategy_words: Iterable[tuple[int, str]]) -> None:
    """Make the indexes anew from the tables."""
    binding = bound_to(db)
    db.run("DELETE FROM experiences_fts")
    db.run("DELETE FROM strategies_fts")
    if binding:
        bind(db, *binding)
    _insert(db, f"e.seq IN ({_RECALLABLE})", binding)
    db.run_many("INSERT INTO strategies_fts (rowid, words) VALUES (?, ?)", strategy_words)


def _insert(db: Database, which: str, binding: tuple[str, int] | None) -> None:
    db.run(f"INSERT INTO experiences_fts (rowid, words) SELECT e.seq, e.words FROM experiences e WHERE {which}")
    if binding:
        db.run(
            "INSERT INTO experiences_vec (seq, namespace, vector) "
            "SELECT e.seq, e.namespace, v.vector FROM experiences e JOIN vectors v ON v.experience = e.seq "
            f"WHERE v.embedder = ? AND {which}",
            (binding[0],),
        )


def search(
    db: Database,
    namespaces: Sequence[str],
    words: frozenset[str],
    embedding: Embedding | None,
    limit: int,
) -> list[Candidate]:
    """Return the union of the nearest by vector and the best by text, each at most `limit`."""
    marks = ", ".join("?" * len(namespaces))
    binding = bound_to(db)
    dense = embedding if embedding and binding and embedding.embedder == binding[0] and usable(embedding) else None
    found: set[int] = set()
    if dense:
        found.update(
            seq
            for (seq,) in db.rows(
                f"SELECT seq FROM experiences_vec WHERE vector MATCH ? AND k = ? AND namespace IN ({marks})",
                (blob(dense.values), limit, *namespaces),
            )
        )
    if words:
        found.update(
            seq
            for (seq,) in db.rows(
                "SELECT f.rowid FROM experiences_fts f JOIN experiences e ON e.seq = f.rowid "
                f"WHERE experiences_fts MATCH ? AND e.namespace IN ({marks}) "
                "ORDER BY bm25(experiences_fts) LIMIT ?",
                (match_any(words), *namespaces, limit),
            )
        )
    # The newest first, so that of equally near experiences the later one wins.
    seqs = ", ".join(str(seq) for seq in sorted(found))
    found_rows = db.rows(
        "SELECT e.id, e.words, CASE WHEN v.vector NOT NULL THEN vec_distance_L2(v.vector, ?) END, "
        "e.person, e.client, e.imported FROM experiences e "
        "LEFT JOIN vectors v ON v.experience = e.seq AND v.embedder = ? "
        f"WHERE e.seq IN ({seqs}) ORDER BY e.seq DESC",
        (blob(dense.values), dense.embedder) if dense else (None, ""),
    )
    return [
        Candidate(id_, frozenset(text.split()), None if distance is None else cosine(distance), Origin(*origin))
        for id_, text, distance, *origin in found_rows
    ]


def similar(
    db: Database, namespace: str, words: frozenset[str], embedding: Embedding | None, limit: int
) -> list[Similar]:
    """Return the strategies, not retired, that share most words with a text, and the nearest of those with a vector.

    Composed ones are left out: an experience stands behind their parts, and what they say is nobody's words.
    By vector every one is looked at: of 5,000 that was measured to cost less than embedding the text
    (`bench/consolidation.py`).
    """
    found: set[int] = set()
    dense = embedding if embedding and usable(embedding) else None
    if dense:
        found.update(
            seq
            for (seq,) in db.rows(
                "SELECT s.seq FROM strategies s JOIN item_vectors v ON v.strategy = s.seq AND v.embedder = ? "
                "WHERE s.namespace = ? AND s.standing != 'retired' ORDER BY vec_distance_L2(v.vector, ?) LIMIT ?",
                (dense.embedder, namespace, blob(dense.values), limit),
            )
        )
    if words:
        found.update(
            seq
            for (seq,) in db.rows(
                "SELECT f.rowid FROM strategies_fts f JOIN strategies t ON t.seq = f.rowid "
                "WHERE strategies_fts MATCH ? AND t.namespace = ? ORDER BY bm25(strategies_fts) LIMIT ?",
                (match_any(words, _FEW_TERMS if dense else _MOST_TERMS), namespace, limit),
            )
        )
    seqs = ", ".join(str(seq) for seq in sorted(found))
    found_rows = db.rows(
        "SELECT s.id, s.title, s.description, s.content, s.standing, "
        "CASE WHEN v.vector NOT NULL THEN vec_distance_L2(v.vector, ?) END FROM strategies s "
        f"LEFT JOIN item_vectors v ON v.strategy = s.seq AND v.embedder = ? WHERE s.seq IN ({seqs}) "
        "AND s.seq NOT IN (SELECT whole FROM parts) ORDER BY s.seq",
        (blob(dense.values), dense.embedder) if dense else (None, ""),
    )
    return [
        Similar(id_, MemoryItem(*item), standing, None if distance is None else cosine(distance))
        for id_, *item, standing, distance in found_rows
    ]


def keep_item_vector(db: Database, strategy: int, embedding: Embedding | None) -> None:
    """Keep the vector of a strategy's words, if it is one."""
    if embedding and usable(embedding):
        db.run(
            "INSERT OR REPLACE INTO item_vectors (strategy, embedder, vector) VALUES (?, ?, ?)",
            (strategy, embedding.embedder, blob(embedding.values)),
        )


def background(
    db: Database, namespaces: Sequence[str], pairs: int
) -> list[tuple[float, frozenset[str], frozenset[str]]]:
    """Return cosine and words of about `pairs` pairs of different tasks, evenly drawn from the bank."""
    binding = bound_to(db)
    if not binding:
        return []
    marks = ", ".join("?" * len(namespaces))
    count = 2 * math.isqrt(pairs)
    seqs = [
        seq
        for (seq,) in db.rows(
            "SELECT e.seq FROM experiences e JOIN vectors v ON v.experience = e.seq AND v.embedder = ? "
            f"WHERE e.namespace IN ({marks}) ORDER BY e.seq",
            (binding[0], *namespaces),
        )
    ]
    picked = ", ".join(str(seq) for seq in seqs[:: max(1, len(seqs) // count)][:count])
    drawn = db.rows(
        "SELECT e.words, v.vector FROM experiences e JOIN vectors v ON v.experience = e.seq AND v.embedder = ? "
        f"WHERE e.seq IN ({picked}) ORDER BY e.seq",
        (binding[0],),
    )
    texts = [frozenset(text.split()) for text, _ in drawn]
    found: list[tuple[float, frozenset[str], frozenset[str]]] = []
    every = max(1, len(drawn) * (len(drawn) - 1) // 2 // pairs)
    number = 0
    for i, (_, one) in enumerate(drawn):
        for j in range(i):
            number += 1
            if number % every == 0 and texts[i] != texts[j]:
                distance = db.value("SELECT vec_distance_L2(?, ?)", (one, drawn[j][1]))
                found.append((cosine(distance), texts[i], texts[j]))
    return found


def match_any(words: frozenset[str], most: int = _MOST_TERMS) -> str:
    """Return an FTS5 query for any of these words, each quoted, so that none is read as syntax."""
    terms = sorted(words, key=lambda word: (-len(word), word))[:most]
    return " OR ".join(f'"{term}"' for term in terms)


def drift(db: Database) -> list[str]:
    """Return what the indexes hold too much or too little, one line a finding."""
    truth = {seq for (seq,) in db.rows(_RECALLABLE)}
    found: list[str] = []
    text = {seq for (seq,) in db.rows("SELECT rowid FROM experiences_fts")}
    if text != truth:
        found.append(f"text index: {len(truth - text)} missing, {len(text - truth)} too many")
    binding = bound_to(db)
    if binding:
        owners = db.rows("SELECT experience FROM vectors WHERE embedder = ?", (binding[0],))
        should = truth & {seq for (seq,) in owners}
        there = {seq for (seq,) in db.rows("SELECT seq FROM experiences_vec")}
        if there != should:
            found.append(f"vector index: {len(should - there)} missing, {len(there - should)} too many")
    living = {seq for (seq,) in db.rows("SELECT seq FROM strategies WHERE standing != 'retired'")}
    kept = {seq for (seq,) in db.rows("SELECT rowid FROM strategies_fts")}
    if kept != living:
        found.append(f"index of strategies: {len(living - kept)} missing, {len(kept - living)} too many")
    return found


def cosine(distance: float) -> float:
    """Return the cosine of two unit vectors at this L2 distance."""
    return 1.0 - distance * distance / 2.0


def blob(values: array[float]) -> bytes:
    """Return a vector as sqlite-vec reads it; every platform it ships for is little-endian."""
    return values.tobytes()
