"""What every store promises; each backend inherits these tests and provides a `store` fixture."""

from __future__ import annotations

import math
from array import array
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from rb_mcp.errors import InvalidInput, LostLease, NotFound
from rb_mcp.types import (
    Attempt,
    Embedding,
    Experience,
    Footprint,
    Lesson,
    MemoryItem,
    Origin,
    Probe,
    Recall,
    Recalled,
    Remedy,
    Step,
    Trajectory,
    Verdict,
    new_id,
)
from rb_mcp.words import words

if TYPE_CHECKING:
    from rb_mcp.archive import Record
    from rb_mcp.protocols import Store
    from rb_mcp.providers.scripted import ScriptedClock
    from rb_mcp.types import Candidate, Kept, Status

HERE = ("default", "shared")
WHEN = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def item(name: str) -> MemoryItem:
    return MemoryItem(f"How to {name}", f"When there is {name} to do; not else", f"First look at {name}, then do it.")


def vector(*angle: float, embedder: str = "compass") -> Embedding:
    """A direction in the plane, in degrees: neighbours are plain to see."""
    radians = math.radians(angle[0] if angle else 0)
    return Embedding(embedder, array("f", [math.cos(radians), math.sin(radians)]))


def experience(
    task: str,
    *,
    namespace: str = "default",
    outcome: str = "success",
    status: Status = "distilled",
    kind: str = "",
) -> Experience:
    steps = (Step("think", f"do {task}", "seen \u4e2d\u6587 👩‍💻\n\t'quoted' \\ "), Step(action="stop"))
    verdict = Verdict(outcome, "it printed 0", "evidence")  # pyright: ignore[reportArgumentType]
    attempt = Attempt(Trajectory(task, steps), verdict)
    return Experience(new_id("exp"), namespace, task, status, WHEN, (attempt,), kind=kind)


async def add(
    store: Store,
    task: str,
    *lessons: str,
    angle: float = 0,
    namespace: str = "default",
    outcome: str = "success",
    kind: str = "",
    kind_angle: float = 0,
    lesson_angle: float | None = None,
    footprint: Footprint | None = None,
) -> tuple[Experience, list[Kept]]:
    return await store.add(
        experience(task, namespace=namespace, outcome=outcome, kind=kind),
        key=task,
        embedding=vector(angle),
        kind_embedding=vector(kind_angle) if kind else None,
        footprint=footprint,
        lessons=[
            Lesson(item(lesson), embedding=None if lesson_angle is None else vector(lesson_angle)) for lesson in lessons
        ],
    )


async def near(store: Store, angle: float, text: str = "", *, embedder: str = "compass", limit: int = 50) -> list[str]:
    found = await store.search(HERE, Probe(words(text), task=vector(angle, embedder=embedder)), limit)
    return [one.experience_id for one in sorted(found.candidates, key=lambda c: -(c.cosine or 0))]


async def by_words(store: Store, text: str, task: Embedding | None = None, limit: int = 50) -> tuple[Candidate, ...]:
    return (await store.search(HERE, Probe(words(text), task=task), limit)).candidates


