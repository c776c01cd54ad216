"""What was copied into `shared`: found by others, taken back whole, and nothing of a trajectory in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from stores.contract import add, by_words, experience, item, near, vector

from rb_mcp.providers.scripted import ScriptedClock
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.types import Attempt, Lesson, Origin, Step, Trajectory, Verdict, stub_id

if TYPE_CHECKING:
    from pathlib import Path

    from rb_mcp.archive import Record
    from rb_mcp.types import Experience, Strategy

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "bank.db", ScriptedClock(step=timedelta(0)))


async def taught(store: SqliteStore, task: str, *names: str, angle: float = 0) -> tuple[Experience, list[Strategy]]:
    kept, strategies = await add(store, task, *names, angle=angle, namespace="web")
    return kept, [(await store.strategies(None, ids=[one.id]))[0] for one in strategies]


async def again(store: SqliteStore, strategy: Strategy) -> Strategy:
    [now] = await store.strategies(None, ids=[strategy.id])
    return now


async def whole(store: SqliteStore) -> None:
    """Nothing is damaged, and the indexes agree with the tables."""
    assert [(what, said) for what, said, well in (*await store.check(), *await store.verify()) if not well] == []


async def test_a_copy_is_found_by_its_task_and_holds_no_step_and_no_reason(store: SqliteStore) -> None:
    origin = Origin("ada", "one")
    source = replace(experience("a task", namespace="web"), origin=origin)
    _, [kept] = await store.add(source, key="a", embedding=vector(10), lessons=[Lesson(item("x"), distiller="m p1")])
    assert await near(store, 10) == []
    [strategy] = await store.strategies("web")
    copy = await store.share(strategy)
    assert (copy.namespace, copy.item, copy.outcome, copy.standing, copy.approved) == (
        "shared", item("x"), "success", "active", True,
    )  # fmt: skip
    [behind] = copy.evidence
    assert (behind.origin, behind.source, behind.distiller) == (origin, "evidence", "m p1")
    assert await near(store, 10) == [behind.experience_id] == [stub_id(source.id)]
    assert [one.experience_id for one in await by_words(store, "task", limit=9)] == [stub_id(source.id)]
    stub = await store.experience(behind.experience_id, "shared")
    assert (stub.task, stub.status, stub.origin) == ("a task", "distilled", origin)
    [attempt] = stub.attempts
    assert attempt.trajectory.steps == ()
    assert attempt.verdict == Verdict("success", f"shared from {source.id}", "evidence")
    assert [one.id for one in copy.parts] == [kept.id]
    assert [one.id for one in (await again(store, strategy)).shared_as] == [copy.id]
    assert (await again(store, strategy)).parts == ()
    assert await store.experiences("shared", status="awaiting_distillation") == []
    await whole(store)


async def test_shared_twice_is_shared_once_with_the_words_and_the_evidence_it_has_by_then(store: SqliteStore) -> None:
    first, [strategy] = await taught(store, "a", "x")
    copy = await store.share(strategy)
    assert await store.share(strategy) == copy
    second, _ = await store.add(
        experience("b", namespace="web"),
        key="b",
        embedding=vector(90),
        lessons=[Lesson(item("x otherwise"), into=strategy.id)],
    )
    await store.revise(strategy.id, None, item=item("y"))
    await store.revise(copy.id, None, standing="retired", note="by hand")
    newer = await store.share(await again(store, strategy))
    assert (newer.id, newer.item, newer.standing, newer.note) == (copy.id, item("y"), "active", "")
    assert [one.experience_id for one in newer.evidence] == [stub_id(first.id), stub_id(second.id)]
    assert {one.item for one in newer.evidence} == {item("y")}, "words nobody looked at do not go along"
    assert len(await store.strategies("shared")) == 1
    await store.split(strategy.id)  # the second stands for itself again
    assert len((await store.share(await again(store, strategy))).evidence) == 1
    assert [one.id for one in await store.experiences("shared")] == [stub_id(first.id)]
    await whole(store)


async def test_the_same_words_are_not_shared_beside_themselves(store: SqliteStore) -> None:
    _, [one] = await taught(store, "a", "x")
    _, [other] = await add(store, "b", "x", namespace="mail")
    copy = await store.share(one)
    assert (await store.share((await store.strategies("mail", ids=[other.id]))[0])).id == copy.id
    assert len(await store.strategies("shared")) == 1
    assert len(await store.experiences("shared")) == 1


@pytest.mark.parametrize("way", ["copy", "strategy", "experience", "namespace", "client", "merged"])
async def test_whatever_of_it_is_forgotten_takes_the_copy_and_its_tasks_back(store: SqliteStore, way: str) -> None:
    source = replace(experience("a", namespace="web"), origin=Origin("ada", "one"))
    await store.add(source, key="a", embedding=vector(), lessons=[Lesson(item("x")), Lesson(item("y"))])
    y, x = await store.strategies("web")
    copy, stays = await store.share(x), await store.share(y)
    if way == "merged":
        _, [into] = await taught(store, "b", "z", angle=90)
        assert await store.merge(x.id, into.id)
    forget: dict[str, Any] = {
        "copy": {"strategy_id": copy.id},
        "strategy": {"strategy_id": x.id},
        "experience": {"experience_id": source.id},
        "namespace": {"namespace": "web"},
        "client": {"client": "one"},
        "merged": {"strategy_id": x.id},
    }[way]
    await store.forget(**forget)
    kept = {one.id for one in await store.strategies("shared")}
    one_of_two = way in {"copy", "strategy", "merged"}
    assert kept == ({stays.id} if one_of_two else set())
    assert len(await store.experiences("shared")) == (1 if one_of_two else 0)
    await store.forget(strategy_id=stays.id) if one_of_two else None
    assert await store.experiences("shared") == [], "the last copy takes the task with it"
    await whole(store)


async def test_a_copy_goes_with_any_of_its_experiences_while_the_strategy_keeps_the_others(store: SqliteStore) -> None:
    first, [strategy] = await taught(store, "a", "x")
    await store.add(
        experience("b", namespace="web"),
        key="b",
        embedding=vector(90),
        lessons=[Lesson(item("x otherwise"), into=strategy.id)],
    )
    await store.share(await again(store, strategy))
    gone = await store.forget(experience_id=first.id)
    assert (gone["strategies"], gone["experiences"]) == (1, 3), "the copy; the experience and both stubs"
    assert (await again(store, strategy)).item == item("x otherwise")
    assert await store.strategies("shared") == []
    await whole(store)


async def test_a_corrected_outcome_retires_the_copy_too(store: SqliteStore) -> None:
    first, [strategy] = await taught(store, "a", "x")
    copy = await store.share(strategy)
    wrong = Verdict("failure", "it did not work", "evidence")
    await store.amend(first, verdict=wrong, withdraw="it was a failure", status="awaiting_distillation")
    now = await again(store, copy)
    assert (now.standing, now.note) == ("retired", "it was a failure")
    assert await near(store, 0) == []
    lesson = Lesson(item("what went wrong"))
    await store.amend(first, lessons=[lesson], status="distilled")
    anew = await store.share((await store.strategies("web", standing="active"))[0])
    assert (anew.outcome, (await store.experience(stub_id(first.id), "shared")).verdict.outcome) == (
        "failure", "failure",
    )  # fmt: skip
    await whole(store)


async def test_what_was_recorded_in_shared_itself_stays_when_a_copy_goes(store: SqliteStore) -> None:
    _, [strategy] = await taught(store, "a", "x")
    copy = await store.share(strategy)
    recorded, [joined] = await add(store, "b", "x", namespace="shared")
    assert joined.id == copy.id
    await store.forget(strategy_id=copy.id)
    assert [one.id for one in await store.experiences("shared")] == [recorded.id]


async def test_a_contrast_is_shared_by_its_task_and_without_its_members(store: SqliteStore) -> None:
    one, _ = await add(store, "a", namespace="web", outcome="failure")
    judged = Attempt(Trajectory("b", (Step(action="b"),)), Verdict("success", "seen", "judge", "m p1"))
    two = replace(experience("b", namespace="web"), attempts=(judged,))
    await store.add(two, key="b", embedding=None)
    contrast = replace(experience("c", namespace="web"), attempts=(), members=(one.id, two.id))
    await store.add(contrast, key="c", embedding=vector(), lessons=[Lesson(item("x"))])
    copy = await store.share((await store.strategies("web"))[0])
    stub = await store.experience(stub_id(contrast.id), "shared")
    assert (stub.task, stub.members) == ("c", ())
    assert (stub.verdict.outcome, stub.verdict.source) == ("success", "judge")
    await store.forget(experience_id=one.id)
    assert await store.strategies(None, ids=[copy.id]) == [], "the contrast went, and what it taught"
    assert [kept.id for kept in await store.experiences(None)] == [two.id]


async def test_a_bank_that_moves_keeps_what_is_shared_and_can_still_take_it_back(
    store: SqliteStore, tmp_path: Path
) -> None:
    first, [strategy] = await taught(store, "a", "x")
    copy = await store.share(strategy)
    records: list[Record] = []
    await store.export(records.append)
    moved = SqliteStore(tmp_path / "moved.db", ScriptedClock())
    await moved.load(records)
    assert await again(moved, copy) == await again(store, copy)
    assert await moved.share(await again(moved, strategy)) == await again(moved, copy)
    await moved.forget(experience_id=first.id)
    assert (await moved.summary(None)).namespaces == ()


async def test_a_title_that_was_changed_later_is_not_shown_in_the_other_namespace(store: SqliteStore) -> None:
    _, [strategy] = await taught(store, "a", "x")
    copy = await store.share(strategy)
    await store.revise(strategy.id, None, item=item("what is nobody's business"))
    assert [one.title for one in (await again(store, copy)).parts] == [item("x").title]
