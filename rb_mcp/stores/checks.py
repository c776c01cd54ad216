"""Is the bank well? Engine, file, schema, contents, indexes: one finding each, with the way out.

`findings` is quick, and looks at what goes wrong without damage to the file. `verified` reads every byte that
says something: SQLite's own examination sees the structure only, digests see the rows, and the indexes are
compared with the tables. Not covered: the log, whose frames carry checksums of SQLite's.
"""

from __future__ import annotations

import re
import stat
import struct
import sys
from typing import TYPE_CHECKING

import apsw

from rb_mcp.stores import changes, digests, index
from rb_mcp.stores.engine import MIGRATIONS, model
from rb_mcp.stores.mend import TEXT_INDEXES, VECTOR_INDEXES
from rb_mcp.stores.place import doubtful, file_system, remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from rb_mcp.stores.database import Database

Finding = tuple[str, str, bool]
"""What was looked at, what was found, whether it is well."""

_MOST = 20
"""Lines of SQLite's own examination that are shown."""

_INDEX_TROUBLE = r"index|fts5|FTS5|never used|[Ff]reelist"
"""What it says of something that can be made anew."""

_RESTORE = "restore a backup"
_REBUILD = "run rb-mcp rebuild-index"


def findings(db: Database, path: Path) -> list[Finding]:
    """Return what a look at the bank says."""
    return list(_findings(db, path))


def verified(db: Database) -> list[Finding]:
    """Return what reading the bank to the last row says."""
    parts: dict[str, Callable[[Database], Iterable[str]]] = {
        "schema as made": _schema,
        "structure": _structure,
        "references": _references,
        "records": _records,
        "text indexes": _text_indexes,
        "vector index": _vector_index,
    }
    found: list[Finding] = []
    for what, look in parts.items():
        wrong: list[str] = []
        try:
            wrong += look(db)
        except UnicodeDecodeError as error:
            wrong.append(f"cannot be read, a text is damaged ({error}): {_RESTORE}")
        except apsw.Error as error:
            cache = "index" in what or re.search(_INDEX_TROUBLE, str(error))
            wrong.append(f"cannot be read to its end ({error}): {_REBUILD if cache else _RESTORE}")
        found += [(what, one, False) for one in wrong] or [(what, "verified", True)]
    return found


def _findings(db: Database, path: Path) -> Iterator[Finding]:
    vec = db.value("SELECT vec_version()")
    yield "engine", f"SQLite {apsw.sqlite_lib_version()}, sqlite-vec {vec}", True
    mode = stat.S_IMODE(path.stat().st_mode)
    private = sys.platform == "win32" or not mode & 0o077
    size = path.stat().st_size
    yield "file", f"{path}, {size:,} bytes, mode {mode:04o}" + ("" if private else ": chmod 600 it"), private
    kind = file_system(path)
    local = not remote(kind) and not doubtful(kind)
    yield "file system", kind + ("" if local else ": a bank must lie on a local disk; move it"), local
    yield "schema", f"{db.value('PRAGMA user_version')} of {len(MIGRATIONS)}", True
    broken = [row[0] for row in db.rows("PRAGMA quick_check") if row[0] != "ok"]
    broken += [f"{row[0]} refers to a missing {row[2]}" for row in db.rows("PRAGMA foreign_key_check")]
    yield (
        "contents",
        "; ".join(map(str, broken[:3])) + ": see rb-mcp doctor --verify" if broken else "consistent",
        not broken,
    )
    drift = index.drift(db)
    yield "indexes", "; ".join(drift) + f": {_REBUILD}" if drift else "in step", not drift
    binding = index.bound_to(db)
    yield "bound to", f"{binding.embedder}, {binding.dimensions} dimensions" if binding else "no embedder yet", True
    waiting = db.value("SELECT count(*) FROM experiences WHERE status = 'awaiting_distillation'")
    queued = db.value("SELECT count(*) FROM experiences WHERE status = 'queued'")
    yield "waiting", f"{waiting} experiences for an agent's lessons, {queued} for a model", True
    given_up = db.rows("SELECT reason, count(*) FROM jobs WHERE state = 'dead' GROUP BY reason ORDER BY 2 DESC")
    for reason, count in given_up[:3]:
        yield "given up", f"{count} experiences; rb-mcp distil --retry takes them up again ({reason})", False
    put_off = db.row("SELECT count(*), max(reason) FROM jobs WHERE state = 'ready' AND reason != ''")
    if put_off[0]:
        yield "put off", f"{put_off[0]} experiences, taken up again by themselves: {put_off[1]}", True
    held = db.value("SELECT count(*) FROM strategies WHERE standing = 'held'")
    yield "held", f"{held} strategies for review" + (": rb-mcp list --held" if held else ""), True


