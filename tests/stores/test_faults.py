"""What a disk, a file system or a user can do to a bank: told in a sentence, nothing lost, recall where it can be.

A fault that needs rights is made where the tests have them, and the reason is said where not.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw
import pytest
from samples import LESSON

from rb_mcp.config import Settings
from rb_mcp.errors import NewerBank, StoreError
from rb_mcp.memory.opening import build_bank
from rb_mcp.providers.scripted import ScriptedClock
from rb_mcp.stores import engine, place
from rb_mcp.stores.database import connect
from rb_mcp.stores.engine import Engine
from rb_mcp.types import MemoryItem, Step, Trajectory, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rb_mcp.memory.bank import ReasoningBank

TASK = "fix the failing unit test of module number {}"
ITEM = MemoryItem(**LESSON)
DONE = Verdict("success", "it printed 0", "evidence")

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bank.db"


def opened(path: Path) -> ReasoningBank:
    return build_bank(Settings(bank=path, embedder="hashing"))


async def record(bank: ReasoningBank, number: int, size: int = 10) -> str:
    """Record, and return the id that was acknowledged."""
    noise = os.urandom(size).hex()
    steps = (Step("look", f"run it {noise}", "1 failed"), Step(action="stop"))
    receipt = await bank.record(Trajectory(TASK.format(number), steps), DONE, [ITEM], "", "default")
    return receipt.experience.id


async def recalls(bank: ReasoningBank, number: int = 0) -> bool:
    found = await bank.recall(TASK.format(number), 1, "default")
    return [one.strategy.item for one in found.strategies] == [ITEM]


async def well(bank: ReasoningBank, acknowledged: list[str]) -> bool:
    """Tell whether everything acknowledged is there, and every byte is as it was written."""
    there = {one.id for one in await bank.store.experiences(None, limit=100_000)}
    return set(acknowledged) <= there and all(fine for _, _, fine in await bank.store.verify())


async def made(path: Path, count: int = 30) -> list[str]:
    """Make a bank, close it, and return what it acknowledged."""
    bank = opened(path)
    acknowledged = [await record(bank, number, 400) for number in range(count)]
    await bank.store.close()
    return acknowledged


def one_sentence(error: BaseException) -> bool:
    said = str(error)
    return "\n" not in said and "Traceback" not in said and len(said) < 400


def run(script: str, *arguments: object, under: tuple[str, ...] = ()) -> Any:
    """Run a script that needs a process to itself, and return what it printed."""
    tests = str(Path(__file__).parents[1])
    program = f"import sys; sys.path.insert(0, {tests!r})\nfrom stores.test_faults import *\n{script}"
    words = [*under, sys.executable, "-c", program, *map(str, arguments)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=100)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


FILL = """
import anyio
async def main():
    bank, acknowledged, said, recalled = opened(Path(sys.argv[1])), [], "", False
    for number in range(5_000):
        try:
            acknowledged.append(await record(bank, number, 4_000))
        except StoreError as error:
            said = str(error)
            break
    recalled = await recalls(bank)
    uncredited = 0
    while not uncredited:
        uncredited += (await bank.recall(TASK.format(1), 1, "default")).id == ""
    print(json.dumps([acknowledged, said, recalled, uncredited]))
    sys.stdout.flush()
    os._exit(0)
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    words = [mount or "", "-t", "tmpfs", "-o", "size=8m,nr_inodes=16", "tmpfs", str(folder)]
    if not mount or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run([mount.removesuffix("mount") + "umount", "--lazy", str(folder)], check=True)


async def test_a_full_disk_refuses_records_and_recall_goes_on(small_disk: Path) -> None:
    path, others = small_disk / "bank.db", small_disk / "others"
    others.write_bytes(bytes(3_000_000))
    bank, acknowledged = opened(path), list[str]()
    told = ""
    while not told:
        try:
            acknowledged.append(await record(bank, len(acknowledged), 4_000))
        except StoreError as error:
            told = str(error)
    assert told == f"the disk that holds {path} is full; nothing was written: free some space"
    assert len(acknowledged) > 5
    with others.open("ab", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1_024)):
            pass
    uncredited = False
    for number in range(400):
        recall = await bank.recall(TASK.format(number % 5), 1, "default")
        assert [one.strategy.item for one in recall.strategies] == [ITEM]
        if uncredited := recall.id == "":  # its line in the log found no room either
            break
    assert uncredited
    with pytest.raises(StoreError, match="full"):
        await record(bank, 6_000, 4_000)
    assert await well(bank, acknowledged)
    others.unlink()
    acknowledged.append(await record(bank, 6_001))
    assert await well(bank, acknowledged)
    await bank.store.close()
    assert await well(opened(path), acknowledged)


