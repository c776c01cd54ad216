"""The text and vector indexes: caches of the tables, kept in step inside each transaction.

An experience is in them when it can be recalled: when an active strategy rests on it. Three sides of it have a vector
index each: its task, the active strategies, and the kind of its problem. They exist once the bank is bound to an
embedder, and hold that embedder's vectors only.

The vector indexes hold one bit a number (its sign): they are a first pass, and what it finds is compared by cosine from
the tables' float32 (`search.py`).

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

from rb_mcp.types import Embedding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rb_mcp.stores.database import Database

CHUNK = 32
"""vec0 sets aside this many places at a time for each partition: small, so that a thousand small namespaces do not
make a giant file, and large enough for a distance bound to save most of a scan."""

FEWEST_BITS = 64
"""Numbers below which signs tell too little: such vectors (those of tests) are indexed as they are."""

_RECALLABLE = """
SELECT DISTINCT e.experience FROM evidence e JOIN strategies s ON s.seq = e.strategy
WHERE s.standing = 'active'
"""

_TAUGHT = (  # the same of one experience, without a look at the others
    "EXISTS (SELECT 1 FROM evidence e JOIN strategies s ON s.seq = e.strategy "
    "WHERE e.experience = o.seq AND s.standing = 'active')"
)

LONE = "(substr({0}, -4) = x'00000000')"
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


def part_sql(owner: str, space: Space) -> str:
    """Return the SQL for the partition of a row: whether all encoders read its text, and its namespace."""
    read_by = f"CASE WHEN {LONE.format('v.vector')} THEN 'o' ELSE 'e' END" if space.lead else "'e'"
    return f"{read_by} || ':' || {owner}.namespace"


def indexed(side: Side, space: Space) -> str:
    """Return the query for all that belongs in a vector index: row, partition, and its columns."""
    bits = "vec_quantize_binary({})" if space.in_bits else "{}"
    columns = bits.format("v.vector")
    if space.lead:
        columns += ", " + bits.format(f"vec_slice(v.vector, 0, {space.lead:d})")
    return (
        f"SELECT o.seq, {part_sql('o', space)}, {columns} FROM {side.owners} o "
        f"JOIN {side.vectors} v ON v.{side.owner} = o.seq WHERE v.embedder = ?1 AND {side.recallable}"
    )


def _fill(db: Database, side: Side, space: Space, seq: int | None = None) -> None:
    columns = "seq, part, whole" + (", lead" if space.lead else "")
    which = "" if seq is None else f" AND o.seq = {seq:d}"
    db.run(f"INSERT INTO {side.index} ({columns}) {indexed(side, space)}{which}", (space.embedder,))


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


def blob(values: Sequence[float]) -> bytes:
    """Return a vector as sqlite-vec reads it; every platform it ships for is little-endian."""
    return (values if isinstance(values, array) else array("f", values)).tobytes()
