"""What the state machines share: how long they run, and an event loop that their synchronous rules call into."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, Phase, settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from contextlib import AbstractAsyncContextManager

T = TypeVar("T")

LONG = os.environ.get("RB_TEST_LONG") == "1"
"""Whether to look for new faults, for minutes; else the same few runs are made each time, as CI needs it."""

TIMEOUT = 3_600 if LONG else 600
"""Seconds that pytest gives a machine: a failure is made small before it is told, which takes minutes."""


def profile(machines: int, steps: int) -> settings:
    """Return how many runs of how many steps a machine makes."""
    return settings(
        max_examples=6 * machines if LONG else machines,
        stateful_step_count=2 * steps if LONG else steps,
        derandomize=not LONG,
        database=None,  # runs leave nothing behind
        deadline=None,  # a step syncs a file: how long that takes says nothing
        # Of a machine that is shared, `too_slow` measures the others; a run that is as long as asked is not too large.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        print_blob=False,
    )


class Run:
    """A folder and an event loop for one run of a machine."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        self._portal = self._stack.enter_context(start_blocking_portal())

    def wait(self, awaitable: Awaitable[T]) -> T:
        """Return what an awaitable brings."""

        async def awaited() -> T:
            return await awaitable

        return self._portal.call(awaited)

    def enter(self, manager: AbstractAsyncContextManager[T]) -> tuple[T, ExitStack]:
        """Enter an asynchronous context, and return what it gives with what leaves it."""
        leaving = ExitStack()
        return leaving.enter_context(self._portal.wrap_async_context_manager(manager)), leaving

    def end(self) -> None:
        """End the loop, and delete the folder."""
        self._stack.close()


def pick(among: Sequence[T], number: int) -> T:
    """Return one of some; numbers wrap around, so that each drawn one names something that is there."""
    return among[number % len(among)]
