"""How commands show things: tables for people, JSON for programs; and how they reach the bank."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, TypeVar

import anyio
import click
from prettytable import PrettyTable, TableStyle

from rb_mcp.memory.opening import open_bank

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank

T = TypeVar("T")

_WIDE = 160
"""Columns of a table that goes to a file or a pipe."""

as_json = click.option("--json", "json_", is_flag=True, help="Print JSON instead of a table.")
within = click.option("--namespace", "-n", default=None, help="Only this namespace; all of them otherwise.")


def with_bank(settings: Settings, work: Callable[[ReasoningBank], Awaitable[T]]) -> T:
    """Run `work` on the bank of these settings."""

    async def run() -> T:
        async with open_bank(settings) as bank:
            return await work(bank)

    return anyio.run(run)


def print_json(value: object) -> None:
    """Print a value as JSON, for programs."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Print rows under headings, the last column as wide as the terminal leaves it; or a line when there are none."""
    cells = [[str(cell) for cell in row] for row in rows]
    if not cells:
        click.echo(empty)
        return
    table = PrettyTable(headings)
    table.set_style(TableStyle.PLAIN_COLUMNS)
    table.align = "l"
    table.left_padding_width, table.right_padding_width = 0, 2
    taken = sum(max(len(row[i]) for row in (headings, *cells)) + 2 for i in range(len(headings) - 1))
    width = shutil.get_terminal_size((_WIDE, 24)).columns if sys.stdout.isatty() else _WIDE
    table.max_width[headings[-1]] = max(24, width - taken - 2)
    table.add_rows(cells)
    click.echo("\n".join(line.rstrip() for line in str(table).splitlines()))


def progress(things: Iterable[T], label: str) -> AbstractContextManager[Iterable[T]]:
    """Go through things with a bar on stderr, where a person sees it."""
    return click.progressbar(things, label=label, file=sys.stderr, show_pos=True, hidden=quiet())


def quiet() -> bool:
    """Tell whether nobody watches."""
    return not sys.stderr.isatty()


def cut_end(text: str, most: int = 90) -> str:
    """Return the first line's worth of a text."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 3] + "..."
