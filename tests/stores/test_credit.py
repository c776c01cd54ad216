"""What a store promises credit: what a task recalled, how tasks ended, and changes by rule that yield to a person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from stores.contract import add, experience

from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.types import Attempt, Origin, Recall, Recalled, Step, Trajectory, Verdict, new_id

if TYPE_CHECKING:
    from pathlib import Path

    from rb_mcp.protocols import Store
    from rb_mcp.types import Experience, Strategy

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return SqliteStore(tmp_path / "bank.db")


async def ask(store: Store, *strategies: Strategy) -> str:
    recall = Recall(new_id("rec"), "default", tuple(Recalled(one, "exp_1", 0.9) for one in strategies))
    await store.keep_recall(recall)
    return recall.id


async def done(store: Store, name: str, recall_id: str = "", outcome: str = "success") -> Experience:
    kept, _ = await store.add(experience(name, outcome=outcome), key=name, embedding=None, recall_id=recall_id)
    return kept


async def test_what_a_task_recalled_is_found_by_its_experience_retired_or_not(store: Store) -> None:
    await add(store, "a", "x", "y", "z")
    z, y, x = await store.strategies(None)
    task = await done(store, "b", await ask(store, x, y))
    again = await ask(store, z)
    await store.amend(task, status="distilled", recall_id=again)
    await store.revise(y.id, None, standing="retired", note="no")
    assert {one.id for one in await store.recalled(task.id, "default")} == {x.id, y.id, z.id}
    assert await store.recalled(task.id, "web") == []
    assert await store.recalled((await done(store, "c")).id, "default") == []


async def test_what_a_contrast_recalled_is_found_by_each_of_its_attempts(store: Store) -> None:
    await add(store, "a", "x")
    [x] = await store.strategies(None)
    one, two = await done(store, "b"), await done(store, "c", outcome="failure")
    contrast = replace(experience("d"), attempts=(), members=(one.id, two.id))
    await store.add(contrast, key="d", embedding=None, recall_id=await ask(store, x))
    for id_ in (one.id, two.id, contrast.id):
        assert [found.id for found in await store.recalled(id_, "default")] == [x.id]


async def test_how_tasks_ended_is_counted_once_a_task_by_origin_and_by_who_judged_the_last_round(store: Store) -> None:
    failed = await done(store, "a", outcome="failure")
    better = Attempt(Trajectory("a", (Step(action="better"),)), Verdict("success", "seen", "judge"))
    await store.amend(failed, attempt=better, status="distilled")
    one, two = await done(store, "b"), await done(store, "c", outcome="failure")
    await done(store, "d", outcome="unknown")
    await add(store, "e", namespace="web")
    other = replace(experience("f"), origin=Origin("ada", "two"))
    await store.add(other, key="f", embedding=None)
    contrast = replace(experience("g"), attempts=(), members=(one.id, two.id))
    await store.add(contrast, key="g", embedding=None)
    found = [(t.origin.client, t.outcome, t.source, t.count) for t in await store.trials("default")]
    assert sorted(found) == [
        ("", "success", "agent", 1), ("", "success", "judge", 1), ("two", "success", "evidence", 1),
    ], "the attempts that were contrasted are one task"  # fmt: skip


async def test_of_some_experiences_those_are_counted_that_did_not_recall_a_strategy(store: Store) -> None:
    taught, _ = await add(store, "a", "x", "y")
    y, x = await store.strategies(None)
    with_x = await done(store, "b", await ask(store, x))
    with_y = await done(store, "c", await ask(store, y), outcome="failure")
    await done(store, "d")
    await ask(store, x)
    near = [taught.id, with_x.id, with_y.id]
    found = [(t.outcome, t.count) for t in await store.trials("default", of=near, without=x.id)]
    assert sorted(found) == [("failure", 1), ("success", 1)]
    assert await store.trials("default", of=[], without=x.id) == []


async def test_a_change_by_rule_approves_nothing_and_yields_to_a_person(store: Store) -> None:
    await add(store, "a", "x")
    [seen] = await store.strategies(None)
    retired = await store.revise(seen.id, None, standing="retired", note="by rule", seen=seen)
    assert (retired.standing, retired.note) == ("retired", "by rule")
    back = await store.revise(seen.id, None, standing="active", seen=retired)
    assert (back.standing, back.note, back.approved) == ("active", "", False)
    await store.revise(seen.id, None, standing="active")
    left = await store.revise(seen.id, None, standing="retired", note="by rule", seen=back)
    assert (left.standing, left.approved) == ("active", True), "a person approved it meanwhile"
    await store.revise(seen.id, None, standing="retired", note="by hand")
    assert (await store.revise(seen.id, None, standing="active", seen=retired)).note == "by hand"
