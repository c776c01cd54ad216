"""The interval covers the truth, what is not known is said, and only fair draws are compared."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from samples import LESSON, STEPS, TASK
from simulated_banks import START, records

from rb_mcp.archive import dump, parse
from rb_mcp.memory.lift import (
    FEWEST,
    Lift,
    Side,
    between_means,
    between_rates,
    in_words,
    lift,
    needed,
    over_time,
    t_quantile,
)
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.tallies import Ended
from rb_mcp.types import (
    Attempt,
    Experience,
    Lesson,
    MemoryItem,
    Recall,
    Recalled,
    Step,
    Trajectory,
    Verdict,
)

if TYPE_CHECKING:
    from pathlib import Path

    from rb_mcp.archive import Record
    from rb_mcp.types import Outcome

ITEM = MemoryItem(**LESSON)


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same every time


def tasks(successes: int, failures: int, *, withheld: bool, steps: int = 8) -> list[Ended]:
    return [
        Ended(
            "default",
            START + timedelta(days=day),
            withheld,
            "success" if day < successes else "failure",
            "judge",
            steps + day % 3,
        )
        for day in range(successes + failures)
    ]


def compared(one: tuple[int, int], other: tuple[int, int], *, steps: tuple[int, int] = (8, 8)) -> Lift:
    return lift(tasks(*one, withheld=False, steps=steps[0]) + tasks(*other, withheld=True, steps=steps[1]), 0.5)


@pytest.mark.anyio
async def test_the_interval_covers_the_true_lift_in_at_least_93_of_100_simulated_banks(tmp_path: Path) -> None:
    rnd = chance(93)
    truths: dict[str, float] = {}
    exported: list[Record] = []
    for number in range(100):  # a namespace each: nothing of one is recalled, counted or compared in another
        name, without, with_memory = f"bank{number}", rnd.uniform(0.05, 0.95), rnd.uniform(0.05, 0.95)
        count, share = rnd.choice(((30, 0.5), (40, 0.4), (50, 0.3)))
        truths[name] = with_memory - without
        exported += records(rnd, tasks=count, share=share, with_memory=with_memory, without=without, namespace=name)
    store = SqliteStore(tmp_path / "bank.db")
    await store.load(exported)
    found = {name: lift(await store.outcomes(name)) for name in truths}
    await store.close()
    assert {one.tasks for one in found.values()} == {30, 40, 50}
    assert all(one.success for one in found.values())
    covered = [
        name for name, one in found.items() if one.success and one.success.low <= truths[name] <= one.success.high
    ]
    assert len(covered) >= 93


@pytest.mark.parametrize(("without", "with_memory"), [(0.05, 0.05), (0.5, 0.5), (0.5, 0.8), (0.9, 0.95), (0.95, 0.3)])
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_interval_covers_whatever_the_rates_and_the_share(without: float, with_memory: float, share: float) -> None:
    rnd, covered, times = chance(7), 0, 400
    for _ in range(times):
        split = sum(rnd.random() < share for _ in range(100))
        split = min(max(split, FEWEST), 100 - FEWEST)
        one = Side(100 - split, sum(rnd.random() < with_memory for _ in range(100 - split)), None)
        other = Side(split, sum(rnd.random() < without for _ in range(split)), None)
        found = between_rates(one, other)
        covered += found.low <= with_memory - without <= found.high
    assert covered / times >= 0.93


def test_the_intervals_are_those_of_the_textbooks() -> None:
    assert between_rates(Side(10, 7, None), Side(10, 3, None)) == pytest.approx((0.4, -0.0439, 0.7105), abs=1e-4)
    assert between_rates(Side(9, 9, None), Side(9, 0, None)).high == 1.0
    one, other = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9], [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8]
    # Welch: standard error 1.8097, 7.42 degrees of freedom, t 2.3375.
    assert between_means(one, other) == pytest.approx((-2.714, -6.945, 1.516), abs=0.005)


@pytest.mark.parametrize(("freedom", "table"), [(2, 4.3027), (4, 2.7764), (5, 2.5706), (10, 2.2281), (120, 1.9799)])
def test_students_t_is_that_of_the_tables(freedom: int, table: float) -> None:
    assert t_quantile(freedom) == pytest.approx(table, rel=0.008 if freedom < FEWEST - 1 else 4e-4)


def test_the_number_of_tasks_that_is_foretold_is_about_the_truth() -> None:
    rnd, shown, times = chance(5), 0, 300
    count = needed(Side(40, 28, None), Side(40, 20, None), 0.5)  # a difference of 20 points, half withheld
    assert 150 <= count <= 250
    for _ in range(times):
        half = count // 2
        one = Side(half, sum(rnd.random() < 0.7 for _ in range(half)), None)
        other = Side(half, sum(rnd.random() < 0.5 for _ in range(half)), None)
        shown += not between_rates(one, other).low <= 0
    assert 0.7 <= shown / times <= 0.95, "foretold for four in five"


def test_where_nothing_is_withheld_it_says_how_to_begin() -> None:
    assert "RB_MCP_HOLDOUT=0.1" in in_words(lift([], 0.0), 0.0)
    begun = in_words(lift([], 0.1), 0.1)
    assert begun == "Not enough data yet, about 2,200 more tasks. With RB_MCP_HOLDOUT=0.5 about 790."


def test_with_few_tasks_it_says_that_they_are_few_and_how_many_more_it_takes() -> None:
    assert compared((3, 1), (2, 2)).success is None
    few = compared((12, 8), (10, 10))
    assert in_words(few, 0.5).startswith("Not enough data yet, about ")
    assert "so far +10 points of success (95 % interval -20 to +38)" in in_words(few, 0.5)
    assert 600 < few.more < 900
    one_sided = lift(tasks(40, 10, withheld=False), 0.1)
    assert one_sided.success is None
    assert one_sided.more > 0


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        ((80, 20), (50, 50), "Memory helps: +30 points of success (95 % interval +17 to +42), over 200 tasks."),
        ((50, 50), (80, 20), "Memory harms: -30 points of success (95 % interval -42 to -17), over 200 tasks."),
        ((500, 500), (505, 495), "No difference shows, and one of 10 points would most likely have shown by now: "),
    ],
)
def test_with_enough_tasks_it_says_what_memory_does(one: tuple[int, int], other: tuple[int, int], says: str) -> None:
    found = compared(one, other)
    assert in_words(found, 0.5).startswith(says)
    assert found.more == 0


def test_steps_are_told_where_they_differ_and_only_there() -> None:
    saved = compared((12, 8), (10, 10), steps=(6, 11))
    assert saved.steps is not None
    assert saved.steps.difference == pytest.approx(-5)
    assert "Tasks take 5.0 steps fewer with memory" in in_words(saved, 0.5)
    assert "steps" not in in_words(compared((12, 8), (10, 10)), 0.5)
    unknown = [replace(task, steps=None) for task in tasks(5, 5, withheld=True)]
    assert lift(tasks(5, 5, withheld=False) + unknown).steps is None


def test_what_could_be_told_at_the_end_of_a_day_rests_on_the_tasks_up_to_then() -> None:
    both = tasks(20, 10, withheld=False) + tasks(10, 20, withheld=True)
    shown = over_time(both)
    assert [found.tasks for _, found in shown] == list(range(2, 62, 2))
    assert shown[0][1].success is None
    assert shown[-1][1] == lift(both)


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "bank.db")


async def end(
    store: SqliteStore, name: str, *recall_ids: str, outcome: Outcome = "success", lessons: int = 0
) -> Experience:
    attempt = Attempt(Trajectory(f"{TASK} {name}", tuple(Step(**step) for step in STEPS)), Verdict(outcome))
    new = Experience(f"exp_{name}", "default", f"{TASK} {name}", "distilled", START, (attempt,))
    learned = [Lesson(ITEM)] * lessons
    kept, _ = await store.add(new, key=name, embedding=None, lessons=learned, recall_id=next(iter(recall_ids), ""))
    for recall_id in recall_ids[1:]:
        await store.amend(kept, status="distilled", recall_id=recall_id)
    return kept


async def recalled(store: SqliteStore, id_: str, withheld: int | None, *, found: bool = True) -> None:
    taught = await store.strategies("default")
    kept = tuple(Recalled(strategy, "", 0.7) for strategy in taught if found and not withheld)
    await store.keep_recall(Recall(id_, "default", kept, 0.7, 0.4, withheld))


@pytest.mark.anyio
async def test_only_tasks_that_were_drawn_and_ended_known_are_compared(store: SqliteStore) -> None:
    await end(store, "first", lessons=1)
    await recalled(store, "rec_before", None)
    await recalled(store, "rec_nothing", None, found=False)
    await recalled(store, "rec_unknown", 0)
    await recalled(store, "rec_withheld", 2)
    await recalled(store, "rec_answered", 0)
    await recalled(store, "rec_never", 1)
    await end(store, "before", "rec_before")
    await end(store, "nothing", "rec_nothing")
    await end(store, "unknown", "rec_unknown", outcome="unknown")
    await end(store, "withheld", "rec_withheld", outcome="failure")
    await end(store, "answered", "rec_answered")
    assert [(task.withheld, task.outcome, task.steps) for task in await store.outcomes(None)] == [
        (True, "failure", 3), (False, "success", 3),
    ]  # fmt: skip
    assert await store.outcomes("elsewhere") == []


@pytest.mark.anyio
async def test_a_task_counts_once_and_its_first_recall_decides(store: SqliteStore) -> None:
    await end(store, "first", lessons=1)
    await recalled(store, "rec_one", 1)
    await recalled(store, "rec_two", 0)
    await end(store, "twice", "rec_two", "rec_one")
    assert [task.withheld for task in await store.outcomes(None)] == [True]


@pytest.mark.anyio
async def test_forgetting_what_was_recalled_does_not_move_its_tasks(store: SqliteStore) -> None:
    await end(store, "first", lessons=1)
    await recalled(store, "rec_one", 0)
    await end(store, "answered", "rec_one", outcome="failure")
    [strategy] = await store.strategies("default")
    await store.forget(strategy_id=strategy.id)
    assert [(task.withheld, task.outcome) for task in await store.outcomes(None)] == [(False, "failure")]
    assert (await store.days(None))[-1].answered == 1


@pytest.mark.anyio
async def test_the_draws_move_with_the_bank(store: SqliteStore, tmp_path: Path) -> None:
    await store.load(records(chance(2), tasks=30, share=0.4, with_memory=0.7, without=0.5))
    lines: list[str] = []
    await store.export(lambda record: lines.append(dump(record)))
    moved = SqliteStore(tmp_path / "moved.db")
    await moved.load(parse(lines))
    assert await moved.outcomes(None) == await store.outcomes(None)
    assert await moved.days(None) == await store.days(None)
    assert len(await moved.outcomes(None)) == 30
    assert all(well for _, _, well in await moved.verify())


@pytest.mark.anyio
async def test_the_days_add_up_to_what_the_bank_holds(store: SqliteStore) -> None:
    await store.load(records(chance(4), tasks=60, share=0.3, with_memory=0.7, without=0.5))
    days, summary = await store.days(None), await store.summary(None)
    assert [day.day for day in days] == sorted({day.day for day in days})
    assert sum(day.experiences for day in days) == sum(summary.experiences.values())
    assert sum(day.strategies for day in days) == summary.strategies["active"]
    assert sum(day.answered + day.nothing + day.withheld for day in days) == summary.recalls
    assert sum(day.answered for day in days) == summary.answered
    evidence = sum(len(strategy.evidence) for strategy in await store.strategies(None))
    assert sum(day.merges for day in days) == evidence - 7, "of seven strategies, all but the first behind each"
