"""A machine that does to a store, in any order, what can be done to it, and compares it with a model after each step.

Each backend inherits it and says how a bank is opened and examined. Two stores have the same bank open, as two
processes would, and every step is taken by either. Not covered: steps at the same moment, and processes that die.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from machines import Run, pick
from stores.model import Asked, Bank, behind, outcome_of

from rb_mcp.errors import LostLease, NotFound
from rb_mcp.providers.scripted import ScriptedClock
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
)
from rb_mcp.words import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rb_mcp.archive import Record
    from rb_mcp.protocols import Store
    from rb_mcp.types import Candidate, Evidence, Outcome, Source, Status, Strategy
    from rb_mcp.work import Job

SPACES = ("default", "web", "shared")
EVERYTHING = 1_000

number = st.integers(0, 40)
process = st.integers(0, 1)
namespace = st.sampled_from(("default", *SPACES))
outcome = st.sampled_from(("success", "failure", "unknown"))
known = st.sampled_from(("success", "failure"))
source = st.sampled_from(("agent", "evidence", "judge"))
# Which wording, whether it is held, which strategy it is said to confirm.
lesson = st.tuples(st.integers(0, 5), st.sampled_from((False, False, True)), number)
lessons = st.lists(lesson, max_size=3)


@dataclass(frozen=True)
class Given:
    """A record, as it is drawn."""

    namespace: str
    task: int
    way: int
    outcome: Outcome
    source: Source
    reason: str
    queued: bool
    distilled: bool
    lessons: list[Any]
    angle: int
    embedder: str
    client: str
    recall: int | None
    kind: str
    kind_embedder: str
    footprint: Footprint | None


def touched(which: int, times: int) -> Footprint:
    """What the work touched, with that many errors that it ended."""
    told = (Remedy(f"error{which} no such file *", f"Error{which}: x", f"way {n}") for n in range(times))
    return Footprint(f"word{which} parser", tuple(told))


kind = st.sampled_from(("", "", "the order is wrong", "it never ends"))
kind_embedder = st.sampled_from(("compass", "compass", "other", ""))
footprint = st.none() | st.builds(touched, st.integers(0, 2), st.integers(0, 2))

given = st.builds(
    Given,
    namespace=namespace,
    task=st.integers(0, 3),
    way=st.integers(0, 1),
    outcome=outcome,
    source=source,
    reason=st.sampled_from(("it printed 0", "nobody looked")),
    queued=st.booleans(),
    distilled=st.booleans(),
    lessons=lessons,
    angle=st.integers(0, 3),
    embedder=st.sampled_from(("compass", "compass", "other", "")),
    client=st.sampled_from(("", "alpha", "beta")),
    recall=st.none() | number,
    kind=kind,
    kind_embedder=kind_embedder,
    footprint=footprint,
)


def item(name: str) -> MemoryItem:
    return MemoryItem(f"How to {name}", f"When there is a task to {name}; not else", f"First look at {name}.")


def vector(angle: float, embedder: str) -> Embedding:
    return Embedding(embedder, array("f", [math.cos(math.radians(angle)), math.sin(math.radians(angle))]))


def kind_vector(kind: str, embedder: str) -> Embedding | None:
    return vector(7 * len(kind), embedder) if kind and embedder else None


def cosine(values: list[float] | None, asked: Embedding) -> float | None:
    return sum(a * b for a, b in zip(values, asked.values, strict=True)) if values else None


def status_of(ended: str, queued: bool, distilled: bool) -> Status:
    """Return a status that goes with an outcome: of one that is unknown nothing was learned yet."""
    if queued:
        return "queued"
    return "recorded" if ended == "unknown" else "distilled" if distilled else "awaiting_distillation"


def steps(which: int) -> tuple[Step, ...]:
    return (Step("think", f"try way {which}", "seen"), Step(action="stop"))


class StoreMachine(RuleBasedStateMachine):
    """Everything that a `Store` offers, against `model.Bank`."""

    def __init__(self) -> None:
        super().__init__()
        self.run = Run()
        self.clock = ScriptedClock(step=timedelta(0))
        self.stores = [self.open(self.run.folder / "bank.db"), self.open(self.run.folder / "bank.db")]
        self.model = Bank(self.clock)
        self.jobs: list[Job] = []
        self.exports: list[list[Record]] = []
        self.touched: set[str] = set()
        self.made = 0

    def open(self, path: Path) -> Store:
        """Return a store of the bank at a path, on the machine's clock."""
        raise NotImplementedError

    def trouble(self) -> list[str]:
        """Return what is wrong within the bank that no reading through the store shows; asked for after each step."""
        raise NotImplementedError

    # Records

    @initialize(
        by=process, given=st.lists(given, min_size=3, max_size=5), of=st.lists(number, min_size=2, max_size=3),
        queued=st.booleans(), distilled=st.booleans(), taught=lessons,
    )  # fmt: skip
    def begins(
        self, by: int, given: list[Given], of: list[int], queued: bool, distilled: bool, taught: list[Any]
    ) -> None:
        """Begin with something: each run leaves some rules out, and most need a record."""
        for one in given:
            self.records(by, one)
        self.contrasts(by, of, queued, distilled, taught, best=True, recall=None)

    @rule(by=process, given=given)
    def records(self, by: int, given: Given) -> None:
        """Keep a trajectory; there are few tasks and ways, so the same one is often sent again."""
        verdict = Verdict(given.outcome, given.reason, given.source, "m p" if given.source == "judge" else "")
        task = f"task {given.task}"
        new = Experience(
            self._id("exp"),
            given.namespace,
            task,
            status_of(given.outcome, given.queued, given.distilled),
            self.clock.now,
            (Attempt(Trajectory(task, steps(given.way)), verdict),),
            origin=Origin("me", given.client),
            kind=given.kind,
        )
        embedding = vector(30 * given.angle, given.embedder) if given.embedder else None
        said = (kind_vector(given.kind, given.kind_embedder), given.footprint)
        self._added(by, new, f"{task} {given.way}", embedding, given.lessons, given.recall, said)

    @precondition(lambda self: len(self.model.experiences) > 1)
    @rule(
        by=process, of=st.lists(number, min_size=2, max_size=3), queued=st.booleans(), distilled=st.booleans(),
        taught=lessons, best=st.booleans(), recall=st.none() | number,
    )  # fmt: skip
    def contrasts(
        self, by: int, of: list[int], queued: bool, distilled: bool, taught: list[Any], best: bool, recall: int | None
    ) -> None:
        """Set experiences of one namespace side by side."""
        single = [e for e in self.model.experiences.values() if not e.members]
        where = pick(single, of[0]).namespace
        here = [e.id for e in single if e.namespace == where]
        members = tuple(dict.fromkeys(pick(here, one) for one in of))
        if len(members) < 2:
            return
        new = Experience(
            self._id("exp"), where, "a task to contrast", status_of("success", queued, distilled), self.clock.now,
            (), members, members[-1] if best else "", "it was shorter" if best else "",
        )  # fmt: skip
        self._added(by, new, " ".join(sorted(members)), vector(45, "compass"), taught, recall)

    def _added(
        self,
        by: int,
        new: Experience,
        key: str,
        embedding: Embedding | None,
        taught: list[Any],
        recall: int | None,
        said_besides: tuple[Embedding | None, Footprint | None] = (None, None),
    ) -> None:
        of_kind, touches = said_besides
        twin = self.model.twin(new.namespace, key)
        recall_id = self._recall(new.namespace, recall)
        given = self._lessons(new.namespace, taught)
        kept, said = self._do(
            self.stores[by].add(
                new, key=key, embedding=embedding, kind_embedding=of_kind, footprint=touches, lessons=given,
                recall_id=recall_id,
            )
        )  # fmt: skip
        if twin:
            assert (kept, said) == (self.model.full(twin), []), "what is there already is returned as it is"
            self.touched.add(twin)
            return
        self.model.add(new, key, embedding, of_kind, touches)
        self._credited(recall_id, new.id)
        self.model.learn(new.id, given, said)
        assert kept == self.model.full(new.id)

    # Changes

    @precondition(lambda self: self.model.experiences)
    @rule(by=process, which=number, queued=st.booleans(), distilled=st.booleans(), taught=lessons, best=st.booleans(),
          recall=st.none() | number, kind=kind, kind_embedder=kind_embedder, footprint=footprint)  # fmt: skip
    def hands_in(
        self, by: int, which: int, queued: bool, distilled: bool, taught: list[Any], best: bool, recall: int | None,
        kind: str, kind_embedder: str, footprint: Footprint | None,
    ) -> None:  # fmt: skip
        """Lessons that come later, or none; a recall that was not named before, a kind, what the work touched."""
        id_ = pick(list(self.model.experiences), which)
        members = self.model.experiences[id_].members
        chosen = (members[0], "after all") if best and members else None
        self._amended(
            by, id_, taught, queued=queued, distilled=distilled, best=chosen, recall=recall,
            kind=(kind, kind_vector(kind, kind_embedder)), footprint=footprint,
        )  # fmt: skip

    @precondition(lambda self: self.model.experiences)
    @rule(by=process, which=number, outcome=known, source=source, withdraw=st.booleans(), queued=st.booleans(),
          distilled=st.booleans(), taught=lessons)  # fmt: skip
    def corrects(
        self, by: int, which: int, outcome: Outcome, source: Source, withdraw: bool, queued: bool, distilled: bool,
        taught: list[Any],
    ) -> None:  # fmt: skip
        """Another verdict on the last round, with or without taking back what was taught."""
        contrasted = [member for e in self.model.experiences.values() for member in e.members]
        id_ = pick([*contrasted, *(e.id for e in self.model.experiences.values() if not e.members)], which)
        verdict = Verdict(outcome, "corrected", source)
        why = "it was otherwise" if withdraw else ""
        self._amended(by, id_, taught, queued=queued, distilled=distilled, verdict=verdict, withdraw=why)

    @precondition(lambda self: self.model.experiences)
    @rule(by=process, which=number, way=st.integers(1, 3), outcome=outcome, queued=st.booleans(),
          distilled=st.booleans(), taught=lessons)  # fmt: skip
    def refines(
        self, by: int, which: int, way: int, outcome: Outcome, queued: bool, distilled: bool, taught: list[Any]
    ) -> None:
        """One more round; sometimes it is none, being the same as an earlier one."""
        one = pick([e for e in self.model.experiences.values() if not e.members], which)
        attempt = Attempt(Trajectory(one.task, steps(way)), Verdict(outcome, "the next round", "evidence"))
        self._amended(by, one.id, taught, queued=queued, distilled=distilled, attempt=attempt)

    def _amended(
        self,
        by: int,
        id_: str,
        taught: list[Any],
        *,
        queued: bool,
        distilled: bool,
        attempt: Attempt | None = None,
        verdict: Verdict | None = None,
        withdraw: str = "",
        best: tuple[str, str] | None = None,
        recall: int | None = None,
        job: Job | None = None,
        kind: tuple[str, Embedding | None] = ("", None),
        footprint: Footprint | None = None,
    ) -> None:
        before = self.model.experiences[id_]
        given, recall_id = self._lessons(before.namespace, taught, before.id), self._recall(before.namespace, recall)
        if attempt:
            self.model.refine(id_, attempt)
        if verdict:
            self.model.judge(id_, verdict)
        after = "success" if before.members else outcome_of(self.model.experiences[id_])
        status = status_of(after, queued and not job, distilled)
        said = self._do(
            self.stores[by].amend(
                before, attempt=attempt, verdict=verdict, withdraw=withdraw, lessons=given, status=status, best=best,
                recall_id=recall_id, job=job, kind=kind[0], kind_embedding=kind[1], footprint=footprint,
            )
        )  # fmt: skip
        if withdraw:
            self.model.withdraw(id_, withdraw)
        self.model.stands(id_, status, anew=bool(attempt or verdict))
        self.model.says_kind(id_, *kind)
        self.model.touches(id_, footprint)
        if best:
            chosen, why = best
            self.model.experiences[id_] = replace(self.model.experiences[id_], best=chosen, best_reason=why)
        self.model.settle(id_)
        self._credited(recall_id, id_)
        self.model.learn(id_, given, said)
        self.touched.add(id_)

    @precondition(lambda self: self.model.strategies)
    @rule(by=process, which=number, wording=st.none() | st.integers(0, 4),
          standing=st.sampled_from((None, "active", "held", "retired")))  # fmt: skip
    def revises(self, by: int, which: int, wording: int | None, standing: Any) -> None:
        """A person rewords a strategy, retires it, restores it, holds it."""
        id_ = pick(list(self.model.strategies), which)
        new = None if wording is None else item(f"mend {wording}")
        note = "" if standing == "active" else "looked at"
        kept = self.model.strategies[id_]
        if new:
            kept = replace(kept, item=new, edited=True, approved=True)
            self.model.item_vectors[id_] = {}
        if standing:
            kept = replace(kept, standing=standing, note=note, approved=kept.approved or standing == "active")
        self.model.strategies[id_] = kept
        shown = self._do(self.stores[by].revise(id_, kept.namespace, item=new, standing=standing, note=note))
        self._same(shown)

    # Recalls

    @rule(
        by=process, where=namespace, of=st.lists(number, max_size=3), came=st.none() | number, times=st.integers(1, 2)
    )
    def recalls(self, by: int, where: str, of: list[int], came: int | None, times: int) -> None:
        """What was answered is kept; sometimes it is known at once what came of the task that asked once or twice."""
        there = [s for s in self.model.strategies.values() if s.namespace in {where, "shared"}]
        found = {s.id: s for s in (pick(there, one) for one in of if there)}
        recalled = tuple(Recalled(s, behind(s)[0], 0.75) for s in found.values())
        for _ in range(times):
            recall = Recall(self._id("rec"), where, recalled, 0.75, 0.25)
            self._do(self.stores[by].keep_recall(recall))
            self.model.recalls[recall.id] = Asked(where, list(found))
            here = [e for e in self.model.experiences.values() if e.namespace == where]
            if here and came is not None:
                one = pick(here, came)
                self._do(self.stores[by].amend(one, status=one.status, recall_id=recall.id))
                self.model.stands(one.id, one.status)  # of a contrast: for its members too
                self._credited(recall.id, one.id)

    # Forgetting

    @rule(by=process, which=number, learned=st.booleans())
    def forgets(self, by: int, which: int, learned: bool) -> None:
        """Forget one strategy, or one experience: often one that others have confirmed."""
        confirmed = [behind(s)[0] for s in self.model.strategies.values() if len(behind(s)) > 1]
        there = list(self.model.strategies) if learned else [*confirmed, *confirmed, *self.model.experiences]
        if there and learned:
            id_ = pick(there, which)
            assert self._do(self.stores[by].forget(strategy_id=id_)) == self.model.erase([id_], [])
        elif there:
            id_ = pick(there, which)
            assert self._do(self.stores[by].forget(experience_id=id_)) == self.model.erase([], [id_])

    @precondition(lambda self: len(self.model.experiences) > 3)
    @rule(by=process, where=st.none() | namespace, client=st.sampled_from(("", "alpha", "beta")),
          seconds=st.none() | st.integers(0, 120))  # fmt: skip
    def forgets_a_source(self, by: int, where: str | None, client: str, seconds: int | None) -> None:
        since = None if seconds is None else self.clock.now - timedelta(seconds=seconds)
        gone = self._do(self.stores[by].forget(namespace=where or "", since=since, client=client))
        doomed = [
            id_
            for id_, e in self.model.experiences.items()
            if (where or client or since)
            and where in {None, e.namespace}
            and client in {"", e.origin.client}
            and (since is None or e.created_at >= since)
        ]
        whole = bool(where) and not client and since is None
        expected = self.model.erase(
            [s.id for s in self.model.strategies.values() if whole and s.namespace == where], doomed
        )
        if whole:
            asked = [id_ for id_, recall in self.model.recalls.items() if recall.namespace == where]
            for id_ in asked:
                del self.model.recalls[id_]
            expected["recalls"] = len(asked)
        assert gone == expected

    # The queue

    @rule(by=process, lease=st.sampled_from((30, 60)))
    def claims(self, by: int, lease: int) -> None:
        """A worker takes up what is due longest."""
        job = self._do(self.stores[by].claim(lease))
        due = self.model.due()
        assert (job is None) == (not due)
        if job is None:
            return
        work = self.model.jobs[job.experience.id]
        assert job.experience == self.model.full(job.experience.id)
        assert (job.tries, job.waits) == (work.tries, work.waits)
        assert work.next_at == min(since for since, _ in due)
        assert job.experience.id in {id_ for _, id_ in due}
        work.state, work.token, work.lease_until = "leased", job.token, self.clock.now.timestamp() + lease
        self.jobs.append(job)

    @rule(
        by=process,
        which=number,
        late=st.sampled_from((False, False, True)),
        how=st.sampled_from(("answer", "answer", "put off", "failed", "release", "give up")),
        outcome=known,
        distilled=st.booleans(),
        taught=lessons,
    )
    def comes_back(
        self, by: int, which: int, late: bool, how: str, outcome: Outcome, distilled: bool, taught: list[Any]
    ) -> None:
        """A worker comes back, in time or when another has its job; who is late changes nothing."""
        self.claims(by, 60)
        if late:
            self.clock.now += timedelta(seconds=61)
            self.claims(1 - by, 60)
        if not self.jobs:
            return
        job = pick(self.jobs[::-1], which)
        id_ = job.experience.id
        store = self.stores[by]
        if not self.model.holds(job) or self.model.lapsed(job):
            too_late = {
                "answer": lambda: store.amend(job.experience, lessons=[Lesson(item("y"))], status="distilled", job=job),
                "put off": lambda: store.put_off(job, 10, "late", failed=False),
                "failed": lambda: store.put_off(job, 10, "late", failed=True),
                "release": lambda: store.release(job),
                "give up": lambda: store.give_up(job.experience, "late", job=job),
            }[how]
            # Of what was forgotten meanwhile the id is not known any more.
            with pytest.raises(LostLease if id_ in self.model.experiences else NotFound):
                self._do(too_late())
            return
        work = self.model.jobs[id_]
        if how == "answer":
            verdict = None if job.experience.members else Verdict(outcome, "judged", "judge", "m p")
            self._amended(by, id_, taught, queued=False, distilled=distilled, verdict=verdict, job=job)
        elif how == "release":
            self._do(store.release(job))
            work.state = "ready"
        elif how == "give up":
            self._do(store.give_up(job.experience, "the model declined", job=job))
            self.model.give_up(id_, "dead", "the model declined")
        else:
            self._do(store.put_off(job, 20, "overloaded", failed=how == "failed"))
            work.state, work.reason, work.next_at = "ready", "overloaded", self.clock.now.timestamp() + 20
            work.tries, work.waits = work.tries + (how == "failed"), work.waits + (how != "failed")
        self.touched.add(id_)

    @precondition(lambda self: self.model.experiences)
    @rule(by=process, which=number)
    def asks_the_client(self, by: int, which: int) -> None:
        """The client's own model is asked instead."""
        waiting = [e for e in self.model.experiences.values() if e.status != "distilled"]
        if waiting:
            one = pick(waiting, which)
            self._do(self.stores[by].give_up(one, "the client's model was asked", asked=True))
            self.model.give_up(one.id, "asked", "the client's model was asked")
            self.touched.add(one.id)

    @rule(by=process, where=st.none() | namespace, dead=st.booleans())
    def enqueues(self, by: int, where: str | None, dead: bool) -> None:
        assert self._do(self.stores[by].enqueue(where, dead=dead)) == self.model.enqueue(where, dead=dead)

    @rule(seconds=st.sampled_from((1, 25, 61, 7_200)))
    def time_passes(self, seconds: int) -> None:
        self.clock.now += timedelta(seconds=seconds)

    # The bank as a whole

    @rule(by=process, load=st.booleans())
    def moves(self, by: int, load: bool) -> None:
        """Everything is exported, and sometimes taken in by another bank: that one is equal, however often."""
        exported = self._exported(self.stores[by])
        self.exports.append(exported)
        if not load:
            return
        self.made += 1
        other = self.open(self.run.folder / f"other{self.made}.db")
        for again in (False, True):
            counts = self._do(other.load(exported))
            assert (counts["already there"] == 0) is not (again and len(exported) > 1)
            assert sum(counts.values()) == len(exported) - 1
            assert self._exported(other) == exported
        for strategy in self._do(other.strategies(None, limit=EVERYTHING)):
            self._same(strategy)
        assert self._found(other, SPACES) == self.model.searchable(SPACES)
        assert {w.experience_id for w in self._do(other.waiting())} == {
            id_ for id_, e in self.model.experiences.items() if e.status == "queued"
        }
        assert [what for what, _, well in self._do(other.verify()) if not well] == []
        self._do(other.close())

    @precondition(lambda self: self.exports)
    @rule(by=process, which=number)
    def an_old_export_comes_back(self, by: int, which: int) -> None:
        """What was forgotten since is there again; what was recorded anew since stands in for its twin."""
        records = pick(self.exports[::-1], which)
        assert self._do(self.stores[by].load(records)) == self.model.load(records)

    @rule(by=process, embedder=st.sampled_from(("compass", "compass-2", "other")), stop=st.booleans())
    def moves_to_an_embedder(self, by: int, embedder: str, stop: bool) -> None:
        """Another embedder, sometimes left half-way: then the next wish takes it up, or drops it."""
        self._do(self.stores[by].move(embedder))
        self.model.move(embedder)
        of_kinds = self._do(self.stores[by].kind_vectors(embedder))
        has = self.model.kind_vectors
        assert of_kinds == [
            (id_, e.kind) for id_, e in self.model.experiences.items() if e.kind and embedder not in has[id_]
        ]
        given = [(id_, vector(10 * len(kind), embedder)) for id_, kind in of_kinds]
        for id_, embedding in given:
            has[id_][embedder] = list(embedding.values)
        assert self._do(self.stores[by].kind_vectors(embedder, given)) == []
        todo = self._do(self.stores[by].reindex(embedder, 2))
        lacking = [id_ for id_ in self.model.experiences if embedder not in self.model.vectors[id_]]
        assert [id_ for id_, _ in todo] == lacking
        if todo and stop:
            todo = todo[1:]
        batch = [(id_, vector(10 * len(task), embedder)) for id_, task in todo]
        for id_, embedding in batch:
            self.model.vectors[id_][embedder] = list(embedding.values)
        left = self._do(self.stores[by].reindex(embedder, 2, batch)) if batch or not lacking else lacking[:1]
        assert bool(left) == any(embedder not in vectors for vectors in self.model.vectors.values())
        if self.model.bound != embedder and (not left or (batch and not self.model.bound)):
            self.model.switch(embedder)

    @rule(by=process, embedder=st.sampled_from(("compass-2", "other")))
    def stays_with_its_embedder(self, by: int, embedder: str) -> None:
        """The wish is dropped; what comes late of the work on it changes nothing."""
        self._do(self.stores[by].move(""))
        self.model.move("")
        if embedder != self.model.bound and self.model.bound:
            late = [(id_, vector(5, embedder)) for id_ in self.model.experiences]
            assert self._do(self.stores[by].reindex(embedder, 2, late)) == []
            assert self._do(self.stores[by].kind_vectors(embedder, late)) == []
            assert self._do(self.stores[by].item_vectors(None, embedder, [])) == []

    @rule(by=process, footprint=st.builds(touched, st.integers(0, 2), st.integers(0, 2)))
    def traces(self, by: int, footprint: Footprint) -> None:
        """Of experiences of which nobody has said what they touched, the newest is told about."""
        pending = self._do(self.stores[by].footprints(limit=EVERYTHING))
        assert pending == [id_ for id_ in self.model.experiences if id_ not in self.model.footprints][::-1]
        if pending:
            self.model.touches(pending[0], footprint)
            assert self._do(self.stores[by].footprints([(pending[0], footprint)], EVERYTHING)) == pending[1:]

    @rule(by=process)
    def closes(self, by: int) -> None:
        """A store that is closed opens again."""
        self._do(self.stores[by].close())

    @rule(by=process, which=number)
    def asks_for_what_is_not_there(self, by: int, which: int) -> None:
        """Unknown ids, and those of another namespace, are not found, and nothing is changed."""
        store = self.stores[by]
        nowhere = Experience("exp_0", "default", "task", "queued", self.clock.now)
        lessons = [Lesson(item("y"))]
        asked: list[Callable[[], Any]] = [
            lambda: store.experience("exp_0", None),
            lambda: store.amend(nowhere, status="distilled", lessons=lessons),
            lambda: store.revise("str_0", None, standing="retired"),
            lambda: store.forget(strategy_id="str_0"),
            lambda: store.forget(experience_id="exp_0"),
        ]
        if self.model.experiences:
            one = pick(list(self.model.experiences.values()), which)
            elsewhere = pick([space for space in SPACES if space != one.namespace], which)
            others = [id_ for id_, recall in self.model.recalls.items() if recall.namespace != one.namespace]
            recall = pick(["rec_0", *others], which)
            asked += [
                lambda: store.experience(one.id, elsewhere),
                lambda: store.amend(replace(one, namespace=elsewhere), status="distilled", lessons=lessons),
                lambda: store.amend(one, status="distilled", lessons=lessons, recall_id="rec_0"),
                lambda: store.amend(one, status="distilled", lessons=lessons, recall_id=recall),
            ]
        for ask in asked:
            with pytest.raises(NotFound):
                self._do(ask())

    # What always holds

    @invariant()
    def the_bank_is_what_the_model_says(self) -> None:
        """Everything that was kept is there, once, as it was given; nothing else is."""
        store, model = self.stores[self.made % 2], self.model
        page = self._do(store.experiences(None, limit=EVERYTHING))
        assert [e.id for e in page] == list(model.experiences)[::-1]
        for shown in page:
            full = model.full(shown.id)
            assert replace(shown, attempts=()) == replace(full, attempts=())
            assert [a.verdict for a in shown.attempts] == [a.verdict for a in full.attempts]
        for id_ in self.touched & set(model.experiences):
            full = model.full(id_)
            assert self._do(store.experience(id_, full.namespace)) == full
            assert outcome_of(full) == model.outcomes[id_]
        self.touched = set()
        strategies = self._do(store.strategies(None, limit=EVERYTHING))
        assert [s.id for s in strategies] == list(model.strategies)[::-1]
        for strategy in strategies:
            self._same(strategy)

    @invariant()
    def what_rests_on_an_active_strategy_is_found_and_nothing_else(self) -> None:
        """By text and by vector; in turns, as half of the time goes into looking."""
        self.made += 1
        store, where = self.stores[self.made % 2], pick((SPACES, ("default", "shared"), ("web",)), self.made)
        searchable = self.model.searchable(where)
        if self.model.bound and self.made % 4 < 2:  # either turn is taken by either process
            task, kind = vector(20, self.model.bound), vector(100, self.model.bound)
            pool = self._do(store.search(where, Probe(frozenset(), task=task, kind=kind), EVERYTHING))
            assert pool.space == self.model.bound
            assert {c.experience_id for c in pool.candidates} == self.model.near(where)
            for candidate in pool.candidates:
                self._near(candidate, task, kind)
            return
        assert self._found(store, where) == searchable
        by_terms = self._do(store.search(where, Probe(frozenset(), frozenset({"word1", "word2"})), EVERYTHING))
        assert {c.experience_id for c in by_terms.candidates if c.touched > 0} == {
            id_ for id_ in searchable if self.model.footprints.get(id_, Footprint()).terms[:5] in {"word1", "word2"}
        }
        heads = ("error1", "error")
        assert self._do(store.remedies(where, heads)) == self.model.remedies(where, heads)
        here = pick(SPACES, self.made)
        alike = {s.id for s in self._do(store.similar(here, words("task"), EVERYTHING))}
        living = [s for s in self.model.strategies.values() if s.namespace == here and s.standing != "retired"]
        assert alike == {s.id for s in living}

    @invariant()
    def statuses_and_jobs_agree(self) -> None:
        jobs = {w.experience_id: w for w in self._do(self.stores[self.made % 2].waiting())}
        assert {id_: (w.state, w.tries, w.reason) for id_, w in jobs.items()} == {
            id_: (w.state, w.tries, w.reason) for id_, w in self.model.jobs.items()
        }
        at_work = {id_ for id_, w in jobs.items() if w.state in {"ready", "leased"}}
        assert at_work == {id_ for id_, e in self.model.experiences.items() if e.status == "queued"}

    @invariant()
    def the_bank_is_sound(self) -> None:
        assert self.trouble() == []

    def teardown(self) -> None:
        try:
            for store in self.stores:
                self.touched = set(self.model.experiences)
                self.the_bank_is_what_the_model_says()
                self.made += 1
                assert [finding for finding in self._do(store.verify()) if not finding[2]] == []
                summary = self._do(store.summary(None))
                assert summary.experiences == Counter(e.status for e in self.model.experiences.values())
                assert summary.strategies == Counter(s.standing for s in self.model.strategies.values())
                assert summary.recalls == len(self.model.recalls)
                self._do(store.close())
        finally:
            self.run.end()

    # Within

    def _same(self, strategy: Strategy) -> None:
        """Compare a strategy with the model's: words, standing, what stands behind it, what came of its recalls."""
        kept = self.model.strategies[strategy.id]
        expected = tuple(self.model.lineage(one) for one in kept.evidence)
        assert replace(strategy, evidence=(), trials=()) == replace(kept, evidence=())
        assert [self._lineage(one) for one in strategy.evidence] == [self._lineage(one) for one in expected]
        assert all(self.model.experiences[id_].namespace == strategy.namespace for id_ in behind(strategy))
        credit = self.model.credit(strategy.id)
        trials = Counter[tuple[Origin, str]]()
        for trial in strategy.trials:
            trials[trial.origin, trial.outcome] += trial.count
        assert trials == credit
        good = sum(count for (_, ended), count in credit.items() if ended == "success")
        assert (strategy.uses, strategy.successes) == (credit.total(), good)

    def _near(self, found: Candidate, task: Embedding, kind: Embedding) -> None:
        """Compare how near each side of a candidate is with what the model's vectors say."""
        id_, bound = found.experience_id, self.model.bound
        lessons = self.model.lessons(id_)
        expected = [
            cosine(self.model.vectors[id_].get(bound), task),
            cosine(self.model.kind_vectors[id_].get(bound), kind),
            cosine(self.model.vectors[id_].get(bound), kind),
            cosine(self.model.kind_vectors[id_].get(bound), task),
            *(max((cosine(one, asked) or 0.0 for one in lessons), default=None) for asked in (task, kind)),
        ]
        shown = [found.cosine, found.kind, found.kind_task, found.task_kind, found.lesson, found.kind_lesson]
        assert [one is None for one in shown] == [one is None for one in expected]
        assert [one or 0.0 for one in shown] == pytest.approx([one or 0.0 for one in expected], abs=1e-5)

    def _lineage(self, evidence: Evidence) -> Evidence:
        members = self.model.experiences[evidence.experience_id].members
        return evidence if not members else replace(evidence, judge="")  # of equally weak ones any

    def _found(self, store: Store, where: tuple[str, ...]) -> set[str]:
        return {c.experience_id for c in self._do(store.search(where, Probe(words("task")), EVERYTHING)).candidates}

    def _exported(self, store: Store) -> list[Record]:
        records: list[Record] = []
        self._do(store.export(records.append))
        return records

    def _lessons(self, where: str, taught: list[tuple[int, bool, int]], experience_id: str = "") -> list[Lesson]:
        """Return lessons; what each is said to confirm may be retired, held or of another namespace by now.

        Left out are those in which an experience would confirm in other words what it stands behind already: such a
        wording is kept as a twin, which the tests of merging look at.
        """
        here = [id_ for id_, s in self.model.strategies.items() if s.namespace == where]
        there = [*here, *here, *self.model.strategies, "", ""]
        words_of = {
            s.id: e.item for s in self.model.strategies.values() for e in s.evidence if e.experience_id == experience_id
        }
        found: list[Lesson] = []
        for wording, held, into in taught:
            lesson = Lesson(
                item(f"mend {wording}"), "held" if held else "active", "why" if held else "", pick(there, into),
                embedding=vector(25 * wording, "compass") if wording % 2 else None,
            )  # fmt: skip
            living = [self.model.strategies[id_] for id_ in here if self.model.strategies[id_].standing != "retired"]
            joined = [s.id for s in living if s.item == lesson.item or s.id == lesson.into]
            if all(words_of.get(id_, lesson.item) == lesson.item for id_ in joined):
                words_of |= dict.fromkeys(joined, lesson.item)
                found.append(lesson)
        return found

    def _recall(self, where: str, number: int | None) -> str:
        there = [id_ for id_, recall in self.model.recalls.items() if recall.namespace == where]
        return pick(there, number) if there and number is not None else ""

    def _credited(self, recall_id: str, experience_id: str) -> None:
        if recall_id:
            self.model.recalls[recall_id].experience = experience_id

    def _id(self, kind: str) -> str:
        self.made += 1
        return f"{kind}_{self.made:x}"

    def _do(self, doing: Any) -> Any:
        return self.run.wait(doing)
