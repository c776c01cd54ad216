"""Servers are killed while they work; callers send again what was not answered; nothing is lost or doubled.

And the harness itself: with one rule of the store broken it has to find something.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import faults
import kills
import pytest
from checker import kind, violations
from stdio import Gone, Server
from workload import Ledger, session

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(600)
def test_what_was_acknowledged_is_there_once_after_sixty_servers_were_killed(tmp_path: Path) -> None:
    result = kills.trial(tmp_path / "bank.db", kills=60, records=150, servers=3, every=30)
    assert result.violations == []
    assert result.kills == 60
    assert result.acknowledged >= 150
    assert result.retries >= 30
    assert result.joint


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("acknowledge-before-commit", "lost"),
        ("vector-in-second-transaction", "orphan"),
        ("no-idempotency", "doubled"),
    ],
)
def test_a_fault_planted_in_the_store_is_found(tmp_path: Path, fault: str, found: str) -> None:
    command = (sys.executable, faults.__file__, fault)
    result = kills.trial(tmp_path / "bank.db", kills=30, records=180, servers=2, command=command, every=3)
    assert found in {kind(violation) for violation in result.violations}, result.table()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("milliseconds", [0, 4, 15, 60])
def test_a_bank_whose_making_was_cut_short_is_made_by_the_next_server(tmp_path: Path, milliseconds: int) -> None:
    bank, ledger, call = tmp_path / "bank.db", Ledger(), next(session(1))
    environ = {**os.environ, "RB_MCP_BANK": str(bank), "RB_MCP_EMBEDDER": "hashing", "RB_MCP_MODEL": "agent"}

    def served() -> Server:
        with (tmp_path / "complaints.txt").open("ab") as complaints:
            return Server(kills.SERVER, environ, complaints)

    first, second = served(), served()

    def ask() -> None:
        with suppress(Gone):
            ledger.note(call, first.call(call))

    asking = threading.Thread(target=ask)
    asking.start()
    while not bank.exists():
        time.sleep(0.0005)
    time.sleep(milliseconds / 1000)
    assert first.kill()
    asking.join()
    first.end()
    ledger.note(call, second.call(call))
    assert second.end() == 0
    assert len(ledger.lessons) == 1
    assert violations(bank, ledger.lessons, tasks=ledger.tasks, lessons=ledger.lessons) == []