def _schema(db: Database) -> Iterator[str]:
    """Compare the schema with that of a new bank; what the indexes keep behind them is their own affair."""
    there = dict(
        db.rows("SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL AND name NOT LIKE 'sqlite^_%' ESCAPE '^'")
    )
    for name, sql in model().items():
        if not _behind(name) and there.get(name) != sql:
            yield f"{name} is {'not as it was made' if name in there else 'missing'}: {_RESTORE}"
    for name in there.keys() - model().keys():
        if not _behind(name) and name not in VECTOR_INDEXES:
            yield f"{name} is none of ours: drop it, or {_RESTORE}"


def _behind(name: str) -> bool:
    return name.startswith(tuple(f"{one}_" for one in (*TEXT_INDEXES, *VECTOR_INDEXES)))


def _structure(db: Database) -> list[str]:
    """Let SQLite examine pages, keys, constraints, and what FTS5 keeps of its texts."""
    lines = [line for (text,) in db.rows("PRAGMA integrity_check") for line in text.splitlines()]
    said = [line for line in lines if line != "ok" and not line.startswith("***")]
    trees = {root: (kind, name) for root, kind, name in db.rows("SELECT rootpage, type, name FROM sqlite_schema")}
    found: list[str] = []
    for line in said[:_MOST]:
        tree = re.match(r"Tree (\d+) ", line)
        kind, name = trees.get(int(tree[1]), ("table", "?")) if tree else ("", "")
        cache = kind == "index" or _behind(name) or (not tree and re.search(_INDEX_TROUBLE, line))
        found.append(f"{line}{f' (of {name})' if name else ''}: {_REBUILD if cache else _RESTORE}")
    return found + ([f"and {len(said) - _MOST} more"] if len(said) > _MOST else [])


def _references(db: Database) -> Iterator[str]:
    for table, row, parent, _ in db.rows("PRAGMA foreign_key_check"):
        yield f"{table} {row} refers to one of {parent} that is missing: {_RESTORE}"


def _records(db: Database) -> Iterator[str]:
    """Recompute every digest."""
    for table in digests.tables(db):
        try:
            for row in digests.damaged(db, table):
                out = f"{_RESTORE}, or give it up: rb-mcp forget {row.owner}" if row.owner else _RESTORE
                yield f"{table} {row.key} is not what was written: {out}"
        except apsw.Error as error:
            yield f"{table} cannot be read to its end ({error}): {_RESTORE}"


def _text_indexes(db: Database) -> Iterator[str]:
    """Compare the texts; that FTS5 finds them is part of SQLite's own examination."""
    yield from (f"{line}: {_REBUILD}" for line in index.drift(db) if not line.startswith("vector"))
    differing = db.value(
        "SELECT count(*) FROM experiences e JOIN experiences_fts f ON f.rowid = e.seq "
        "LEFT JOIN footprints p ON p.experience = e.seq WHERE CAST(f.words AS BLOB) IS NOT CAST(e.words AS BLOB) "
        "OR CAST(f.terms AS BLOB) IS NOT CAST(coalesce(p.terms, '') AS BLOB)"
    )
    kept = dict(db.rows("SELECT rowid, CAST(words AS BLOB) FROM strategies_fts"))
    differing += sum(kept.get(seq, b"") != words.encode() for seq, words in changes.indexed_words(db))
    if differing:
        yield f"{differing} texts differ from those in the tables: {_REBUILD}"
    for name in TEXT_INDEXES:
        if db.value(f"SELECT v FROM {name}_config WHERE k = 'secure-delete'") != 1:
            yield f"{name} no longer erases what is deleted: {_REBUILD}"


def _vector_index(db: Database) -> Iterator[str]:
    """Compare the vectors, and where each is to be found with where it lies."""
    if not (space := index.bound_to(db)):
        return
    yield from (f"{line}: {_REBUILD}" for line in index.drift(db) if line.startswith("vector"))
    for side in index.SIDES.values():
        columns = "seq, part, whole" + (", lead" if space.lead else "")
        expected = {row[0]: row[1:] for row in db.rows(index.indexed(side, space), (space.embedder,))}
        differing = sum(
            tuple(expected.get(seq, values)) != tuple(values)
            for seq, *values in db.rows(f"SELECT {columns} FROM {side.index}")
        )
        if differing:
            yield f"{differing} vectors differ from those in the tables: {_REBUILD}"
        yield from _places(db, side.index)


def _places(db: Database, name: str) -> Iterator[str]:
    """Compare where vec0 looks for each vector with where it lies."""
    places = {
        (chunk, at): seq for seq, chunk, at in db.rows(f"SELECT rowid, chunk_id, chunk_offset FROM {name}_rowids")
    }
    lying: dict[tuple[int, int], int] = {}
    for chunk, valid, seqs in db.rows(f"SELECT chunk_id, validity, rowids FROM {name}_chunks"):
        for at, (seq,) in enumerate(struct.iter_unpack("<q", seqs)):
            if valid[at // 8] >> at % 8 & 1:
                lying[chunk, at] = seq
    if lying != places:
        yield f"{len(lying.items() ^ places.items())} places do not hold what is looked for there: {_REBUILD}"
