"""What verify promises: no changed byte of a record goes unseen, and damaged indexes are made anew."""

from __future__ import annotations

import math
import random
import re
from array import array
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import apsw
import pytest
from stores.contract import HERE, WHEN, add, by_words, experience, item, vector

from rb_mcp.errors import StoreError
from rb_mcp.providers.scripted import ScriptedClock
from rb_mcp.stores import digests, engine
from rb_mcp.stores.database import connect
from rb_mcp.stores.engine import Engine, model
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.types import (
    Attempt,
    Embedding,
    Experience,
    Footprint,
    Lesson,
    Probe,
    Recall,
    Recalled,
    Remedy,
    Step,
    Trajectory,
    Verdict,
)
from rb_mcp.words import words

if TYPE_CHECKING:
    from pathlib import Path

    from rb_mcp.archive import Record

WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"]
INDEXES = {
    "experiences_fts": "rowid, words, terms",
    "strategies_fts": "rowid, words",
    "experiences_vec": "*",
    "kinds_vec": "*",
    "strategies_vec": "*",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bank.db"


@pytest.fixture
def store(path: Path) -> SqliteStore:
    return SqliteStore(path, ScriptedClock())


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same every time


def direction(rnd: random.Random) -> Embedding:
    values = [rnd.gauss(0, 1) for _ in range(32)]
    length = math.sqrt(sum(value * value for value in values))
    return Embedding("compass", array("f", [value / length for value in values]))


async def filled(path: Path, count: int) -> None:
    """Make a bank with records of several kinds and sizes, closed."""
    rnd, store = chance(11), SqliteStore(path, ScriptedClock())
    for number in range(count):
        task = f"task {number} " + " ".join(rnd.choices(WORDS, k=6))
        steps = tuple(Step(*(" ".join(rnd.choices(WORDS, k=rnd.randrange(1, 200))) for _ in range(3))) for _ in "abc")
        attempt = Attempt(Trajectory(task, steps), Verdict("success", "it printed 0", "evidence"))
        namespace = "default" if number % 5 else "shared"
        lessons = [Lesson(item(f"{rnd.choice(WORDS)} {number}"), embedding=direction(rnd))] if number % 3 else []
        kind = " ".join(rnd.choices(WORDS, k=4)) if number % 2 else ""
        terms = " ".join(rnd.sample(WORDS, 5))
        footprint = Footprint(terms, (Remedy(f"{terms[:4]} *", terms, "edit it"),) if number % 7 else ())
        new = replace(experience(task, namespace=namespace), attempts=(attempt,), kind=kind)
        await store.add(
            new, key=f"{number}", embedding=direction(rnd), kind_embedding=direction(rnd) if kind else None,
            footprint=footprint, lessons=lessons,
        )  # fmt: skip
        if number % 4 == 3:
            answered = tuple(Recalled(one, new.id, rnd.random()) for one in await store.strategies(None, limit=3))
            await store.keep_recall(Recall(f"rec_{number}", "default", answered, rnd.random(), rnd.random()))
    await store.close()


def contents(path: Path) -> dict[str, list[Any]]:
    """Return every row of every table and index."""
    db = connect(path)
    selections = dict.fromkeys(digests.tables(db), "*") | INDEXES
    found = {name: sorted(db.rows(f"SELECT {which} FROM {name}"), key=repr) for name, which in selections.items()}
    db.close()
    return found


async def wrong(store: SqliteStore) -> list[str]:
    """Return what verify finds that is not well."""
    return [f"{what}: {finding}" for what, finding, well in await store.verify() if not well]


def silently(path: Path, sql: str) -> None:
    """Change rows as a failing disk would: no trigger takes note."""
    db = connect(path)
    db.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    db.script(sql)
    db.close()


def test_every_table_of_records_has_a_digest_over_all_its_columns() -> None:
    db = connect_to_memory()
    behind = tuple(f"{name}_" for name in INDEXES)
    tables = [name for name, sql in model().items() if sql.startswith("CREATE TABLE") and not name.startswith(behind)]
    assert digests.tables(db) == tables
    for table in tables:
        columns = [row[1] for row in db.rows(f"PRAGMA table_info({table})") if row[1] != "digest"]
        for trigger in (f"{table}_added", f"{table}_changed"):
            [folded] = re.findall(r"digest\(([^)]*)\)", model()[trigger])
            assert re.findall(r"new\.(\w+)", folded) == columns, trigger
        [watched] = re.findall(r"UPDATE OF (.*?)\sON\s", model()[f"{table}_changed"], re.DOTALL)
        assert re.findall(r"\w+", watched) == columns, table


def connect_to_memory() -> Any:
    db = connect(":memory:")  # pyright: ignore[reportArgumentType]
    for script in engine.MIGRATIONS:
        db.script(script.read_text(encoding="utf-8"))
    return db


def test_no_two_rows_that_differ_have_one_digest() -> None:
    rows: list[tuple[Any, ...]] = [
        (), (None,), ("",), (b"",), (0,), (0.0,), (-0.0,), ("0",), (b"0",), ("a", "b"), ("ab", ""), ("", "ab"),
        ("a", None, "b"), (12, 3), (1, 23), ("i1;",), ("t1:a",), ("中",), ("中".encode(),), (2**63 - 1,), (-1,),
    ]  # fmt: skip
    assert len({digests.digest(*row) for row in rows}) == len(rows)


@pytest.mark.anyio
async def test_digests_agree_whatever_was_done(store: SqliteStore, tmp_path: Path) -> None:
    kept = [(await add(store, f"task {n}", f"lesson {n}", "common", angle=n))[0] for n in range(6)]
    waiting, _ = await store.add(experience("w", status="queued"), key="w", embedding=None)
    [strategy, *_] = await store.strategies(None)
    await store.keep_recall(Recall("rec_1", "default", (Recalled(strategy, kept[0].id, 0.5),), 0.5, 0.3))
    await store.amend(kept[1], verdict=Verdict("failure", "it broke", "agent"), status="distilled", recall_id="rec_1")
    pair = (kept[2].id, kept[3].id)
    contrast = Experience("exp_c", "default", "both", "awaiting_distillation", WHEN, (), pair, pair[0], "shorter")
    await store.add(contrast, key="c", embedding=vector(9))
    await store.revise(strategy.id, None, item=item("other"), standing="retired", note="why")
    job = await store.claim(60)
    assert job is not None
    await store.put_off(job, 0, "busy", failed=True)
    assert await store.spend(5)
    assert await store.spend(5)
    await store.move("other")
    await store.reindex("other", 2, [(one.id, vector(3, embedder="other")) for one in [*kept, waiting, contrast]])
    await store.forget(experience_id=kept[1].id)  # a recall loses what came of it, others lose rows
    assert await wrong(store) == []
    exported: list[Record] = []
    await store.export(exported.append)
    moved = SqliteStore(tmp_path / "moved.db")
    await moved.load(exported)
    assert await wrong(moved) == []


@pytest.mark.anyio
async def test_records_of_a_bank_from_before_digests_get_theirs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(engine, "MIGRATIONS", engine.MIGRATIONS[:2])
        old = Engine(path, ScriptedClock())
        await old.write(
            lambda db: db.script(
                "INSERT INTO experiences (id, namespace, task, words, key, status, outcome, created_at) VALUES "
                "('exp_1', 'default', 'a', 'a', 'k', 'queued', 'unknown', '2026-01-02T03:04:05.678901+00:00');"
                "INSERT INTO attempts (experience, round, key, length, steps, outcome, reason, source) VALUES "
                "(1, 0, 'k', 0, x'789c8b8e050001150089', 'unknown', '', 'agent');"
                "INSERT INTO jobs (experience, state, next_at) VALUES (1, 'ready', 0.1)"
            )
        )
        await old.close()
    store = SqliteStore(path)
    assert await wrong(store) == []
    assert [one.task for one in await store.experiences(None)] == ["a"]
    silently(path, "UPDATE attempts SET reason = 'because'")
    assert len(await wrong(store)) == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("change", "where"),
    [
        ("UPDATE experiences SET task = task || '.' WHERE seq = 2", "experiences 2"),
        ("UPDATE experiences SET task = CAST(x'ff80fe' AS TEXT) WHERE seq = 2", "experiences 2"),
        ("UPDATE attempts SET steps = substr(steps, 2) WHERE experience = 2", "attempts 2, 0"),
        ("UPDATE vectors SET vector = zeroblob(8) WHERE experience = 2", "vectors 2, compass"),
        ("UPDATE experiences SET kind = 'another' WHERE seq = 2", "experiences 2"),
        ("UPDATE experiences SET language = 'fr' WHERE seq = 2", "experiences 2"),
        ("UPDATE kind_vectors SET vector = zeroblob(8) WHERE experience = 2", "kind_vectors 2, compass"),
        ("UPDATE footprints SET terms = 'others' WHERE experience = 2", "footprints 2"),
        ("UPDATE remedies SET remedy = 'another' WHERE experience = 2", "remedies 2"),
        ("UPDATE item_vectors SET vector = zeroblob(8) WHERE strategy = 2", "item_vectors 2, compass"),
        ("UPDATE strategies SET standing = 'held' WHERE seq = 2", "strategies 2"),
        ("UPDATE evidence SET content = '' WHERE seq = 2", "evidence 2"),
        ("UPDATE recalls SET nearest = nearest + 1e-12", "recalls 1"),
        ("UPDATE recalled SET similarity = 0.25", "recalled 1, 2"),
        ("UPDATE meta SET value = '3' WHERE key = 'dimensions'", "meta dimensions"),
    ],
)
async def test_a_row_that_changed_by_itself_is_named_with_a_way_out(
    store: SqliteStore, path: Path, change: str, where: str
) -> None:
    footprint = Footprint("parser.py", (Remedy("valueerror bad month", "ValueError: bad month", "swap them"),))
    kept = [
        (await add(store, f"task {n}", f"lesson {n}", angle=n, kind="order", lesson_angle=n, footprint=footprint))[0]
        for n in range(3)
    ]
    [second] = await store.strategies(None, of=[kept[1].id])
    await store.keep_recall(Recall("rec_1", "default", (Recalled(second, kept[1].id, 0.5),), 0.5, 0.3))
    silently(path, change)
    [found] = [one for one in await wrong(store) if one.startswith("records: ")]
    assert f"{where} is not what was written: restore a backup" in found
    if where.startswith(("strategies", "evidence", "item_vectors")):
        assert f"rb-mcp forget {second.id}" in found
        await store.forget(strategy_id=second.id)
    elif where.startswith(("experiences", "attempts", "vectors", "kind_vectors", "footprints", "remedies")):
        assert f"rb-mcp forget {kept[1].id}" in found
        await store.forget(experience_id=kept[1].id)
    else:
        return
    assert await wrong(store) == []


