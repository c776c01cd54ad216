"""Every text of the bank gets a vector of one embedder: when the bank moves to another, and where one is lacking.

Each batch is a transaction of its own, and nothing is embedded inside one: it can be stopped at any point and taken
up by anybody. The store draws the batches at random, so that several at it at once rarely embed the same: two of them
were counted to embed 1.6 % of 10,000 tasks twice. Not covered: to which embedder a bank moves; a person wishes that.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import anyio

from rb_mcp.errors import ProviderError, StoreError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from rb_mcp.protocols import Embedder, Store

BATCH = 64
"""Texts embedded at a time while a person waits for it."""
SMALL, PAUSE = 8, 0.25
"""The same in the background, and seconds between: a recall waits for one such batch at most."""
START, LOOK, LONGEST_WAIT = 3.0, 30.0, 3_600.0
"""Seconds before the first look at what lacks a vector, between two looks, and after failures, doubled each time."""

_log = logging.getLogger("rb_mcp.memory.reindexing")


async def reindex(
    store: Store,
    embedder: Embedder,
    report: Callable[[int], object] | None = None,
    *,
    batch: int = BATCH,
    pause: float = 0.0,
) -> int:
    """Embed what lacks a vector, strategies first; then the store binds the bank. Return how many texts there were.

    `report` is told how many a batch had.

    Raises:
        ProviderError: when the embedder does not answer; what it did until then is kept.
    """
    done = 0
    takes = (
        partial(store.item_vectors, None, embedder.name),
        partial(store.reindex, embedder.name, embedder.dimensions),
    )
    for take in takes:
        tried: set[str] = set()
        todo = await take()
        while some := [(id_, text) for id_, text in todo if id_ not in tried][:batch]:
            ids = [id_ for id_, _ in some]
            vectors = await embedder.embed([text for _, text in some])
            todo = await take(list(zip(ids, vectors, strict=True)))
            tried.update(ids)
            done += len(ids)
            if report:
                report(len(ids))
            await anyio.sleep(pause)
    return done


@dataclass(frozen=True)
class Filler:
    """Does it in the background of a server, whenever the store says that there is something to do."""

    store: Store
    embedder: Embedder

    async def run(self) -> None:
        """Work until cancelled. The embedder is not asked, nor loaded, while nothing lacks."""
        failures, wait = 0, START
        while True:
            await anyio.sleep(wait)
            wait = LOOK
            try:
                if await self._due():
                    await reindex(self.store, self.embedder, batch=SMALL, pause=PAUSE)
                    failures = (
                        failures + 1 if await self._due() else 0
                    )  # what has no usable vector is not asked for on end
            except StoreError:  # the bank is held, full or gone for now
                continue
            except ProviderError as error:
                if not failures:
                    _log.warning("texts without a vector wait, recall of them is by text meanwhile: %s", error)
                failures += 1
                wait = (error.retry_after if isinstance(error, Unavailable) else None) or 0.0
            wait = max(wait, min(LONGEST_WAIT, LOOK * 2**failures))

    async def _due(self) -> bool:
        return (await self.store.vectors(self.embedder.name)).due
