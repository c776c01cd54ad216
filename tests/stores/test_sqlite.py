"""The SQLite store: the contract, and what is promised of the file."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest
from stores.contract import WHEN, StoreContract, add, by_words, experience, near, vector

from rb_mcp.errors import NewerBank, StoreError
from rb_mcp.providers.scripted import ScriptedClock
from rb_mcp.stores import lock
from rb_mcp.stores.database import Database
from rb_mcp.stores.engine import MIGRATIONS, Engine, extension_path
from rb_mcp.stores.rows import pack
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.types import Footprint, Lesson, MemoryItem, Origin, Remedy, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable


LATER = WHEN + timedelta(days=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "bank.db"


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock()


@pytest.fixture
def store(path: Path, clock: ScriptedClock) -> SqliteStore:
    return SqliteStore(path, clock)


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def other(self, tmp_path: Path) -> SqliteStore:
        return SqliteStore(tmp_path / "other.db", ScriptedClock())


def opened(path: Path) -> Database:
    db = Database(str(path))
    db.enable_load_extension(True)
    db.load_extension(extension_path())
    return db


@pytest.mark.anyio
async def test_every_commit_is_synced_and_readers_do_not_wait(store: SqliteStore, path: Path) -> None:
    await add(store, "a", "x")
    engine = Engine(path, ScriptedClock())
    settings = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "trusted_schema", "mmap_size")
    found = await engine.write(lambda db: [db.value(f"PRAGMA {name}") for name in settings])
    assert found == ["wal", 2, 1, 1, 0, 0]


@pytest.mark.anyio
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
async def test_the_file_and_everything_beside_it_are_the_users_alone(store: SqliteStore, path: Path) -> None:
    os.umask(0)
    await add(store, "a", "x")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert set(modes) >= {"bank.db", "bank.db-wal", "bank.db-lock"}
    assert set(modes.values()) == {0o600}


@pytest.mark.anyio
async def test_a_bank_of_a_newer_release_is_refused_by_readers_and_writers_alike(
    store: SqliteStore, path: Path
) -> None:
    kept, _ = await add(store, "a", "x")
    opened(path).script(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = path.read_bytes()
    for attempt in (store, SqliteStore(path)):
        with pytest.raises(NewerBank, match="upgrade rb-mcp"):
            await add(attempt, "b", "y")
        with pytest.raises(NewerBank):
            await attempt.experience(kept.id, None)
    assert path.read_bytes() == before
    opened(path).script(f"PRAGMA user_version = {len(MIGRATIONS)}")
    assert len(await store.experiences(None)) == 1


@pytest.mark.anyio
async def test_a_file_that_is_no_bank_is_left_as_it_is(tmp_path: Path) -> None:
    foreign, junk, folder = tmp_path / "foreign.db", tmp_path / "junk.db", tmp_path / "folder.db"
    Database(str(foreign)).script("CREATE TABLE theirs (x)")
    junk.write_bytes(b"not a database at all, but long enough to be read as a header" * 20)
    folder.mkdir()
    for path, said in ((foreign, "another program"), (junk, "not a bank"), (folder, "cannot be opened")):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(StoreError, match=said):
            await add(SqliteStore(path), "a")
        assert (path.read_bytes() if path.is_file() else b"") == before


@pytest.mark.anyio
async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be opened"):
        await add(SqliteStore(tmp_path / "file" / "bank.db"), "a")


@pytest.mark.anyio
async def test_the_indexes_are_caches_and_can_be_made_anew(store: SqliteStore, path: Path) -> None:
    for number in range(20):
        await add(store, f"task number {number}", f"lesson {number}", angle=number * 9, kind="k", lesson_angle=number)
    before = [await near(store, angle, "task", limit=5) for angle in range(0, 180, 7)]
    db = opened(path)
    db.script(
        "DELETE FROM experiences_fts; DELETE FROM experiences_vec WHERE seq % 2; DELETE FROM strategies_fts;"
        "DELETE FROM kinds_vec WHERE seq > 8; DELETE FROM strategies_vec WHERE seq = 7"
    )
    findings = {what: (finding, well) for what, finding, well in await store.check()}
    assert findings["indexes"][1] is False
    for said in (
        "text index: 20 missing",
        "vector index experiences_vec: 10 missing, 0 too many",
        "vector index kinds_vec: 12 missing",
        "vector index strategies_vec: 1 missing",
        "index of strategies: 20 missing",
    ):
        assert said in findings["indexes"][0]
    assert "rb-mcp rebuild-index" in findings["indexes"][0]
    await store.rebuild()
    assert all(well for _, _, well in await store.check())
    assert [await near(store, angle, "task", limit=5) for angle in range(0, 180, 7)] == before


@pytest.mark.anyio
@pytest.mark.parametrize("by", ["experience_id", "client", "since", "imported", "namespace"])
async def test_what_is_forgotten_is_gone_from_the_raw_bytes_of_file_and_log(
    store: SqliteStore, path: Path, by: str
) -> None:
    needle = "xylophonequartz"
    await add(store, "keep this", "z")
    origin = Origin("ada", "some client", "imp_1")
    doomed = experience(f"the {needle} task", namespace="doomed", kind=f"a kind of {needle}")
    doomed = replace(doomed, origin=origin, created_at=LATER)
    taught = Lesson(
        MemoryItem(f"{needle} title", f"when {needle}", f"do {needle}"), distiller=needle, embedding=vector(38)
    )
    footprint = Footprint(f"{needle}.py", (Remedy(f"error {needle}", f"Error: {needle}", f"edit {needle}"),))
    kept, _ = await store.add(
        doomed, key="k", embedding=vector(37), kind_embedding=vector(39), footprint=footprint, lessons=[taught]
    )
    await store.amend(kept, verdict=Verdict("failure", f"{needle} said so", "judge", needle), status="distilled")
    vectors = [vector(angle).values.tobytes() for angle in (37, 38, 39)]
    marks = [needle.encode(), *vectors, pack(kept.attempts[0].trajectory.steps)]
    everything: Callable[[], bytes] = lambda: b"".join(one.read_bytes() for one in path.parent.iterdir())  # noqa: E731
    assert all(mark in everything() for mark in marks)
    source = {"experience_id": kept.id, "client": "some client", "since": LATER, "imported": "imp_1"}
    gone = await store.forget(**{by: source.get(by, "doomed")})  # pyright: ignore[reportArgumentType]
    assert (gone["experiences"], gone["strategies"]) == (1, 1)
    assert not any(mark in everything() for mark in marks)
    assert await near(store, 0, "keep this") != []


@pytest.mark.anyio
async def test_a_writer_that_dies_leaves_a_whole_bank(store: SqliteStore, path: Path) -> None:
    await add(store, "before", "x")
    script = f"""