@pytest.mark.parametrize("of", ["bytes", "files"])
async def test_a_full_disk_is_told_by_whoever_opens_the_bank_on_it(small_disk: Path, of: str) -> None:
    if of == "bytes":
        (small_disk / "other").write_bytes(bytes(shutil.disk_usage(small_disk).free))
    else:
        with suppress(OSError):
            for number in range(100):
                (small_disk / f"other-{number}").touch()
    with pytest.raises(StoreError, match=r"the disk that holds .* is full; nothing was written"):
        await record(opened(small_disk / "bank.db"), 0)
    for other in small_disk.glob("other*"):
        other.unlink()
    await record(opened(small_disk / "bank.db"), 0)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
async def test_a_limit_on_the_size_of_files_loses_nothing_that_was_acknowledged(path: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))\n"
    acknowledged, said, recalled, uncredited = run(limit + FILL + "anyio.run(main)", path)
    assert len(acknowledged) > 5
    assert "nothing was written" in said
    assert recalled
    assert uncredited
    bank = opened(path)
    assert await well(bank, acknowledged)
    await record(bank, 6_000)


TRY = """
import anyio
async def main():
    said = []
    for work in (record, recalls):
        try:
            await work(opened(Path(sys.argv[1])), 7)
        except StoreError as error:
            said.append(str(error))
    print(json.dumps(said))
anyio.run(main)
"""


