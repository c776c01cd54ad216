"""Merges, contradictions and compositions in one file: nothing is lost, and everything can be undone or forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from stores.contract import WHEN, experience, item, near, vector

from rb_mcp.archive import dump, parse
from rb_mcp.errors import InvalidInput
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.types import Experience, Lesson, Origin

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from rb_mcp.archive import Record
    from rb_mcp.types import Strategy

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[SqliteStore]:
    store = SqliteStore(tmp_path / "bank.db", lambda: WHEN)
    yield store
    await store.close()


async def add(store: SqliteStore, task: str, lesson: str, *, into: str = "", client: str = "") -> tuple[str, str]:
    """Record an experience with one lesson; return its id and that of the strategy."""
    one = replace(experience(task), origin=Origin("ada", client))
    _, [kept] = await store.add(one, key=task, embedding=vector(len(task)), lessons=[Lesson(item(lesson), into=into)])
    return one.id, kept.id


async def state(store: SqliteStore) -> list[dict[str, object]]:
    """What an export says of strategies, apart from which of them a person split."""
    found: list[Record] = []
    await store.export(found.append)
    strategies = [one for one in found if one["record"] == "strategy"]
    return [{name: value for name, value in one.items() if name != "apart"} for one in strategies]


async def active(store: SqliteStore) -> dict[str, Strategy]:
    return {one.id: one for one in await store.strategies(None, standing="active")}


async def well(store: SqliteStore) -> bool:
    return all(fine for _, _, fine in [*await store.verify(), *await store.check()])


async def test_what_goes_into_another_brings_its_support_and_comes_back_when_split(store: SqliteStore) -> None:
    one, kept = await add(store, "a", "x")
    two, gone = await add(store, "bb", "y")
    before = await state(store)
    assert await store.merge(gone, kept)
    [left] = (await active(store)).values()
    assert (left.id, left.item, [e.experience_id for e in left.evidence]) == (kept, item("x"), [one, two])
    assert [related.id for related in left.merged] == [gone]
    assert (await store.strategies(None, ids=[gone]))[0].note == f"merged into {kept}"
    assert await near(store, 2) == [two, one], "the task of what was merged still finds it"
    assert await store.split(kept) == [gone]
    assert await state(store) == before
    assert await store.apart("default")
    assert await well(store)


async def test_the_first_evidence_stays_the_one_that_gave_the_words(store: SqliteStore) -> None:
    _, older = await add(store, "a", "x", client="theirs")
    two, newer = await add(store, "bb", "y", client="mine")
    assert await store.merge(older, newer)
    [left] = (await active(store)).values()
    assert (left.item, left.evidence[0].experience_id, left.evidence[0].origin.client) == (item("y"), two, "mine")


async def test_a_chain_of_merges_is_undone_at_once(store: SqliteStore) -> None:
    (_, a), (_, b), (_, c) = [await add(store, name, name) for name in ("a", "bb", "ccc")]
    before = await state(store)
    assert await store.merge(a, b)
    assert await store.merge(b, c)
    assert len((await active(store))[c].evidence) == 3
    assert sorted(await store.split(c)) == sorted([a, b])
    assert await state(store) == before
    assert await well(store)


async def test_an_experience_behind_both_counts_once_and_both_wordings_come_back(store: SqliteStore) -> None:
    _, [one, other] = await store.add(
        experience("a"), key="a", embedding=vector(), lessons=[Lesson(item("x")), Lesson(item("y"))]
    )
    before = await state(store)
    assert await store.merge(other.id, one.id)
    assert len((await active(store))[one.id].evidence) == 1
    await store.split(one.id)
    assert await state(store) == before


async def test_what_merged_when_it_was_written_becomes_a_strategy_of_its_own_in_its_own_words(
    store: SqliteStore,
) -> None:
    _, kept = await add(store, "a", "x")
    two, same = await add(store, "bb", "y", into=kept)
    _, again = await add(store, "ccc", "x")
    assert {kept, same, again} == {kept}
    [new] = await store.split(kept)
    found = await active(store)
    assert (found[new].item, [e.experience_id for e in found[new].evidence]) == (item("y"), [two])
    assert len(found[kept].evidence) == 2, "what said it in the same words stays"
    assert await store.split(kept) == []


async def test_two_lessons_of_one_call_that_say_the_same_are_one_and_can_be_split(store: SqliteStore) -> None:
    lessons = [Lesson(item("x"), id="str_1"), Lesson(item("y"), into="str_1")]
    one = experience("a")
    _, kept = await store.add(one, key="a", embedding=vector(), lessons=lessons)
    assert [(k.id, k.action) for k in kept] == [("str_1", "added"), ("str_1", "merged")]
    await store.amend(one, lessons=[Lesson(item("y"), into="str_1")], status="distilled")
    assert len(await store.strategies(None)) == 2, "said again, it is not kept again"
    [apart] = await store.split("str_1")
    assert (await active(store))[apart].item == item("y")


async def test_a_merge_is_refused_unless_both_are_active_and_a_split_of_a_retired_one_too(store: SqliteStore) -> None:
    (_, a), (_, b) = [await add(store, name, name) for name in ("a", "bb")]
    assert not await store.merge(a, a)
    await store.revise(a, None, standing="retired")
    assert not await store.merge(a, b)
    assert not await store.merge(b, a)
    with pytest.raises(InvalidInput, match="restore it first"):
        await store.split(a)


async def test_restoring_what_was_merged_away_takes_its_evidence_back(store: SqliteStore) -> None:
    (_, a), (two, b) = [await add(store, name, name) for name in ("a", "bb")]
    await store.merge(b, a)
    await store.revise(b, None, standing="active")
    found = await active(store)
    assert [e.experience_id for e in found[b].evidence] == [two]
    assert len(found[a].evidence) == 1


async def test_contradictions_are_marked_once_on_both_sides_while_both_are_active(store: SqliteStore) -> None:
    _, a = await add(store, "a", "x")
    one = experience("bb")
    _, [b] = await store.add(one, key="bb", embedding=None, lessons=[Lesson(item("not x"), contradicts=(a,))])
    assert not await store.contradict(a, b.id)
    found = await active(store)
    assert [r.id for r in found[a].contradicts] == [b.id]
    assert [r.id for r in found[b.id].contradicts] == [a]
    await store.revise(a, None, standing="retired")
    assert not (await active(store))[b.id].contradicts


async def composed(store: SqliteStore) -> tuple[str, list[str], list[str]]:
    made = [await add(store, "o" * n, f"x{n}") for n in (1, 2, 3)]
    parts = [strategy for _, strategy in made]
    whole = await store.compose("default", Lesson(item("whole"), distiller="model p"), parts)
    assert whole
    return whole.id, parts, [one for one, _ in made]


async def test_a_composed_strategy_names_its_parts_which_stay_and_is_retired_when_split(store: SqliteStore) -> None:
    whole, parts, tasks = await composed(store)
    found = await active(store)
    assert {r.id for r in found[whole].parts} == set(parts)
    assert set(parts) < set(found)
    assert [(e.experience_id, e.distiller) for e in found[whole].evidence] == [(one, "model p") for one in tasks]
    assert await store.compose("default", Lesson(item("again")), parts) is None
    assert await store.split(whole) == [whole]
    assert set(await active(store)) == set(parts)
    assert await store.composed("default") == [frozenset(parts)], "so that it is not composed again"


async def test_what_is_composed_goes_with_any_of_what_it_was_made_of(store: SqliteStore) -> None:
    whole, parts, tasks = await composed(store)
    await store.forget(experience_id=tasks[0])
    assert set(await active(store)) == set(parts[1:])
    assert not await store.strategies(None, ids=[whole])


async def test_a_composed_strategy_retires_when_what_one_part_rests_on_is_taken_back(store: SqliteStore) -> None:
    whole, parts, tasks = await composed(store)
    one: Experience = await store.experience(tasks[0], None)
    await store.amend(one, withdraw="it failed", status="distilled")
    assert set(await active(store)) == set(parts[1:])
    assert (await store.strategies(None, ids=[whole]))[0].note == "it failed"


async def test_what_was_taken_back_does_not_return_when_a_merge_is_undone(store: SqliteStore) -> None:
    (_, a), (two, b) = [await add(store, name, name) for name in ("a", "bb")]
    await store.merge(b, a)
    await store.amend(await store.experience(two, None), withdraw="it failed", status="distilled")
    assert await store.split(a) == []
    assert set(await active(store)) == {a}


@pytest.mark.parametrize("what", ["experience", "strategy"])
async def test_what_is_forgotten_takes_its_merges_along_down_to_the_raw_bytes(
    store: SqliteStore, tmp_path: Path, what: str
) -> None:
    _, a = await add(store, "a", "x")
    one, b = await add(store, "bb", "zebrafish")
    embedding = vector(33.25)
    await store.item_vectors(None, "compass", [(b, embedding)])
    await store.merge(b, a)
    await store.contradict(a, b)
    await (store.forget(experience_id=one) if what == "experience" else store.forget(strategy_id=a))
    assert not await store.strategies(None, ids=[b])
    assert await well(store)
    await store.close()
    raw = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"zebrafish" not in raw
    assert embedding.values.tobytes() not in raw


async def test_when_the_evidence_that_gave_the_words_is_forgotten_the_next_ones_words_hold(store: SqliteStore) -> None:
    one, a = await add(store, "a", "zebrafish")
    _, b = await add(store, "bb", "y")
    await store.merge(b, a)
    await store.forget(experience_id=one)
    found = await active(store)
    assert found[a].item == item("y")
    assert await store.split(a) == [b], "it still has evidence of its own"


async def test_a_bank_with_merges_moves_by_export_and_import(store: SqliteStore, tmp_path: Path) -> None:
    (_, a), (_, b), (_, c) = [await add(store, name, name) for name in ("a", "bb", "ccc")]
    await store.contradict(a, c)
    await composed(store)
    before = await state(store)
    await store.merge(b, a)
    lines: list[str] = []
    await store.export(lambda record: lines.append(dump(record)))
    other = SqliteStore(tmp_path / "other.db", lambda: WHEN)
    await other.load(parse(lines))
    assert await state(other) == await state(store)
    await other.split(a)
    assert await state(other) == before
    await other.close()


async def test_links_of_a_file_do_not_touch_strategies_that_are_here(store: SqliteStore) -> None:
    _, mine = await add(store, "a", "x")
    record = {
        "record": "strategy", "id": "str_evil", "namespace": "default", "title": "t", "description": "d",
        "content": "c", "outcome": "success", "standing": "active", "note": "", "edited": False, "evidence": [],
        "created_at": WHEN.isoformat(), "contradicts": [mine], "parts": [mine], "merged_into": mine,
    }  # fmt: skip
    await store.load([record])  # pyright: ignore[reportArgumentType]
    found = await active(store)
    assert not found[mine].contradicts
    assert not found[mine].merged
    assert not found["str_evil"].parts


async def test_item_vectors_are_filled_once_dropped_by_other_words_and_by_another_embedder(store: SqliteStore) -> None:
    _, a = await add(store, "a", "x")
    [(id_, text)] = await store.item_vectors("default", "compass")
    assert (id_, text) == (a, item("x").text())
    assert await store.item_vectors("default", "compass", [(a, vector(10))]) == []
    [similar] = await store.similar("default", frozenset({"nothing"}), 5, vector(10))
    assert similar.id == a
    assert similar.cosine == pytest.approx(1, abs=1e-6)
    await store.revise(a, None, item=item("y"))
    assert [i for i, _ in await store.item_vectors("default", "compass")] == [a]
    await store.item_vectors("default", "compass", [(a, vector(10))])
    await store.move("other")
    todo = await store.reindex("other", 2)
    await store.reindex("other", 2, [(id_, vector(1, embedder="other")) for id_, _ in todo])
    assert await store.item_vector(a, "compass") is None
