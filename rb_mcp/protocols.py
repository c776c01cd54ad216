"""The seams: who embeds a text, who keeps the bank, what time it is.

Each is narrow over our own types, so that a second one is one file. A store never calls a model or an
embedder; an embedder never sees the bank; neither knows MCP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from rb_mcp.archive import Record
    from rb_mcp.tallies import Day, Ended, Summary
    from rb_mcp.types import (
        Attempt,
        Candidate,
        Embedding,
        Experience,
        Kept,
        Lesson,
        MemoryItem,
        Recall,
        Similar,
        Standing,
        Status,
        Strategy,
        Trial,
        Verdict,
    )
    from rb_mcp.work import Job, Prompt, Waiting


Purpose = Literal["query", "document"]
"""What a vector is for: a `query` is looked for among `document`s. Some models embed the two differently."""


class Clock(Protocol):
    """Tells the time, in UTC."""

    def __call__(self) -> datetime:
        """Return now."""
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors. A bank is bound to the name of one."""

    @property
    def name(self) -> str:
        """Model and release: vectors under different names are never compared."""
        ...

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        ...

    @property
    def background(self) -> tuple[float, float]:
        """Mean and standard deviation of the score of two unrelated tasks; see `memory/retrieval.py`."""
        ...

    async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:
        """Return one unit vector a text, in order, for texts that are kept or for one that is looked for.

        Raises:
            ProviderError: when the embedder is not installed or does not answer.
        """
        ...


class LanguageModel(Protocol):
    """Completes a prompt. Never retries by itself: one policy, that of the queue, decides about that."""

    @property
    def name(self) -> str:
        """Provider and model, as `RB_MCP_MODEL` spells them: `anthropic:claude-haiku-5-5`."""
        ...

    async def complete(self, prompt: Prompt) -> str:
        """Return the text of the reply, as JSON where the prompt has a schema and the model can be held to it.

        Raises:
            Unavailable: overloaded, rate-limited, out of reach, too slow; with the wait it asked for.
            Refused: the model declined.
            Malformed: the reply is empty, cut off, or no reply at all (a web page, half a JSON document).
            ProviderError: everything that trying again does not mend: no key, no such model, too long a prompt.
        """
        ...


class Queue(Protocol):
    """The distillations that a model is to do, shared by every process that has the bank open.

    A job is made by a status of `queued`, and ended by any other. It is taken up for the length of a lease;
    who comes back after that is refused with `LostLease`, and has changed nothing.
    """

    async def claim(self, lease: float) -> Job | None:
        """Take up the job that is due longest, for `lease` seconds; one whose lease ran out is due again."""
        ...

    async def put_off(self, job: Job, seconds: float, reason: str, *, failed: bool) -> None:
        """Give a job back, not to be taken up for some seconds; `failed` counts it as a bad try."""
        ...

    async def release(self, job: Job) -> None:
        """Give a job back as it was taken up: nothing came of it, good or bad."""
        ...

    async def give_up(
        self, experience: Experience, reason: str, *, asked: bool = False, job: Job | None = None
    ) -> None:
        """End the distillation by models: the agent, or a person, may still do it.

        `asked`: not a failure, the client's own model is being asked and shall not be asked twice.
        """
        ...

    async def enqueue(self, namespace: str | None, *, dead: bool = False) -> int:
        """Make jobs of what waits for lessons or a judgement, no model having been at hand; return how many.

        With `dead`, also of what was given up.
        """
        ...

    async def waiting(self, experience_ids: Sequence[str] = ()) -> list[Waiting]:
        """Return where distillations stand, oldest first: of these experiences, or all that are not done."""
        ...

    async def spend(self, budget: int) -> bool:
        """Count one call to a model against the day's budget; false, and not counted, when it is used up."""
        ...


class Merging(Protocol):
    """What consolidation does to strategies that are kept already. Each step is one transaction and can be undone."""

    async def item_vectors(
        self, namespace: str | None, embedder: str, embeddings: Sequence[tuple[str, Embedding]] = ()
    ) -> list[tuple[str, str]]:
        """Take some embeddings by strategy id; return ids and texts of the next active ones that lack one."""
        ...

    async def item_vector(self, strategy_id: str, embedder: str) -> Embedding | None:
        """Return the vector of a strategy's words, if it has one."""
        ...

    async def apart(self, namespace: str) -> dict[str, set[str]]:
        """Return, for each strategy of a namespace, under which reasons it is kept apart from others."""
        ...

    async def keep_apart(self, strategy_ids: Sequence[str]) -> None:
        """Remember that these are not to be merged with one another."""
        ...

    async def merge(self, strategy_id: str, into: str) -> bool:
        """Let one active strategy go into another, its evidence with it; false when one of them is active no more."""
        ...

    async def contradict(self, strategy_id: str, other: str) -> bool:
        """Mark that two strategies advise opposites; false when that was marked already."""
        ...

    async def compose(self, namespace: str, lesson: Lesson, parts: Sequence[str]) -> Kept | None:
        """Keep a strategy that is composed of others, on the evidence of all of them; None when it was before."""
        ...

    async def composed(self, namespace: str) -> list[frozenset[str]]:
        """Return the parts of every composed strategy of a namespace, whatever its standing is."""
        ...

    async def split(self, strategy_id: str) -> list[str]:
        """Undo what made a strategy of several, and return the ids of those that are active again, or retired.

        What went into it stands by itself again; so does what confirmed it in other words, from then on under an id of
        its own; one that was composed is retired.
        """
        ...


class Store(Queue, Merging, Protocol):
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
        lessons: Sequence[Lesson] = (),
        recall_id: str = "",
    ) -> tuple[Experience, list[Kept]]:
        """Keep a new experience, whole, with what was learned from it.

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
        recall_id: str = "",
        job: Job | None = None,
    ) -> list[Kept]:
        """Change what is kept of an experience: one more round, another verdict, lessons, the best member.

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

    async def search(
        self, namespaces: Sequence[str], words: frozenset[str], embedding: Embedding | None, limit: int
    ) -> list[Candidate]:
        """Return the experiences that have active strategies and are nearest to a task.

        The union of the `limit` nearest by vector and the `limit` best by text (BM25). Without an
        embedding, or with one of another embedder than the bank is bound to, by text alone.
        """
        ...

    async def similar(
        self, namespace: str, words: frozenset[str], limit: int, embedding: Embedding | None = None
    ) -> list[Similar]:
        """Return the strategies of a namespace, not retired, that are nearest to a text.

        The union of the `limit` that share most words with it and, with an embedding, the `limit` nearest by vector.
        """
        ...

    async def background(
        self, namespaces: Sequence[str], pairs: int
    ) -> tuple[int, list[tuple[float, frozenset[str], frozenset[str]]]]:
        """Return how many experiences there are, and cosine and words of about `pairs` pairs of different tasks.

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

    async def reindex(
        self, embedder: str, dimensions: int, embeddings: Sequence[tuple[str, Embedding]] = ()
    ) -> list[tuple[str, str]]:
        """Take some embeddings by experience id and return the next ids and tasks that lack one.

        When none is lacking the bank is bound to this embedder, the text and vector indexes are made anew
        from the tables, and the answer is empty. Safe to stop and take up again.
        """
        ...

    async def export(self, write: Callable[[Record], None]) -> int:
        """Hand every record of the bank to `write`, as of one moment, in an order `load` accepts."""
        ...

    async def load(self, records: Iterable[Record]) -> dict[str, int]:
        """Take in exported records, all or none; what is already there stays as it is."""
        ...

    async def summary(self, namespace: str | None) -> Summary:
        """Count what there is."""
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
