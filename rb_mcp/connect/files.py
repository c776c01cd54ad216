"""From edits to files: planned first, shown, then written one by one; each change can be taken back.

A file is replaced in one step, where it lies (a link to it stays one), with its permissions. What it held is kept
beside it, under a name that ends with a digest of what was written instead: so taking ours out can tell that nothing
changed since, and gives back the very bytes. Not covered: two files at once; each is whole, not the set of them.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rb_mcp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from rb_mcp.connect.edits import Edit

_SHELLS = ("", "{}", '{"version":1}')
"""What is left, blanks aside, of a file that held nothing but ours."""


@dataclass(frozen=True)
class Change:
    """A file, by the name the client knows it; what it holds, and what it is to hold. None: no such file."""

    path: Path
    before: bytes | None
    after: bytes | None

    def diff(self) -> str:
        """Return the change as a unified diff."""
        old, new = (_decoded(data or b"").splitlines() for data in (self.before, self.after))
        names = [os.devnull if data is None else str(self.path) for data in (self.before, self.after)]
        return "\n".join(difflib.unified_diff(old, new, *names, n=2, lineterm=""))

    def write(self) -> Path | None:
        """Make the change, and return the file that keeps what was there.

        Raises:
            ConfigurationError: when the file is no longer what it was, or cannot be written.
        """
        real = _real(self.path)
        try:
            if _bytes(real) != self.before:
                raise ConfigurationError(f"{self.path} was changed by another program just now; run this again")
            kept = None
            if self.before is not None and self.after is not None:  # what is deleted held nothing but ours
                kept = _backup(real, self.after, self.before)
                _replace(kept, self.before, real.stat().st_mode)
            if self.after is None:
                real.unlink()
            else:
                real.parent.mkdir(parents=True, exist_ok=True)
                _replace(real, self.after, real.stat().st_mode if real.exists() else None)
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be written: {error.strerror or error}") from error
        return kept


def plan(edits: Mapping[Path, Sequence[Edit]], *, remove: bool = False) -> list[Change]:
    """Return what the edits change, or what their undoing changes; nothing is written.

    Raises:
        ConfigurationError: when a file cannot be read, or cannot be edited without harm; it names file and line.
    """
    changes: list[Change] = []
    for path, wanted in edits.items():
        with _named(path):
            before = _bytes(_real(path))
            after = _without(_real(path), before, wanted) if remove else _with(before, wanted)
        if after != before:
            changes.append(Change(path, before, after))
    return changes


def look(path: Path, reading: Callable[[str], dict[str, str]]) -> dict[str, str]:
    """Return what a reading finds in the text of a file; in that of a missing one as in an empty one.

    Raises:
        ConfigurationError: when the file cannot be read, or the reading refuses it; it names the file.
    """
    with _named(path):
        return reading(_decoded(_bytes(_real(path)) or b""))


@contextmanager
def _named(path: Path) -> Generator[None]:
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror or error}") from error


def _with(before: bytes | None, edits: Sequence[Edit]) -> bytes:
    new = _decoded(before or b"")
    for edit in edits:
        new = edit.put(new)
    return new.encode()


def _without(real: Path, before: bytes | None, edits: Sequence[Edit]) -> bytes | None:
    if before is None:
        return None
    earlier = before
    while _taken(earlier, edits) != earlier:
        kept = [file for file in _backups(real, earlier) if file.exists()]
        if not kept:
            break
        earlier = kept[-1].read_bytes()
    else:
        return earlier  # each step back was a change of ours: this is what there was before the first
    left = _taken(before, edits)
    copies = [file.read_bytes() for file in real.parent.iterdir() if file.name.startswith(f"{real.name}.bak-rb-mcp-")]
    made = "".join(left.decode().split()) in _SHELLS and all(_taken(copy, edits) != copy for copy in copies)
    return None if made else left


def _taken(data: bytes, edits: Sequence[Edit]) -> bytes:
    left = _decoded(data)
    for edit in edits:
        left = edit.take(left)
    return left.encode()


def _backup(real: Path, written: bytes, before: bytes) -> Path:
    """Return the name under which what was there is kept: one that is free, or holds just that already."""
    return next(file for file in _backups(real, written) if not file.exists() or file.read_bytes() == before)


def _backups(real: Path, written: bytes) -> list[Path]:
    digest = hashlib.sha256(written).hexdigest()[:8]
    return [real.with_name(f"{real.name}.bak-rb-mcp-{digest}{n}") for n in ("", *(f"-{n}" for n in range(2, 100)))]


def _replace(file: Path, data: bytes, mode: int | None) -> None:
    if file.exists() and not os.access(file, os.W_OK):
        raise PermissionError(13, "it is read-only")
    fd, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    try:
        with os.fdopen(fd, "wb") as part:
            part.write(data)
            part.flush()
            os.fsync(part.fileno())
        Path(name).chmod(mode & 0o7777 if mode is not None else 0o666 & ~_umask())
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _bytes(real: Path) -> bytes | None:
    try:
        return real.read_bytes()
    except FileNotFoundError:
        return None


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"line {line}: this is not UTF-8") from None
