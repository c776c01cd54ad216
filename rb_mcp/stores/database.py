"""A connection as the statements see it: apsw's, with results one can name.

What comes out of SQL is typed where it becomes one of our values, in `rows.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import apsw

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Value = str | int | float | bytes | None


class Database(apsw.Connection):
    """One open file."""

    def run(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Run a statement and return how many rows it changed."""
        self.execute(sql, values)  # pyright: ignore[reportUnknownMemberType]
        return self.changes()

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run a statement once a row."""
        self.executemany(sql, rows)  # pyright: ignore[reportUnknownMemberType]

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[Any]:
        """Return every row a statement yields."""
        return self.execute(sql, values).fetchall()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

    def row(self, sql: str, values: Sequence[Value] = ()) -> Any:  # noqa: ANN401 - a row, or None
        """Return the first row a statement yields, or None."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def value(self, sql: str, values: Sequence[Value] = ()) -> Any:  # noqa: ANN401 - a value, or None
        """Return the first value of the first row, or None."""
        found = self.row(sql, values)
        return found[0] if found else None

    def script(self, sql: str) -> None:
        """Run several statements to the end: the driver alone would stop at the first one that yields a row."""
        self.execute(sql).fetchall()  # pyright: ignore[reportUnknownMemberType]
