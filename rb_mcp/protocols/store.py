"""Who keeps the bank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rb_mcp.protocols.merging import Merging
from rb_mcp.protocols.queue import Queue
from rb_mcp.protocols.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.tallies import Summary
    from rb_mcp.types import (
        Attempt,
        Embedding,
        Experience,
        Footprint,
        Kept,
        Lesson,
        MemoryItem,
        Note,
        Origin,
        Pool,
        Probe,
        Recall,
        Remedy,
        Similar,
        Standing,
        Status,
        Strategy,
        Trial,
        Verdict,
    )
    from rb_mcp.work import Job


class Store(Queue, Merging, Upkeep, Protocol):
    """Keeps the bank. Each method is one use case and, where it writes, one transaction.

    What has returned is durable. A namespace argument of `None` means any, for the owner of the bank;
    everything a client reaches passes one. Ids that are unknown there raise `NotFound`; a bank that cannot
    do what is asked raises `StoreError`, with nothing half-written.
    """

    async def close(self) -> None:
        """Close the bank. Nothing is lost when this is never called; a later call opens it again."""
        ...

    async def add(
        self,
        experience: Experience,
        *,
        key: str,
        embedding: Embedding | None,
        kind_embedding: Embedding | None = None,
        footprint: Footprint | None = None,
        lessons: Sequence[Lesson] = (),
        recall_id: str = "",
    ) -> tuple[Experience, list[Kept]]:
        """Keep a new experience, whole, with what was learned from it.

        `embedding`, `kind_embedding`: of its task, and of its kind if that is known. `footprint`: what it touched.

        `key` identifies its content within the namespace: when it is already there nothing is written and
        the one that is there is returned, so a call that is repeated adds nothing.
        """
        ...

    async def amend(
        self,
        experience: Experience,
        *,
        attempt: Attempt | None = None,
        verdict: Verdict | None = None,
        withdraw: str = "",
        lessons: Sequence[Lesson] = (),
        status: Status,
        best: tuple[str, str] | None = None,
        kind: str = "",
        kind_embedding: Embedding | None = None,
        footprint: Footprint | None = None,
        recall_id: str = "",
        job: Job | None = None,
    ) -> list[Kept]:
        """Change what is kept of an experience: one more round, another verdict, lessons, the best member, its kind.

        The status `queued` makes a job of it, any other ends its job. With `job` nothing is changed unless
        that lease still holds; `LostLease` otherwise.

        `withdraw` is the reason for which everything learned from this experience alone is retired first.
        When a contrast comes to be distilled, those of its members that still waited count as distilled.
        """
        ...

    async def experience(self, experience_id: str, namespace: str | None) -> Experience:
        """Return one experience in full."""
        ...

    async def experiences(
        self, namespace: str | None, *, status: Status | None = None, after: int = 0, limit: int = 50
    ) -> list[Experience]:
        """Return a page of experiences without their steps, newest first; `after` skips that many."""
        ...

    async def strategies(
        self,
        namespace: Sequence[str] | str | None,
        *,
        ids: Sequence[str] = (),
        of: Sequence[str] = (),
        standing: Standing | None = None,
        after: int = 0,
        limit: int = 50,
    ) -> list[Strategy]:
        """Return a page of strategies, newest first: all, those named, or those that `of` (experiences) taught."""
        ...

    async def recalled(self, experience_id: str, namespace: str) -> list[Strategy]:
        """Return what was recalled for the task of an experience, or of a contrast that it is part of.

        Whatever its namespace and its standing are by now.
        """
        ...

    async def trials(self, namespace: str, *, of: Sequence[str] = (), without: str = "") -> list[Trial]:
        """Return how the tasks of a namespace with a known outcome ended; attempts that were contrasted are one.

        With `without`, the id of a strategy: only of these experiences, and of them those that did not recall it.
        """
        ...

    async def tasks(self, namespace: str, limit: int) -> list[tuple[str, frozenset[str]]]:
        """Return ids and words of the latest experiences with a known outcome, whether they taught anything or not."""
        ...

    async def search(self, namespaces: Sequence[str], probe: Probe, limit: int, *, among: Sequence[str] = ()) -> Pool:
        """Return the experiences that have active strategies and come nearest to a query on one of their sides.

        The union of the `limit` nearest by each pair of vectors (task and task, task and strategy, kind and kind, kind
        and strategy) and the `limit` best by words and by terms touched (BM25). Without vectors, or with those of
        another embedder than the bank is bound to, by text alone. With `among` these experiences, whatever is near.
        """
        ...

    async def remedies(self, namespaces: Sequence[str], heads: Sequence[str]) -> list[tuple[Remedy, str, Origin]]:
        """Return the remedies of errors whose signatures begin with one of these words, the newest first.

        Each with the id of its experience and whose that is.
        """
        ...

    async def similar(
        self, namespace: str, words: frozenset[str], limit: int, embedding: Embedding | None = None
    ) -> list[Similar]:
        """Return the strategies of a namespace, not retired, that are nearest to a text.

        The union of the `limit` that share most words with it and, with an embedding, the `limit` nearest by vector.
        """
        ...

    async def note(self, session: str, namespace: str, note: Note) -> None:
        """Keep a line of a session's notebook, in place of the one about the same error, or of the open task.

        Of a session the latest `MOST_NOTES` stay.
        """
        ...

    async def notebook(self, session: str, namespace: str) -> list[Note]:
        """Return the notebook of a session, the latest line first."""
        ...

    async def close_notebook(self, session: str, namespace: str) -> int:
        """Forget the notebook of a session that is over, and those that nobody wrote in for two weeks."""
        ...

    async def background(self, namespaces: Sequence[str], pairs: int) -> tuple[int, list[float]]:
        """Return how many experiences there are, and the cosines of about `pairs` pairs of different tasks.

        The pairs are drawn evenly, the same ones from the same bank.
        """
        ...

    async def keep_recall(self, recall: Recall) -> None:
        """Keep what was answered to a task (never the task itself), so that it can be credited."""
        ...

    async def revise(
        self,
        strategy_id: str,
        namespace: str | None,
        *,
        item: MemoryItem | None = None,
        standing: Standing | None = None,
        note: str = "",
        seen: Strategy | None = None,
    ) -> Strategy:
        """Change a strategy's words or its standing, by a person; reworded or made active, it counts as approved.

        With `seen` no person asks but a rule: nothing counts as approved, and nothing is changed unless standing,
        note and approval are still as seen there.
        """
        ...

    async def summary(self, namespace: str | None) -> Summary:
        """Count what there is."""
        ...
