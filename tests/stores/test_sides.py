"""The indexes of the sides that a recall compares: rarest words, partitions, the first pass by signs, older banks."""

from __future__ import annotations

import hashlib
import math
import random
from array import array
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from stores.contract import HERE, experience, item

from rb_mcp.providers.scripted import ScriptedClock
from rb_mcp.stores import index, search
from rb_mcp.stores.database import connect
from rb_mcp.stores.engine import APPLICATION_ID, MIGRATIONS
from rb_mcp.stores.rows import pack
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.types import Embedding, Footprint, Lesson, Probe, Step
from rb_mcp.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rb_mcp.stores.database import Database
    from rb_mcp.types import Candidate, Experience

pytestmark = pytest.mark.anyio

LEAD, OTHER = 64, 32
JOINED = f"compass:{LEAD}+english:{OTHER}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bank.db"


@pytest.fixture
def store(path: Path) -> SqliteStore:
    return SqliteStore(path, ScriptedClock())


@pytest.fixture
def rnd() -> random.Random:
    return random.Random(17)  # noqa: S311 - the same every time


async def whole(store: SqliteStore) -> None:
    assert [(what, said) for what, said, well in (*await store.check(), *await store.verify()) if not well] == []


# Joined embedders


def unit(values: Sequence[float]) -> list[float]:
    length = math.sqrt(sum(value * value for value in values))
    return [value / length for value in values]


def direction(rnd: random.Random, dimensions: int, near: Sequence[float] = (), share: float = 0.0) -> list[float]:
    """Return a random unit vector, or one that has a cosine of about `share` to another."""
    noise = unit([rnd.gauss(0, 1) for _ in range(dimensions)])
    rest = math.sqrt(1 - share * share)
    return unit([share * one + rest * other for one, other in zip(near, noise, strict=True)]) if near else noise


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def english(lead: Sequence[float], other: Sequence[float]) -> Embedding:
    half = math.sqrt(0.5)
    return Embedding(JOINED, array("f", [half * value for value in (*lead, *other)]))


def foreign(lead: Sequence[float]) -> Embedding:
    return Embedding(JOINED, array("f", [*lead, *[0.0] * OTHER]))


def alone(lead: Sequence[float]) -> Embedding:
    return Embedding("compass", array("f", lead))


async def keep(
    store: SqliteStore, task: str, vector: Embedding, *, kind: Embedding | None = None, lesson: Embedding | None = None
) -> Experience:
    kept, _ = await store.add(
        experience(task, kind="a kind" if kind else ""), key=task, embedding=vector, kind_embedding=kind,
        lessons=[Lesson(item(task), embedding=lesson)],
    )  # fmt: skip
    return kept


async def compared(
    store: SqliteStore, task: Embedding, kind: Embedding | None = None, limit: int = 50
) -> dict[str, Candidate]:
    pool = await store.search(HERE, Probe(frozenset(), task=task, kind=kind), limit)
    return {found.experience_id: found for found in pool.candidates}


async def test_a_text_in_another_language_finds_its_english_twin_and_back_by_what_both_encoders_share(
    store: SqliteStore, rnd: random.Random
) -> None:
    leads = [direction(rnd, LEAD) for _ in range(30)]
    others = [direction(rnd, OTHER) for _ in range(30)]
    ours = [await keep(store, f"en {n}", english(leads[n], others[n])) for n in range(30)]
    theirs = [await keep(store, f"zh {n}", foreign(direction(rnd, LEAD, leads[n], 0.9))) for n in range(30)]
    for number in range(0, 30, 7):
        by_foreign = await compared(store, foreign(leads[number]))
        assert by_foreign[ours[number].id].cosine == pytest.approx(1.0, abs=1e-5), "as if there were no other encoder"
        assert max(by_foreign.values(), key=lambda found: found.cosine or 0).experience_id == ours[number].id
        by_english = await compared(store, english(leads[number], others[number]))
        assert by_english[ours[number].id].cosine == pytest.approx(1.0, abs=1e-5)
        assert by_english[theirs[number].id].cosine == pytest.approx(0.9, abs=0.05)
        best = sorted(by_english.values(), key=lambda found: -(found.cosine or 0))[:2]
        assert [found.experience_id for found in best] == [ours[number].id, theirs[number].id]
    await whole(store)


