"""A bank moves to another embedder while it is in use: real programs, one of which is killed half-way."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest
from conftest import Caller
from mcp import Client, StdioServerParameters
from samples import LESSON, PARAPHRASE_ZH, STEPS, TASK, TASK_ZH, UNRELATED

from rb_mcp.config import Settings
from rb_mcp.memory import reindexing
from rb_mcp.memory.opening import build_bank, open_bank
from rb_mcp.providers.use import UseEmbedder
from rb_mcp.providers.use_minilm import UseMiniLMEmbedder
from rb_mcp.server.app import build_server
from rb_mcp.types import MemoryItem, Query, Step, Trajectory, Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

pytestmark = pytest.mark.anyio

EMBEDDER = UseMiniLMEmbedder.name
TRANSLATION = "Cancel the customer's flight booking and refund it"
PROGRAM = [sys.executable, "-m", "rb_mcp"]


@asynccontextmanager
async def serving(path: Path, embedder: str) -> AsyncGenerator[Caller]:
    environ = {"RB_MCP_BANK": str(path), "RB_MCP_EMBEDDER": embedder}
    async with Client(StdioServerParameters(command=PROGRAM[0], args=PROGRAM[1:], env=environ)) as client:
        yield Caller(client)


async def near(call: Caller, task: str) -> float:
    found = (await call("recall_strategies", task=task))["strategies"]
    return found[0]["similarity"] if found else 0.0


async def until_near(call: Caller, task: str, least: float) -> None:
    with anyio.fail_after(90):
        while await near(call, task) < least:  # noqa: ASYNC110 - a client is not told either
            await anyio.sleep(0.5)


async def test_a_move_that_was_killed_is_finished_by_a_server_while_the_bank_is_recalled(settings: Settings) -> None:
    async with open_bank(settings) as bank:
        for task in (TASK_ZH, *(40 * f"{TASK} number {number}. " for number in range(80))):  # long ones take a while
            steps = tuple(Step(**step) for step in STEPS)
            verdict = Verdict("success", "passed", "evidence")
            await bank.record(Trajectory(task, steps), verdict, [MemoryItem(**LESSON)], "", "default")
        environ = {**os.environ, "RB_MCP_BANK": str(settings.bank), "RB_MCP_EMBEDDER": "use+minilm"}
        mover = subprocess.Popen([*PROGRAM, "reindex"], env=environ, stdout=subprocess.DEVNULL)
        try:
            while not (half := await bank.store.vectors(EMBEDDER)).embedded > 10:
                assert mover.poll() is None
                await anyio.sleep(0.002)
        finally:
            mover.kill()
            mover.wait()
        half = await bank.store.vectors()
        assert (half.embedder, half.target, half.bound) == (EMBEDDER, EMBEDDER, "hashing-64")
        assert half.embedded < half.texts
    async with serving(settings.bank, "hashing") as old, serving(settings.bank, "use+minilm") as new:
        assert await near(new, TASK_ZH) == 1.0, "by text meanwhile"
        assert await near(new, TRANSLATION) == 0.0
        await old("record_trajectory", task=UNRELATED, trajectory=STEPS, outcome="success", strategies=[LESSON])
        by_vector = await near(old, f"{UNRELATED} today")
        await until_near(new, "Hornea un pastel de chocolate para ocho personas", 0.4)
        assert await near(new, TRANSLATION) > 0.4
        assert 0.5 < await near(old, f"{UNRELATED} today") != by_vector, "by text from now on"
    async with open_bank(settings) as bank:
        now = await bank.store.vectors()
        assert (now.bound, now.target, now.due) == (EMBEDDER, "", False)
        assert all(well for _, _, well in await bank.store.verify())


async def test_a_server_fills_in_what_another_recorded_without_a_vector(settings: Settings) -> None:
    async with serving(settings.bank, "hashing") as hashing:
        await hashing("record_trajectory", task=TASK, trajectory=STEPS, outcome="success", strategies=[LESSON])
    environ = {**os.environ, "RB_MCP_BANK": str(settings.bank), "RB_MCP_EMBEDDER": "use+minilm"}
    subprocess.run([*PROGRAM, "reindex"], env=environ, stdout=subprocess.DEVNULL, check=True)
    async with serving(settings.bank, "hashing") as hashing, serving(settings.bank, "use+minilm") as default:
        await hashing("record_trajectory", task=TASK_ZH, trajectory=STEPS, outcome="success", strategies=[LESSON])
        assert await near(default, TRANSLATION) == 0.0
        await until_near(default, TRANSLATION, 0.4)


async def test_a_server_that_nobody_called_yet_opens_no_bank_to_see_what_lacks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindexing, "START", 0.01)
    async with Client(build_server(build_bank(settings))) as client:
        await client.list_tools()
        await anyio.sleep(0.3)
        assert not settings.bank.exists()
        await Caller(client)("recall_strategies", task=TASK)
        await anyio.sleep(0.3)
    async with open_bank(settings) as bank:
        assert (await bank.store.vectors()).bound == "", "nothing lacks, so nothing is bound"


async def test_a_bank_of_the_leading_encoder_is_recalled_right_away_and_moves_by_itself(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("START", "LOOK", "PAUSE"):
        monkeypatch.setattr(reindexing, name, 0.01)
    kind = "an automated check fails because two parts of a date are swapped"
    async with open_bank(replace(settings, embedder="use")) as bank:
        for task, said in ((TASK, kind), (TASK_ZH, ""), (UNRELATED, "")):
            steps = tuple(Step(**step) for step in STEPS)
            await bank.record(
                Trajectory(task, steps),
                Verdict("success", "passed", "evidence"),
                [MemoryItem(**LESSON)],
                "",
                "default",
                kind=said,
            )
        assert (await bank.store.vectors()).bound == UseEmbedder.name
    default = replace(settings, embedder=Settings().embedder)
    async with open_bank(default) as bank:
        found, plan = await bank.retriever.consider(Query(PARAPHRASE_ZH), "default", bank.origin)
        assert plan.space == UseEmbedder.name, "by the vectors that both embedders have in common"
        assert (await bank.store.experience(found.strategies[0].experience_id, "default")).task == TASK_ZH
    async with Client(build_server(build_bank(default))) as client:
        call = Caller(client)
        before = await near(call, f"{UNRELATED} today")
        assert before > 0.5
        async with open_bank(default) as bank:
            with anyio.fail_after(60):
                while (await bank.store.vectors()).bound != EMBEDDER:  # noqa: ASYNC110 - a client is not told
                    await anyio.sleep(0.05)
            now = await bank.store.vectors()
            assert (now.target, now.due) == ("", False)
            assert await bank.store.kind_vectors(EMBEDDER) == []
            assert all(well for _, _, well in await bank.store.verify())
        assert await near(call, f"{UNRELATED} today") > 0.5
        assert await near(call, PARAPHRASE_ZH) > 0


async def test_a_bank_of_another_embedder_moves_only_when_it_is_wished_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("START", "LOOK", "PAUSE"):
        monkeypatch.setattr(reindexing, name, 0.01)
    async with open_bank(settings) as bank:
        trajectory = Trajectory(TASK, tuple(Step(**step) for step in STEPS))
        await bank.record(trajectory, Verdict("success", "x", "evidence"), [MemoryItem(**LESSON)], "", "default")
    default = replace(settings, embedder=Settings().embedder)
    async with Client(build_server(build_bank(default))) as client:
        assert await near(Caller(client), TASK) > 0.9, "by text"
        await anyio.sleep(0.5)
    async with open_bank(default) as bank:
        now = await bank.store.vectors()
        assert (now.bound, now.target) == ("hashing-64", "")
