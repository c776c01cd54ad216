"""What single statements of the store decide: who is counted, what comes first, what is left out, what stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from stores.contract import HERE, WHEN, add, by_words, experience, item, near, vector

from rb_mcp.errors import InvalidInput, NotFound, StoreError
from rb_mcp.providers.scripted import ScriptedClock
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.types import Attempt, Lesson, Origin, Recall, Recalled, Step, Trajectory, Verdict, new_id

if TYPE_CHECKING:
    from pathlib import Path

    from rb_mcp.archive import Record
    from rb_mcp.types import Experience

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock(step=timedelta(0))


@pytest.fixture
def store(tmp_path: Path, clock: ScriptedClock) -> SqliteStore:
    return SqliteStore(tmp_path / "bank.db", clock)


def round_of(task: str, number: int, outcome: str, source: str = "judge") -> Attempt:
    verdict = Verdict(outcome, f"reason {number}", source, "model p1")  # pyright: ignore[reportArgumentType]
    return Attempt(Trajectory(task, (Step(action=f"try {number}"),)), verdict)


async def findings(store: SqliteStore) -> dict[str, tuple[str, bool]]:
    return {what: (said, well) for what, said, well in await store.check()}


async def export(store: SqliteStore) -> list[Record]:
    records: list[Record] = []
    await store.export(records.append)
    return records


async def test_a_page_of_experiences_shows_their_verdicts_members_and_no_steps(store: SqliteStore) -> None:
    one, _ = await add(store, "a", outcome="failure")
    await store.amend(one, attempt=round_of("a", 2, "success"), status="distilled")
    two, _ = await add(store, "b", outcome="unknown", namespace="web")
    three, _ = await add(store, "c")
    contrast = replace(experience("d"), attempts=(), members=(three.id, one.id), best=one.id, best_reason="it looked")
    await store.add(contrast, key="d", embedding=None)
    page = await store.experiences(None)
    assert [shown.id for shown in page] == [contrast.id, three.id, two.id, one.id]
    for shown in page:
        whole = await store.experience(shown.id, None)
        assert [made.verdict for made in shown.attempts] == [made.verdict for made in whole.attempts]
    assert [made.verdict.outcome for made in page[-1].attempts] == ["failure", "success"]
    assert page[0].members == (three.id, one.id)
    assert (page[0].best, page[0].best_reason) == (one.id, "it looked")
    assert page[-1].attempts[1].verdict == Verdict("success", "reason 2", "judge", "model p1")
    assert not any(made.trajectory.steps for shown in page for made in shown.attempts)
    assert [shown.id for shown in await store.experiences("web")] == [two.id]
    assert [shown.id for shown in await store.experiences("default", limit=1, after=1)] == [three.id]


async def test_experiences_are_shown_by_where_they_stand(store: SqliteStore) -> None:
    waiting, _ = await store.add(experience("a", status="awaiting_distillation"), key="a", embedding=None)
    queued, _ = await store.add(experience("b", status="queued"), key="b", embedding=None)
    assert [one.id for one in await store.experiences(None, status="awaiting_distillation")] == [waiting.id]
    assert [one.id for one in await store.experiences("default", status="queued")] == [queued.id]
    assert await store.experiences("web", status="queued") == []


async def test_the_summary_counts_each_kind_in_its_namespace(store: SqliteStore) -> None:
    await add(store, "a", "x", "y", outcome="failure")
    await store.add(
        experience("b", status="queued"), key="b", embedding=None, lessons=[Lesson(item("z"), "held", "why")]
    )
    await add(store, "c", "w", namespace="web")
    for number, outcome in enumerate(("success", "failure", "unknown")):
        recall = Recall(new_id("rec"), "default")
        await store.keep_recall(recall)
        done = experience(f"t{number}", outcome=outcome)
        await store.add(done, key=f"t{number}", embedding=None, recall_id=recall.id)
    here, everywhere = await store.summary("default"), await store.summary(None)
    assert here.experiences == {"distilled": 4, "queued": 1}
    assert here.outcomes == {"failure": 2, "success": 2, "unknown": 1}
    assert here.strategies == {"active": 2, "held": 1}
    assert (here.recalls, here.answered, here.credited, here.helped) == (3, 0, 2, 1)
    assert everywhere.experiences == {"distilled": 5, "queued": 1}
    assert everywhere.outcomes["success"] == 3
    assert everywhere.strategies == {"active": 3, "held": 1}
    assert everywhere.namespaces == ("default", "web")
    assert (await store.summary("web")).recalls == 0


async def test_strategies_are_shown_by_standing_id_and_experience_in_each_namespace_that_is_asked(
    store: SqliteStore,
) -> None:
    one, [x, y] = await add(store, "a", "x", "y")
    _, [z] = await add(store, "b", "z", namespace="shared")
    _, [w] = await add(store, "c", "w", namespace="web")
    await store.revise(y.id, None, standing="retired", note="no")
    assert [s.id for s in await store.strategies(HERE)] == [z.id, y.id, x.id]
    assert [s.id for s in await store.strategies(HERE, standing="active")] == [z.id, x.id]
    assert [s.id for s in await store.strategies(None, ids=[x.id, w.id])] == [w.id, x.id]
    assert [s.id for s in await store.strategies("default", ids=[x.id, w.id])] == [x.id]
    assert [s.id for s in await store.strategies(None, of=[one.id], standing="retired")] == [y.id]
    assert [s.note for s in await store.strategies(None, of=[one.id])] == ["no", ""]


async def test_a_verdict_given_anew_is_of_the_last_round_alone(store: SqliteStore) -> None:
    one, _ = await add(store, "a", outcome="failure")
    await store.amend(one, attempt=round_of("a", 2, "unknown"), status="recorded")
    await store.amend(one, verdict=Verdict("success", "41 passed", "evidence"), status="awaiting_distillation")
    kept = await store.experience(one.id, None)
    assert [made.verdict.outcome for made in kept.attempts] == ["failure", "success"]
    assert kept.attempts[1].verdict == Verdict("success", "41 passed", "evidence")
    assert [made.trajectory.steps for made in kept.attempts][1] == (Step(action="try 2"),)


async def test_a_round_that_is_sent_twice_is_one_round(store: SqliteStore) -> None:
    one, _ = await add(store, "a", outcome="failure")
    for _ in range(2):
        await store.amend(one, attempt=round_of("a", 2, "success"), status="distilled")
    await store.amend(one, attempt=round_of("a", 3, "failure"), status="distilled")
    kept = await store.experience(one.id, None)
    assert [made.verdict.reason for made in kept.attempts] == ["it printed 0", "reason 2", "reason 3"]


async def test_a_correction_of_an_attempt_takes_back_what_its_contrast_taught(store: SqliteStore) -> None:
    one, _ = await add(store, "a", outcome="failure")
    two, _ = await add(store, "b")
    contrast = replace(experience("c"), attempts=(), members=(one.id, two.id), best=two.id, best_reason="it passed")
    await store.add(contrast, key="c", embedding=None, lessons=[Lesson(item("x"))])
    unrelated, _ = await add(store, "d", "y")
    await store.amend(one, verdict=Verdict("failure", "seen again", "evidence"), status="distilled")
    assert [s.standing for s in await store.strategies(None)] == ["active", "active"], "the outcome is the same"
    await store.amend(one, verdict=Verdict("success", "it did pass", "evidence"), status="distilled")
    left = {s.item: (s.standing, s.note) for s in await store.strategies(None)}
    assert left[item("y")] == ("active", "")
    standing, note = left[item("x")]
    assert standing == "retired"
    assert "corrected" in note
    kept = await store.experience(contrast.id, None)
    assert (kept.status, kept.best, kept.best_reason) == ("awaiting_distillation", "", "")
    assert (await store.experience(unrelated.id, None)).status == "distilled"


async def test_what_a_contrast_speaks_for_is_only_what_waited(store: SqliteStore) -> None:
    statuses = ("awaiting_distillation", "queued", "recorded", "distilled")
    members: list[Experience] = []
    for status in statuses:
        kept, _ = await store.add(experience(status, status=status), key=status, embedding=None)
        members.append(kept)
    outside, _ = await store.add(experience("o", status="awaiting_distillation"), key="o", embedding=None)
    contrast = replace(experience("c"), attempts=(), members=tuple(one.id for one in members))
    await store.add(contrast, key="c", embedding=None)
    after = [(await store.experience(one.id, None)).status for one in members]
    assert after == ["distilled", "distilled", "recorded", "distilled"]
    assert (await store.experience(outside.id, None)).status == "awaiting_distillation"
    assert await store.waiting() == [], "a job of one of them is done with"


async def test_a_job_keeps_its_place_unless_it_is_to_be_done_anew(store: SqliteStore, clock: ScriptedClock) -> None:
    queued, _ = await store.add(experience("a", status="queued"), key="a", embedding=None)
    job = await store.claim(600)
    assert job
    await store.put_off(job, 100, "overloaded", failed=True)
    await store.amend(queued, status="queued")
    assert await store.claim(600) is None
    assert [(one.tries, one.reason) for one in await store.waiting()] == [(1, "overloaded")]
    await store.amend(queued, attempt=round_of("a", 2, "success"), status="queued")
    assert [(one.tries, one.reason) for one in await store.waiting()] == [(0, "")]
    again = await store.claim(600)
    assert again
    assert (again.tries, again.waits) == (0, 0)
    clock.now += timedelta(seconds=599)
    assert await store.claim(600) is None
    clock.now += timedelta(seconds=1)
    assert await store.claim(600) is not None


async def test_jobs_are_taken_up_in_the_order_in_which_they_are_due(store: SqliteStore, clock: ScriptedClock) -> None:
    for name in "abc":
        await store.add(experience(name, status="queued"), key=name, embedding=None)
    first = await store.claim(600)
    assert first
    assert first.experience.task == "a"
    await store.put_off(first, 10, "later", failed=False)
    clock.now += timedelta(seconds=10)
    taken = [await store.claim(600) for _ in range(4)]
    assert [job and (job.experience.task, job.tries, job.waits) for job in taken] == [
        ("b", 0, 0), ("c", 0, 0), ("a", 0, 1), None,
    ]  # fmt: skip


async def test_a_job_that_is_released_is_as_it_was(store: SqliteStore) -> None:
    await store.add(experience("a", status="queued"), key="a", embedding=None)
    await store.add(experience("b", status="queued"), key="b", embedding=None)
    first, second = await store.claim(600), await store.claim(600)
    assert first
    assert second
    await store.release(first)
    again = await store.claim(600)
    assert again
    assert (again.experience.task, again.tries, again.waits) == ("a", 0, 0)
    assert await store.claim(600) is None
    assert [one.state for one in await store.waiting()] == ["leased", "leased"]


@pytest.mark.parametrize(("outcome", "status"), [("unknown", "recorded"), ("success", "awaiting_distillation")])
async def test_what_no_model_will_do_waits_for_the_agent_once_its_outcome_is_known(
    store: SqliteStore, outcome: str, status: str
) -> None:
    queued, _ = await store.add(experience("a", outcome=outcome, status="queued"), key="a", embedding=None)
    await store.give_up(queued, "refused", asked=True)
    assert (await store.experience(queued.id, None)).status == status
    [job] = await store.waiting([queued.id])
    assert (job.state, job.reason, job.tries) == ("asked", "refused", 1)
    assert await store.claim(600) is None


async def test_what_is_distilled_already_is_not_put_back_when_a_model_gives_up(store: SqliteStore) -> None:
    done, _ = await add(store, "a", "x")
    await store.give_up(done, "refused")
    assert (await store.experience(done.id, None)).status == "distilled"


async def test_jobs_are_made_of_all_that_no_model_was_at_hand_for_and_of_nothing_else(store: SqliteStore) -> None:
    names = {
        "waits": experience("waits", status="awaiting_distillation"),
        "never judged": experience("never judged", status="recorded", outcome="unknown"),
        "done": experience("done"),
        "queued": experience("queued", status="queued"),
        "elsewhere": experience("elsewhere", status="awaiting_distillation", namespace="web"),
        "member": experience("member", status="awaiting_distillation"),
    }
    for name, one in names.items():
        await store.add(one, key=name, embedding=None)
    judged = replace(experience("judged", status="recorded"), attempts=(round_of("judged", 1, "unknown"),))
    await store.add(judged, key="judged", embedding=None)
    other, _ = await add(store, "other")
    contrast = replace(
        experience("contrast", status="awaiting_distillation"), attempts=(), members=(names["member"].id, other.id)
    )
    await store.add(contrast, key="contrast", embedding=None)
    assert await store.enqueue("default") == 3
    made = {one.experience_id for one in await store.waiting()}
    assert made == {names["waits"].id, names["never judged"].id, names["queued"].id, contrast.id}
    assert (await store.experience(names["waits"].id, None)).status == "queued"
    assert await store.enqueue(None) == 1, "the one elsewhere"
    assert await store.enqueue(None) == 0


async def test_the_budget_of_a_day_is_counted_by_the_day(store: SqliteStore, clock: ScriptedClock) -> None:
    assert [await store.spend(1), await store.spend(1)] == [True, False]
    assert await store.spend(2), "the budget was raised"
    assert not await store.spend(0)
    clock.now += timedelta(days=1)
    assert [await store.spend(1), await store.spend(1)] == [True, False]


async def test_the_check_says_what_waits_is_held_put_off_and_given_up(store: SqliteStore) -> None:
    said = await findings(await _empty(store))
    assert said["waiting"] == ("0 experiences for an agent's lessons, 0 for a model", True)
    assert said["held"] == ("0 strategies for review", True)
    assert said["bound to"] == ("no embedder yet", True)
    assert said["contents"] == ("consistent", True)
    assert said["indexes"] == ("in step", True)
    assert not said.keys() & {"given up", "put off"}
    await store.add(experience("a", status="awaiting_distillation"), key="a", embedding=vector())
    await store.add(experience("b"), key="b", embedding=None, lessons=[Lesson(item("x"), "held", "why")])
    late, _ = await store.add(experience("c", status="queued"), key="c", embedding=None)
    job = await store.claim(600)
    assert job
    await store.put_off(job, 9, "overloaded", failed=False)
    for name in ("d", "e"):
        dead, _ = await store.add(experience(name, status="queued"), key=name, embedding=None)
        await store.give_up(dead, "no such model")
    said = await findings(store)
    assert said["waiting"] == ("3 experiences for an agent's lessons, 1 for a model", True)
    assert said["held"] == ("1 strategies for review: rb-mcp list --held", True)
    assert said["bound to"] == ("compass, 2 dimensions", True)
    assert said["put off"] == ("1 experiences, taken up again by themselves: overloaded", True)
    given_up, well = said["given up"]
    assert given_up == "2 experiences; rb-mcp distil --retry takes them up again (no such model)"
    assert not well
    assert (await store.experience(late.id, None)).status == "queued"


async def _empty(store: SqliteStore) -> SqliteStore:
    await store.add(experience("a"), key="a", embedding=None)
    await store.forget(namespace="default")
    return store


async def test_a_bank_that_others_may_read_is_told(store: SqliteStore, tmp_path: Path) -> None:
    await add(store, "a")
    assert (await findings(store))["file"][1]
    (tmp_path / "bank.db").chmod(0o640)
    said, well = (await findings(store))["file"]
    assert "mode 0640: chmod 600 it" in said
    assert not well


async def test_an_unknown_id_is_told_with_where_it_was_looked_for(store: SqliteStore) -> None:
    await add(store, "a")
    with pytest.raises(NotFound, match=r"experience_id.*'exp_0' is not known in the bank"):
        await store.experience("exp_0", None)
    with pytest.raises(NotFound, match=r"'exp_0' is not known in namespace 'web'"):
        await store.experience("exp_0", "web")
    with pytest.raises(NotFound, match="experience_ids"):
        await store.add(replace(experience("c"), attempts=(), members=("exp_0",)), key="c", embedding=None)
    for field, call in (
        ("strategy_id", store.revise("str_0", None, note="n")),
        ("id", store.forget(strategy_id="str_0")),
    ):
        with pytest.raises(NotFound, match=f"^{field}: "):
            await call


async def test_a_recall_is_credited_only_in_its_own_namespace(store: SqliteStore) -> None:
    recall = Recall(new_id("rec"), "web")
    await store.keep_recall(recall)
    with pytest.raises(NotFound, match="recall_id"):
        await store.add(experience("a"), key="a", embedding=None, recall_id=recall.id)
    await store.add(experience("a", namespace="web"), key="a", embedding=None, recall_id=recall.id)
    assert (await store.summary("web")).credited == 1


async def test_a_recall_counts_once_for_a_task_that_brought_a_strategy_twice(store: SqliteStore) -> None:
    source, _ = await add(store, "a", "x", "y")
    found = await store.strategies(None)
    twice = tuple(Recalled(one, source.id, 0.9) for one in (*found, *found))
    first, second = (Recall(new_id("rec"), "default", twice) for _ in range(2))
    for recall in (first, second):
        await store.keep_recall(recall)
    done, _ = await store.add(experience("t"), key="t", embedding=None, recall_id=first.id)
    await store.amend(done, status="distilled", recall_id=second.id)
    assert [(one.uses, one.successes) for one in await store.strategies(None)] == [(1, 1), (1, 1)]


async def test_the_last_round_of_a_task_says_how_it_was_judged(store: SqliteStore) -> None:
    source, [kept] = await add(store, "a", "x")
    [strategy] = await store.strategies(None)
    recall = Recall(new_id("rec"), "default", (Recalled(strategy, source.id, 0.9),))
    await store.keep_recall(recall)
    done, _ = await store.add(experience("t", outcome="failure"), key="t", embedding=None, recall_id=recall.id)
    await store.amend(done, attempt=round_of("t", 2, "success"), status="distilled")
    [used] = await store.strategies(None, ids=[kept.id])
    assert [(one.outcome, one.source, one.count) for one in used.trials] == [("success", "judge", 1)]
    await store.amend(source, attempt=round_of("a", 2, "success"), status="distilled")
    [rests] = await store.strategies(None, ids=[kept.id])
    assert [(one.source, one.judge) for one in rests.evidence] == [("judge", "model p1")]


async def test_the_nearest_come_as_many_as_asked_and_of_equals_the_newest_first(store: SqliteStore) -> None:
    kept = [(await add(store, f"sort list {n}", f"x{n}", angle=n * 10))[0].id for n in range(8)]
    assert await near(store, 0, limit=3) == kept[:3]
    assert len(await by_words(store, "sort list", limit=3)) == 3
    same = [(await add(store, f"paint {n}", f"y{n}", angle=200))[0].id for n in range(3)]
    assert [one.experience_id for one in await by_words(store, "paint", limit=9)] == same[::-1]
    found = await by_words(store, "sort list 7", vector(0), 2)
    assert {one.experience_id for one in found} >= {kept[0], kept[1], kept[7]}
    by_id = {one.experience_id: one for one in found}
    assert by_id[kept[7]].cosine == pytest.approx(0.342, abs=1e-3), "found by its words, and measured all the same"


async def test_the_outcome_and_the_time_of_an_experience_are_those_it_was_given(store: SqliteStore) -> None:
    given = replace(experience("a", outcome="failure"), origin=Origin("ada", "one", "imp_1"))
    await store.add(given, key="a", embedding=vector(), lessons=[Lesson(item("x"))])
    [kept] = await store.strategies(None)
    assert kept.outcome == "failure"
    [shown] = await store.experiences(None)
    assert (shown.created_at, shown.origin) == (WHEN, Origin("ada", "one", "imp_1"))


async def test_a_held_lesson_that_is_let_in_takes_the_outcome_of_what_let_it_in(store: SqliteStore) -> None:
    one, [held] = await store.add(
        experience("a", outcome="unknown"), key="a", embedding=vector(), lessons=[Lesson(item("x"), "held", "why")]
    )
    await store.amend(
        one, verdict=Verdict("failure", "seen", "evidence"), lessons=[Lesson(item("x"))], status="distilled"
    )
    [let_in] = await store.strategies(None)
    assert (let_in.id, let_in.standing, let_in.note, let_in.outcome) == (held.id, "active", "", "failure")


async def test_a_lesson_that_was_retired_is_learned_anew(store: SqliteStore) -> None:
    _, [old] = await add(store, "a", "x")
    await store.revise(old.id, None, standing="retired", note="no")
    _, [new] = await add(store, "b", "x")
    assert (new.action, new.id != old.id) == ("added", True)
    _, [elsewhere] = await add(store, "c", "x", namespace="web")
    assert elsewhere.id not in (old.id, new.id)


async def test_a_lesson_confirms_the_strategy_it_names_before_one_of_the_same_words(store: SqliteStore) -> None:
    _, [x, y] = await add(store, "a", "x", "y")
    _, [merged] = await store.add(experience("b"), key="b", embedding=None, lessons=[Lesson(item("x"), into=y.id)])
    assert (merged.action, merged.id) == ("merged", y.id)
    assert x.id != y.id


async def test_words_that_were_edited_stay_when_what_gave_the_first_words_is_forgotten(store: SqliteStore) -> None:
    one, [kept] = await add(store, "a", "x")
    await store.add(experience("b"), key="b", embedding=None, lessons=[Lesson(item("x2"), into=kept.id)])
    await store.add(experience("c"), key="c", embedding=None, lessons=[Lesson(item("x3"), into=kept.id)])
    await store.revise(kept.id, None, item=item("edited"))
    await store.forget(experience_id=one.id)
    [left] = await store.strategies(None)
    assert (left.item, [behind.item for behind in left.evidence]) == (item("edited"), [item("x2"), item("x3")])


async def test_a_source_is_forgotten_since_a_moment_in_any_zone_and_that_moment_counts(store: SqliteStore) -> None:
    await add(store, "a")
    late = replace(experience("b"), created_at=WHEN + timedelta(hours=1), origin=Origin("ada", "one", "imp_1"))
    await store.add(late, key="b", embedding=None)
    assert (await store.forget(since=WHEN + timedelta(hours=1, microseconds=1)))["experiences"] == 0
    assert (await store.forget(client="one", imported="imp_2"))["experiences"] == 0
    assert (await store.forget(since=WHEN + timedelta(hours=1), client="one", imported="imp_1"))["experiences"] == 1
    assert [one.task for one in await store.experiences(None)] == ["a"]


async def test_forgetting_what_a_namespace_recalled_leaves_the_recalls_of_others(store: SqliteStore) -> None:
    await add(store, "a", "x", namespace="web")
    for namespace in ("web", "web", "default"):
        await store.keep_recall(Recall(new_id("rec"), namespace))
    gone = await store.forget(namespace="web", since=WHEN + timedelta(days=9))
    assert gone["experiences"] == 0
    assert (await store.summary("web")).recalls == 2
    assert (await store.forget(namespace="web"))["recalls"] == 2
    assert (await store.summary(None)).recalls == 1


async def test_an_imported_bank_is_the_exported_one_to_the_last_field(store: SqliteStore, tmp_path: Path) -> None:
    origin = Origin("ada", "one", "imp_1")
    one, [kept] = await store.add(
        replace(experience("a", outcome="failure"), origin=origin), key="a", embedding=vector(),
        lessons=[Lesson(item("x"), distiller="model p2")],
    )  # fmt: skip
    await store.amend(one, attempt=round_of("a", 2, "success"), status="distilled")
    await store.add(experience("q", status="queued"), key="q", embedding=vector(30))
    await store.revise(kept.id, None, item=item("edited"))
    [strategy] = await store.strategies(None)
    for answered in ((Recalled(strategy, one.id, 0.5),), ()):
        await store.keep_recall(Recall(new_id("rec"), "default", answered, 0.7, 0.2))
    other = SqliteStore(tmp_path / "other.db", ScriptedClock())
    assert await other.load(await export(store)) == {
        "experiences": 2, "strategies": 1, "recalls": 2, "already there": 0,
    }  # fmt: skip
    assert await export(other) == await export(store)
    assert await other.strategies(None) == await store.strategies(None)
    assert await other.experience(one.id, None) == await store.experience(one.id, None)
    assert await other.summary(None) == await store.summary(None)
    assert await near(other, 0) == await near(store, 0)
    assert [job.state for job in await other.waiting()] == ["ready"]
    assert all(well for _, _, well in [*await other.check(), *await other.verify()])


async def test_the_best_attempt_of_an_imported_contrast_is_the_twin_that_was_here(
    store: SqliteStore, tmp_path: Path
) -> None:
    one, _ = await add(store, "a")
    two, _ = await add(store, "b", outcome="failure")
    contrast = replace(experience("c"), attempts=(), members=(one.id, two.id), best=one.id, best_reason="r")
    await store.add(contrast, key="c", embedding=None)
    other = SqliteStore(tmp_path / "other.db", ScriptedClock())
    twin, _ = await add(other, "a")
    await other.load(await export(store))
    loaded = await other.experience(contrast.id, None)
    assert (loaded.members, loaded.best) == ((twin.id, two.id), twin.id)


async def test_reindexing_forgets_the_vectors_of_the_embedder_before(store: SqliteStore) -> None:
    one, _ = await add(store, "a", "x")
    await store.move("other")
    [(id_, task)] = await store.reindex("other", 2)
    assert (id_, task) == (one.id, "a")
    bad = replace(vector(0, embedder="other"), values=vector(0).values[:0])
    assert await store.reindex("other", 2, [(id_, bad)]) == [], "what cannot be embedded is tried once"
    assert await near(store, 0, embedder="other") == []
    await store.move("compass")
    assert await store.reindex("compass", 2) == [(one.id, "a")], "its old vector is gone"
    assert await store.reindex("compass", 2, [(one.id, vector(0))]) == []
    assert await near(store, 0) == [one.id]


async def test_a_closed_store_with_nothing_written_leaves_no_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "bank.db")
    await store.close()
    assert not (tmp_path / "bank.db").exists()


async def test_a_backup_counts_what_it_holds_and_opens_as_a_bank(store: SqliteStore, tmp_path: Path) -> None:
    kept, _ = await add(store, "a", "x", "y")
    held = await store.backup(tmp_path / "copy.db")
    assert (held["experiences"], held["strategies"], held["evidence"], held["recalls"]) == (1, 2, 2, 0)
    with pytest.raises(Exception, match="is there already"):
        await store.backup(tmp_path / "copy.db")
    await add(store, "b")
    assert (await store.backup(tmp_path / "copy.db", replace=True))["experiences"] == 2
    copy = SqliteStore(tmp_path / "copy.db")
    assert await copy.experience(kept.id, None) == kept
    assert sorted(one.name for one in tmp_path.iterdir() if "part" in one.name) == []
    with pytest.raises(StoreError, match="choose another place"):
        await store.backup(tmp_path / "no" / "such" / "folder.db")


async def test_reading_a_bank_to_the_last_row_says_what_was_read(store: SqliteStore) -> None:
    await add(store, "a", "x")
    assert await store.verify() == [
        (what, "verified", True)
        for what in ("schema as made", "structure", "references", "records", "text indexes", "vector index")
    ]


async def test_an_import_that_refers_to_nothing_names_what_is_missing(store: SqliteStore, tmp_path: Path) -> None:
    await add(store, "a", "x")
    other = SqliteStore(tmp_path / "other.db")
    [_, *records] = await export(store)
    with pytest.raises(InvalidInput, match=r"^file: 'str_\w+' refers to 'exp_\w+'"):
        await other.load([record for record in records if record["record"] == "strategy"])


async def test_a_reindex_asks_for_sixty_four_at_a_time(store: SqliteStore) -> None:
    for number in range(65):
        await store.add(experience(f"{number}"), key=f"{number}", embedding=None)
    assert len(await store.reindex("compass", 2)) == 64


async def test_the_weakest_word_among_the_members_of_a_contrast_is_the_agents(store: SqliteStore) -> None:
    sources = ("evidence", "judge", "agent")
    members: list[Experience] = []
    for source in sources:
        kept = replace(experience(source), attempts=(round_of(source, 1, "success", source),))
        await store.add(kept, key=source, embedding=None)
        members.append(kept)
    for number in (2, 3):
        ids = tuple(one.id for one in members[:number])
        contrast = replace(experience(f"c{number}"), attempts=(), members=ids)
        await store.add(contrast, key=f"c{number}", embedding=None, lessons=[Lesson(item(f"x{number}"))])
    found = {one.item: one.evidence[0].source for one in await store.strategies(None)}
    assert found == {item("x2"): "judge", item("x3"): "agent"}


async def test_an_export_begins_with_its_format_and_says_how_much_it_holds(store: SqliteStore) -> None:
    await add(store, "a", "x", "y")
    await add(store, "b")
    await store.keep_recall(Recall(new_id("rec"), "default"))
    records: list[Record] = []
    assert await store.export(records.append) == 5
    assert [record["record"] for record in records] == [
        "rb-mcp", "experience", "experience", "strategy", "strategy", "recall",
    ]  # fmt: skip


async def test_tasks_of_two_programs_that_ended_alike_are_counted_apart(store: SqliteStore) -> None:
    source, _ = await add(store, "a", "x")
    [strategy] = await store.strategies(None)
    for number, origin in enumerate(
        (Origin("ada", "one"), Origin("ada", "two"), Origin("bob", "one"), Origin("ada", "one"))
    ):
        recall = Recall(new_id("rec"), "default", (Recalled(strategy, source.id, 0.9),))
        await store.keep_recall(recall)
        done = replace(experience(f"t{number}"), origin=origin)
        await store.add(done, key=f"t{number}", embedding=None, recall_id=recall.id)
    [used] = await store.strategies(None)
    counted = sorted((one.origin.person, one.origin.client, one.count) for one in used.trials)
    assert counted == [("ada", "one", 2), ("ada", "two", 1), ("bob", "one", 1)]


async def test_a_page_holds_fifty_unless_asked_otherwise(store: SqliteStore) -> None:
    for number in range(51):
        await store.add(experience(f"{number}"), key=f"{number}", embedding=None, lessons=[Lesson(item(f"x{number}"))])
    assert len(await store.experiences(None)) == len(await store.strategies(None)) == 50
    assert len(await store.experiences(None, limit=60)) == len(await store.strategies(None, limit=60)) == 51