async def test_every_side_is_compared_by_what_the_encoders_of_both_texts_can_say(
    store: SqliteStore, rnd: random.Random, path: Path
) -> None:
    one, two, other, another = (direction(rnd, n) for n in (LEAD, LEAD, OTHER, OTHER))
    leads, both = dot(one, two), (dot(one, two) + dot(other, another)) / 2
    mixed = await keep(store, "mixed", english(one, other), kind=foreign(one), lesson=english(one, other))
    for task, kind, expected in (
        (english(two, another), english(two, another), (both, leads, both, leads, both, both)),
        (foreign(two), foreign(two), (leads, leads, leads, leads, leads, leads)),
        (foreign(two), english(two, another), (leads, leads, both, leads, leads, both)),
    ):
        found = (await compared(store, task, kind))[mixed.id]
        sides = (found.cosine, found.kind, found.kind_task, found.task_kind, found.lesson, found.kind_lesson)
        assert sides == pytest.approx(expected, abs=1e-5)
    [near] = await store.similar("default", frozenset(), 5, foreign(two))
    assert near.cosine == pytest.approx(leads, abs=1e-5)
    await keep(store, "of the other kind", foreign(two))
    with closing(connect(path)) as db:
        assert db.rows("SELECT seq, part FROM experiences_vec ORDER BY seq") == [(1, "e:default"), (2, "o:default")]
        assert db.rows("SELECT seq, part FROM kinds_vec") == [(1, "o:default")]
        assert db.rows("SELECT seq, part FROM strategies_vec") == [(1, "e:default")]


async def test_a_bank_of_the_leading_encoder_is_searched_and_kept_in_step_by_a_joined_embedder_then_moves(
    store: SqliteStore, rnd: random.Random
) -> None:
    leads = [direction(rnd, LEAD) for _ in range(6)]
    early = await keep(store, "early", alone(leads[0]), kind=alone(leads[1]), lesson=alone(leads[2]))
    other = direction(rnd, OTHER)
    found = (await compared(store, english(leads[0], other), english(leads[1], other)))[early.id]
    assert (found.cosine, found.kind) == pytest.approx((1.0, 1.0), abs=1e-5)
    assert found.lesson == pytest.approx(dot(leads[0], leads[2]), abs=1e-5)
    late = await keep(store, "late", english(leads[3], other), kind=foreign(leads[4]), lesson=english(leads[5], other))
    pool = await store.search(HERE, Probe(frozenset(), task=alone(leads[3]), kind=alone(leads[4])), 9)
    assert pool.space == "compass"
    [of_late] = [one for one in pool.candidates if one.experience_id == late.id]
    assert (of_late.cosine, of_late.kind) == pytest.approx((1.0, 1.0), abs=1e-5), "known to who has the one encoder"
    assert of_late.lesson == pytest.approx(dot(leads[3], leads[5]), abs=1e-5)
    await whole(store)
    bound = await store.vectors()
    assert (bound.bound, bound.embedded, bound.texts) == ("compass", 6, 6)

    await store.move(JOINED)
    assert (await store.vectors(JOINED)).embedded == 3, "what it recorded needs no second embedding"
    assert await store.kind_vectors(JOINED, [(early.id, english(leads[1], other))]) == []
    [(strategy, _)] = await store.item_vectors(None, JOINED)
    await store.item_vectors(None, JOINED, [(strategy, english(leads[2], other))])
    assert await store.reindex(JOINED, LEAD + OTHER) == [(early.id, "early")]
    assert await store.reindex(JOINED, LEAD + OTHER, [(early.id, english(leads[0], other))]) == []
    moved = await store.vectors()
    assert (moved.bound, moved.target, moved.embedded, moved.due) == (JOINED, "", 6, False)
    assert (await store.vectors("compass")).embedded == 0
    found = (await compared(store, english(leads[3], other), foreign(leads[4])))[late.id]
    assert (found.cosine, found.kind) == pytest.approx((1.0, 1.0), abs=1e-5)
    assert (await store.search(HERE, Probe(words("late"), task=alone(leads[3])), 9)).space == "", (
        "its part is no vector"
    )
    await whole(store)


