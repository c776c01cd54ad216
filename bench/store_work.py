"""Every kind of write that a store does, one after the other, and a look at all it holds after each answer.

For benchmarks that then take the file apart (`power_loss.py`). Each record has a word of its own, so that it can be
looked for in what is left. What the store gives back is compared with what it was given, round by round.

Not covered: calls of the tools (`workload.py`), several writers at once.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from rb_mcp.providers.scripted import HashingEmbedder
from rb_mcp.stores import index
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.types import (
    SHARED,
    Attempt,
    Experience,
    Footprint,
    Lesson,
    MemoryItem,
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
    from collections.abc import Awaitable, Iterable, Sequence

    from rb_mcp.stores.database import Database
    from rb_mcp.types import Outcome, Status
    from rb_mcp.work import Job

T = TypeVar("T")

_WHEN = datetime(2026, 1, 1, tzinfo=UTC)
_HERE = "default"
_WORDS = ("open", "the", "page", "of", "orders", "sort", "them", "by", "date", "and", "report", "sum", "table", "first")
MARK = "zqxjkv"
"""Begins the words of what is going to be erased, so that they are quickly looked for."""

_GOOD = Verdict("success", "exit code 0", "evidence")
_BAD = Verdict("failure", "it fails on another machine", "evidence")


@dataclass(frozen=True)
class Look:
    """What a bank is like: a fingerprint of everything in its tables, and what is wrong with it."""

    state: str
    wrong: tuple[str, ...] = ()


class WatchedStore(SqliteStore):
    """The store, with a way to look at all it holds at once."""

    async def look(self) -> Look:
        """Read every table to the last byte, and have the engine and the indexes checked."""
        return await self._engine.read(_look)


def _look(db: Database) -> Look:
    # Reads the text indexes, and so has to come first: a connection that has not, since another one wrote, still
    # knows them as they were, and the engine's check then takes that for damage (SQLite 3.54.1).
    wrong = index.drift(db)
    wrong += [line for (line,) in db.rows("PRAGMA integrity_check") if line != "ok"]
    wrong += [f"{table} row {row} lacks its {parent}" for table, row, parent, _ in db.rows("PRAGMA foreign_key_check")]
    seen = hashlib.sha256()
    for name, sql, page in db.rows("SELECT name, sql, rootpage FROM sqlite_schema WHERE type = 'table' ORDER BY name"):
        seen.update(f"{name} {sql}".encode())
        if page:  # with the tables in which the indexes keep theirs; the virtual ones have no pages of their own
            for row in db.rows(f'SELECT * FROM "{name}"'):  # noqa: S608 - a name out of the schema
                seen.update(repr(row).encode())
    return Look(seen.hexdigest(), tuple(wrong))


class StoreWork:
    """Rounds of work on a new bank; the same seed gives the same work, but for the ids.

    Subclasses note what they need in `answered`.
    """

    def __init__(self, store: WatchedStore, seed: int = 0) -> None:
        self.store = store
        self._random = random.Random(seed)  # noqa: S311 - nothing secret
        self._embedder = HashingEmbedder()
        self.erased: set[str] = set()
        """Words that no file may hold any more, each found nowhere but in what was erased."""
        self._kept: dict[str, Experience] = {}
        self._taught: dict[str, set[MemoryItem]] = {}
        self._touched: dict[str, Footprint] = {}

    def answered(self) -> None:
        """Called the moment a call is answered."""

    async def looked(self) -> None:
        """Called when the store may be looked at, before the next call."""

    async def run(self, rounds: int) -> None:
        """Open the bank and do everything some times over."""
        await self._do(self.store.summary(None))
        for number in range(rounds):
            await self._add_and_amend()
            await self._queue()
            if number % 4 == 1:
                await self._reindex(48 + number)
            await self._verify()
            if number % 3 == 2:  # until then the log grows past the size at which SQLite starts it over
                await self._forget(f"n{number}")
                await self._add(lessons=2)
                await self._verify()
                await self.store.close()  # the log is folded in and deleted, as when a server ends
                self.answered()

    async def _do(self, call: Awaitable[T], erases: Iterable[str] = ()) -> T:
        answer = await call
        self.erased.update(erases)
        self.answered()
        await self.looked()
        return answer

    async def _add_and_amend(self) -> None:
        plain = [await self._add(lessons=2) for _ in range(4)]
        again = replace(plain[3], id=new_id("exp"))
        same, _ = await self._do(self.store.add(again, key=again.task, embedding=None, lessons=self._lessons(1)))
        _expect(same == plain[3], "a call sent twice is one experience")
        await self._add(SHARED, steps=400, lessons=3)
        contrast = replace(plain[2], id=new_id("exp"), task=self._text(), members=(plain[2].id, plain[3].id))
        lessons = self._lessons(2)
        await self._do(self.store.add(contrast, key=contrast.id, embedding=None, lessons=lessons))
        await self._amend(await self._add(status="awaiting_distillation"), lessons=self._lessons(3))
        await self._amend(plain[0], verdict=_BAD, lessons=self._lessons(1), withdraw="the outcome was corrected")
        unsure = await self._add(status="recorded", outcome="unknown")
        await self._amend(unsure, attempt=Attempt(self._trajectory(unsure.task, 3), _GOOD))
        found = await self.store.strategies(_HERE, of=[plain[1].id])
        recalled = tuple(Recalled(strategy, plain[1].id, 0.9) for strategy in found)
        recall = Recall(new_id("rec"), _HERE, recalled, nearest=0.9, floor=0.3)
        await self._do(self.store.keep_recall(recall))
        credited = await self._add(recall_id=recall.id)
        await self._amend(credited, lessons=[Lesson(found[0].item, into=found[0].id)])
        held = [replace(lesson, standing="held", note="for review") for lesson in self._lessons(1)]
        await self._amend(credited, lessons=held)
        (waiting,) = await self.store.strategies(_HERE, of=[credited.id], standing="held")
        await self._do(self.store.revise(waiting.id, _HERE, standing="active", note="read by a person"))

    async def _queue(self) -> None:
        for _ in range(3):
            await self._add(status="queued")
        await self._do(self.store.put_off(await self._job(), 3600, "overloaded", failed=True))
        job = await self._job()
        await self._do(self.store.spend(1_000_000))
        await self._amend(job.experience, lessons=self._lessons(2), job=job)
        job = await self._job()
        await self._do(self.store.give_up(job.experience, "the model declined", job=job))
        self._kept[job.experience.id] = replace(job.experience, status="awaiting_distillation")

    async def _reindex(self, dimensions: int) -> None:
        self._embedder = HashingEmbedder(f"hashing-{dimensions}", dimensions)
        await self._do(self.store.move(self._embedder.name))
        for take in (
            partial(self.store.item_vectors, None, self._embedder.name),
            partial(self.store.kind_vectors, self._embedder.name),
            partial(self.store.reindex, self._embedder.name, dimensions),
        ):
            todo = await self._do(take())
            while todo:
                vectors = await self._embedder.embed([text for _, text in todo])
                given = [(id_, vector) for (id_, _), vector in zip(todo, vectors, strict=True)]
                todo = await self._do(take(given))

    async def _forget(self, namespace: str) -> None:
        gone = [await self._add(namespace, lessons=2, mark=MARK) for _ in range(2)]
        erases = {word for one in gone for word in self._drop(one)}
        await self._do(self.store.forget(namespace=namespace), erases)
        one = await self._add(lessons=2, mark=MARK)
        await self._do(self.store.forget(experience_id=one.id), self._drop(one))
        bereft = await self._add(lessons=1, mark=MARK)
        (strategy,) = await self.store.strategies(_HERE, of=[bereft.id])
        self._taught[bereft.id].clear()
        await self._do(self.store.forget(strategy_id=strategy.id), _marked(strategy.item.text()))

    async def _add(
        self,
        namespace: str = _HERE,
        *,
        status: Status = "distilled",
        outcome: Outcome = "success",
        steps: int = 4,
        lessons: int = 0,
        recall_id: str = "",
        mark: str = "",
    ) -> Experience:
        task, kind = self._text(mark), self._text(mark)
        attempt = Attempt(self._trajectory(task, steps), replace(_GOOD, outcome=outcome))
        given = Experience(new_id("exp"), namespace, task, status, _WHEN, (attempt,), kind=kind)
        vector, of_kind = await self._embedder.embed([task, kind])
        touched = Footprint(self._text(mark), (Remedy(self._text(mark), self._text(mark), self._text(mark)),))
        taught = self._lessons(lessons, mark)
        vectors = await self._embedder.embed([lesson.item.text() for lesson in taught])
        taught = [replace(lesson, embedding=one) for lesson, one in zip(taught, vectors, strict=True)]
        await self._do(
            self.store.add(
                given, key=task, embedding=vector, kind_embedding=of_kind, footprint=touched, lessons=taught,
                recall_id=recall_id,
            )
        )  # fmt: skip
        self._kept[given.id], self._touched[given.id] = given, touched
        self._taught[given.id] = {lesson.item for lesson in taught}
        return given

    async def _amend(
        self,
        experience: Experience,
        *,
        attempt: Attempt | None = None,
        verdict: Verdict | None = None,
        withdraw: str = "",
        lessons: Sequence[Lesson] = (),
        job: Job | None = None,
    ) -> None:
        await self._do(
            self.store.amend(
                experience,
                attempt=attempt,
                verdict=verdict,
                withdraw=withdraw,
                lessons=lessons,
                status="distilled",
                job=job,
            )
        )
        attempts = experience.attempts + ((attempt,) if attempt else ())
        if verdict:
            attempts = (*attempts[:-1], replace(attempts[-1], verdict=verdict))
        self._kept[experience.id] = replace(experience, status="distilled", attempts=attempts)
        self._taught[experience.id].update(lesson.item for lesson in lessons)

    async def _job(self) -> Job:
        job = await self._do(self.store.claim(60))
        if job is None:
            raise AssertionError("with the power on, what is queued is not handed out")
        return job

    def _drop(self, experience: Experience) -> set[str]:
        """Expect an experience no longer, and return the words that go with it."""
        touched = self._touched[experience.id]
        texts = [experience.task, experience.kind, touched.terms]
        texts += [item.text() for item in self._taught[experience.id]]
        texts += [text for one in touched.remedies for text in (one.key, one.error, one.remedy)]
        del self._kept[experience.id], self._taught[experience.id], self._touched[experience.id]
        return _marked(" ".join(texts))

    async def _verify(self) -> None:
        """Compare what the store gives back with what it was given."""
        for id_, given in self._kept.items():
            _expect(await self.store.experience(id_, given.namespace) == given, f"{id_} is there as it was given")
            touched = self._touched.get(id_, Footprint())
            strategies = await self.store.strategies(None, of=[id_])
            _expect({one.item for one in strategies} == self._taught[id_], f"{id_} taught what it taught")
            (vector,) = await self._embedder.embed([given.task])
            probe = Probe(words(given.task), frozenset(touched.terms.split()), vector)
            found = await self.store.search([given.namespace], probe, 3)
            near = any(
                one.experience_id == id_ and (one.cosine or 0) > 0.999 and (one.touched > 0) is bool(touched.terms)
                for one in found.candidates
            )
            remedies = await self.store.remedies([given.namespace], [one.key.split()[0] for one in touched.remedies])
            there = [one for one, experience_id, _ in remedies if experience_id == id_]
            _expect(there == list(touched.remedies), f"{id_} has its remedies")
            active = any(one.standing == "active" for one in strategies)
            _expect(near == active, f"{id_} is found by its task when it has something to say")

    def _lessons(self, count: int, mark: str = "") -> list[Lesson]:
        return [
            Lesson(MemoryItem(self._text(mark), f"When {self._text(mark)}", f"Do {self._text(mark)}"))
            for _ in range(count)
        ]

    def _trajectory(self, task: str, steps: int) -> Trajectory:
        return Trajectory(task, tuple(Step(self._text(), self._text(), self._word(90)) for _ in range(steps)))

    def _text(self, mark: str = "") -> str:
        return f"{' '.join(self._random.choices(_WORDS, k=8))} {mark}{self._word(12)}"

    def _word(self, length: int) -> str:
        return "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz", k=length))


def _marked(text: str) -> set[str]:
    return {word for word in text.split() if word.startswith(MARK)}


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise AssertionError(f"with the power on it does not hold that {what}")
