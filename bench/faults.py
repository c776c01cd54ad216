"""Servers with a fault planted in them: what the harnesses have to find, or they find nothing.

`python bench/faults.py NAME ...` is `python -m rb_mcp ...` with one rule of the store broken. The rest of the program
is the real one. `plant` breaks the rule in the running process instead, before a store is made.

Not covered: faults below the store, of the disk or of the engine.
"""

from __future__ import annotations

import secrets
import sys
import threading
import time
from typing import TYPE_CHECKING, TypeVar

import anyio

from rb_mcp import stores
from rb_mcp.cli import main
from rb_mcp.stores import index, rows, sqlite
from rb_mcp.stores.engine import Engine
from rb_mcp.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rb_mcp.stores.database import Database
    from rb_mcp.types import Embedding, Experience, Footprint, Kept, Lesson

T = TypeVar("T")

LATE = 0.05
"""Seconds by which the later of two things that belong together comes later: enough for a few kills to fall between."""


class _AcknowledgesFirst(Engine):
    """Answers as soon as the statements have run; the commit follows on a thread of its own."""

    _committing: threading.Thread | None = None

    def _read(self, work: Callable[[Database], T]) -> T:
        if self._committing:  # so that the server itself sees nothing wrong
            self._committing.join()
        return super()._read(work)

    def _write(self, work: Callable[[Database], T], erase: bool) -> T:
        answered = threading.Event()
        results: list[T] = []
        errors: list[Exception] = []

        def answer_first(db: Database) -> T:
            results.append(work(db))
            answered.set()
            time.sleep(LATE)
            return results[0]

        def write() -> None:
            try:
                super(_AcknowledgesFirst, self)._write(answer_first, erase)
            except Exception as error:  # noqa: BLE001 - raised again below, in the thread of the caller
                errors.append(error)
            answered.set()

        thread = threading.Thread(target=write)
        thread.start()
        self._committing = thread
        answered.wait()
        if not results:
            raise errors[0]
        return results[0]


class _SyncsAtCheckpoints(Engine):
    """Leaves commits in the caches of the system: a killed process loses nothing by it, a power cut does."""

    def _connect(self) -> Database:
        db = super()._connect()
        db.script("PRAGMA synchronous = NORMAL")
        return db


class _VectorLater(SqliteStore):
    """Keeps the vector of a new experience in a transaction of its own."""

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
        kept = await super().add(
            experience, key=key, embedding=None, footprint=footprint, lessons=lessons, recall_id=recall_id
        )

        def work(db: Database) -> None:
            seq = rows.sequence(db, "experiences", experience.id, None, "experience_id")
            if kind_embedding:
                index.keep_kind_vector(db, seq, kind_embedding)
            if embedding:
                index.keep_vector(db, seq, embedding)
                index.refresh(db, [seq])

        if kept[0].id == experience.id:
            await anyio.sleep(LATE)
            await self._engine.write(work)
        return kept


class _EveryCallIsNew(SqliteStore):
    """Takes a call that is sent again for another one."""

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
        kept = await super().add(
            experience,
            key=key + secrets.token_hex(4),
            embedding=embedding,
            kind_embedding=kind_embedding,
            footprint=footprint,
            lessons=lessons,
            recall_id=recall_id,
        )
        await anyio.sleep(LATE)
        return kept


FAULTS: dict[str, tuple[object, str, type]] = {
    "acknowledge-before-commit": (sqlite, "Engine", _AcknowledgesFirst),
    "vector-in-second-transaction": (stores, "SqliteStore", _VectorLater),
    "no-idempotency": (stores, "SqliteStore", _EveryCallIsNew),
    "synchronous-normal": (sqlite, "Engine", _SyncsAtCheckpoints),
}
"""Name → the module, the class in it that is replaced, and by what."""


def plant(name: str) -> None:
    """Break a rule in this process: stores that `open_store` makes from here on have the fault."""
    module, replaced, by = FAULTS[name]
    setattr(module, replaced, by)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in FAULTS:
        sys.exit(f"usage: python bench/faults.py {{{','.join(FAULTS)}}} [COMMAND ...]")
    plant(sys.argv.pop(1))
    main()