@pytest.mark.anyio
async def test_random_overwrites_are_found_or_change_nothing(tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    await filled(whole, 400)
    before, rows, rnd = whole.read_bytes(), contents(whole), chance(5)
    seen = Counter[str]()
    for number in range(200):
        at = rnd.randrange(len(before) - 64)
        path = tmp_path / f"{number}.db"
        path.write_bytes(before[:at] + rnd.randbytes(64) + before[at + 64 :])
        seen[await _verdict(path)] += 1
        if not seen["well"]:
            continue
        assert contents(path) == rows, f"64 bytes at {at} changed what is read, and nobody noticed"
        seen["harmless"] += seen.pop("well")
    assert sum(seen.values()) == 200
    assert seen["found"] + seen["refused"] > 100


@pytest.mark.anyio
async def test_every_overwrite_within_a_record_is_found(tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    await filled(whole, 200)
    before, rnd = whole.read_bytes(), chance(6)
    values = [
        value if isinstance(value, bytes) else value.encode()
        for rows in contents(whole).values()
        for row in rows
        for value in row
        if isinstance(value, (bytes, str)) and len(value) >= 8
    ]
    for number, value in enumerate(rnd.sample(values, 200)):
        if (start := before.find(value)) < 0:  # on several pages: its beginning is on one
            start = before.index(value[:16])
        at = start + rnd.randrange(8)
        path = tmp_path / f"{number}.db"
        path.write_bytes(before[:at] + rnd.randbytes(64) + before[at + 64 :])
        assert await _verdict(path) != "well", (number, at, value)


async def _verdict(path: Path) -> str:
    store = SqliteStore(path)
    try:
        return "found" if await wrong(store) else "well"
    except StoreError:
        return "refused"
    finally:
        await store.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE experiences_fts_data SET block = randomblob(64)",
        "UPDATE experiences_fts_content SET c0 = 'other' WHERE id = 3",
        "DELETE FROM strategies_fts_docsize",
        "UPDATE strategies_fts_config SET v = 77 WHERE k = 'version'",
        "DELETE FROM experiences_fts_config WHERE k = 'secure-delete'",
        "UPDATE experiences_fts_content SET c1 = 'other' WHERE id = 3",
        "UPDATE kinds_vec_vector_chunks00 SET vectors = randomblob(length(vectors))",
        "UPDATE strategies_vec_vector_chunks00 SET vectors = randomblob(length(vectors))",
        "UPDATE kinds_vec_chunks SET validity = zeroblob(length(validity))",
        "UPDATE strategies_vec_rowids SET chunk_offset = chunk_offset + 1",
        "DROP TABLE strategies_vec_chunks",
        "UPDATE experiences_vec_vector_chunks00 SET vectors = randomblob(length(vectors))",
        "UPDATE experiences_vec_chunks SET validity = zeroblob(length(validity))",
        "UPDATE experiences_vec_chunks SET rowids = zeroblob(length(rowids))",
        "UPDATE experiences_vec_rowids SET chunk_offset = chunk_offset + 1",
        "DELETE FROM experiences_vec_info; DELETE FROM experiences_vec_chunks",
        "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'experiences_fts_data'",
        "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'experiences_vec_rowids'",
    ],
)
async def test_damaged_indexes_are_found_and_made_anew(path: Path, damage: str) -> None:
    await filled(path, 40)
    store = SqliteStore(path)
    before = await _answers(store)
    await store.close()
    silently(path, damage)
    store = SqliteStore(path)
    said = await wrong(store)
    if not damage.startswith("DELETE FROM experiences_vec_info"):  # nothing but its chunks is ever read
        assert said
    assert all("rebuild-index" in one for one in said if not one.startswith("schema as made")), said
    await store.rebuild()
    assert await wrong(store) == []
    assert await _answers(store) == before


