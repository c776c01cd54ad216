"""The checker that the harnesses end with: each of its rules sees the damage it is there for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from checker import kind, violations
from samples import LESSON, OTHER_LESSON, OTHER_STEPS, STEPS, TASK, UNRELATED
from synthetic import bare

from rb_mcp.memory import intake

if TYPE_CHECKING:
    from pathlib import Path

    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank, Receipt

pytestmark = pytest.mark.anyio

KIND, OTHER_KIND = "a value is read in another order than it was written", "a recipe for many"
DAMAGE = {
    "UPDATE experiences SET id = 'exp_other' WHERE seq = 1": "lost",
    "UPDATE strategies SET id = 'str_other' WHERE seq = 1": "lost",
    "DELETE FROM evidence WHERE strategy = 1": "lost",
    "DELETE FROM experiences WHERE seq = 1": "orphan",
    "DELETE FROM attempts WHERE experience = 1": "orphan",
    "DELETE FROM vectors WHERE experience = 1": "orphan",
    "DELETE FROM kind_vectors WHERE experience = 1": "orphan",
    "DELETE FROM experiences_vec WHERE seq = 1": "orphan",
    "DELETE FROM kinds_vec WHERE seq = 1": "orphan",
    "DELETE FROM strategies_vec WHERE seq = 1": "orphan",
    "DELETE FROM experiences_fts WHERE rowid = 1": "orphan",
    "DELETE FROM strategies_fts WHERE rowid = 1": "orphan",
    "UPDATE experiences SET task = (SELECT task FROM experiences WHERE seq = 1) WHERE seq = 2": "doubled",
    "INSERT INTO strategies (id, namespace, title, description, content, outcome, standing, created_at) "
    "SELECT 'str_again', namespace, title, description, content, outcome, standing, created_at FROM strategies "
    "WHERE seq = 1": "doubled",
    "UPDATE experiences SET status = 'queued' WHERE seq = 1": "other",
    "INSERT INTO jobs (experience, state, next_at) VALUES (1, 'ready', 0)": "other",
    "UPDATE attempts SET steps = x'00' WHERE experience = 1": "other",
    "UPDATE experiences_fts SET words = 'others' WHERE rowid = 1": "other",
    "UPDATE strategies_fts SET words = 'others' WHERE rowid = 1": "other",
    "UPDATE experiences_fts_content SET c0 = 'others' WHERE id = 1": "other",
    "UPDATE experiences_fts SET terms = 'others' WHERE rowid = 1": "other",
    "DELETE FROM experiences_vec WHERE seq = 1; INSERT INTO experiences_vec (seq, part, whole) "
    "SELECT 1, 'e:default', vec_quantize_binary(vector) FROM vectors WHERE experience = 2": "other",
    "DELETE FROM kinds_vec WHERE seq = 1; INSERT INTO kinds_vec (seq, part, whole) "
    "SELECT 1, 'e:default', vec_quantize_binary(vector) FROM kind_vectors WHERE experience = 2": "other",
    "DELETE FROM strategies_vec WHERE seq = 1; INSERT INTO strategies_vec (seq, part, whole) "
    "SELECT 1, 'e:default', vec_quantize_binary(vector) FROM item_vectors WHERE strategy = 2": "other",
    "UPDATE footprints SET terms = 'others' WHERE experience = 1": "other",
}


async def _recorded(bank: ReasoningBank) -> dict[str, Receipt]:
    good, bad = intake.verdict("success", "41 passed"), intake.verdict("failure", "")
    lessons = intake.items([LESSON], 3), intake.items([OTHER_LESSON], 3)
    kept = [
        await bank.record(intake.trajectory(TASK, STEPS), good, lessons[0], "", "default", kind=KIND),
        await bank.record(intake.trajectory(UNRELATED, OTHER_STEPS), bad, lessons[1], "", "default", kind=OTHER_KIND),
    ]
    await bank.store.close()
    return {receipt.experience.id: receipt for receipt in kept}


def _findings(path: Path, kept: dict[str, Receipt]) -> list[str]:
    tasks = {id_: receipt.experience.task for id_, receipt in kept.items()}
    lessons = {id_: [one.id for one in receipt.strategies] for id_, receipt in kept.items()}
    return violations(path, kept, tasks=tasks, lessons=lessons)


async def test_a_bank_that_is_well_has_no_violations(bank: ReasoningBank, settings: Settings) -> None:
    assert _findings(settings.bank, await _recorded(bank)) == []


@pytest.mark.parametrize("damage", DAMAGE)
async def test_damage_is_found_and_named(bank: ReasoningBank, settings: Settings, damage: str) -> None:
    kept = await _recorded(bank)
    db = bare(settings.bank)
    db.run(damage)
    db.close()
    found = _findings(settings.bank, kept)
    assert DAMAGE[damage] in {kind(violation) for violation in found}, found


async def test_a_file_that_is_torn_is_unreadable_not_an_exception(bank: ReasoningBank, settings: Settings) -> None:
    kept = await _recorded(bank)
    settings.bank.write_bytes(settings.bank.read_bytes()[:5_000])
    assert {kind(violation) for violation in _findings(settings.bank, kept)} == {"other"}