import os, anyio, sys
from pathlib import Path
from rb_mcp.stores.database import Database
from rb_mcp.stores.engine import Engine
from rb_mcp.stores.sqlite import utc_now
def work(db):
    db.run("DELETE FROM experiences")
    os.kill(os.getpid(), 9)
anyio.run(Engine(Path({str(path)!r}), utc_now).write, work)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode != 0
    assert [e.task for e in await store.experiences(None)] == ["before"]
    await add(store, "after", "y")
    assert all(well for _, _, well in await store.check())


@pytest.mark.anyio
async def test_processes_that_write_at_once_lose_nothing_and_see_no_lock(path: Path) -> None:
    script = """
import anyio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from stores.contract import add
from rb_mcp.stores.sqlite import SqliteStore
async def main():
    store = SqliteStore(Path(sys.argv[1]))
    for number in range(15):
        await add(store, f"{sys.argv[2]} {number}", f"lesson {sys.argv[2]} {number}", angle=number)
        await add(store, f"common {number}", f"lesson {number}", angle=number)
anyio.run(main)
"""
    tests = str(Path(__file__).parents[1])
    writers = [subprocess.Popen([sys.executable, "-c", script, str(path), name, tests]) for name in "abcd"]
    assert [writer.wait(100) for writer in writers] == [0, 0, 0, 0]
    store = SqliteStore(path)
    tasks = [e.task for e in await store.experiences(None, limit=1_000)]
    assert len(tasks) == len(set(tasks)) == 4 * 15 + 15
    assert len(await store.strategies(None, limit=1_000)) == 4 * 15 + 15
    assert all(well for _, _, well in await store.check())


@pytest.mark.anyio
async def test_a_bank_held_by_another_is_told_in_a_sentence_and_recall_goes_on(store: SqliteStore, path: Path) -> None:
    kept, _ = await add(store, "a", "x")
    impatient = SqliteStore(path)
    impatient._engine._patience = 0.2  # pyright: ignore[reportPrivateUsage] # noqa: SLF001 - 30 s otherwise
    assert await near(impatient, 0) == [kept.id]
    let_go, held = threading.Event(), threading.Event()

    def hold() -> None:
        with lock.held(path.with_name("bank.db-lock"), 5):
            held.set()
            let_go.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(5)
    with pytest.raises(StoreError, match="another process has been writing"):
        await add(impatient, "b", "y")
    assert await near(impatient, 0) == [kept.id]
    let_go.set()
    holder.join()
    await add(impatient, "b", "y")


def test_no_writer_starves_while_others_write_without_a_pause(path: Path) -> None:
    turns: list[int] = []
    lock_path = path.with_name("queue-lock")
    lock_path.parent.mkdir()

    def write(number: int) -> None:
        while len(turns) < 400:
            with lock.held(lock_path, 60):
                turns.append(number)
                time.sleep(0.001)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert min(turns.count(number) for number in range(4)) > 20


@pytest.mark.anyio
async def test_a_search_reads_while_a_write_is_under_way(store: SqliteStore, path: Path) -> None:
    kept, _ = await add(store, "a", "x")
    writing, done = threading.Event(), threading.Event()

    def slow(db: object) -> None:
        del db
        writing.set()
        done.wait(20)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Engine(path, ScriptedClock()).write, slow)
        await anyio.to_thread.run_sync(writing.wait, 10)
        assert [c.experience_id for c in await by_words(store, "a", limit=5)] == [kept.id]
        done.set()
