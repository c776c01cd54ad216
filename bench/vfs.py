"""A disk that loses power: every write to a folder is recorded, then the folder is made again as of any moment.

`recorded` puts itself under SQLite as the default file layer while a block runs, so that the program under test is
run as it is. `Disk` replays what was recorded up to a moment and gives the files as a machine would find them after
the power went then: what a sync of the same file covered is there; of the rest nothing is ("drop"), or any part of
it ("torn": sectors of 512 bytes in any choice, the size of the file from before, after or in between).

A sync counts only when it is a full one: on macOS any other leaves the data in the cache of the drive. Files that
come are there at once, and one that goes is gone for certain with the next sync, as on a file system with a journal.
The index that processes share in memory (`-shm`) is never in an image: it does not outlive the machine.

Not covered: sectors that change by themselves, disks that lie about a sync, a file system that itself is broken.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import apsw

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path
    from random import Random

    from typing_extensions import Buffer

Mode = Literal["drop", "torn"]
"""What is left of that which was written but not synced: nothing, or any part of it."""

MODES: tuple[Mode, ...] = ("drop", "torn")

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""

_DURABLE = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL
"""The files that hold the bank; the others are scratch, deleted when they are closed."""

_SYNC_KIND = 0x0F
"""The part of a sync's flags that says how far it goes."""


@dataclass(frozen=True)
class Event:
    """Something that was done to a file: `at` is the offset of a write, the new size, or whether a sync is full."""

    kind: Literal["create", "write", "truncate", "sync", "delete"]
    file: str
    at: int = 0
    data: bytes = b""


@contextmanager
def recorded(folder: Path) -> Generator[list[Event]]:
    """Record what SQLite does to the files in `folder`, in this process, while the block runs."""
    layer = _Layer(folder)
    try:
        yield layer.log
    finally:
        layer.unregister()


class _Layer(apsw.VFS):
    """The system's own file layer, listened to."""

    def __init__(self, folder: Path) -> None:
        self.log: list[Event] = []
        self._folder = folder
        self._below = apsw.vfs_names()[0]
        super().__init__("rb-mcp-recorder", self._below, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - apsw's name
        file = None if name is None else self._recorded(name if isinstance(name, str) else name.filename())
        if file is None or not flags[0] & _DURABLE:
            return apsw.VFSFile(self._below, name, flags)
        opened = _File(self._below, name, flags, file, self.log)
        self.log.append(Event("create", file))
        return opened

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - apsw's name
        super().xDelete(filename, syncdir)
        file = self._recorded(filename)
        if file is not None:
            self.log.append(Event("delete", file))
            if syncdir:
                self.log.append(Event("sync", "", at=True))

    def _recorded(self, name: str) -> str | None:
        folder, _, file = name.rpartition("/")
        return file if folder == str(self._folder) else None


class _File(apsw.VFSFile):
    """One open file; shared memory and locks are those of the layer below, untouched."""

    def __init__(
        self, below: str, name: str | apsw.URIFilename | None, flags: list[int], file: str, log: list[Event]
    ) -> None:
        super().__init__(below, name, flags)
        self._file = file
        self._log = log

    def xWrite(self, data: Buffer, offset: int) -> None:  # noqa: N802 - apsw's name
        super().xWrite(data, offset)  # pyright: ignore[reportUnknownMemberType] - apsw says Buffer without saying of what
        self._log.append(Event("write", self._file, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - apsw's name
        super().xTruncate(newsize)
        self._log.append(Event("truncate", self._file, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802 - apsw's name
        super().xSync(flags)
        self._log.append(Event("sync", self._file, flags & _SYNC_KIND == apsw.SQLITE_SYNC_FULL))


@dataclass
class _Content:
    """A file: what is on the disk for certain, and what was done to it since."""

    safe: bytearray = field(default_factory=bytearray)
    since: list[Event] = field(default_factory=list[Event])


class Disk:
    """A folder at a moment that moves on, event by event."""

    def __init__(self) -> None:
        self._files: dict[str, _Content] = {}
        self._going: dict[str, _Content] = {}

    def take(self, event: Event) -> None:
        """Move on by one event."""
        match event.kind:
            case "create":
                self._going.pop(event.file, None)
                self._files.setdefault(event.file, _Content())
            case "write" | "truncate":
                self._files[event.file].since.append(event)
            case "delete":
                self._going[event.file] = self._files.pop(event.file)
            case "sync" if event.at:
                self._going.clear()
                if event.file:
                    content = self._files[event.file]
                    for done in content.since:
                        _do(content.safe, done)
                    content.since.clear()
            case "sync":
                pass

    def image(self, mode: Mode, chance: Random) -> dict[str, bytearray]:
        """Return the files as they are found if the power goes now; to be read, not to be changed."""
        found = {file: _left(content, mode, chance) for file, content in self._files.items()}
        for file, content in self._going.items():
            if mode == "drop" or chance.random() < 0.5:
                found[file] = _left(content, mode, chance)
        return found


def _left(content: _Content, mode: Mode, chance: Random) -> bytearray:
    if mode == "drop" or not content.since:
        return content.safe
    left = bytearray(content.safe)
    share = chance.choice((0.1, 0.5, 0.9, 1.0))
    for event in content.since:
        for part in _sectors(event) if event.kind == "write" else (event,):
            if chance.random() < share:
                _do(left, part)
    before = len(content.safe)
    size = chance.choice((before, len(left), _size(before, content.since)))
    _resize(left, size)
    return left


def _sectors(event: Event) -> Generator[Event]:
    """Cut a write where sectors of the disk meet."""
    start, end = event.at, event.at + len(event.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield Event("write", event.file, start, event.data[start - event.at : stop - event.at])
        start = stop


def _do(content: bytearray, event: Event) -> None:
    if event.kind == "truncate":
        _resize(content, event.at)
    else:
        end = event.at + len(event.data)
        _resize(content, max(end, len(content)))
        content[event.at : end] = event.data


def _size(size: int, events: list[Event]) -> int:
    """Return how long a file of this size would be after all of these."""
    for event in events:
        size = event.at if event.kind == "truncate" else max(size, event.at + len(event.data))
    return size


def _resize(content: bytearray, size: int) -> None:
    if size < len(content):
        del content[size:]
    else:
        content.extend(bytes(size - len(content)))
