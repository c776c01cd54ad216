"""Filling in vectors and moving to another embedder: no text is embedded twice, and nothing is asked for in vain."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest
from samples import LESSON, OTHER_LESSON, STEPS, TASK, UNRELATED

from rb_mcp.errors import ProviderError, Unavailable
from rb_mcp.memory import reindexing
from rb_mcp.memory.opening import build_bank
from rb_mcp.memory.reindexing import Filler, reindex
from rb_mcp.memory.retrieval import Retriever
from rb_mcp.providers.scripted import HashingEmbedder
from rb_mcp.types import MemoryItem, Step, Trajectory, Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.protocols import Embedder, Purpose
    from rb_mcp.types import Embedding

pytestmark = pytest.mark.anyio


class Counting(HashingEmbedder):
    """Another vector space, which takes its time and knows what it was asked."""

    def __init__(self, *failures: Exception) -> None:
        super().__init__("counting-32", 32)
        self.texts: list[str] = []
        self.largest = 0
        self._failures = list(failures)

    async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:
        if self._failures:
            raise self._failures.pop(0)
        self.texts += texts
        self.largest = max(self.largest, len(texts))
        await anyio.sleep(0.005)
        return await super().embed(texts, purpose=purpose)


class Silent(HashingEmbedder):
    """One that does not answer."""

    async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:
        raise ProviderError(f"no answer to {len(texts)} for {purpose}")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("START", "LOOK", "PAUSE"):
        monkeypatch.setattr(reindexing, name, 0.01)


async def learn(bank: ReasoningBank, task: str, lesson: dict[str, str] = LESSON) -> None:
    trajectory = Trajectory(task, tuple(Step(**step) for step in STEPS))
    await bank.record(trajectory, Verdict("success", "passed", "evidence"), [MemoryItem(**lesson)], "", "default")


async def similarity(bank: ReasoningBank, task: str) -> float:
    return (await bank.recall(task, 1, "default")).nearest


async def test_two_that_move_a_bank_at_once_embed_every_text_once(settings: Settings, bank: ReasoningBank) -> None:
    tasks = [f"{TASK} number {number}" for number in range(60)]
    for task in tasks:
        await learn(bank, task)
    embedder = Counting()
    await bank.store.move(embedder.name)
    async with anyio.create_task_group() as at_once:
        at_once.start_soon(reindex, bank.store, embedder)
        at_once.start_soon(reindex, build_bank(settings).store, embedder)
    assert sorted(embedder.texts) == sorted([*tasks, MemoryItem(**LESSON).text()])
    assert embedder.largest <= 64
    now = await bank.store.vectors()
    assert (now.bound, now.embedded, now.due) == (embedder.name, 61, False)
    assert all(well for _, _, well in await bank.store.verify())


async def test_what_others_record_during_a_move_has_its_vector_at_its_end(bank: ReasoningBank) -> None:
    await learn(bank, TASK)

    class Busy(Counting):
        async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:
            if len(self.texts) < 4:
                await learn(bank, f"{UNRELATED} number {len(self.texts)}", OTHER_LESSON)
            return await super().embed(texts, purpose=purpose)

    embedder = Busy()
    await bank.store.move(embedder.name)
    await reindex(bank.store, embedder)
    await reindex(bank.store, embedder)
    now = await bank.store.vectors()
    assert (now.bound, now.embedded) == (embedder.name, now.texts)
    assert f"{UNRELATED} number 0" in embedder.texts


async def test_recall_goes_on_by_the_old_vectors_then_by_text_and_by_the_new_ones(bank: ReasoningBank) -> None:
    for number in range(3):
        await learn(bank, f"{TASK} number {number}")
    await learn(bank, "the parser of dates is broken", OTHER_LESSON)
    asked = "the parser of dates"
    moved = replace(bank, retriever=Retriever(bank.store, Counting()))
    before, by_text = await similarity(bank, asked), await similarity(moved, asked)
    assert before != by_text
    await bank.store.move("counting-32")
    seen: set[tuple[float, float]] = set()

    class Watched(Counting):
        async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:
            seen.add((await similarity(bank, asked), await similarity(moved, asked)))
            return await super().embed(texts, purpose=purpose)

    await reindex(bank.store, Watched())
    assert seen == {(before, by_text)}
    assert await similarity(bank, asked) == by_text, "vectors of two embedders are never compared"
    assert await similarity(moved, asked) != by_text


async def test_strategies_are_compared_by_their_new_vectors_after_a_move(bank: ReasoningBank) -> None:
    await learn(bank, TASK)
    embedder = Counting()
    await bank.store.move(embedder.name)
    await reindex(bank.store, embedder)
    text = MemoryItem(**LESSON).text()
    [near] = await bank.store.similar("default", frozenset(), 5, (await embedder.embed([text]))[0])
    assert near.cosine == pytest.approx(1, abs=1e-6)


async def test_a_move_that_is_dropped_meanwhile_ends_and_leaves_nothing(bank: ReasoningBank) -> None:
    for number in range(70):
        await learn(bank, f"{TASK} number {number}")
    embedder = Counting()
    await bank.store.move(embedder.name)
    with anyio.fail_after(30):
        async with anyio.create_task_group() as both:
            both.start_soon(reindex, bank.store, embedder)
            while not (await bank.store.vectors(embedder.name)).embedded:  # noqa: ASYNC110
                await anyio.sleep(0.001)
            await bank.store.move("")
    assert len(embedder.texts) < 71
    assert (await bank.store.vectors(embedder.name)).embedded == 0
    assert (await bank.store.vectors()).bound == bank.retriever.embedder.name


@pytest.mark.usefixtures("quick")
async def test_what_was_recorded_while_the_embedder_failed_is_filled_in(settings: Settings) -> None:
    bank = build_bank(settings)
    lame = replace(bank, retriever=Retriever(bank.store, Silent()))
    await learn(lame, TASK)
    assert (await bank.store.vectors()).bound == ""
    async with background(bank, bank.retriever.embedder):
        await settled(bank)
    now = await bank.store.vectors()
    assert (now.bound, now.embedded) == ("hashing-64", 2), "a bank bound to nothing yet is bound"
    await learn(lame, UNRELATED, OTHER_LESSON)
    assert (await bank.store.vectors()).embedded == 2
    async with background(bank, bank.retriever.embedder):
        await settled(bank)
    assert (await bank.store.vectors()).embedded == 4
    assert all(well for _, _, well in await bank.store.verify())


@pytest.mark.usefixtures("quick")
async def test_an_embedder_is_not_asked_where_nothing_lacks_and_nobody_wished_for_it(bank: ReasoningBank) -> None:
    await learn(bank, TASK)
    embedder = Counting()
    async with background(bank, embedder):
        await anyio.sleep(0.3)
        assert embedder.texts == []
        await bank.store.move("yet-another")
        await anyio.sleep(0.3)
        assert embedder.texts == []
        await bank.store.move(embedder.name)
        await settled(bank)
        once = len(embedder.texts)
        await anyio.sleep(0.3)
    assert len(embedder.texts) == once == 2


@pytest.mark.usefixtures("quick")
async def test_an_embedder_that_fails_is_asked_again_later_and_told_of_once(
    bank: ReasoningBank, caplog: pytest.LogCaptureFixture
) -> None:
    await learn(bank, TASK)
    embedder = Counting(Unavailable("it is overloaded", 0.2), ProviderError("no key"))
    await bank.store.move(embedder.name)
    async with background(bank, embedder):
        await settled(bank)
    assert [record.getMessage() for record in caplog.records] == [
        "texts without a vector wait, and are recalled by their words: it is overloaded"
    ]


@pytest.mark.usefixtures("quick")
async def test_who_waits_for_a_move_goes_before_a_server_in_the_background(bank: ReasoningBank) -> None:
    embedder = Counting()
    for number in range(40):
        await learn(bank, f"{TASK} number {number}")
    assert await bank.store.lead("a server", 60)
    await bank.store.move(embedder.name)
    assert await reindex(bank.store, embedder, attended=False) == 0, "one at a time"
    assert embedder.texts == []
    assert await reindex(bank.store, embedder) == 41
    assert await bank.store.lead("a server", 60), "whoever is done lets go at once"


async def test_the_work_of_one_that_was_killed_is_taken_up_when_its_lease_is_over(bank: ReasoningBank) -> None:
    store = bank.store
    assert await store.lead("killed", 0.3, attended=True)
    assert await store.lead("killed", 0.3, attended=True), "it goes on itself"
    assert not await store.lead("other", 60)
    assert not await store.lead("other", 60, attended=True)
    await anyio.sleep(0.35)
    assert await store.lead("other", 60)


@asynccontextmanager
async def background(bank: ReasoningBank, embedder: Embedder) -> AsyncGenerator[None]:
    """Fill in for as long as the block lasts, as a server does."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Filler(bank.store, embedder).run)
        yield
        tasks.cancel_scope.cancel()


async def settled(bank: ReasoningBank) -> None:
    """Wait until nothing lacks."""
    with anyio.fail_after(30):
        now = await bank.store.vectors()
        while now.embedded < now.texts or now.target or not now.bound:
            await anyio.sleep(0.02)
            now = await bank.store.vectors()