@pytest.mark.anyio
async def test_pages_of_an_index_that_are_overwritten_are_made_anew(path: Path) -> None:
    await filled(path, 40)
    store = SqliteStore(path)
    before = await _answers(store)
    await store.close()
    db = connect(path)
    roots = [
        page
        for (page,) in db.rows("SELECT rootpage FROM sqlite_schema WHERE name GLOB '*_fts_*' OR name GLOB '*_vec_*'")
    ]
    size = db.value("PRAGMA page_size")
    db.close()
    raw, rnd = bytearray(path.read_bytes()), chance(1)
    for root in filter(None, roots):
        raw[(root - 1) * size : root * size] = rnd.randbytes(size)
    path.write_bytes(raw)
    store = SqliteStore(path)
    assert any("rebuild-index" in one for one in await wrong(store))
    with pytest.raises(StoreError, match="doctor --verify"):
        await _answers(store)
    await store.rebuild()
    assert await wrong(store) == []
    assert await _answers(store) == before
    assert len(path.read_bytes()) <= len(raw)


async def _answers(store: SqliteStore) -> list[list[str]]:
    """Return the ten best of many queries, by each kind of vector, by text and by terms."""
    rnd = chance(3)
    found: list[list[str]] = []
    for _ in range(100):
        asked = frozenset(words(" ".join(rnd.sample(WORDS, 3))))
        found += (
            [one.experience_id for one in await by_words(store, "", direction(rnd), 10)],
            await _of_kind(store, direction(rnd)),
            [one.id for one in await store.similar("default", frozenset(), 10, direction(rnd))],
            [one.experience_id for one in await by_words(store, " ".join(asked), limit=10)],
            [one.experience_id for one in (await store.search(HERE, Probe(frozenset(), asked), 10)).candidates],
            [one.id for one in await store.similar("default", asked, 10)],
        )
    return found


async def _of_kind(store: SqliteStore, kind: Embedding) -> list[str]:
    pool = await store.search(HERE, Probe(frozenset(), kind=kind), 10)
    return [one.experience_id for one in pool.candidates]
