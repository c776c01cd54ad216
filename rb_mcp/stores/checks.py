"""Is the bank well? Engine, file, schema, contents, indexes: one finding each, with the way out."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from rb_mcp.stores import index
from rb_mcp.stores.engine import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rb_mcp.stores.database import Database

_REMOTE = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs")
"""File systems over a network: SQLite's log needs memory shared between processes, which these lack."""


def findings(db: Database, path: Path) -> list[tuple[str, str, bool]]:
    """Return (what, finding, whether it is well)."""
    return list(_findings(db, path))


def _findings(db: Database, path: Path) -> Iterator[tuple[str, str, bool]]:
    vec = db.value("SELECT vec_version()")
    yield "engine", f"SQLite {apsw.sqlite_lib_version()}, sqlite-vec {vec}", True
    mode = stat.S_IMODE(path.stat().st_mode)
    private = sys.platform == "win32" or not mode & 0o077
    size = path.stat().st_size
    yield "file", f"{path}, {size:,} bytes, mode {mode:04o}" + ("" if private else ": chmod 600 it"), private
    kind = file_system(path)
    local = not kind.startswith(_REMOTE)
    yield "file system", kind + ("" if local else ": a bank must lie on a local disk; move it"), local
    yield "schema", f"{db.value('PRAGMA user_version')} of {len(MIGRATIONS)}", True
    broken = [row[0] for row in db.rows("PRAGMA quick_check") if row[0] != "ok"]
    broken += [f"{row[0]} refers to a missing {row[2]}" for row in db.rows("PRAGMA foreign_key_check")]
    yield (
        "contents",
        "; ".join(map(str, broken[:3])) + ": restore a copy" if broken else "consistent",
        not broken,
    )
    drift = index.drift(db)
    yield "indexes", "; ".join(drift) + ": run rb-mcp reindex" if drift else "in step", not drift
    binding = index.bound_to(db)
    yield "bound to", f"{binding[0]}, {binding[1]} dimensions" if binding else "no embedder yet", True
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


def file_system(path: Path) -> str:
    """Return the kind of file system a path is on, where the system tells."""
    table = Path("/proc/self/mountinfo")
    if not table.exists():
        return "unknown"
    best, kind = "", "unknown"
    for line in table.read_text(encoding="utf-8", errors="replace").splitlines():
        left, _, right = line.partition(" - ")
        mount = left.split()[4].replace("\\040", " ")
        if len(mount) >= len(best) and path.resolve().is_relative_to(mount):
            best, kind = mount, right.split()[0]
    return kind
