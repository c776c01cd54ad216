"""When the power goes: of what was acknowledged nothing is lost, and the simulator that says so is not blind."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import anyio
import apsw
import pytest
from power_loss import Recording, Tally, cut, moments, planted, record, scratch
from vfs import SECTOR, Disk, Event, recorded

from rb_mcp.stores import index
from rb_mcp.stores.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from pathlib import Path

    from rb_mcp.types import Embedding

CHANCE = random.Random(0)  # noqa: S311 - nothing secret


@pytest.fixture
def folder() -> Generator[Path]:
    with scratch() as folder:
        yield folder


@pytest.fixture(scope="module")
def recording() -> Recording:
    with scratch() as folder:
        return anyio.run(record, 3, folder)


def found(recording: Recording, when: Iterable[int], folder: Path) -> Tally:
    """Both modes in one."""
    drop, torn = anyio.run(cut, recording, when, folder).values()
    return Tally(*(getattr(drop, name) + getattr(torn, name) for name in vars(drop)))


def answers(recording: Recording) -> list[int]:
    return [answer.position for answer in recording.answers]


def test_what_was_acknowledged_is_there_whole_after_a_power_cut_at_any_moment(
    recording: Recording, folder: Path
) -> None:
    tally = found(recording, moments(recording, 240), folder)
    assert tally.images == 240
    assert tally.pairs > 8_000
    assert tally.lost == 0
    assert tally.damaged == 0, tally.first


def test_what_was_forgotten_is_not_brought_back_by_a_power_cut(recording: Recording, folder: Path) -> None:
    just_erased = [
        answer.position
        for before, answer in zip(recording.answers, recording.answers[1:], strict=False)
        if answer.erased != before.erased
    ]
    assert len(just_erased) == 3, "of a namespace, an experience, a strategy"
    assert found(recording, just_erased * 4, folder).back == 0


def test_the_work_starts_the_log_over_by_itself_too(recording: Recording) -> None:
    """Otherwise the moments in which SQLite moves the log into the file would not be among those tested."""
    headers = [event for event in recording.log if event.file.endswith("-wal") and event.data and event.at == 0]
    emptied = [event for event in recording.log if event.file.endswith("-wal") and event.kind in {"delete", "truncate"}]
    assert len(headers) > 1 + len([event for event in emptied if event.kind == "truncate"])


def test_a_setting_that_syncs_at_checkpoints_only_is_seen_to_lose_what_was_acknowledged(folder: Path) -> None:
    with planted("synchronous = FULL", "synchronous = NORMAL"):
        recording = anyio.run(record, 1, folder)
    tally = found(recording, answers(recording), folder)
    assert tally.older > 10
    assert tally.lost > 100
    assert tally.damaged == 0, "what is left of it is whole"


def test_a_setting_that_never_syncs_is_seen_to_damage_the_bank(folder: Path) -> None:
    with planted("synchronous = FULL", "synchronous = OFF"):
        recording = anyio.run(record, 3, folder)
    tally = found(recording, moments(recording, 40), folder)
    assert tally.damaged > 3
    assert tally.lost > 100


def test_a_sync_that_macos_leaves_in_the_drive_is_seen_to_lose_what_was_acknowledged(folder: Path) -> None:
    with planted("fullfsync = ON", "fullfsync = OFF"):
        recording = anyio.run(record, 1, folder)
    assert found(recording, answers(recording), folder).lost > 100


def test_a_record_written_in_two_transactions_is_seen_by_half(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep: Callable[..., None] = index.keep_vector

    def keep_later(db: Database, seq: int, embedding: Embedding, *more: Any) -> None:
        db.script("COMMIT; BEGIN IMMEDIATE")
        keep(db, seq, embedding, *more)

    monkeypatch.setattr(index, "keep_vector", keep_later)
    recording = anyio.run(record, 1, folder)
    tally = found(recording, moments(recording, 60), folder)
    assert tally.damaged > 0
    assert "a bank that never was" in tally.first[0]


def test_what_was_not_synced_is_gone_and_only_a_full_sync_of_the_same_file_counts() -> None:
    disk = Disk()
    for file in ("one", "two", "three"):
        disk.take(Event("create", file))
        disk.take(Event("write", file, 0, b"kept"))
    disk.take(Event("sync", "one", at=True))
    disk.take(Event("sync", "two", at=False))
    disk.take(Event("write", "one", 4, b" and not kept"))
    assert disk.image("drop", CHANCE) == {"one": b"kept", "two": b"", "three": b""}


def test_a_torn_write_is_torn_where_sectors_meet_and_nowhere_else() -> None:
    disk = Disk()
    disk.take(Event("create", "file"))
    disk.take(Event("write", "file", 0, b"." * 4 * SECTOR))
    disk.take(Event("sync", "file", at=True))
    disk.take(Event("write", "file", 100, b"x" * 3 * SECTOR))
    seen: set[bytes] = set()
    for _ in range(200):
        left = disk.image("torn", CHANCE)["file"]
        assert left[:100] == b"." * 100
        parts = left[100:SECTOR], left[SECTOR : 2 * SECTOR], left[2 * SECTOR : 3 * SECTOR], left[3 * SECTOR :][:100]
        assert all(len(set(part)) == 1 for part in parts)
        seen.add(b"".join(part[:1] for part in parts))
    assert {b"....", b"xxxx", b"x.xx", b".x.."} <= seen


def test_a_file_that_grew_has_any_of_its_sizes_and_no_bytes_of_its_own_in_between() -> None:
    disk = Disk()
    disk.take(Event("create", "file"))
    disk.take(Event("write", "file", 0, b"x" * 3 * SECTOR))
    left = [disk.image("torn", CHANCE)["file"] for _ in range(200)]
    assert {len(one) // SECTOR for one in left} == {0, 1, 2, 3}
    assert {byte for one in left for byte in one} == {0, ord("x")}


def test_a_deleted_file_may_be_back_until_the_next_sync() -> None:
    disk = Disk()
    for event in (Event("create", "gone"), Event("create", "other"), Event("write", "gone", 0, b"old")):
        disk.take(event)
    disk.take(Event("sync", "gone", at=True))
    disk.take(Event("delete", "gone"))
    assert disk.image("drop", CHANCE) == {"gone": b"old", "other": b""}
    assert {"gone" in disk.image("torn", CHANCE) for _ in range(50)} == {True, False}
    disk.take(Event("sync", "other", at=True))
    assert disk.image("drop", CHANCE) == {"other": b""}


def test_recording_leaves_the_log_shared_between_connections_and_ends_with_its_block(tmp_path: Path) -> None:
    file, before = tmp_path / "file.db", apsw.vfs_names()
    with recorded(tmp_path) as log:
        one, two = Database(str(file)), Database(str(file))
        assert one.value("PRAGMA journal_mode = WAL") == "wal"
        assert one.value("PRAGMA locking_mode") == "normal"
        one.script("CREATE TABLE t (c); INSERT INTO t VALUES (1)")
        assert two.value("SELECT c FROM t") == 1
        assert (tmp_path / "file.db-shm").exists()
        assert {event.file for event in log} == {"file.db", "file.db-journal", "file.db-wal"}
        one.close()
        two.close()
    assert apsw.vfs_names() == before
    seen = len(log)
    again = Database(str(file))
    again.script("INSERT INTO t VALUES (2)")
    again.close()
    assert len(log) == seen
