"""The SQLite store, whatever is done to it in whatever order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from machines import TIMEOUT, profile
from stores.machine import StoreMachine

from rb_mcp.stores import index
from rb_mcp.stores.database import connect
from rb_mcp.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

    from rb_mcp.stores.database import Database

pytestmark = pytest.mark.timeout(TIMEOUT)


class SqliteMachine(StoreMachine):
    """Two stores of one file, and a third connection that looks on."""

    _onlooker: Database | None = None

    def open(self, path: Path) -> SqliteStore:
        return SqliteStore(path, self.clock)

    def trouble(self) -> list[str]:
        if self._onlooker is None:
            self._onlooker = connect(self.run.folder / "bank.db")
        missing = [f"{table} {row}" for table, row, *_ in self._onlooker.rows("PRAGMA foreign_key_check")]
        return index.drift(self._onlooker) + missing

    def teardown(self) -> None:
        if self._onlooker:
            self._onlooker.close()
        super().teardown()


class TestSqliteMachine(SqliteMachine.TestCase):
    """Hypothesis runs it."""

    settings = profile(machines=40, steps=20)
