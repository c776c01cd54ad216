"""Where a bank may lie, and whether one lay there before: what is asked before a file is opened.

SQLite would take a file that was emptied, and a path where a file is no more, for a new bank. So the lock file
beside the bank, which has no other content, says once a bank was made. Not covered: what is in the file.

File systems are told apart on Linux alone; elsewhere nothing is refused on that ground.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from rb_mcp.errors import StoreError

MOUNTS = Path("/proc/self/mountinfo")
"""The system's table of what is mounted where (proc_pid_mountinfo(5))."""

_REMOTE = ("nfs", "cifs", "smb", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "beegfs", "fuse.sshfs", "fuse.rclone")
"""File systems over a network: SQLite's log needs memory shared between processes, which these lack."""

_DOUBTFUL = ("9p",)
"""A network to some, a window to the host's local disk to others: told by `rb-mcp doctor`, not refused."""

_WITHOUT_LOG = b"\x01"
"""Byte 18 of a file that no log belongs to, as VACUUM INTO writes it; sqlite.org/fileformat2.html#vnums."""

_MADE = b"\na bank was made beside this file; see `rb-mcp doctor` before you delete it\n"


def file_system(path: Path) -> str:
    """Return the kind of file system a path is on, where the system tells."""
    if not MOUNTS.exists():
        return "unknown"
    best, kind, real = "", "unknown", path.resolve()
    for line in MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines():
        left, _, right = line.partition(" - ")
        mount = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), left.split()[4])
        if len(mount) >= len(best) and real.is_relative_to(mount):
            best, kind = mount, right.split()[0]
    return kind


def remote(kind: str) -> bool:
    """Tell whether a kind of file system is over a network."""
    return kind.startswith(_REMOTE)


def doubtful(kind: str) -> bool:
    """Tell whether a kind of file system may be over a network."""
    return kind.startswith(_DOUBTFUL)


def check(path: Path, lock: Path) -> None:
    """Refuse a place where a bank must not be opened, or made.

    Raises:
        StoreError: on a network's file system; where a bank was, and is no more.
    """
    kind = file_system(path)
    if remote(kind):
        raise StoreError(
            f"{path} is on a network file system ({kind}), where processes damage a bank that they share; "
            "point RB_MCP_BANK at a folder on a local disk"
        )
    log = path.with_name(path.name + "-wal")
    left = [one.name for one in (lock, log) if one.exists() and one.stat().st_size]
    header = _header(path)
    if left and not header:
        raise StoreError(
            f"{path} is {'gone' if header is None else 'empty'}, but a bank was there; nothing was written: put it, or "
            f"a backup, back in its place, or delete {' and '.join(left)} beside it to begin anew"
        )
    # SQLite would write the log of the bank that was there into the copy that took its place.
    if header and log.name in left and header[18:19] == _WITHOUT_LOG:
        raise StoreError(
            f"{path} is a copy, and the log beside it is of the bank that was there before; nothing was written: "
            f"end what uses the bank, delete {log.name}, and start again"
        )


def _header(path: Path) -> bytes | None:
    """Return the first bytes of a file; none when it is empty, `None` when it is no more."""
    if not path.exists():
        return None
    if not path.is_file():
        return b"\0" * 100  # a folder, a device: SQLite says what is wrong with it
    with path.open("rb") as file:
        return file.read(100)


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one of that name; `None` when there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def note(lock: Path) -> None:
    """Say in the lock file, which is held, that a bank was made."""
    if lock.stat().st_size:
        return
    fd = os.open(lock, os.O_WRONLY)
    try:
        os.lseek(fd, 1, os.SEEK_SET)  # on Windows nobody may write the byte that is locked
        os.write(fd, _MADE)
    finally:
        os.close(fd)