@pytest.fixture
def bound() -> tuple[str, ...]:
    """What a program is started under so that permissions bind it: for root they do not."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    words = (setpriv or "", "--bounding-set=-all", "--inh-caps=-all")
    if not setpriv or subprocess.run([*words, "true"], check=False).returncode:
        pytest.skip("needs permissions that bind, and the tests run as root")
    return words


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
@pytest.mark.parametrize("what", ["file", "folder", "both"])
async def test_what_cannot_be_written_is_told_and_left_as_it_is(
    tmp_path: Path, bound: tuple[str, ...], what: str
) -> None:
    folder = tmp_path / "folder"
    acknowledged = await made(folder / "bank.db")
    before = (folder / "bank.db").read_bytes()
    if what != "folder":
        (folder / "bank.db").chmod(0o400)
    if what != "file":
        folder.chmod(0o500)
    said = run(TRY, folder / "bank.db", under=bound)
    assert len(said) == 2
    assert all("writable" in one or "check that its folder is there and yours" in one for one in said), said
    assert (folder / "bank.db").read_bytes() == before
    folder.chmod(0o700)
    (folder / "bank.db").chmod(0o600)
    assert await well(opened(folder / "bank.db"), acknowledged)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwrite_start(path: Path) -> None:
    path.write_bytes(os.urandom(8_192) + path.read_bytes()[8_192:])


def replace_by_text(path: Path) -> None:
    path.write_text("these are notes on something else, but long enough to be taken for a header\n" * 20)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def delete(path: Path) -> None:
    path.unlink()


def make_newer(path: Path) -> None:
    db = connect(path)
    db.script("PRAGMA user_version = 99")
    db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
    db.close()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (truncate, "is damaged or not a bank .*: see rb-mcp doctor --verify, put a backup in its place"),
        (overwrite_start, "is damaged or not a bank"),
        (replace_by_text, "is damaged or not a bank"),
        (replace_by_folder, "cannot be opened"),
        (
            empty,
            "is empty, but a bank was there; nothing was written: put it, or a backup, back .* or delete bank.db-l",
        ),
        (delete, "is gone, but a bank was there; nothing was written: put it, or a backup, back in its place"),
        (make_newer, "was written by a newer release .* upgrade rb-mcp"),
    ],
)
async def test_a_file_that_is_not_the_bank_it_was_is_told_and_left_as_it_is(
    path: Path, fault: Callable[[Path], None], said: str
) -> None:
    acknowledged = await made(path)
    backup = path.with_name("backup.db")
    await opened(path).store.backup(backup)
    fault(path)
    before = path.read_bytes() if path.is_file() else None
    bank = opened(path)
    for attempt in (record(bank, 7), bank.recall("a task", 1, "default"), bank.store.verify(), bank.store.rebuild()):
        with pytest.raises(StoreError, match=said) as told:
            await attempt
        assert one_sentence(told.value)
    await bank.store.close()
    assert (path.read_bytes() if path.is_file() else None) == before
    if path.is_dir():
        path.rmdir()
    for left in ("-wal", "-shm"):
        path.with_name(path.name + left).unlink(missing_ok=True)
    backup.replace(path)  # the way out
    restored = opened(path)
    assert await well(restored, acknowledged)
    assert await recalls(restored)


async def test_a_bank_can_be_begun_anew_where_one_was(path: Path) -> None:
    await made(path)
    path.unlink()
    path.with_name("bank.db-lock").unlink()
    bank = opened(path)
    assert await well(bank, [await record(bank, 0)])


def overwrite_root(path: Path, table: str) -> None:
    """Overwrite the page at which a table begins."""
    db = connect(path)
    root = db.value("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,))
    size = db.value("PRAGMA page_size")
    db.close()
    raw = bytearray(path.read_bytes())
    raw[(root - 1) * size : root * size] = os.urandom(size)
    path.write_bytes(raw)


async def test_a_page_overwritten_in_the_middle_is_told_and_found_and_not_backed_up(path: Path) -> None:
    acknowledged = await made(path)
    overwrite_root(path, "attempts")
    bank = opened(path)
    for attempt in (bank.store.experience(acknowledged[0], None), record(bank, 100)):
        with pytest.raises(StoreError, match=r"is damaged .*: see rb-mcp doctor --verify, put a backup in") as told:
            await attempt
        assert one_sentence(told.value)
    found = [finding for _, finding, fine in await bank.store.verify() if not fine]
    assert any("attempts" in one and "restore a backup" in one for one in found)
    with pytest.raises(StoreError, match="damaged"):
        await bank.store.backup(path.with_name("backup.db"))
    assert [one.name for one in path.parent.iterdir() if "backup" in one.name] == []


async def test_recall_goes_on_where_the_log_of_recalls_is_damaged(path: Path) -> None:
    acknowledged = await made(path)
    overwrite_root(path, "recalls")
    bank = opened(path)
    assert await recalls(bank)
    assert (await bank.recall(TASK.format(1), 1, "default")).id == ""
    assert await record(bank, 100)
    assert {one.id for one in await bank.store.experiences(None, limit=100)} >= set(acknowledged)
    assert any("recalls" in finding for _, finding, fine in await bank.store.verify() if not fine)


@pytest.mark.parametrize("column", ["task", "created_at", "status"])
async def test_a_record_that_cannot_be_read_any_more_is_told_and_the_rest_is_recalled(path: Path, column: str) -> None:
    acknowledged = await made(path, 3)
    db = connect(path)
    written = db.value(f"SELECT {column} FROM experiences WHERE seq = 2").encode()
    junk = b"\xff" if column == "task" else b"x"
    db.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    db.script("PRAGMA ignore_check_constraints = ON")
    db.run(f"UPDATE experiences SET {column} = CAST(? AS TEXT) WHERE seq = 2", (junk * len(written),))
    db.close()
    bank = opened(path)
    if column != "status":  # which is a text as any other
        with pytest.raises(StoreError, match=r"is damaged .* doctor --verify"):
            await bank.store.experience(acknowledged[1], None)
    assert await recalls(bank, 2)
    assert (await bank.store.experience(acknowledged[2], None)).task == TASK.format(2)
    found = [finding for _, finding, fine in await bank.store.verify() if not fine]
    assert any(f"rb-mcp forget {acknowledged[1]}" in one for one in found)


async def test_a_log_of_the_bank_before_is_not_written_into_a_restored_copy(path: Path) -> None:
    bank = opened(path)
    acknowledged = [await record(bank, number) for number in range(5)]
    backup = path.with_name("backup.db")
    await bank.store.backup(backup)
    for number in range(5, 10):
        await record(bank, number)
    shutil.copy(backup, path.with_name("moved.db"))
    shutil.copy(path.with_name("bank.db-wal"), path.with_name("moved.db-wal"))
    moved = opened(path.with_name("moved.db"))
    with pytest.raises(
        StoreError, match=r"the log beside it is of the bank that was there before.* delete moved.db-wal"
    ):
        await record(moved, 11)
    path.with_name("moved.db-wal").unlink()
    assert await well(moved, acknowledged)
    assert len(await moved.store.experiences(None)) == 5


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
@pytest.mark.parametrize("replaced", [True, False])
async def test_a_bank_deleted_or_replaced_under_a_server_takes_no_more_records(path: Path, replaced: bool) -> None:
    bank = opened(path)
    acknowledged = [await record(bank, number) for number in range(3)]
    backup = path.with_name("backup.db")
    await bank.store.backup(backup)
    for left in ("", "-wal", "-shm"):
        path.with_name(path.name + left).unlink()
    if replaced:
        backup.replace(path)
    for attempt in (record(bank, 7), bank.recall("a task", 1, "default")):
        with pytest.raises(StoreError, match="was deleted or replaced while it was in use; nothing was written: start"):
            await attempt
    if not replaced:
        backup.replace(path)
    assert await well(opened(path), acknowledged)
    await bank.store.close()
    assert await well(opened(path), acknowledged)


async def test_an_older_server_does_not_write_into_a_bank_that_a_newer_one_upgraded(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = opened(path)
    acknowledged = [await record(older, 0)]
    later = tmp_path / "0099_later.sql"
    later.write_text("ALTER TABLE jobs ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';")
    with monkeypatch.context() as newer:
        newer.setattr(engine, "MIGRATIONS", [*engine.MIGRATIONS, later])
        upgraded = Engine(path, ScriptedClock())
        await upgraded.write(lambda db: db.run("UPDATE jobs SET colour = 'blue'"))
        await upgraded.close()
    for attempt in (record(older, 1), older.recall("a task", 1, "default")):
        with pytest.raises(NewerBank, match="upgrade rb-mcp") as told:
            await attempt
        assert one_sentence(told.value)
    await older.store.close()
    with monkeypatch.context() as newer:
        newer.setattr(engine, "MIGRATIONS", [*engine.MIGRATIONS, later])
        assert {one.id for one in await opened(path).store.experiences(None)} == set(acknowledged)


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "fuse.sshfs", "ceph"])
async def test_a_bank_on_a_network_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    share = tmp_path / "a share"
    share.mkdir()
    table = tmp_path / "mountinfo"
    mount = str(share).replace(" ", "\\040")
    table.write_text(
        "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
        f"40 27 0:45 / {mount} rw,relatime shared:1 - {kind} host:/export rw\n"
    )
    monkeypatch.setattr(place, "MOUNTS", table)
    bank = opened(share / "new" / "bank.db")
    for attempt in (record(bank, 0), bank.recall("a task", 1, "default")):
        with pytest.raises(
            StoreError, match=rf"network file system \({kind}\).* point RB_MCP_BANK at a folder"
        ) as told:
            await attempt
        assert one_sentence(told.value)
    assert list(share.iterdir()) == []
    assert await record(opened(tmp_path / "bank.db"), 0)


async def test_a_bank_where_it_may_be_a_network_opens_and_doctor_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text("27 1 0:9 / / rw - 9p none rw\n")
    monkeypatch.setattr(place, "MOUNTS", table)
    bank = opened(tmp_path / "bank.db")
    await record(bank, 0)
    assert ("file system", "9p: a bank must lie on a local disk; move it", False) in await bank.store.check()


END = """
import anyio
async def main():
    print(json.dumps([await record(opened(Path(sys.argv[1])), number) for number in range(3)]))
anyio.run(main)
"""


async def test_a_program_that_ends_without_closing_leaves_its_log_to_whoever_holds_the_lock_next(path: Path) -> None:
    log = path.with_name("bank.db-wal")
    acknowledged = run(END, path)
    assert log.stat().st_size > 0  # folding it in at the end would be without the lock
    bank = opened(path)
    assert await well(bank, acknowledged)
    await bank.store.close()
    assert not log.exists()
    assert await well(opened(path), acknowledged)


async def test_a_copy_of_the_file_alone_lacks_records_and_a_backup_does_not(path: Path) -> None:
    bank = opened(path)
    acknowledged = [await record(bank, number) for number in range(20)]
    copy, backup = path.with_name("copy.db"), path.with_name("backup.db")
    shutil.copy(path, copy)
    await bank.store.backup(backup)
    assert await well(opened(backup), acknowledged)
    assert await well(bank, acknowledged)
    copied = opened(copy)
    assert not await well(copied, acknowledged)
    assert all(fine for _, _, fine in await copied.store.verify())  # an older state, never a wrong one
