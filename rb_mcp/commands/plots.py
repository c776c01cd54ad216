"""The picture of `stats --plot`: four small panels over one time axis, readable in grey and by the colour-blind.

Needs matplotlib, which comes with the extra `plot` and is imported here only. Lines differ in their dashes, bars
in their brightness: colour alone says nothing.
"""

from __future__ import annotations

import textwrap
from datetime import datetime, time, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from rb_mcp.commands.charts import stretches
from rb_mcp.errors import ConfigurationError, StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from rb_mcp.memory.lift import Lift
    from rb_mcp.tallies import Day

FEW = 15
"""Points up to which each is marked."""

MOST_BARS = 80
"""Side by side; of a longer time a bar stands for several days."""

_YEAR = timedelta(days=366)

_LINE = 92
"""Characters of a line of the heading."""

BLUE, ORANGE, GREY = "#0072b2", "#e69f00", "#b0b0b0"
"""Of Okabe and Ito's palette, dark, middle and light."""


def plot(file: Path, title: str, days: Sequence[Day], lifts: Sequence[tuple[date, Lift]], saying: str) -> None:
    """Draw what each day brought and what could be told at its end.

    Raises:
        ConfigurationError: when matplotlib is not installed.
        StoreError: when the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - only for who asks for a picture
    except ImportError as error:
        raise ConfigurationError("a picture needs matplotlib: install it with pip install 'rb-mcp[plot]'") from error
    figure: Any = Figure(figsize=(8, 9.5), dpi=150, layout="constrained")
    panels: Any = figure.subplots(4, 1, sharex=True, height_ratios=(3, 2, 1.4, 2))
    figure.suptitle("\n".join([title, *textwrap.wrap(saying, _LINE)]), fontsize=11, x=0.02, ha="left")
    for panel in panels:
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(axis="y", color="#e4e4e4", linewidth=0.8)
        panel.set_axisbelow(True)
    _lift(panels[0], lifts)
    _growth(panels[1], days)
    length, parts = stretches(days, MOST_BARS)
    _merges(panels[2], length, parts)
    _answers(panels[3], length, parts)
    _time_axis(panels[3], days, parts[-1].day + timedelta(days=length))
    try:
        figure.savefig(file, format="png")
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror or error}") from error


def _lift(panel: Any, lifts: Sequence[tuple[date, Lift]]) -> None:  # noqa: ANN401 - matplotlib's
    panel.set_title(
        "Lift: success with memory minus without, of all tasks up to the day; shaded, 95 % interval",
        loc="left",
        fontsize=10,
    )
    panel.set_ylabel("points")
    panel.axhline(0, color="black", linewidth=1)
    known = [(day, [100 * value for value in lift.success]) for day, lift in lifts if lift.success]
    if not known:
        panel.set_yticks([0])
        panel.set_ylim(-1, 1)
        panel.text(0.5, 0.75, "not enough data yet", transform=panel.transAxes, ha="center", color="#555555")
        return
    when = [day for day, _ in known]
    mark = "o" if len(known) <= FEW else ""
    low, high = [interval[1] for _, interval in known], [interval[2] for _, interval in known]
    if len(known) == 1:
        panel.vlines(when, low, high, color=BLUE, alpha=0.4, linewidth=6)
    panel.fill_between(when, low, high, color=BLUE, alpha=0.2, linewidth=0)
    panel.plot(when, [interval[0] for _, interval in known], color=BLUE, linewidth=2, marker=mark, markersize=4)


def _growth(panel: Any, days: Sequence[Day]) -> None:  # noqa: ANN401 - matplotlib's
    panel.set_title("Growth", loc="left", fontsize=10)
    panel.set_ylabel("in the bank")
    when = [day.day for day in days]
    mark = "o" if len(when) <= FEW else ""
    for name, dashes, colour, values in (
        ("experiences", "-", BLUE, [day.experiences for day in days]),
        ("strategies (those active today)", "--", ORANGE, [day.strategies for day in days]),
    ):
        panel.plot(
            when, list(accumulate(values)), dashes, color=colour, linewidth=2, label=name, marker=mark, markersize=4
        )
    panel.set_ylim(bottom=0)
    panel.yaxis.get_major_locator().set_params(integer=True)
    panel.legend(frameon=False, fontsize=9, loc="upper left")


def _merges(panel: Any, length: int, parts: Sequence[Day]) -> None:  # noqa: ANN401 - matplotlib's
    panel.set_title("Merges: lessons that confirmed a strategy already there", loc="left", fontsize=10)
    _bars(panel, length, parts, [("", BLUE, "", [part.merges for part in parts])])
    if not any(part.merges for part in parts):
        panel.text(0.5, 0.45, "none yet", transform=panel.transAxes, ha="center", color="#555555")


def _answers(panel: Any, length: int, parts: Sequence[Day]) -> None:  # noqa: ANN401 - matplotlib's
    panel.set_title("Recalls", loc="left", fontsize=10)
    kinds = [
        ("answered", BLUE, "", [part.answered for part in parts]),
        ("withheld by chance", ORANGE, "////", [part.withheld for part in parts]),
        ("nothing near enough", GREY, "", [part.nothing for part in parts]),
    ]
    _bars(panel, length, parts, kinds, headroom=1.35)
    panel.legend(frameon=False, fontsize=9, loc="upper left", ncols=3)


def _bars(
    panel: Any,  # noqa: ANN401 - matplotlib's
    length: int,
    parts: Sequence[Day],
    kinds: Sequence[tuple[str, str, str, Sequence[int]]],
    headroom: float = 1.1,
) -> None:
    """Stack kinds of counts: each a name, a colour, a hatch and its values."""
    panel.set_ylabel("a day" if length == 1 else f"in {length} days")
    middle = timedelta(hours=12 * (length - 1))
    when = [datetime.combine(part.day, time()) + middle for part in parts]
    under = [0] * len(parts)
    for name, colour, hatch, values in kinds:
        panel.bar(
            when, values, bottom=under, color=colour, hatch=hatch, edgecolor="white", linewidth=0.3,
            width=0.8 * length, label=name,
        )  # fmt: skip
        under = [below + value for below, value in zip(under, values, strict=True)]
    panel.yaxis.get_major_locator().set_params(integer=True)
    panel.set_ylim(0, max(1, *(headroom * most for most in under)))


def _time_axis(panel: Any, days: Sequence[Day], end: date) -> None:  # noqa: ANN401 - matplotlib's
    from matplotlib.dates import AutoDateLocator, DateFormatter  # noqa: PLC0415 - see above

    locator: Any = AutoDateLocator(minticks=3, maxticks=10, interval_multiples=True)
    locator.intervald[3] = [1, 2, 3, 7, 14]  # days: no hours, however short the time is
    panel.xaxis.set_major_locator(locator)
    panel.xaxis.set_major_formatter(DateFormatter("%d %b" if days[-1].day - days[0].day < _YEAR else "%b %Y"))
    panel.set_xlim(days[0].day - timedelta(days=1), end)
    panel.set_xlabel(f"day (UTC), {days[0].day} to {days[-1].day}")
