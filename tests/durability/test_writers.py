"""Many processes write to one bank at once: nobody fails, nobody goes short, everything is there."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import pytest
import writers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(300)
@pytest.mark.parametrize("count", [8, 32])
def test_writers_that_never_pause_all_get_their_turn_and_lose_nothing(tmp_path: Path, count: int) -> None:
    result = writers.trial(tmp_path / "bank.db", count, seconds=4)
    assert len(result.writers) == count
    assert result.errors == []
    assert result.violations == []
    # Where the lock is not fair, the unluckiest gets one commit for hundreds of the luckiest.
    assert result.commits[0] >= statistics.median(result.commits) / 5 > 0, result.commits
