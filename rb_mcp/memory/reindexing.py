"""Every text of the bank gets a vector of one embedder: when the bank moves to another, and where one is lacking.

Each batch is a transaction of its own, and nothing is embedded inside one: it can be stopped at any point and taken
up by anybody. One at a time does the work; what a killed one left is taken up when its lease is over. Not covered: to
which embedder a bank moves. A person wishes that (`rb-mcp reindex`), and the store holds everybody to it.
"""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import anyio

from rb_mcp.errors import NotFound, ProviderError, StoreError, Unavailable
from rb_mcp.memory.tracing import footprint_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rb_mcp.protocols import Embedder, Store
    from rb_mcp.types import Footprint

BATCH = 32
"""Texts embedded at a time while a person waits for it."""
SMALL, PAUSE = 8, 0.25
"""The same in the background, and seconds between: a recall waits for one such batch at most."""
LEASE = 10.0
"""Seconds for which one has the work to itself after each batch. An embedder slower than that costs double work."""
START, LOOK, LONGEST_WAIT = 3.0, 10.0, 3_600.0
"""Seconds before the first look at what lacks a vector, between two looks, and at most after failures."""

_log = logging.getLogger("rb_mcp.memory.reindexing")


async def reindex(
    store: Store, embedder: Embedder, report: Callable[[int], object] | None = None, *, attended: bool = True
) -> int:
    """Embed what lacks a vector, strategies first; then the store binds the bank. Return how many texts that were.

    `report` is told how many have one. `attended`: a person waits; otherwise it goes slowly, and ends where another
    process has the work.

    Raises:
        ProviderError: when the embedder does not answer; what it did until then is kept.
    """
    by, done = secrets.token_hex(8), 0
    steps = (
        partial(store.item_vectors, None, embedder.name),
        partial(store.kind_vectors, embedder.name),
        partial(store.reindex, embedder.name, embedder.dimensions),
    )
    try:
        for take in steps:
            tried: set[str] = set()  # what has no usable vector is not asked for on end
            todo = await take()
            while some := [one for one in todo if one[0] not in tried][: BATCH if attended else SMALL]:
                if await store.lead(by, LEASE, attended=attended):
                    vectors = await embedder.embed([text for _, text in some])
                    ids = [id_ for id_, _ in some]
                    todo = await take(list(zip(ids, vectors, strict=True)))
                    tried.update(ids)
                    done += len(ids)
                elif not attended:
                    return done
                else:
                    await anyio.sleep(1)
                    todo = await take()
                if report:
                    report((await store.vectors(embedder.name)).embedded)
                await anyio.sleep(0 if attended else PAUSE)
    finally:
        with anyio.CancelScope(shield=True), suppress(StoreError):
            await store.lead(by, 0)
    return done


async def follow(store: Store, embedder: Embedder) -> None:
    """Have a bank moved to an embedder that joins the one it is bound to with others, as a new release may.

    Nothing is lost on the way: until it has moved it is searched, and kept in step, by what they have in common.
    """
    vectors = await store.vectors()
    if vectors.bound and not vectors.target and embedder.name.startswith(f"{vectors.bound}:"):
        await store.move(embedder.name)


async def trace(store: Store) -> None:
    """Say what experiences touched of which nobody has said it yet: those of earlier releases, imports, long ones."""
    pending = await store.footprints()
    while pending:
        drawn: list[tuple[str, Footprint]] = []
        for id_ in pending:
            with suppress(NotFound):  # it was forgotten meanwhile
                footprint = await footprint_of(await store.experience(id_, None), whole=True)
                drawn += [(id_, footprint)] if footprint else []
        pending = await store.footprints(drawn)
        await anyio.sleep(PAUSE)


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
                await trace(self.store)
                await follow(self.store, self.embedder)
                if (await self.store.vectors(self.embedder.name)).due:
                    await reindex(self.store, self.embedder, attended=False)
                failures = 0
            except StoreError:  # the bank is held, full or gone for now
                continue
            except ProviderError as error:
                if not failures:
                    _log.warning("texts without a vector wait, and are recalled by their words: %s", error)
                failures += 1
                asked = error.retry_after if isinstance(error, Unavailable) else None
                wait = max(asked or 0.0, min(LONGEST_WAIT, LOOK * 2**failures))
