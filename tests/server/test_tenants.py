"""Five tenants of one bank, ten thousand reads on every surface: nobody ever sees a word of another."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from conftest import Caller
from mcp import Client, MCPError
from samples import LESSON

from rb_mcp.errors import NotFound
from rb_mcp.memory.opening import build_bank
from rb_mcp.server.app import build_server
from rb_mcp.types import MemoryItem, Probe, Step, Trajectory, Verdict
from rb_mcp.words import words

if TYPE_CHECKING:
    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

TENANTS = ("red", "green", "blue", "white", "black")
SUBJECTS = ("parser", "invoice", "booking", "login", "report", "cache", "search", "upload")
CANARY = {name: f"{name}canary" for name in TENANTS}
BY_STORE, BY_CLIENT = 9_000, 1_000


def task(tenant: str, number: int) -> str:
    return f"Repair the {SUBJECTS[number % len(SUBJECTS)]} of {CANARY[tenant]} case {number // len(SUBJECTS)}"


async def fill(bank: ReasoningBank, tenant: str, number: int) -> str:
    item = MemoryItem(f"{LESSON['title']} {CANARY[tenant]}", LESSON["description"], f"{LESSON['content']} {number}")
    outcome = ("success", "failure", "unknown")[number % 3]
    verdict = Verdict(outcome, f"seen by {CANARY[tenant]}", "evidence" if outcome != "unknown" else "agent")
    steps = (Step(observation=f"{CANARY[tenant]} {number}"),)
    receipt = await bank.record(Trajectory(task(tenant, number), steps), verdict, [item], "", tenant)
    return receipt.experience.id


def leaked(tenant: str, answer: object) -> list[str]:
    text = str(answer)
    return [other for other in TENANTS if other != tenant and CANARY[other] in text]


async def test_9000_reads_of_the_store_and_the_bank_show_no_foreign_row(bank: ReasoningBank) -> None:
    drawn = random.Random(7)  # noqa: S311 - a seed, not a secret
    mine = {tenant: [await fill(bank, tenant, number) for number in range(24)] for tenant in TENANTS}
    store, reads, found = bank.store, 0, 0
    while reads < BY_STORE:
        tenant = drawn.choice(TENANTS)
        other = drawn.choice([one for one in TENANTS if one != tenant])
        foreign_id = drawn.choice(mine[other])
        sought = task(drawn.choice(TENANTS), drawn.randrange(24))
        probe = Probe(words(sought), words(CANARY[other]), await bank.retriever.embed(sought, "query"))
        answers: list[object] = [
            await store.strategies(tenant, limit=drawn.randrange(1, 60), after=drawn.randrange(3)),
            await store.strategies(tenant, of=[foreign_id, drawn.choice(mine[tenant])]),
            await store.experiences(tenant, limit=drawn.randrange(1, 60)),
            await store.search([tenant, "shared"], probe, 50),
            await store.search([tenant, "shared"], probe, 50, among=[foreign_id, drawn.choice(mine[tenant])]),
            await store.remedies([tenant, "shared"], ["valueerror"]),
            await store.similar(tenant, words(LESSON["content"]), 20),
            await store.background([tenant, "shared"], 50),
        ]
        answers.append(await bank.recall(sought, drawn.randrange(1, 6), tenant))
        for asking in (store.experience(foreign_id, tenant), bank.review(foreign_id, tenant)):
            with pytest.raises(NotFound) as refusal:
                await asking
            answers.append(refusal.value)
        assert [leak for answer in answers for leak in leaked(tenant, answer)] == []
        found += sum(CANARY[tenant] in str(answer) for answer in answers)
        reads += len(answers)
        if drawn.random() < 0.02:
            mine[tenant].append(await fill(bank, tenant, len(mine[tenant])))
    assert found > BY_STORE / 3, "the reads found what is the tenant's own"


async def test_1000_reads_through_the_server_show_no_foreign_row(settings: Settings) -> None:
    drawn = random.Random(11)  # noqa: S311 - a seed, not a secret
    bank = build_bank(settings)
    mine = {tenant: [await fill(bank, tenant, number) for number in range(16)] for tenant in TENANTS}
    held = {tenant: await bank.store.strategies(tenant) for tenant in TENANTS}
    await bank.store.close()
    reads = 0
    async with Client(build_server(build_bank(settings))) as client:
        caller = Caller(client)
        while reads < BY_CLIENT:
            tenant = drawn.choice(TENANTS)
            other = drawn.choice([one for one in TENANTS if one != tenant])
            foreign_id, foreign_strategy = drawn.choice(mine[other]), drawn.choice(held[other]).id
            sought = task(drawn.choice(TENANTS), drawn.randrange(16))
            answers: list[object] = [
                await caller("recall_strategies", task=sought, k=drawn.randrange(1, 6), namespace=tenant),
                await caller.refused(
                    "record_trajectory", task=sought, experience_id=foreign_id, outcome="success", namespace=tenant
                ),
                await caller.refused(
                    "contrast_trajectories", task=sought, namespace=tenant,
                    experience_ids=[foreign_id, drawn.choice(mine[tenant])],
                ),
                await caller.read(f"rb://{tenant}/strategies/page/1"),
                await caller.read(f"rb://{tenant}/experiences/{drawn.choice(mine[tenant])}"),
            ]  # fmt: skip
            for uri in (f"rb://{tenant}/strategies/{foreign_strategy}", f"rb://{tenant}/experiences/{foreign_id}"):
                with pytest.raises(MCPError) as refusal:
                    await caller.read(uri)
                answers.append(refusal.value)
            # The refusal may repeat what the caller itself asked for; nothing else of the other may be in it.
            said = [str(answer).replace(sought, "") for answer in answers]
            assert [leak for answer in said for leak in leaked(tenant, answer)] == []
            reads += len(answers)