async def test_a_joined_embedder_of_another_leading_encoder_is_not_compared(
    store: SqliteStore, rnd: random.Random
) -> None:
    lead = direction(rnd, LEAD)
    kept = await keep(store, "early", Embedding("another", array("f", lead)))
    assert await compared(store, foreign(lead)) == {}
    await keep(store, "late", foreign(lead))
    assert set(await compared(store, Embedding("another", array("f", lead)))) == {kept.id}
    await whole(store)


# The first pass


def filled(db: Database, vectors: Sequence[Sequence[float]], *, experiences: int = 0) -> None:
    """Make experiences with a strategy each, in bulk; the first of them with these vectors."""
    embedder = f"compass-{len(vectors[0])}"
    index.bind(db, embedder, len(vectors[0]))
    for number in range(max(len(vectors), experiences)):
        db.run(
            "INSERT INTO experiences (seq, id, namespace, task, words, key, status, outcome, created_at) "
            "VALUES (?1, 'exp_' || ?1, 'default', 'task ' || ?1, 'task ' || ?1, ?1, 'distilled', 'success', '')",
            (number + 1,),
        )
        db.run(
            "INSERT INTO strategies (seq, id, namespace, title, description, content, outcome, standing, created_at) "
            "VALUES (?1, 'str_' || ?1, 'default', ?1, '', '', 'success', 'active', '')",
            (number + 1,),
        )
        db.run("INSERT INTO evidence (strategy, experience, title, description, content) VALUES (?1, ?1, ?1, '', '')",
               (number + 1,))  # fmt: skip
    rows = [(number, embedder, index.blob(values)) for number, values in enumerate(vectors, start=1)]
    db.run_many("INSERT INTO vectors (experience, embedder, vector) VALUES (?, ?, ?)", rows)
    db.run_many("INSERT INTO item_vectors (strategy, embedder, vector) VALUES (?, ?, ?)", rows)
    index.rebuild(db, [])


def exact(db: Database, query: Embedding, count: int) -> set[int]:
    found = db.rows(
        "SELECT experience FROM vectors ORDER BY vec_distance_cosine(vector, ?) LIMIT ?",
        (index.blob(query.values), count),
    )
    return {seq for (seq,) in found}


async def test_the_nearest_ten_of_thousands_pass_the_first_pass_by_signs(
    store: SqliteStore, rnd: random.Random
) -> None:
    dimensions, count = 512, 3_000
    centres = [direction(rnd, dimensions) for _ in range(60)]
    vectors = [direction(rnd, dimensions, centres[n % 60], rnd.uniform(0.3, 0.9)) for n in range(count)]
    queries = [direction(rnd, dimensions, vectors[rnd.randrange(count)], 0.7) for _ in range(40)]

    def measured(db: Database) -> tuple[float, list[int]]:
        filled(db, vectors)
        space = index.bound_to(db)
        assert space
        assert space.in_bits
        hits, passed = 0, list[int]()
        for values in queries:
            query = Embedding(space.embedder, array("f", values))
            best = exact(db, query, 10)
            for side in ("task", "strategy"):
                near = search.nearest(db, side, query, space, HERE, count)
                passed.append(len(near))
                hits += len(near & best)
        assert len(db.samples) == 2, "both sides had a bound"
        return hits / len(queries) / 20, passed

    share, passed = await store._engine.write(measured)  # pyright: ignore[reportPrivateUsage] # noqa: SLF001
    assert share >= 0.99, share
    assert min(passed) >= search.NEAREST // 2
    assert max(passed) <= search.NEAREST


async def test_a_bound_that_a_sample_set_too_low_is_given_up(store: SqliteStore, rnd: random.Random) -> None:
    vectors = [direction(rnd, 64) for _ in range(100)]

    def measured(db: Database) -> tuple[int, int]:
        filled(db, vectors, experiences=3_000)  # most have no vector: as many as the sample says will not be found
        space = index.bound_to(db)
        assert space
        query = Embedding(space.embedder, array("f", vectors[0]))
        everything = search.nearest(db, "task", query, space, HERE, 3_000)
        return len(everything), len(db.samples)

    assert await store._engine.write(measured) == (100, 1)  # pyright: ignore[reportPrivateUsage] # noqa: SLF001


