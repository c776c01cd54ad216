"""How figures are taken and printed: the median, with the least and the most, so that noise shows as what it is."""

from __future__ import annotations

import statistics
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence


class Times:
    """CPU seconds of this process, all threads, and seconds by the wall clock, of something done repeatedly."""

    def __init__(self) -> None:
        self.cpu: list[float] = []
        self.wall: list[float] = []

    @contextmanager
    def taken(self) -> Generator[None]:
        """Time the block."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu.append(time.process_time() - cpu)
        self.wall.append(time.perf_counter() - wall)

    def __str__(self) -> str:
        return f"CPU {spread(self.cpu, 'ms', 1e3):30}wall {spread(self.wall, 'ms', 1e3):30}"


def spread(values: Sequence[float], unit: str = "", scale: float = 1.0) -> str:
    """Return `median (min-max) unit`, each multiplied by `scale`; a single value is given alone."""
    middle, least, most = (scale * value for value in (statistics.median(values), min(values), max(values)))
    extent = f" ({least:.4g}-{most:.4g})" if len(values) > 1 else ""
    return f"{middle:.4g}{extent} {unit}".rstrip()


def within(what: str, value: float, target: float) -> bool:
    """Print whether a figure is within its target, and return it."""
    print(f"  {what}: {value:.2f}; target <= {target:g}: {'reached' if value <= target else 'MISSED'}")
    return value <= target
