"""What is too much, or was of no use for long, retires: the least valuable first, and never what has proven itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from stores.contract import WHEN, add, experience, item

from rb_mcp.memory.limits import OLDEST, retire_least_valuable
from rb_mcp.providers.scripted import ScriptedClock
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.types import Lesson, Recall, Recalled, new_id

if TYPE_CHECKING:
    from pathlib import Path

    from rb_mcp.protocols import Store

pytestmark = pytest.mark.anyio

NAMES = ("a", "b", "c", "d", "e")
LATER = WHEN + OLDEST + timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return SqliteStore(tmp_path / "bank.db", ScriptedClock(WHEN))


async def use(store: Store, name: str, *outcomes: str) -> None:
    [used] = [one for one in await store.strategies(None) if one.item == item(name)]
    for outcome in outcomes:
        recall = Recall(new_id("rec"), "default", (Recalled(used, "exp_1", 0.9),))
        await store.keep_recall(recall)
        done = experience("use", outcome=outcome)
        await store.add(done, key=done.id, embedding=None, recall_id=recall.id)


async def names(store: Store) -> set[str]:
    active = await store.strategies("default", standing="active", limit=5_000)
    return {name for one in active for name in NAMES if one.item == item(name)}


async def test_of_too_many_the_least_valuable_retire_with_the_reason_and_can_be_restored(store: Store) -> None:
    for name in NAMES:
        await add(store, name, name)
    await use(store, "e", "failure", "failure")
    await use(store, "a", "success")
    [b] = [one for one in await store.strategies(None) if one.item == item("b")]
    await store.add(experience("x"), key="x", embedding=None, lessons=[Lesson(item("b otherwise"), into=b.id)])
    retired = await retire_least_valuable(store, "default", WHEN, most=3)
    assert await names(store) == {"a", "b", "d"}, "what failed went first, then the oldest that nothing speaks for"
    reason = "5 strategies are more than the 3 that a namespace recalls from, and this was one of the least valuable"
    assert [why for _, why in retired] == [reason, reason]
    kept = await store.strategies("default", standing="retired")
    assert {(one.id, one.note) for one in kept} == set(retired)
    await store.revise(retired[0][0], None, standing="active")
    assert await retire_least_valuable(store, "default", WHEN, most=4) == []
    assert await names(store) == {"a", "b", "d", "e"}


async def test_what_a_person_approved_and_what_has_proven_itself_stays_even_when_there_are_too_many(
    store: Store,
) -> None:
    for name in NAMES:
        await add(store, name, name)
    [a] = [one for one in await store.strategies(None) if one.item == item("a")]
    await store.revise(a.id, None, standing="active")
    await use(store, "b", "success", "success")
    await use(store, "c", "success", "failure", "failure", "failure")
    await retire_least_valuable(store, "default", WHEN, most=0)
    assert await names(store) == {"a", "b"}


async def test_what_nobody_found_useful_in_a_year_retires_and_the_rest_stays(store: Store) -> None:
    for name in NAMES:
        await add(store, name, name)
    await use(store, "a", "success", "failure", "failure")
    await use(store, "b", "failure")
    [c, d] = [one for name in "cd" for one in await store.strategies(None) if one.item == item(name)]
    await store.add(experience("x"), key="x", embedding=None, lessons=[Lesson(item("c otherwise"), into=c.id)])
    await store.revise(d.id, None, standing="active")
    assert await retire_least_valuable(store, "default", LATER - timedelta(days=2)) == []
    retired = await retire_least_valuable(store, "default", LATER)
    assert await names(store) == {"a", "c", "d"}
    assert {why for _, why in retired} == {"no task that recalled it went well in the 365 days that it is kept"}


async def test_where_nobody_reports_how_tasks_end_no_age_is_too_old(store: Store) -> None:
    for name in NAMES:
        await add(store, name, name)
    await use(store, "a", "unknown", "unknown")
    assert await retire_least_valuable(store, "default", LATER + 10 * OLDEST) == []
    assert await names(store) == set(NAMES)


async def test_other_namespaces_are_left_alone(store: Store) -> None:
    await add(store, "a", "a", namespace="web")
    await add(store, "b", "b")
    assert len(await retire_least_valuable(store, "default", WHEN, most=0)) == 1
    assert [one.standing for one in await store.strategies("web")] == ["active"]


async def test_every_page_of_a_large_namespace_is_looked_at(store: Store) -> None:
    for number in range(4):
        lessons = [Lesson(item(f"{number} {n}")) for n in range(150)]
        await store.add(experience(f"{number}"), key=f"{number}", embedding=None, lessons=lessons)
    retired = await retire_least_valuable(store, "default", WHEN, most=590)
    assert len(retired) == 10
    assert (await store.summary("default")).strategies == {"active": 590, "retired": 10}
