"""Charts in a terminal: columns by day in a line, and intervals around zero, as wide as the terminal.

Where the output cannot show block characters it gets plain ones. Not covered: pictures (`plots.py`).
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from rb_mcp.tallies import Day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.memory.lift import Interval

WIDTH = 100
"""Columns of a chart that goes to a file or a pipe."""


@dataclass(frozen=True)
class Signs:
    """What charts are drawn with."""

    columns: str
    """From nothing to the highest."""
    left: str
    line: str
    right: str
    value: str
    zero: str


BLOCKS = Signs(" ▁▂▃▄▅▆▇█", "├", "─", "┤", "●", "┊")
PLAIN = Signs(" .:-=+*#@", "[", "-", "]", "o", "|")


def signs(encoding: str | None) -> Signs:
    """Return the best signs an encoding has."""
    try:
        "".join(vars(BLOCKS).values()).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return BLOCKS


def width() -> int:
    """Return how many columns there are."""
    return shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH


def stretches(days: Sequence[Day], most: int) -> tuple[int, list[Day]]:
    """Return days summed up into stretches of equal length, `most` of them, and how many days each has.

    A stretch goes by its first day. There is one of zeros where nothing was; the last may reach beyond the last day.
    """
    first, total = days[0].day, (days[-1].day - days[0].day).days + 1
    length = -(-total // max(1, most))
    found = [Day(first + timedelta(days=start)) for start in range(0, total, length)]
    for day in days:
        place = (day.day - first).days // length
        sums = {field.name: getattr(found[place], field.name) + getattr(day, field.name) for field in fields(Day)[1:]}
        found[place] = replace(found[place], **sums)
    return length, found


def columns(values: Sequence[float], most: float, drawn: Signs) -> str:
    """Return values as columns of one line, `most` being a full one; what is more than nothing shows."""
    steps = len(drawn.columns) - 1
    return "".join(drawn.columns[max(1, round(value / most * steps)) if value > 0 else 0] for value in values)


def intervals(rows: Sequence[tuple[str, Interval]], columns: int, drawn: Signs, unit: str = "") -> list[str]:
    """Return a line an interval under one scale, which is symmetric about zero and fits them all."""
    label = max(len(name) for name, _ in rows)
    room = max(21, columns - label - 2)
    room -= 1 - room % 2
    middle = room // 2
    reach = max(0.1, *(abs(bound) for _, interval in rows for bound in interval))

    def place(value: float) -> int:
        return min(room - 1, max(0, middle + round(value / reach * middle)))

    scale = f"{-100 * reach:+.0f}{unit}", "0", f"{100 * reach:+.0f}{unit}"
    head = f"{scale[0]:<{middle}}{scale[1]}{scale[2]:>{middle}}"
    lines = [f"{'':{label}}  {head}"]
    for name, (difference, low, high) in rows:
        cells = [" "] * room
        cells[middle] = drawn.zero
        cells[place(low) : place(high) + 1] = drawn.line * (place(high) + 1 - place(low))
        if place(low) < middle < place(high):
            cells[middle] = drawn.zero
        cells[place(low)], cells[place(high)], cells[place(difference)] = drawn.left, drawn.right, drawn.value
        lines.append(f"{name:{label}}  {''.join(cells)}".rstrip())
    return lines
