"""What is done to the bank as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from rb_mcp.archive import Record
    from rb_mcp.tallies import Day, Ended, Vectors
    from rb_mcp.types import Embedding, Footprint, Strategy


class Upkeep(Protocol):
    """What the owner of a bank does to it as a whole, now and then."""

    async def forget(
        self,
        *,
        strategy_id: str = "",
        experience_id: str = "",
        namespace: str = "",
        since: datetime | None = None,
        client: str = "",
        imported: str = "",
    ) -> dict[str, int]:
        """Erase one strategy, one experience, or every experience from a source, from tables, indexes and raw bytes.

        A source is what was recorded in a namespace, since a moment, by a client, or came with an import; of
        several that are given, all have to hold. With an experience goes everything learned from it alone, and
        every contrast it took part in; what others taught too stays, in their words. Returns how many of each
        kind are gone.
        """
        ...

    async def vectors(self, embedder: str = "") -> Vectors:
        """Count the texts that have a vector of an embedder: unless named, of the one to move to, else the bank's."""
        ...

    async def move(self, embedder: str) -> None:
        """Wish for the bank to be moved to an embedder; to stay where it is, with its own or an empty name.

        `reindex` is the work. What was embedded for an earlier wish is deleted.
        """
        ...

    async def lead(self, by: str, seconds: float, *, attended: bool = False) -> bool:
        """Take up the work on vectors for some seconds, or go on with it; false while another has it.

        With `attended` a person waits for it: that goes before those of whom nobody does. It spares double work only;
        what `reindex` takes does not depend on it.
        """
        ...

    async def share(self, strategy: Strategy) -> Strategy:
        """Copy a strategy into `shared`, as it was seen, and return the copy; one that is there is brought up to date.

        The copy rests on the tasks of the experiences behind the strategy, of which nothing else is copied. It goes
        when the strategy or one of them is forgotten, and retires when the outcome of one of them is corrected.
        Where `shared` has the same words already, those are returned, unchanged.
        """
        ...

    async def reindex(
        self, embedder: str, dimensions: int, embeddings: Sequence[tuple[str, Embedding]] = ()
    ) -> list[tuple[str, str]]:
        """Take some embeddings by experience id and return ids and tasks of others that lack one.

        When none is lacking the answer is empty and the bank is bound to this embedder: its index is made anew, the
        vectors of every other are deleted. One that is bound to none yet is bound by the first. Of an embedder that
        the bank is neither bound to nor to move to, nothing is taken. Safe to stop, take up again, and do at once.
        """
        ...

    async def kind_vectors(
        self, embedder: str, embeddings: Sequence[tuple[str, Embedding]] = ()
    ) -> list[tuple[str, str]]:
        """Take some embeddings of kinds by experience id; return ids and kinds of others that lack one.

        Of an embedder that the bank is neither bound to nor to move to, nothing is taken.
        """
        ...

    async def footprints(self, footprints: Sequence[tuple[str, Footprint]] = (), limit: int = 16) -> list[str]:
        """Take what some experiences touched, by id; return ids of others of which nobody has said it yet."""
        ...

    async def export(self, write: Callable[[Record], None]) -> int:
        """Hand every record of the bank to `write`, as of one moment, in an order `load` accepts."""
        ...

    async def load(self, records: Iterable[Record]) -> dict[str, int]:
        """Take in exported records, all or none; what is already there stays as it is."""
        ...

    async def outcomes(self, namespace: str | None) -> list[Ended]:
        """Return what came of the tasks whose recall was drawn, in the order they asked; unknown outcomes left out.

        The first recall that an experience is credited to decides whether its task had memory.
        """
        ...

    async def days(self, namespace: str | None) -> list[Day]:
        """Return what each day brought on which there was anything, in order."""
        ...

    async def check(self) -> list[tuple[str, str, bool]]:
        """Examine engine, file, schema, indexes: (what, finding, whether it is well)."""
        ...

    async def verify(self) -> list[tuple[str, str, bool]]:
        """Examine every record against its digest, and every index against the records: (what, finding, well)."""
        ...

    async def backup(self, file: Path, *, replace: bool = False) -> dict[str, int]:
        """Write a verified copy of the bank, as of one moment, to `file`; return how many of each kind it holds."""
        ...

    async def rebuild(self) -> None:
        """Make the text and vector indexes anew from the tables, whatever state they are in."""
        ...
