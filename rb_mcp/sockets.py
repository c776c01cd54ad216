"""Where the servers of a bank are reached by programs of the same account: a private folder, a socket a process.

A socket is named after its bank and its process, so that who looks for a server of one bank finds those and no
others, and knows which are left from a process that is no more. Windows has no such sockets here; nothing is
found there. Not covered: what is said over a socket (`memory/exchange.py`).
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

import platformdirs

from rb_mcp.errors import ConfigurationError

LONGEST_MESSAGE = 32_000_000
"""Bytes of a request: the longest trajectory that is taken, in an alphabet of four bytes a letter."""


def state_folder() -> Path:
    """Return the folder for what this program notes down outside the bank, made if need be: the user's alone.

    Raises:
        ConfigurationError: when it is somebody else's, or open to others.
        OSError: when it cannot be made.
    """
    folder = Path(platformdirs.user_state_path("rb-mcp", appauthor=False))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "getuid"):
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise ConfigurationError(f"{folder} is not a folder of this account; move it away")
        if found.st_mode & 0o077:
            folder.chmod(0o700)
    return folder


def address(bank: Path) -> Path:
    """Return where this process may listen for this bank; its folder is there, rid of what other processes left."""
    _living("*")
    return _folder() / f"{_mark(bank)}-{os.getpid()}.sock"


def listening(bank: Path) -> list[Path]:
    """Return the sockets of this bank, the newest first; those of processes that are no more are removed."""
    return _living(_mark(bank))


def _living(mark: str) -> list[Path]:
    found: list[tuple[float, Path]] = []
    for path in _folder().glob(f"{mark}-*.sock"):
        with suppress(FileNotFoundError):  # its server may end just now
            if _alive(path.stem.rpartition("-")[2]):
                found.append((path.stat().st_mtime, path))
            else:
                path.unlink()
    return [path for _, path in sorted(found, reverse=True)]


def _folder() -> Path:
    folder = state_folder() / "run"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _mark(bank: Path) -> str:
    return hashlib.sha256(os.fsencode(bank.resolve())).hexdigest()[:16]


def _alive(number: str) -> bool:
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, ValueError):
        return False
    except OSError:  # it is there, and somebody else's
        return True
    return True
