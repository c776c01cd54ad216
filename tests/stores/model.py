"""What a bank holds, in plain Python and without an index: what any store has to agree with after every step.

It is written from what `protocols.py` and `types.py` promise. What a store may choose (ids, which of two equal
wordings a lesson joins) is taken from its answer and checked for being allowed.
"""

from __future__ import annotations

import base64
from array import array
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rb_mcp.types import (
    Attempt,
    Evidence,
    Experience,
    Footprint,
    MemoryItem,
    Origin,
    Step,
    Strategy,
    Trajectory,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from rb_mcp.archive import ExperienceRecord, RecallRecord, Record, StrategyRecord
    from rb_mcp.providers.scripted import ScriptedClock
    from rb_mcp.types import Embedding, Kept, Lesson, Outcome, Remedy, Status
    from rb_mcp.work import Job

CORRECTED = "the outcome of one of the attempts it contrasts was corrected"
_STRENGTH = ("agent", "judge", "evidence")


@dataclass
class Work:
    """A job."""

    state: str
    next_at: float
    tries: int = 0
    waits: int = 0
    lease_until: float = 0.0
    reason: str = ""
    token: int = 0


@dataclass
class Asked:
    """A recall."""

    namespace: str
    strategies: list[str]
    experience: str = ""


@dataclass
class Bank:
    """Experiences, strategies, recalls and jobs, each in the order in which they came to be kept."""

    clock: ScriptedClock
    experiences: dict[str, Experience] = field(default_factory=dict[str, Experience])
    """Of a contrast without attempts: those are its members'."""
    keys: dict[str, str] = field(default_factory=dict[str, str])
    outcomes: dict[str, str] = field(default_factory=dict[str, str])
    vectors: dict[str, dict[str, list[float]]] = field(default_factory=dict[str, dict[str, list[float]]])
    kind_vectors: dict[str, dict[str, list[float]]] = field(default_factory=dict[str, dict[str, list[float]]])
    item_vectors: dict[str, dict[str, list[float]]] = field(default_factory=dict[str, dict[str, list[float]]])
    """Of strategies."""
    footprints: dict[str, Footprint] = field(default_factory=dict[str, Footprint])
    """Of experiences of which one is known, the one that was told last at the end."""
    strategies: dict[str, Strategy] = field(default_factory=dict[str, Strategy])
    """The evidence says by which import it came only where it did not come with its experience."""
    recalls: dict[str, Asked] = field(default_factory=dict[str, Asked])
    jobs: dict[str, Work] = field(default_factory=dict[str, Work])
    bound: str = ""
    """The embedder."""
    target: str = ""
    """The one to move to."""

    # What is read

    def full(self, id_: str) -> Experience:
        """Return an experience as it is shown in full."""
        kept = self.experiences[id_]
        if not kept.members:
            return kept
        return replace(kept, attempts=tuple(self.experiences[member].attempts[-1] for member in kept.members))

    def twin(self, namespace: str, key: str) -> str | None:
        """Return who has this key already."""
        return next(
            (id_ for id_, e in self.experiences.items() if e.namespace == namespace and self.keys[id_] == key), None
        )

    def contrasts(self, id_: str) -> list[str]:
        """Return the contrasts that an experience takes part in."""
        return [other for other, e in self.experiences.items() if id_ in e.members]

    def taught(self, id_: str) -> list[Strategy]:
        """Return what rests on an experience."""
        return [s for s in self.strategies.values() if id_ in behind(s)]

    def searchable(self, namespaces: Collection[str]) -> set[str]:
        """Return what can be recalled: the experiences that an active strategy rests on."""
        active = {id_ for s in self.strategies.values() if s.standing == "active" for id_ in behind(s)}
        return {id_ for id_ in active if self.experiences[id_].namespace in namespaces}

    def near(self, namespaces: Collection[str]) -> set[str]:
        """Return what a search by vectors finds: by task or kind, or behind a strategy as one of the last three."""
        there = self.searchable(namespaces)
        found = {id_ for id_ in there if self.bound in self.vectors[id_] or self.bound in self.kind_vectors[id_]}
        order = list(self.experiences)
        for strategy in self.strategies.values():
            if strategy.standing == "active" and self.bound in self.item_vectors[strategy.id]:
                found.update(sorted(behind(strategy), key=order.index)[-3:])
        return found & there

    def lessons(self, id_: str) -> list[list[float]]:
        """Return the vectors of the active strategies that rest on an experience."""
        taught = [self.item_vectors[s.id].get(self.bound) for s in self.taught(id_) if s.standing == "active"]
        return [values for values in taught if values]

    def remedies(self, namespaces: Collection[str], heads: Collection[str]) -> list[tuple[Remedy, str, Origin]]:
        """Return the remedies of errors whose signatures have these heads, the newest first."""
        return [
            (remedy, id_, self.experiences[id_].origin)
            for id_, footprint in reversed(self.footprints.items())
            for remedy in reversed(footprint.remedies)
            if self.experiences[id_].namespace in namespaces and remedy.key.split()[0] in heads
        ]

    def credit(self, strategy_id: str) -> Counter[tuple[Origin, str]]:
        """Return how the tasks ended that recalled a strategy, each counted once."""
        tasks = {r.experience for r in self.recalls.values() if strategy_id in r.strategies and r.experience}
        known = [id_ for id_ in tasks if self.outcomes[id_] != "unknown"]
        return Counter((self.experiences[id_].origin, self.outcomes[id_]) for id_ in known)

    def lineage(self, evidence: Evidence) -> Evidence:
        """Return evidence with where it comes from and what verdict it rests on."""
        kept = self.experiences[evidence.experience_id]
        origin = replace(kept.origin, imported=evidence.origin.imported or kept.origin.imported)
        verdicts = [one.verdict for one in self.full(kept.id).attempts]
        weakest = min(verdicts, key=lambda v: _STRENGTH.index(v.source)) if kept.members else verdicts[-1]
        return replace(evidence, origin=origin, source=weakest.source, judge=weakest.judge)

    # What is written

    def move(self, embedder: str) -> None:
        """Wish for another embedder; what was made for the wish before it is gone."""
        if self.target not in ("", self.bound, embedder):
            for has in self._all_vectors():
                has.pop(self.target, None)
        self.target = "" if embedder == self.bound else embedder

    def switch(self, embedder: str) -> None:
        """Bind the bank to another embedder; the vectors of every other are gone."""
        self.bound, self.target = embedder, ""
        for has in self._all_vectors():
            for name in [name for name in has if name != embedder]:
                del has[name]

    def _all_vectors(self) -> list[dict[str, list[float]]]:
        return [*self.vectors.values(), *self.kind_vectors.values(), *self.item_vectors.values()]

    def add(
        self,
        new: Experience,
        key: str,
        embedding: Embedding | None,
        kind_embedding: Embedding | None,
        footprint: Footprint | None,
    ) -> None:
        """Keep a new experience, without what it taught."""
        self.experiences[new.id], self.keys[new.id], self.vectors[new.id] = new, key, {}
        self.kind_vectors[new.id] = {}
        self.says_kind(new.id, new.kind, kind_embedding)
        self.touches(new.id, footprint)
        self.outcomes[new.id] = "unknown"
        if embedding:
            self.bound = self.bound or embedding.embedder
            self.vectors[new.id][embedding.embedder] = list(embedding.values)
        self.stands(new.id, new.status)
        self.settle(new.id)

    def says_kind(self, id_: str, kind: str, embedding: Embedding | None) -> None:
        """Keep a kind, if one is said; another one's vectors go."""
        if kind and kind != self.experiences[id_].kind:
            self.experiences[id_] = replace(self.experiences[id_], kind=kind)
            self.kind_vectors[id_] = {}
        if kind and embedding:
            self.kind_vectors[id_][embedding.embedder] = list(embedding.values)

    def touches(self, id_: str, footprint: Footprint | None) -> None:
        """Keep what an experience touched, if it is said, in place of what was kept of it."""
        if footprint:
            self.footprints.pop(id_, None)
            self.footprints[id_] = footprint

    def refine(self, id_: str, attempt: Attempt) -> None:
        """Add a round; the same steps are the same round."""
        kept = self.experiences[id_]
        if all(attempt.trajectory.steps != one.trajectory.steps for one in kept.attempts):
            self.experiences[id_] = replace(kept, attempts=(*kept.attempts, attempt))

    def judge(self, id_: str, verdict: Verdict) -> None:
        """Judge the last round anew."""
        kept = self.experiences[id_]
        last = replace(kept.attempts[-1], verdict=verdict)
        self.experiences[id_] = replace(kept, attempts=(*kept.attempts[:-1], last))

    def stands(self, id_: str, status: Status, *, anew: bool = False) -> None:
        """Set a status: `queued` makes a job, any other ends it; a distilled contrast speaks for its members."""
        settled = [id_]
        if status == "distilled":
            members = self.experiences[id_].members
            settled += [m for m in members if self.experiences[m].status in {"awaiting_distillation", "queued"}]
        for one in settled:
            changed = self.experiences[one].status != status
            self.experiences[one] = replace(self.experiences[one], status=status)
            if status != "queued":
                if changed or anew:  # why it was given up stays known until something changes
                    self.jobs.pop(one, None)
            elif changed or anew or one not in self.jobs:
                self.jobs[one] = Work("ready", self.clock.now.timestamp())

    def settle(self, id_: str) -> None:
        """Derive an outcome; what contrasted it under another is taken back."""
        outcome = outcome_of(self.full(id_))
        if outcome == self.outcomes[id_]:
            return
        self.outcomes[id_] = outcome
        for contrast in self.contrasts(id_):
            self.settle(contrast)
            self.withdraw(contrast, CORRECTED)
            kept = self.experiences[contrast]
            if kept.status == "distilled":
                self.experiences[contrast] = replace(kept, status="awaiting_distillation", best="", best_reason="")

    def withdraw(self, id_: str, reason: str) -> None:
        """Retire what rests on an experience alone; of the rest withdraw its support."""
        for one in self.taught(id_):
            if behind(one) != [id_]:
                self.bereave(one.id, [id_])
            elif one.standing != "retired":
                self.strategies[one.id] = replace(one, standing="retired", note=reason)

    def bereave(self, strategy_id: str, experiences: Collection[str]) -> None:
        """Take experiences away from behind a strategy: who is first now lends it an outcome, and words it."""
        kept = self.strategies[strategy_id]
        left = tuple(one for one in kept.evidence if one.experience_id not in experiences)
        kept = replace(kept, evidence=left) if left[0] == kept.evidence[0] else self._passed(kept, left)
        self.strategies[strategy_id] = kept

    def _passed(self, kept: Strategy, left: tuple[Evidence, ...]) -> Strategy:
        outcome: Outcome = self.outcomes[left[0].experience_id]  # pyright: ignore[reportAssignmentType]
        if not kept.edited:
            self.item_vectors[kept.id] = {}
        return replace(kept, evidence=left, outcome=outcome, item=kept.item if kept.edited else left[0].item)

    def learn(self, id_: str, lessons: Sequence[Lesson], kept: Sequence[Kept]) -> None:
        """Keep lessons as a store said it did, where it was free to."""
        namespace = self.experiences[id_].namespace
        outcome: Outcome = self.outcomes[id_]  # pyright: ignore[reportAssignmentType]
        assert len(kept) == len(lessons)
        for lesson, said in zip(lessons, kept, strict=True):
            living = [s for s in self.strategies.values() if s.namespace == namespace and s.standing != "retired"]
            let_in = lesson.standing == "active"
            confirmed = [s for s in living if s.id == lesson.into and s.standing == "active" and let_in]
            joined = confirmed or [s for s in living if s.item == lesson.item]
            if joined:
                assert said.id in {s.id for s in joined}
                strategy = self.strategies[said.id]
                if strategy.standing == "held" and let_in:
                    strategy = replace(strategy, standing="active", note="", outcome=outcome)
            else:
                assert said.id not in self.strategies
                now = self.clock.now
                strategy = Strategy(said.id, namespace, lesson.item, outcome, now, lesson.standing, lesson.note)
                embedding = lesson.embedding
                self.item_vectors[said.id] = {embedding.embedder: list(embedding.values)} if embedding else {}
            expected = "held" if not let_in else "merged" if joined else "added"
            assert (said.action, said.title, said.note) == (expected, strategy.item.title, lesson.note)
            if id_ not in behind(strategy):
                evidence = Evidence(id_, lesson.item, distiller=lesson.distiller)
                strategy = replace(strategy, evidence=(*strategy.evidence, evidence))
            self.strategies[said.id] = strategy

    def erase(self, strategies: Iterable[str], experiences: Collection[str]) -> dict[str, int]:
        """Forget, and return how many of each kind are gone."""
        doomed = set(strategies)
        gone = set(experiences) | {one for id_ in experiences for one in self.contrasts(id_)}
        for strategy in list(self.strategies.values()):
            if strategy.id not in doomed and gone & set(behind(strategy)):
                if set(behind(strategy)) <= gone:
                    doomed.add(strategy.id)
                else:
                    self.bereave(strategy.id, gone)
        for id_ in doomed:
            del self.strategies[id_], self.item_vectors[id_]
        for id_ in gone:
            for kept in (self.experiences, self.keys, self.outcomes, self.vectors, self.kind_vectors):
                del kept[id_]
            self.footprints.pop(id_, None)
            self.jobs.pop(id_, None)
        for recall in self.recalls.values():
            recall.strategies = [id_ for id_ in recall.strategies if id_ not in doomed]
            recall.experience = "" if recall.experience in gone else recall.experience
        return {"strategies": len(doomed), "experiences": len(gone)}

    # The queue

    def due(self) -> list[tuple[float, str]]:
        """Return what can be taken up, with since when it could."""
        now = self.clock.now.timestamp()
        return [
            (work.next_at, id_)
            for id_, work in self.jobs.items()
            if (work.state == "ready" and work.next_at <= now) or (work.state == "leased" and work.lease_until <= now)
        ]

    def holds(self, job: Job) -> bool:
        """Tell whether nobody else has taken up or ended this job."""
        work = self.jobs.get(job.experience.id)
        return work is not None and work.state == "leased" and work.token == job.token

    def lapsed(self, job: Job) -> bool:
        """Tell whether the lease is over, although nobody has taken the job up since."""
        return self.holds(job) and self.jobs[job.experience.id].lease_until <= self.clock.now.timestamp()

    def give_up(self, id_: str, state: str, reason: str) -> None:
        """End the work of models."""
        work = self.jobs.setdefault(id_, Work(state, 0.0, tries=-1))
        work.state, work.reason, work.tries = state, reason, work.tries + 1
        kept = self.experiences[id_]
        if kept.status == "queued":
            unknown = self.outcomes[id_] == "unknown" and not kept.members
            self.experiences[id_] = replace(kept, status="recorded" if unknown else "awaiting_distillation")

    def enqueue(self, namespace: str | None, *, dead: bool) -> int:
        """Make jobs of what waits for lessons, or for a judgement; a contrast speaks for its members."""
        members = {member for e in self.experiences.values() for member in e.members}
        todo: list[str] = []
        for id_, kept in self.experiences.items():
            waits = kept.status == "awaiting_distillation"
            unjudged = kept.status == "recorded" and kept.attempts[-1].verdict.source != "judge"
            free = id_ not in self.jobs or (dead and self.jobs[id_].state in {"dead", "asked"})
            if namespace in {None, kept.namespace} and free and id_ not in members and (waits or unjudged):
                todo.append(id_)
        for id_ in todo:
            self.stands(id_, "queued", anew=True)
        return len(todo)

    # An import

    def load(self, records: Iterable[Record]) -> dict[str, int]:
        """Take in what is not there yet; an experience that is here under another id stands in for its twin."""
        here: dict[str, str] = {}
        counts = {"experiences": 0, "strategies": 0, "recalls": 0, "already there": 0}
        for record in records:
            match record["record"]:
                case "experience":
                    kind, new = "experiences", self._load_experience(record, here)
                case "strategy":
                    kind, new = "strategies", self._load_strategy(record, here)
                case "recall":
                    kind, new = "recalls", self._load_recall(record, here)
                case _:
                    continue
            counts[kind if new else "already there"] += 1
        return counts

    def _load_experience(self, record: ExperienceRecord, here: dict[str, str]) -> bool:
        id_ = record["id"]
        same = id_ if id_ in self.experiences else self.twin(record["namespace"], record["key"])
        here[id_] = same or id_
        if same:
            return False
        attempts = tuple(
            Attempt(
                Trajectory(record["task"], tuple(Step(**step) for step in one["steps"])),
                Verdict(one["outcome"], one["reason"], one["source"], one["judge"]),
            )
            for one in record["attempts"]
        )
        self.experiences[id_] = Experience(
            id_,
            record["namespace"],
            record["task"],
            record["status"],
            datetime.fromisoformat(record["created_at"]),
            attempts,
            tuple(here[member] for member in record["members"]),
            here.get(record["best"], record["best"]),
            record["best_reason"],
            Origin(record.get("person", ""), record.get("client", ""), record.get("imported", "")),
            record.get("kind", ""),
        )
        self.kind_vectors[id_] = {}
        self.keys[id_] = record["key"]
        self.outcomes[id_] = outcome_of(self.full(id_))
        self.vectors[id_] = {v["embedder"]: _floats(v["vector"]) for v in record["vectors"]}
        if record["vectors"]:
            self.bound = self.bound or record["vectors"][0]["embedder"]
        if record["status"] == "queued":
            self.jobs[id_] = Work("ready", self.clock.now.timestamp())
        return True

    def _load_strategy(self, record: StrategyRecord, here: dict[str, str]) -> bool:
        if record["id"] in self.strategies:
            return False
        self.item_vectors[record["id"]] = {}
        self.strategies[record["id"]] = Strategy(
            record["id"],
            record["namespace"],
            _item(record),
            record["outcome"],
            datetime.fromisoformat(record["created_at"]),
            record["standing"],
            record["note"],
            record["edited"],
            record.get("approved", False),
            tuple(
                Evidence(
                    here[one["experience"]],
                    _item(one),
                    Origin(imported=one.get("imported", "")),
                    distiller=one.get("distiller", ""),
                )
                for one in record["evidence"]
            ),
        )
        return True

    def _load_recall(self, record: RecallRecord, here: dict[str, str]) -> bool:
        if record["id"] in self.recalls:
            return False
        found = [one["strategy"] for one in record["strategies"]]
        came = record["experience"]
        self.recalls[record["id"]] = Asked(record["namespace"], found, here[came] if came else "")
        return True


def behind(strategy: Strategy) -> list[str]:
    """Return the experiences that a strategy rests on."""
    return [one.experience_id for one in strategy.evidence]


def outcome_of(experience: Experience) -> str:
    """Return how a task ended: as its last round did; of contrasted attempts as the best, if that is known."""
    outcomes = [one.verdict.outcome for one in experience.attempts]
    if not experience.members:
        return outcomes[-1]
    return "success" if "success" in outcomes else "failure" if set(outcomes) == {"failure"} else "unknown"


def _item(record: Any) -> MemoryItem:
    return MemoryItem(record["title"], record["description"], record["content"])


def _floats(text: str) -> list[float]:
    return list(array("f", base64.b64decode(text)))
