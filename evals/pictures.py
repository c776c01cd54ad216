"""The two pictures of the report, readable in grey and by the colour-blind; needs the extra `plot`."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from significance import compared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tier_a import Came

BLUE, ORANGE, GREY = "#0072b2", "#e69f00", "#b0b0b0"
"""Of Okabe and Ito's palette, dark, middle and light."""
SHOWN = (
    "irrelevant", "random", "raw", "workflow", "success", "both", "naive", "k 2", "k 3", "k 4", "uncredited",
    "parallel 3", "parallel 5", "sequential 3", "sequential 5",
)  # fmt: skip
ATTEMPTS = (1, 3, 5)
FLIPS = (0, 10, 27, 50)


def arms(file: Path, found: Mapping[str, Came]) -> None:
    """Draw by how much more each arm solves at first try than no memory does, with 95 % intervals."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only for the picture

    shown = [arm for arm in SHOWN if arm in found]
    figure: Any = Figure(figsize=(8, 0.32 * len(shown) + 1.2), dpi=150, layout="constrained")
    panel: Any = figure.subplots()
    for place, arm in enumerate(reversed(shown)):
        c = compared(_first(found[arm]), _first(found["none"]))
        colour = GREY if c.low <= 0 <= c.high else BLUE
        panel.plot([100 * c.low, 100 * c.high], [place, place], color=colour, linewidth=2)
        panel.plot([100 * c.difference], [place], "o", color=colour)
    panel.axvline(0, color="black", linewidth=1)
    panel.set_yticks(range(len(shown)), reversed(shown))
    panel.set_xlabel("points more than without memory; 95 % interval, grey where it holds 0")
    panel.set_title("Tasks solved at first try: fixed reader agent, tidying games", loc="left", fontsize=10)
    _plain(panel)
    figure.savefig(file)


def scaling(file: Path, found: Mapping[str, Came]) -> None:
    """Draw what scaling solves with and without memory, and what wrong verdicts leave of memory."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only for the picture

    figure: Any = Figure(figsize=(8, 3.4), dpi=150, layout="constrained")
    left, right = figure.subplots(1, 2)
    lines = {
        "parallel, best": ("parallel {}", "both", "best", BLUE, "-", "o"),
        "sequential, best": ("sequential {}", "both", "best", BLUE, "--", "s"),
        "no memory, best": ("none {}", "none", "best", "black", ":", "^"),
        "parallel, first attempt": ("parallel {}", "both", "first", ORANGE, "-", "o"),
    }
    for label, (name, alone, column, colour, dashes, mark) in lines.items():
        names = [name.format(k) if k > 1 else alone for k in ATTEMPTS]
        shares = [100 * _share(found[one], column) for one in names]
        left.plot(ATTEMPTS, shares, color=colour, linestyle=dashes, marker=mark, label=label)
    left.set_xticks(ATTEMPTS)
    left.set_xlabel("attempts a task")
    left.set_ylabel("% solved")
    flips = [f"flips {share}" if share else "both" for share in FLIPS]
    right.plot(FLIPS, [100 * _share(found[one], "first") for one in flips], color=BLUE, marker="o", label="bank")
    right.axhline(100 * _share(found["none"], "first"), color="black", linestyle=":", label="no memory")
    right.set_xticks(FLIPS)
    right.set_xlabel("% of verdicts reported the wrong way round")
    for panel in (left, right):
        panel.set_ylim(bottom=0)
        panel.legend(fontsize=8, frameon=False)
        _plain(panel)
    figure.savefig(file)


def _first(came: Came) -> Sequence[bool]:
    return [one.first for one in came.tasks]


def _share(came: Came, column: str) -> float:
    return statistics.fmean(getattr(one, column) for one in came.tasks)


def _plain(panel: Any) -> None:  # noqa: ANN401 - matplotlib's
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(color="#e4e4e4", linewidth=0.8)
    panel.set_axisbelow(True)