# Words


async def test_the_rarest_words_are_asked_for_and_a_few_at_least(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        task = f"{'the' if number < 30 else 'der'} page of café number n{number}" + " rare" * (number == 7)
        await store.add(experience(task), key=task, embedding=None, lessons=[Lesson(item(task))])

    def asked(text: str, budget: int) -> list[str]:
        engine = store._engine  # pyright: ignore[reportPrivateUsage] # noqa: SLF001
        return engine._read(  # pyright: ignore[reportPrivateUsage] # noqa: SLF001
            lambda db: search.rarest(db, "words", words(text), budget)
        )

    assert asked("the page of n7 rare der", 12) == ["rare", "n7", "der", "the"], "four, whatever they cost"
    assert set(asked("the page of n7 rare n8 n9 n10 der", 14)) == {"rare", "n7", "n8", "n9", "n10"}
    assert set(asked("the page n7", 1_000)) == {"the", "page", "n7"}
    assert asked("", 12) == []
    assert "café" in asked("café the page of number", 12), "the index folds accents: the word may be there all the same"
    assert len(asked(" ".join(f"w{n}" for n in range(500)), 12)) <= 64
    monkeypatch.setattr(search, "MOST_ROWS", 4)
    found = await store.search(HERE, Probe(words("the page of number n1 n2 n3 rare")), 50)
    tasks = {(await store.experience(one.experience_id, None)).task for one in found.candidates}
    assert {task.split()[-1] for task in tasks} == {"n1", "n2", "n3", "rare"}, "no row for the frequent words' sake"
    found = await store.search(HERE, Probe(words("cafe rare")), 50)
    assert len(found.candidates) == 40


async def test_the_rarest_terms_are_counted_in_their_own_field(store: SqliteStore) -> None:
    for number in range(20):
        task = f"parser {number}"
        footprint = Footprint("calendar parser" if number == 3 else "calendar")
        await store.add(experience(task), key=task, embedding=None, footprint=footprint, lessons=[Lesson(item(task))])

    def ranked(db: Database, column: str) -> list[str]:
        return search.rarest(db, column, frozenset({"calendar", "parser"}), 100)

    for column, expected in (("terms", ["parser", "calendar"]), ("words", ["calendar", "parser"])):
        assert await store._engine.read(lambda db, of=column: ranked(db, of)) == expected  # pyright: ignore[reportPrivateUsage, reportUnknownLambdaType, reportUnknownArgumentType] # noqa: SLF001
    pool = await store.search(HERE, Probe(frozenset(), frozenset({"parser"})), 50)
    assert [one.words & {"3"} for one in pool.candidates] == [{"3"}]


# Banks of earlier releases

_TASKS = ("fix the failing test", "取消航班预订并退款", "sort the list of names")


def _pairs(task: str) -> str:
    """The words of a text as releases up to schema 6 had them: of unspaced scripts pairs alone."""
    return " ".join(sorted(word for word in words(task) if len(word) > 1 or word.isascii()))


def earlier(path: Path, vectors: Sequence[Sequence[float]], schema: int) -> None:
    """Write a bank as the release with schema 6 left it; with schema 7, as one whose migration was cut short."""
    path.touch(0o600)
    with closing(connect(path)) as db, db:
        for script in MIGRATIONS[:6]:
            db.script(script.read_text(encoding="utf-8"))
        db.script(f"PRAGMA user_version = 6; PRAGMA application_id = {APPLICATION_ID}")
        db.run_many("INSERT INTO meta (key, value) VALUES (?, ?)", [("embedder", "compass"), ("dimensions", str(LEAD))])
        db.run(
            "CREATE VIRTUAL TABLE experiences_vec USING vec0 (seq INTEGER PRIMARY KEY, namespace TEXT PARTITION KEY, "
            f"vector FLOAT[{LEAD}], chunk_size=32)"
        )
        steps = pack((Step("think", "do it", "done"),))
        for seq, (task, vector) in enumerate(zip(_TASKS, vectors, strict=True), start=1):
            db.run(
                "INSERT INTO experiences (id, namespace, task, words, key, status, outcome, created_at) VALUES "
                "('exp_' || ?1, 'default', ?2, ?3, ?1, 'distilled', 'success', '2026-01-02T03:04:05.678901+00:00')",
                (seq, task, _pairs(task)),
            )
            db.run(
                "INSERT INTO attempts (experience, round, key, length, steps, outcome, reason, source) "
                "VALUES (?, 0, ?, 1, ?, 'success', 'it printed 0', 'evidence')",
                (seq, hashlib.sha256(steps).hexdigest(), steps),
            )
            taught = ("title " + task, "when " + task, "do it")
            db.run(
                "INSERT INTO strategies (id, namespace, title, description, content, outcome, standing, created_at) "
                "VALUES ('str_' || ?1, 'default', ?2, ?3, ?4, 'success', ?5, '2026-01-02T03:04:05.678901+00:00')",
                (seq, *taught, "retired" if seq == 3 else "active"),
            )
            db.run(
                "INSERT INTO evidence (strategy, experience, title, description, content) VALUES (?1, ?1, ?2, ?3, ?4)",
                (seq, *taught),
            )
            blob = index.blob(vector)
            db.run("INSERT INTO vectors (experience, embedder, vector) VALUES (?, 'compass', ?)", (seq, blob))
            db.run("INSERT INTO item_vectors (strategy, embedder, vector) VALUES (?, 'compass', ?)", (seq, blob))
            if seq != 3:
                db.run("INSERT INTO experiences_vec (seq, namespace, vector) VALUES (?, 'default', ?)", (seq, blob))
                db.run("INSERT INTO experiences_fts (rowid, words) VALUES (?, ?)", (seq, _pairs(task)))
                text = "\n".join(taught)
                db.run("INSERT INTO strategies_fts (rowid, words) VALUES (?, ?)", (seq, _pairs(text)))
        for number, script in enumerate(MIGRATIONS[6:schema], start=7):
            db.script(script.read_text(encoding="utf-8"))
            db.script(f"PRAGMA user_version = {number}")
        db.script("PRAGMA journal_mode")


@pytest.mark.parametrize("schema", [6, 7])
async def test_a_bank_of_schema_6_opens_with_every_side_that_it_can_have(
    path: Path, rnd: random.Random, schema: int
) -> None:
    vectors = [direction(rnd, LEAD) for _ in _TASKS]
    earlier(path, vectors, schema)
    store = SqliteStore(path, ScriptedClock())
    await whole(store)
    found = await compared(store, alone(vectors[0]))
    assert found.keys() == {"exp_1", "exp_2"}, "what taught nothing active is not recalled"
    assert (found["exp_1"].cosine, found["exp_1"].lesson) == pytest.approx((1.0, 1.0), abs=1e-5)
    assert found["exp_1"].kind is None
    by_words = await store.search(HERE, Probe(words("班"), language="zh"), 9)
    assert ([one.experience_id for one in by_words.candidates], by_words.size) == (["exp_2"], 1)
    assert by_words.candidates[0].words == words(_TASKS[1])
    assert [one.id for one in await store.similar("default", words("退"), 5)] == ["str_2"]
    assert [one.kind for one in await store.experiences(None)] == ["", "", ""]
    assert await store.footprints() == ["exp_3", "exp_2", "exp_1"]
    bound = await store.vectors()
    assert (bound.bound, bound.embedded, bound.texts) == ("compass", 5, 5)
    with closing(connect(path)) as db:
        assert db.rows("SELECT language FROM experiences ORDER BY seq") == [("en",), ("zh",), ("en",)]
        assert [words_ for (words_,) in db.rows("SELECT words FROM experiences ORDER BY seq")] == [
            " ".join(sorted(words(task))) for task in _TASKS
        ]
        assert db.value("PRAGMA user_version") == len(MIGRATIONS)
    late = replace(experience("a fourth", kind="k"), origin=(await store.experiences(None))[0].origin)
    await store.add(late, key="d", embedding=alone(vectors[2]), kind_embedding=alone(vectors[1]),
                    lessons=[Lesson(item("x"))])  # fmt: skip
    assert (await compared(store, alone(vectors[2])))[late.id].cosine == pytest.approx(1.0, abs=1e-5)
    await store.rebuild()
    await whole(store)