@pytest.mark.anyio
class StoreContract:
    """A store keeps what it acknowledged, once, and finds it again."""

    async def test_a_source_is_forgotten_and_what_others_taught_too_stays_in_their_words(self, store: Store) -> None:
        mine, theirs = Origin("ada", "one"), Origin("ada", "two")
        first = replace(experience("a"), origin=theirs)
        one, [common, alone] = await store.add(
            first, key="a", embedding=vector(), lessons=[Lesson(item("x")), Lesson(item("y"))]
        )
        second = replace(experience("b"), origin=mine, created_at=WHEN + timedelta(hours=1))
        two, _ = await store.add(
            second, key="b", embedding=vector(90), lessons=[Lesson(item("x otherwise"), into=common.id)]
        )
        contrast = replace(experience("c"), origin=mine, attempts=(), members=(one.id, two.id))
        await store.add(contrast, key="c", embedding=vector(45))
        for nothing in (
            await store.forget(client="three"),
            await store.forget(client="two", since=WHEN + timedelta(minutes=1)),
            await store.forget(client="two", namespace="elsewhere"),
            await store.forget(imported="imp_1"),
        ):
            assert (nothing["strategies"], nothing["experiences"]) == (0, 0)
        gone = await store.forget(client="two")
        assert (gone["strategies"], gone["experiences"]) == (1, 2), "with the contrast it took part in"
        [left] = await store.strategies(None)
        assert (left.id, left.item, left.evidence[0].origin) == (common.id, item("x otherwise"), mine)
        assert not await store.strategies(None, ids=[alone.id])
        assert (await store.forget(since=WHEN + timedelta(minutes=1)))["experiences"] == 1
        assert (await store.summary(None)).experiences == {}

    async def test_lineage_is_kept_with_every_item_and_the_weakest_verdict_of_a_contrast_counts(
        self, store: Store
    ) -> None:
        origin = Origin("ada", "one", "imp_1")
        judged = Attempt(Trajectory("a", (Step(action="a"),)), Verdict("failure", "seen", "judge", "model p1"))
        one = replace(experience("a"), origin=origin, attempts=(judged,))
        two = experience("b")
        for name, member in (("a", one), ("b", two)):
            await store.add(member, key=name, embedding=None)
        contrast = replace(experience("c"), origin=origin, attempts=(), members=(two.id, one.id))
        await store.add(contrast, key="c", embedding=None, lessons=[Lesson(item("x"), distiller="model p2")])
        [kept] = await store.strategies("default")
        [behind] = kept.evidence
        assert (behind.origin, behind.source, behind.judge, behind.distiller) == (
            origin, "judge", "model p1", "model p2",
        )  # fmt: skip
        assert (await store.experience(one.id, None)).origin == origin

    async def test_what_only_resembles_joins_when_both_are_let_in(self, store: Store) -> None:
        _, [held] = await store.add(
            experience("a"), key="a", embedding=None, lessons=[Lesson(item("x"), "held", "an order")]
        )
        _, [fresh] = await store.add(
            experience("b"), key="b", embedding=None, lessons=[Lesson(item("x otherwise"), into=held.id)]
        )
        assert (fresh.action, fresh.id != held.id) == ("added", True)
        _, [again] = await store.add(
            experience("c"), key="c", embedding=None, lessons=[Lesson(item("x thus"), "held", "an order", fresh.id)]
        )
        assert (again.action, again.id != fresh.id) == ("held", True)
        standing = {one.id: (one.standing, len(one.evidence)) for one in await store.strategies(None)}
        assert standing == {held.id: ("held", 1), fresh.id: ("active", 1), again.id: ("held", 1)}

    async def test_the_record_of_a_strategy_says_whose_tasks_it_served_and_who_judged_them(self, store: Store) -> None:
        _, [kept] = await store.add(experience("a"), key="a", embedding=vector(), lessons=[Lesson(item("x"))])
        [strategy] = await store.strategies(None)
        for number, (client, outcome) in enumerate((("one", "success"), ("one", "success"), ("two", "failure"))):
            recall = Recall(new_id("rec"), "default", (Recalled(strategy, "exp_1", 0.9),))
            await store.keep_recall(recall)
            done = replace(experience(f"t{number}", outcome=outcome), origin=Origin("ada", client))
            await store.add(done, key=f"t{number}", embedding=None, recall_id=recall.id)
        [used] = await store.strategies(None, ids=[kept.id])
        assert sorted((t.origin.client, t.outcome, t.source, t.count) for t in used.trials) == [
            ("one", "success", "evidence", 2), ("two", "failure", "evidence", 1),
        ]  # fmt: skip
        assert (used.uses, used.successes) == (3, 2)

    async def test_a_person_who_lets_in_or_rewords_approves(self, store: Store) -> None:
        await store.add(experience("a"), key="a", embedding=None, lessons=[Lesson(item("x"), "held", "why")])
        [held] = await store.strategies(None)
        assert not held.approved
        assert not (await store.revise(held.id, None, standing="retired", note="no")).approved
        assert (await store.revise(held.id, None, standing="active")).approved
        await store.add(experience("b"), key="b", embedding=None, lessons=[Lesson(item("y"))])
        other = (await store.strategies(None))[0]
        assert (await store.revise(other.id, None, item=item("z"))).approved

    async def test_an_experience_comes_back_as_it_was_given(self, store: Store) -> None:
        given = experience("sort the list")
        kept, _ = await store.add(given, key="k", embedding=vector())
        assert kept == given
        assert await store.experience(given.id, "default") == given

    async def test_the_same_content_is_kept_once_a_namespace(self, store: Store) -> None:
        first, learned = await store.add(experience("a"), key="k", embedding=None, lessons=[Lesson(item("x"))])
        again, nothing = await store.add(experience("a"), key="k", embedding=None, lessons=[Lesson(item("y"))])
        other, _ = await store.add(experience("a", namespace="web"), key="k", embedding=None)
        assert again.id == first.id != other.id
        assert len(learned) == 1
        assert nothing == []
        assert [s.item for s in await store.strategies(None)] == [item("x")]

    async def test_an_unknown_id_is_not_found_and_neither_is_one_of_another_namespace(self, store: Store) -> None:
        kept, [lesson] = await add(store, "a", "x", namespace="web")
        for id_, namespace in (("exp_0", None), (kept.id, "default")):
            with pytest.raises(NotFound, match="experience_id"):
                await store.experience(id_, namespace)
        with pytest.raises(NotFound, match="strategy_id"):
            await store.revise(lesson.id, "default", standing="retired")
        assert await store.strategies("default", ids=[lesson.id]) == []
        assert (await store.experience(kept.id, "web")).id == kept.id

    async def test_a_refused_write_leaves_nothing_behind(self, store: Store) -> None:
        with pytest.raises(NotFound, match="recall_id"):
            await store.add(
                experience("a"), key="k", embedding=vector(), lessons=[Lesson(item("x"))], recall_id="rec_0"
            )
        assert await store.experiences(None) == []
        assert await store.strategies(None) == []
        assert all(well for _, _, well in await store.check())

    async def test_the_nearest_by_vector_and_the_best_by_text_are_found(self, store: Store) -> None:
        east, _ = await add(store, "sort numbers quickly", "x", angle=0)
        north, _ = await add(store, "paint the fence", "y", angle=90)
        assert (await near(store, 10))[0] == east.id
        assert (await near(store, 80))[0] == north.id
        by_text = await by_words(store, "a fence to paint")
        assert [(c.experience_id, c.cosine) for c in by_text] == [(north.id, None)]
        [candidate] = await by_words(store, "", vector(30), 1)
        assert candidate.cosine == pytest.approx(math.cos(math.radians(30)), abs=1e-6)
        assert candidate.words == words("sort numbers quickly")

    async def test_what_is_written_without_spaces_is_found_by_text(self, store: Store) -> None:
        for text, asked in (
            ("取消航班预订并退款", "航班退款"),
            ("レポートを修正する", "レポートの修正"),
            ("보고서를 수정한다", "보고서 수정"),
        ):
            kept, _ = await add(store, text, text)
            assert kept.id in [c.experience_id for c in await by_words(store, asked, limit=5)]

    async def test_any_text_can_be_searched_for(self, store: Store) -> None:
        await add(store, "sort the list", "x")
        for text in (
            '" OR 1=1 --',
            "NEAR(a b)",
            "a AND NOT b*",
            "col:x",
            "\u0301\u0301",
            "___",
            "x" * 8_000,
            "-",
            ")",
            "",
        ):
            await store.search(HERE, Probe(words(text), words(text)), 5)
            await store.similar("default", words(text), 5)

    async def test_other_namespaces_are_never_searched(self, store: Store) -> None:
        await add(store, "a", "x", namespace="web")
        shared, _ = await add(store, "b", "y", namespace="shared")
        assert await near(store, 0, "a b") == [shared.id]

    async def test_only_what_taught_something_active_is_searched(self, store: Store) -> None:
        await add(store, "a")
        _, [lesson] = await add(store, "b", "x")
        assert len(await near(store, 0, "a b")) == 1
        await store.revise(lesson.id, None, standing="retired", note="wrong")
        assert await near(store, 0, "a b") == []
        await store.revise(lesson.id, None, standing="active")
        assert len(await near(store, 0, "a b")) == 1

    async def test_a_vector_that_is_none_does_not_enter(self, store: Store) -> None:
        good, _ = await add(store, "good", "x")
        for number, values in enumerate(([math.nan, 0], [0, 0], [math.inf, 0], [3, 4])):
            bad = Embedding("compass", array("f", values))
            await store.add(
                experience(f"bad {number}"), key=f"bad {number}", embedding=bad, lessons=[Lesson(item("z"))]
            )
            await store.search(HERE, Probe(words("good"), task=bad, kind=bad), 5)
        assert await near(store, 0) == [good.id]

    async def test_vectors_of_another_embedder_are_never_mixed_in(self, store: Store) -> None:
        here, _ = await add(store, "a", "x")
        other = Embedding("other", array("f", [0.0, 0.0, 1.0]))
        there, _ = await store.add(experience("b"), key="b", embedding=other, lessons=[Lesson(item("y"))])
        assert await near(store, 0) == [here.id]
        assert {c.experience_id for c in await by_words(store, "a b", other, 5)} == {here.id, there.id}
        assert all(c.cosine is None for c in await by_words(store, "a b", other, 5))

    async def test_reindex_moves_to_another_embedder_step_by_step(self, store: Store) -> None:
        for number in range(70):
            await add(store, f"task {number}", f"lesson {number}", angle=number)
        batches, done = 0, list[tuple[str, Embedding]]()
        await store.move("compass-2")
        todo = await store.reindex("compass-2", 2)
        while todo:
            batches += 1
            assert len(await near(store, 5)) == 50, "the old index serves meanwhile"
            done = [(id_, vector(int(task.split()[1]), embedder="compass-2")) for id_, task in todo]
            todo = await store.reindex("compass-2", 2, done)
        assert batches > 1
        [nearest, *_] = await near(store, 41.2, embedder="compass-2")
        assert (await store.experience(nearest, None)).task == "task 41"
        assert all(c.cosine is None for c in await by_words(store, "task", vector(5)))
        assert all(well for _, _, well in await store.check())
        now = await store.vectors()
        assert (now.bound, now.target, now.due) == ("compass-2", "", True), "the strategies lack theirs"

    async def test_a_bank_says_how_far_its_vectors_are(self, store: Store) -> None:
        empty = await store.vectors()
        assert (empty.bound, empty.embedded, empty.texts, empty.due) == ("", 0, 0, False)
        assert not (await store.vectors("compass")).due
        one, [lesson, _] = await add(store, "a", "x", "y")
        await store.add(experience("b"), key="b", embedding=None)
        await store.revise(lesson.id, None, standing="retired")
        here = await store.vectors()
        assert (here.embedder, here.bound, here.embedded, here.texts, here.due) == ("compass", "compass", 1, 3, True)
        assert not (await store.vectors("other")).due, "nobody wished for it"
        await store.move("other")
        assert (await store.vectors()).embedder == "other"
        await store.reindex("other", 2, [(one.id, vector(embedder="other"))])
        there = await store.vectors("other")
        assert (there.bound, there.target, there.embedded, there.texts) == ("compass", "other", 1, 3)
        assert there.due
        assert (await store.vectors("compass")).due, "its own embedder still fills in"
        await store.move("compass")
        assert (await store.vectors()).target == ""

    async def test_a_bank_moves_to_no_embedder_that_nobody_wished_for(self, store: Store) -> None:
        one, [lesson] = await add(store, "a", "x")
        for others in ("nobody wished", "the wish was dropped"):
            assert await store.reindex("other", 2) == []
            assert await store.reindex("other", 2, [(one.id, vector(embedder="other"))]) == []
            assert await store.item_vectors(None, "other", [(lesson.id, vector(embedder="other"))]) == []
            assert await near(store, 0) == [one.id]
            assert (await store.vectors("other")).embedded == 0, others
            await store.move("other")
            await store.move("")

    async def test_a_wish_that_is_dropped_leaves_nothing_of_the_work_on_it(self, store: Store) -> None:
        one, [lesson] = await add(store, "a", "x")
        await add(store, "b", "y", angle=90)
        for wish in ("", "compass", "third"):
            await store.move("other")
            await store.item_vectors(None, "other", [(lesson.id, vector(embedder="other"))])
            await store.reindex("other", 2, [(one.id, vector(embedder="other"))])
            assert (await store.vectors("other")).embedded == 2
            await store.move("other")
            assert (await store.vectors("other")).embedded == 2, "the same wish again goes on"
            await store.move(wish)
            assert (await store.vectors("other")).embedded == 0
            assert not (await store.vectors("other")).due
            assert await near(store, 0, limit=1) == [one.id]

    async def test_what_others_record_during_a_move_is_handed_out_before_the_switch(self, store: Store) -> None:
        one, _ = await add(store, "a", "x")
        await store.move("other")
        [(id_, _)] = await store.reindex("other", 2)
        new, _ = await add(store, "b", "y", angle=90)
        assert await store.reindex("other", 2, [(id_, vector(0, embedder="other"))]) == [(new.id, "b")]
        assert await near(store, 0, limit=1) == [one.id], "until then the old vectors serve, the new one's too"
        assert await store.reindex("other", 2, [(new.id, vector(90, embedder="other"))]) == []
        assert await near(store, 90, limit=1, embedder="other") == [new.id]
        late, _ = await add(store, "c", "z", angle=45)
        assert await near(store, 60, embedder="other") == [new.id, one.id], "a vector of the old one is not compared"
        assert await store.reindex("other", 2) == [(late.id, "c")]
        assert await store.reindex("other", 2, [(late.id, vector(45, embedder="other"))]) == []
        assert await near(store, 45, limit=1, embedder="other") == [late.id]

    async def test_a_bank_bound_to_nothing_is_bound_by_the_first_that_fills_in(self, store: Store) -> None:
        for name in "ab":
            await store.add(experience(name), key=name, embedding=None, lessons=[Lesson(item(name))])
        [(one, _), (other, _)] = await store.reindex("compass", 2)
        assert (await store.vectors()).bound == "", "whether it answers is not known yet"
        assert await store.reindex("compass", 2, [(one, vector(0))]) == [(other, "b")]
        assert await near(store, 0) == [one]
        assert await store.reindex("other", 2) == []
        assert await store.reindex("compass", 2, [(other, vector(90))]) == []
        assert await near(store, 90, limit=1) == [other]

    async def test_a_wish_that_a_record_fulfils_is_one_no_more(self, store: Store) -> None:
        await store.move("compass")
        assert (await store.vectors("compass")).due
        await store.add(experience("a"), key="a", embedding=vector())
        now = await store.vectors("compass")
        assert (now.bound, now.target, now.due) == ("compass", "", False)

    async def test_what_was_forgotten_while_it_was_embedded_is_passed_over(self, store: Store) -> None:
        one, [lesson] = await add(store, "a", "x")
        await add(store, "b", "y")
        await store.forget(experience_id=one.id)
        assert len(await store.item_vectors(None, "compass", [(lesson.id, vector())])) == 1
        assert await store.reindex("compass", 2, [(one.id, vector())]) == []
        assert all(well for _, _, well in await store.check())

    async def test_a_lesson_can_confirm_a_strategy_and_both_tasks_then_bring_it(self, store: Store) -> None:
        one, [kept] = await add(store, "a", "x", angle=0)
        two, [merged] = await store.add(
            experience("b"), key="b", embedding=vector(90), lessons=[Lesson(item("x again"), into=kept.id)]
        )
        assert (merged.id, merged.action) == (kept.id, "merged")
        [strategy] = await store.strategies(None)
        assert [(e.experience_id, e.item) for e in strategy.evidence] == [
            (one.id, item("x")),
            (two.id, item("x again")),
        ]
        assert strategy.item == item("x")
        assert await store.strategies(None, of=[two.id]) == [strategy]
        assert {one.id, two.id} == set(await near(store, 45))

    async def test_held_lessons_wait_and_are_let_in_when_handed_in_well(self, store: Store) -> None:
        one, [held] = await store.add(
            experience("a"), key="a", embedding=vector(), lessons=[Lesson(item("x"), "held", "too long")]
        )
        assert (held.action, held.note) == ("held", "too long")
        assert await near(store, 0, "a") == []
        await store.amend(one, lessons=[Lesson(item("x"), into=held.id)], status="distilled")
        [strategy] = await store.strategies(None, standing="active")
        assert (strategy.id, strategy.note) == (held.id, "")
        assert await near(store, 0) == [one.id]

    async def test_similar_finds_strategies_by_their_words(self, store: Store) -> None:
        await add(store, "a", "grind the beans", "boil the water")
        await add(store, "b", "grind the beans", namespace="web")
        found = await store.similar("default", words("how do I grind beans"), 1)
        assert [s.item for s in found] == [item("grind the beans")]
        await store.revise(found[0].id, None, standing="retired")
        assert item("grind the beans") not in [s.item for s in await store.similar("default", words("grind beans"), 5)]

    async def test_rounds_are_kept_in_order_and_the_last_one_counts(self, store: Store) -> None:
        first = experience("a", outcome="failure")
        await store.add(first, key="a", embedding=None)
        better = Attempt(Trajectory("a", (Step(action="better"),)), Verdict("success", "seen", "evidence"))
        await store.amend(first, attempt=better, status="awaiting_distillation")
        kept = await store.experience(first.id, None)
        assert kept.attempts == (*first.attempts, better)
        assert (kept.verdict.outcome, kept.status) == ("success", "awaiting_distillation")

    async def test_withdrawing_retires_what_rests_on_one_experience_alone(self, store: Store) -> None:
        one, [alone, common] = await add(store, "a", "x", "y", angle=0)
        two, _ = await store.add(
            experience("b"), key="b", embedding=vector(90), lessons=[Lesson(item("y otherwise"), into=common.id)]
        )
        verdict = Verdict("failure", "it broke", "evidence")
        await store.amend(one, verdict=verdict, withdraw="corrected", status="awaiting_distillation")
        [gone] = await store.strategies(None, ids=[alone.id])
        assert (gone.standing, gone.note) == ("retired", "corrected")
        [strategy] = await store.strategies(None, ids=[common.id])
        assert (strategy.standing, strategy.item) == ("active", item("y otherwise")), (
            "in the words of who still says so"
        )
        assert await near(store, 0) == [two.id]
        assert (await store.experience(one.id, None)).verdict == verdict

    async def test_a_contrast_shows_the_attempts_of_its_members(self, store: Store) -> None:
        one, _ = await add(store, "a", outcome="failure")
        two = replace(experience("a"), status="awaiting_distillation")
        await store.add(two, key="a2", embedding=None)
        contrast = Experience(
            new_id("exp"),
            "default",
            "a",
            "awaiting_distillation",
            WHEN,
            members=(one.id, two.id),
            best=two.id,
            best_reason="r",
        )
        kept, _ = await store.add(contrast, key="c", embedding=vector())
        assert kept.members == (one.id, two.id)
        assert [a.verdict.outcome for a in kept.attempts] == ["failure", "success"]
        await store.amend(kept, lessons=[Lesson(item("x"))], status="distilled", best=(one.id, "after all"))
        assert (await store.experience(two.id, None)).status == "distilled", "the contrast spoke for it"
        done = await store.experience(kept.id, None)
        assert (done.best, done.best_reason) == (one.id, "after all")
        assert await near(store, 0) == [kept.id]

    async def test_recalls_are_credited_with_what_came_of_the_task(self, store: Store) -> None:
        source, _ = await add(store, "a", "x")
        [strategy] = await store.strategies(None)
        for outcome in ("success", "success", "failure", "unknown"):
            recall = Recall(new_id("rec"), "default", (Recalled(strategy, source.id, 0.9),), 0.9, 0.3)
            await store.keep_recall(recall)
            await store.add(
                experience(f"b {recall.id}", outcome=outcome), key=recall.id, embedding=None, recall_id=recall.id
            )
        [credited] = await store.strategies(None, ids=[strategy.id])
        assert (credited.uses, credited.successes) == (3, 2)
        await store.keep_recall(Recall(new_id("rec"), "default"))
        summary = await store.summary("default")
        assert (summary.recalls, summary.answered, summary.credited, summary.helped) == (5, 4, 3, 2)

    async def test_a_person_edits_retires_and_restores(self, store: Store) -> None:
        _, [kept] = await add(store, "a", "x")
        await store.revise(kept.id, None, item=item("better words"))
        retired = await store.revise(kept.id, None, standing="retired", note="not true")
        assert (retired.item, retired.standing, retired.note, retired.edited) == (
            item("better words"),
            "retired",
            "not true",
            True,
        )
        restored = await store.revise(kept.id, None, standing="active")
        assert (restored.standing, restored.note) == ("active", "")

    async def test_pages_are_newest_first_and_complete(self, store: Store) -> None:
        for number in range(7):
            await add(store, f"task {number}", f"lesson {number}")
        pages = [await store.strategies("default", after=after, limit=3) for after in (0, 3, 6, 9)]
        assert [[s.item for s in page] for page in pages] == [
            [item(f"lesson {n}") for n in numbers] for numbers in ((6, 5, 4), (3, 2, 1), (0,), ())
        ]
        tasks = [e.task for e in await store.experiences("default", after=5, limit=10)]
        assert tasks == ["task 1", "task 0"]
        assert [e.task for e in await store.experiences(None, status="queued")] == []

    async def test_forgetting_an_experience_takes_back_what_it_alone_taught(self, store: Store) -> None:
        one, [_, common] = await add(store, "a", "x", "y", angle=0)
        two, _ = await store.add(
            experience("b"), key="b", embedding=vector(90), lessons=[Lesson(item("y otherwise"), into=common.id)]
        )
        contrast = Experience(new_id("exp"), "default", "a", "distilled", WHEN, members=(one.id, two.id))
        await store.add(contrast, key="c", embedding=vector(), lessons=[Lesson(item("z"))])
        assert await store.forget(experience_id=one.id) == {"strategies": 2, "experiences": 2}
        assert [s.item for s in await store.strategies(None)] == [item("y otherwise")]
        assert [e.id for e in await store.experiences(None)] == [two.id]
        assert await near(store, 0, "a") == [two.id]
        with pytest.raises(NotFound):
            await store.forget(experience_id=one.id)
        assert all(well for _, _, well in await store.check())

    async def test_forgetting_a_strategy_or_a_namespace_leaves_the_others(self, store: Store) -> None:
        web, [kept, _] = await add(store, "a", "x", "y", namespace="web")
        await add(store, "b", "z")
        await store.keep_recall(Recall(new_id("rec"), "web"))
        await store.forget(strategy_id=kept.id)
        assert [s.item for s in await store.strategies("web")] == [item("y")]
        assert (await store.experience(web.id, "web")).task == "a"
        assert await store.forget(namespace="web") == {"strategies": 1, "experiences": 1, "recalls": 1}
        assert (await store.summary(None)).namespaces == ("default",)
        assert [s.item for s in await store.strategies(None)] == [item("z")]
        assert all(well for _, _, well in await store.check())

    async def test_an_export_imports_to_an_equal_bank_and_twice_changes_nothing(
        self, store: Store, other: Store
    ) -> None:
        one, [kept] = await add(store, "a", "x")
        two, _ = await store.add(
            experience("b", outcome="failure"),
            key="b",
            embedding=vector(90),
            lessons=[Lesson(item("x2"), into=kept.id)],
        )
        contrast = Experience(
            new_id("exp"), "default", "a", "distilled", WHEN, members=(two.id, one.id), best=one.id, best_reason="r"
        )
        await store.add(contrast, key="c", embedding=vector(20), lessons=[Lesson(item("y"), "held", "why")])
        [strategy] = await store.strategies(None, ids=[kept.id])
        recall = Recall(new_id("rec"), "default", (Recalled(strategy, one.id, 0.75),), 0.75, 0.3)
        await store.keep_recall(recall)
        await store.amend(two, status="distilled", recall_id=recall.id)

        exported = await _exported(store)
        first = await other.load(exported)
        assert first == {"experiences": 3, "strategies": 2, "recalls": 1, "already there": 0}
        assert await _exported(other) == exported
        again = await other.load(exported)
        assert again == {"experiences": 0, "strategies": 0, "recalls": 0, "already there": 6}
        assert await _exported(other) == exported
        assert await other.strategies(None) == await store.strategies(None)
        assert await near(other, 0) == await near(store, 0)
        assert all(well for _, _, well in await other.check())

    async def test_an_import_finds_the_twin_that_was_recorded_under_another_id(
        self, store: Store, other: Store
    ) -> None:
        await add(store, "a", "x")
        twin, _ = await add(other, "a", "y")
        await other.load(await _exported(store))
        assert [e.id for e in await other.experiences(None)] == [twin.id]
        assert {s.item for s in await other.strategies(None, of=[twin.id])} == {item("x"), item("y")}

    async def test_an_import_that_refers_to_nothing_is_refused_whole(self, store: Store, other: Store) -> None:
        await add(store, "a", "x")
        exported = await _exported(store)
        with pytest.raises(InvalidInput, match="neither in the file nor in the bank"):
            await other.load([record for record in exported if record["record"] != "experience"])
        await add(store, "b", "z")
        broken = [
            *await _exported(store),
            {
                **exported[-1],
                "id": "str_new",
                "evidence": [{"experience": "exp_none", "title": "t", "description": "d", "content": "c"}],
            },
        ]
        with pytest.raises(InvalidInput):
            await other.load(broken)  # pyright: ignore[reportArgumentType]
        assert await other.experiences(None) == []

    async def test_the_background_is_drawn_from_different_tasks(self, store: Store) -> None:
        for number in range(12):
            await add(store, f"task {number % 6}", angle=number * 30)
            await store.add(experience(f"task {number % 6}"), key=f"twin {number}", embedding=vector(number * 30))
        count, pairs = await store.background(HERE, 40)
        assert count == 18
        assert 10 <= len(pairs) <= 80
        assert all(abs(cosine) <= 0.87 for cosine in pairs), "those of one task are alike or opposite here"
        assert await store.background(HERE, 40) == (count, pairs)
        assert await store.background(("web",), 40) == (0, [])

    async def test_each_side_of_an_experience_is_compared_with_each_side_of_a_query(self, store: Store) -> None:
        kept, _ = await add(store, "a", "x", angle=0, kind="an order is wrong", kind_angle=60, lesson_angle=150)
        assert (await store.experience(kept.id, None)).kind == "an order is wrong"
        assert (await store.experiences(None))[0].kind == "an order is wrong"
        [found] = (await store.search(HERE, Probe(frozenset(), task=vector(10), kind=vector(80)), 5)).candidates
        shown = (found.cosine, found.kind, found.kind_task, found.task_kind, found.lesson, found.kind_lesson)
        apart = (10, 20, 80, 50, 140, 70)
        assert shown == pytest.approx([math.cos(math.radians(degrees)) for degrees in apart], abs=1e-6)
        [asked] = (await store.search(HERE, Probe(frozenset(), task=vector(10)), 5)).candidates
        assert (asked.kind, asked.kind_task, asked.kind_lesson) == (None, None, None), "no kind was asked for"

    async def test_an_experience_is_found_by_any_one_of_its_sides(self, store: Store) -> None:
        by_task, _ = await add(store, "a", "x", angle=0)
        by_lesson, _ = await add(store, "b", "y", angle=180, lesson_angle=0)
        by_kind, _ = await add(store, "c", "z", angle=180, kind="k", kind_angle=0)
        far, _ = await add(store, "d", "w", angle=180, kind="k", kind_angle=180, lesson_angle=180)
        for probe, expected in (
            (Probe(frozenset(), task=vector(0)), {by_task.id, by_lesson.id}),
            (Probe(frozenset(), kind=vector(0)), {by_kind.id, by_lesson.id}),
        ):
            found = {one.experience_id for one in (await store.search(HERE, probe, 1)).candidates}
            assert found == expected, "the nearest one of each pair of sides"
        assert far.id in {one.experience_id for one in (await store.search(HERE, probe, 9)).candidates}

    async def test_of_several_strategies_the_nearest_speaks_for_an_experience_if_it_is_active(
        self, store: Store
    ) -> None:
        lessons = [Lesson(item(name), embedding=vector(angle)) for name, angle in (("x", 20), ("y", 40), ("z", 80))]
        await store.add(experience("a"), key="a", embedding=vector(0), lessons=lessons)
        probe = Probe(frozenset(), task=vector(0))
        for degrees in (20, 40):
            [found] = (await store.search(HERE, probe, 5)).candidates
            assert found.lesson == pytest.approx(math.cos(math.radians(degrees)), abs=1e-6)
            nearest = next(s for s in await store.strategies(None) if s.item == item("x" if degrees == 20 else "y"))
            await store.revise(nearest.id, None, standing="retired", note="no")

    async def test_another_kind_takes_the_place_of_the_one_before_with_its_vector(self, store: Store) -> None:
        kept, _ = await add(store, "a", "x", kind="one kind", kind_angle=0)

        async def near_kind() -> float | None:
            [found] = (await store.search(HERE, Probe(words("a"), kind=vector(0)), 5)).candidates
            return None if found.kind is None else round(math.degrees(math.acos(min(1.0, found.kind))))

        await store.amend(kept, status="distilled")
        await store.amend(kept, status="distilled", kind="one kind")
        assert await near_kind() == 0, "the same kind keeps its vector"
        await store.amend(kept, status="distilled", kind="another", kind_embedding=vector(60))
        assert ((await store.experience(kept.id, None)).kind, await near_kind()) == ("another", 60)
        await store.amend(kept, status="distilled", kind="a third")
        assert ((await store.experience(kept.id, None)).kind, await near_kind()) == ("a third", None)
        assert await store.kind_vectors("compass") == [(kept.id, "a third")]
        assert await store.kind_vectors("compass", [(kept.id, vector(30))]) == []
        assert await near_kind() == 30
        assert all(well for _, _, well in [*await store.check(), *await store.verify()])

    async def test_kinds_and_strategies_move_to_another_embedder_with_the_tasks(self, store: Store) -> None:
        kept, [lesson] = await add(store, "a", "x", kind="one kind", kind_angle=10, lesson_angle=20)
        await add(store, "b", "y", angle=90)
        before = await store.vectors("compass")
        assert (before.embedded, before.texts) == (4, 5), (
            "two tasks, two strategies, one kind; a strategy lacks its own"
        )
        await store.move("other")
        assert await store.kind_vectors("other") == [(kept.id, "one kind")]
        assert await store.kind_vectors("nobody's") == []
        assert await store.kind_vectors("other", [(kept.id, vector(50, embedder="other"))]) == []
        await store.item_vectors(None, "other", [(lesson.id, vector(60, embedder="other"))])
        todo = await store.reindex("other", 2)
        probe = Probe(frozenset(), task=vector(0), kind=vector(0))
        [found] = [one for one in (await store.search(HERE, probe, 9)).candidates if one.experience_id == kept.id]
        assert found.kind == pytest.approx(math.cos(math.radians(10)), abs=1e-6), "until then the old vectors serve"
        assert await store.reindex("other", 2, [(id_, vector(0, embedder="other")) for id_, _ in todo]) == []
        pool = await store.search(
            HERE, Probe(frozenset(), task=vector(0, embedder="other"), kind=vector(0, embedder="other")), 9
        )
        assert pool.space == "other"
        [found] = [one for one in pool.candidates if one.experience_id == kept.id]
        assert (found.cosine, found.kind, found.lesson) == pytest.approx([1.0, 0.642788, 0.5], abs=1e-5)
        assert (await store.vectors("compass")).embedded == 0
        assert all(well for _, _, well in [*await store.check(), *await store.verify()])

    async def test_a_wish_that_is_dropped_leaves_no_kind_of_the_work_on_it(self, store: Store) -> None:
        kept, _ = await add(store, "a", "x", kind="one kind", kind_angle=10)
        await store.move("other")
        await store.kind_vectors("other", [(kept.id, vector(50, embedder="other"))])
        assert (await store.vectors("other")).embedded == 1
        await store.move("")
        assert (await store.vectors("other")).embedded == 0

    async def test_vectors_that_were_kept_before_the_bank_was_bound_are_found_once_it_is(self, store: Store) -> None:
        early, _ = await store.add(
            experience("a", kind="k"), key="a", embedding=None, kind_embedding=vector(0),
            lessons=[Lesson(item("x"), embedding=vector(0))],
        )  # fmt: skip
        assert (await store.search(HERE, Probe(frozenset(), task=vector(0), kind=vector(0)), 9)).candidates == ()
        later, _ = await add(store, "b", "y", angle=180)
        for probe in (Probe(frozenset(), task=vector(0)), Probe(frozenset(), kind=vector(0))):
            found = {one.experience_id for one in (await store.search(HERE, probe, 9)).candidates}
            assert found >= {early.id}
        assert later.id in await near(store, 180)
        assert all(well for _, _, well in [*await store.check(), *await store.verify()])

    async def test_what_is_forgotten_or_retired_is_not_found_by_its_strategy_any_more(self, store: Store) -> None:
        kept, [one, two] = await add(store, "a", "x", "y", angle=180, kind="k", kind_angle=180, lesson_angle=0)
        await store.forget(strategy_id=one.id)
        assert await near(store, 0) == [kept.id]
        assert all(well for _, _, well in await store.check())
        await store.revise(two.id, None, standing="held", note="why")
        assert await near(store, 0) == []
        await store.revise(two.id, None, standing="active")
        assert await near(store, 0) == [kept.id]
        await store.forget(experience_id=kept.id)
        assert all(well for _, _, well in [*await store.check(), *await store.verify()])

    async def test_a_kind_moves_with_an_export_and_is_embedded_where_it_arrives(
        self, store: Store, other: Store
    ) -> None:
        kept, _ = await add(store, "a", "x", kind="one kind", kind_angle=10, footprint=Footprint("parser.py"))
        exported = await _exported(store)
        await other.load(exported)
        assert await other.experience(kept.id, None) == await store.experience(kept.id, None)
        assert await other.kind_vectors("compass") == [(kept.id, "one kind")]
        assert await other.footprints() == [kept.id], "which is drawn anew, too"
        await other.kind_vectors("compass", [(kept.id, vector(10))])
        [found] = (await other.search(HERE, Probe(frozenset(), kind=vector(10)), 5)).candidates
        assert found.kind == pytest.approx(1.0, abs=1e-6)
        older = [{name: value for name, value in record.items() if name != "kind"} for record in exported]
        await store.forget(namespace="default")
        await store.load(older)  # pyright: ignore[reportArgumentType]
        assert (await store.experience(kept.id, None)).kind == "", "of what an earlier release wrote"

    async def test_what_the_work_touched_is_found_by_its_terms_and_replaced(self, store: Store) -> None:
        one, _ = await add(store, "a", "x", footprint=Footprint("dateparser parse_month py"))
        two, _ = await add(store, "b", "y", footprint=Footprint("invoice total py"))
        await add(store, "c", footprint=Footprint("dateparser"))

        async def touching(*terms: str) -> list[tuple[str, bool]]:
            pool = await store.search(HERE, Probe(frozenset(), frozenset(terms)), 9)
            return [(found.experience_id, found.touched > 0) for found in pool.candidates]

        assert await touching("dateparser") == [(one.id, True)], "what taught nothing is not recalled"
        assert {id_ for id_, _ in await touching("py", "invoice")} == {one.id, two.id}
        assert await touching("a") == [], "words of the task are no terms"
        assert [found.experience_id for found in await by_words(store, "dateparser")] == [], "and terms no words"
        await store.amend(one, status="distilled", footprint=Footprint("calendar"))
        assert (await touching("dateparser"), await touching("calendar")) == ([], [(one.id, True)])
        await store.amend(one, status="distilled")
        assert await touching("calendar") == [(one.id, True)]
        await store.forget(experience_id=one.id)
        assert await touching("calendar") == []
        assert all(well for _, _, well in [*await store.check(), *await store.verify()])

    async def test_experiences_wait_for_a_footprint_until_somebody_draws_it(self, store: Store) -> None:
        one, _ = await add(store, "a", "x")
        await add(store, "b", "y", footprint=Footprint())
        three, _ = await add(store, "c")
        assert await store.footprints() == [three.id, one.id], "one that touched nothing was drawn all the same"
        assert await store.footprints(limit=1) == [three.id]
        assert await store.footprints([(one.id, Footprint("calendar")), ("exp_0", Footprint("gone"))]) == [three.id]
        found = await store.search(HERE, Probe(frozenset(), frozenset({"calendar"})), 9)
        assert [candidate.experience_id for candidate in found.candidates] == [one.id]
        assert all(well for _, _, well in [*await store.check(), *await store.verify()])

    async def test_remedies_are_found_by_the_head_of_the_error_in_their_namespace_alone(self, store: Store) -> None:
        first = Remedy("e0382 borrow of moved value *", "error[E0382]: borrow of moved value: `x`", "clone it")
        second = Remedy("e0382", "error[E0382]", "build anew")
        third = Remedy("e03821 another", "error[E03821]: another", "no")
        one, _ = await add(store, "a", "x", footprint=Footprint("", (first, third)))
        two = replace(experience("b", namespace="shared"), origin=Origin("ada", "one"))
        await store.add(two, key="b", embedding=None, footprint=Footprint("", (second,)))
        await add(store, "c", namespace="web", footprint=Footprint("", (second,)))
        here = await store.remedies(HERE, ["e0382", "valueerror"])
        assert here == [(second, two.id, two.origin), (first, one.id, Origin())], "the newest first"
        assert await store.remedies(("default",), ["e0382"]) == [(first, one.id, Origin())]
        assert [remedy for remedy, *_ in await store.remedies(HERE, ["e03821"])] == [third]
        for nothing in ([], ["e038"], ["borrow"], [""], ["e0382%"]):
            assert await store.remedies(HERE, nothing) == []
        newer = Remedy("valueerror bad *", "ValueError: bad month", "swap month and day")
        await store.amend(one, status="distilled", footprint=Footprint("", (newer,)))
        assert [remedy for remedy, *_ in await store.remedies(("default",), ["e0382", "valueerror"])] == [newer]
        await store.forget(experience_id=one.id)
        assert await store.remedies(("default",), ["e0382", "valueerror"]) == []
        assert all(well for _, _, well in [*await store.check(), *await store.verify()])

    async def test_only_what_is_named_is_compared_where_something_is_named(self, store: Store) -> None:
        near_one, _ = await add(store, "a", "x", angle=0)
        far_one, _ = await add(store, "b", "y", angle=180)
        probe = Probe(words("a"), task=vector(0))
        elsewhere, _ = await add(store, "a", "z", namespace="web")
        pool = await store.search(HERE, probe, 9, among=[far_one.id, elsewhere.id, "exp_0"])
        assert [(found.experience_id, round(found.cosine or 0, 4)) for found in pool.candidates] == [(far_one.id, -1.0)]
        assert {c.experience_id for c in (await store.search(HERE, probe, 9)).candidates} == {near_one.id, far_one.id}

    async def test_a_pool_says_how_many_of_a_language_there_are_and_which_vectors_were_compared(
        self, store: Store
    ) -> None:
        for task in ("fix the failing test", "sort the list of names", "取消航班预订并退款"):
            await add(store, task, task)
        await add(store, "open the page of orders", "w", namespace="web")
        for language, size in (("en", 2), ("zh", 1), ("fr", 0), ("", 3)):
            pool = await store.search(HERE, Probe(words("x"), task=vector(0), language=language), 9)
            assert (pool.size, pool.space) == (size, "compass")
        assert (await store.search(HERE, Probe(words("fix")), 9)).space == "", "words alone were compared"
        other = await store.search(HERE, Probe(words("fix"), task=vector(0, embedder="other")), 9)
        assert (other.space, [found.cosine for found in other.candidates]) == ("", [None])

    async def test_a_job_is_taken_up_once_and_its_answer_ends_it(self, store: Store) -> None:
        queued, _ = await store.add(experience("a", status="queued"), key="a", embedding=vector())
        job = await store.claim(60)
        assert job
        assert (job.experience, job.tries) == (queued, 0)
        assert await store.claim(60) is None
        kept = await store.amend(queued, lessons=[Lesson(item("x"))], status="distilled", job=job)
        assert [one.action for one in kept] == ["added"]
        assert await store.waiting() == []
        assert await store.claim(60) is None
        with pytest.raises(LostLease):
            await store.amend(queued, lessons=[Lesson(item("y"))], status="distilled", job=job)
        assert [s.item for s in await store.strategies(None)] == [item("x")]

    async def test_a_lease_that_ran_out_goes_to_another_and_the_late_answer_changes_nothing(
        self, store: Store, clock: ScriptedClock
    ) -> None:
        queued, _ = await store.add(experience("a", status="queued"), key="a", embedding=vector())
        first = await store.claim(60)
        clock.now += timedelta(seconds=61)
        second = await store.claim(60)
        assert first
        assert second
        for late in (
            store.amend(queued, lessons=[Lesson(item("late"))], status="distilled", job=first),
            store.put_off(first, 5, "late", failed=True),
            store.give_up(queued, "late", job=first),
        ):
            with pytest.raises(LostLease):
                await late
        await store.amend(queued, lessons=[Lesson(item("x"))], status="distilled", job=second)
        assert [s.item for s in await store.strategies(None)] == [item("x")]

    async def test_a_job_that_is_put_off_waits_and_counts_its_bad_tries(
        self, store: Store, clock: ScriptedClock
    ) -> None:
        await store.add(experience("a", status="queued"), key="a", embedding=vector())
        for number, failed in enumerate((False, True, True)):
            job = await store.claim(60)
            assert job
            assert job.tries == max(0, number - 1)
            await store.put_off(job, 30, "overloaded", failed=failed)
            assert await store.claim(60) is None
            [waits] = await store.waiting()
            assert (waits.state, waits.reason) == ("ready", "overloaded")
            clock.now += timedelta(seconds=31)

    async def test_what_was_given_up_keeps_its_reason_and_can_be_taken_up_again(self, store: Store) -> None:
        queued, _ = await store.add(experience("a", status="queued"), key="a", embedding=vector())
        await store.add(experience("b", status="queued"), key="b", embedding=vector())
        job = await store.claim(60)
        await store.give_up(queued, "no such model", job=job)
        assert (await store.experience(queued.id, None)).status == "awaiting_distillation"
        [dead] = await store.waiting([queued.id])
        assert (dead.experience_id, dead.state, dead.reason) == (queued.id, "dead", "no such model")
        assert len(await store.waiting()) == 2
        assert await store.enqueue("elsewhere", dead=True) == 0
        assert await store.enqueue("default") == 0
        assert await store.enqueue("default", dead=True) == 1
        assert (await store.experience(queued.id, None)).status == "queued"
        assert {w.state for w in await store.waiting()} == {"ready"}

    async def test_an_experience_that_is_distilled_otherwise_is_no_job_any_more(self, store: Store) -> None:
        queued, _ = await store.add(experience("a", status="queued"), key="a", embedding=vector())
        job = await store.claim(60)
        await store.amend(queued, lessons=[Lesson(item("by the agent"))], status="distilled")
        with pytest.raises(LostLease):
            await store.amend(queued, lessons=[Lesson(item("late"))], status="distilled", job=job)
        assert await store.waiting() == []
        await store.forget(experience_id=queued.id)
        assert await store.claim(60) is None

    async def test_the_day_has_a_budget_of_calls(self, store: Store, clock: ScriptedClock) -> None:
        assert [await store.spend(2) for _ in range(4)] == [True, True, False, False]
        clock.now += timedelta(days=1)
        assert await store.spend(2)

    async def test_it_opens_again_after_being_closed(self, store: Store) -> None:
        kept, _ = await add(store, "a", "x")
        await store.close()
        assert (await store.experience(kept.id, None)).task == "a"
        assert await near(store, 0) == [kept.id]
        await store.close()
        await store.close()


async def _exported(store: Store) -> list[Record]:
    records: list[Record] = []
    await store.export(records.append)
    return records
