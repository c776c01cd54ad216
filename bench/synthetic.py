"""A bank of made-up experiences: task texts from word lists, random unit vectors, one active strategy each.

The texts repeat words about as WebArena's tasks do (a few templates, many names, "the" in two of three), so that
a query matches most of the text index; the vectors are as far apart as random ones are. Not covered: trajectories,
which are left out because their size is the user's own, and meaning.
"""

from __future__ import annotations

import base64
import hashlib
import math
import random
from array import array
from typing import TYPE_CHECKING

from rb_mcp.providers.use import UseEmbedder
from rb_mcp.stores.database import Database
from rb_mcp.stores.engine import extension_path
from rb_mcp.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rb_mcp.archive import ExperienceRecord, Record, StrategyRecord

_TASKS = (
    "{verb} the {kind} {thing} of {name} in the {place}",
    "tell me how many {thing}s {name} has on the {place} since {number}",
    "{verb} a {thing} for {name} with the {kind} {place} {number}",
    "show my {kind} {thing} and {verb} it to {name} {other}",
    "what is the {kind} {thing} that {name} made by {number}",
    "i want to {verb} {thing} {number} on the {place} of {name} {other}",
    "{verb} all {kind} {thing}s in {place} {number} from {name}",
    "post a {kind} {thing} to the {place} {name} as {other}",
)
_PARTS = {
    "verb": ("find", "list", "open", "close", "cancel", "update", "compare", "count", "export", "rename", "delete"),
    "kind": ("cheapest", "latest", "oldest", "longest", "unpaid", "pending", "broken", "missing", "open", "shared"),
    "thing": ("order", "invoice", "issue", "review", "customer", "branch", "ticket", "flight", "product", "report"),
    "place": ("shop", "forum", "repository", "calendar", "map", "dashboard", "archive", "inbox", "database"),
}
_SYLLABLES = tuple(consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou")
NEAREST = "SELECT seq FROM plain WHERE vector MATCH ? AND k = ? AND namespace IN (?, ?)"
"""The engine's own query: vector, how many, two namespaces."""

_MOMENT = "2026-01-01T00:00:00.000000+00:00"


def bare(path: Path) -> Database:
    """Open a file as anyone would who wants to search vectors: apsw and sqlite-vec with their own settings."""
    db = Database(str(path))
    db.enable_load_extension(True)
    db.load_extension(extension_path())
    return db


def add_plain_vectors(db: Database, chunk: int, held: Synthetic) -> None:
    """Add a vec0 table `plain` of a bank's vectors, as they are, whatever the project's own index makes of them."""
    db.run(
        "CREATE VIRTUAL TABLE plain USING vec0 (seq INTEGER PRIMARY KEY, namespace TEXT PARTITION KEY, "
        f"vector FLOAT[{UseEmbedder.dimensions}], chunk_size={chunk})"
    )
    with db:
        db.run_many(
            "INSERT INTO plain (seq, namespace, vector) VALUES (?, ?, ?)",
            ((n, held.namespace(n), vector.tobytes()) for n, vector in enumerate(held.vectors)),
        )


class Synthetic:
    """Experiences by number: the same seed gives the same bank."""

    def __init__(self, experiences: int, namespaces: int, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - nothing secret
        self.namespaces = namespaces
        self.tasks = [self._task() for _ in range(experiences)]
        self.vectors = [self._unit() for _ in range(experiences)]

    def namespace(self, number: int) -> str:
        """Return where an experience is."""
        return f"n{number % self.namespaces}"

    def query(self, number: int) -> tuple[str, array[float]]:
        """Return a task near to this experience's: one more word, and a vector at a cosine of about 0.9."""
        near = (one + 0.5 * other for one, other in zip(self.vectors[number], self._unit(), strict=True))
        return f"{self.tasks[number]} {self._name()}", _normal(list(near))

    def records(self) -> Iterator[Record]:
        """Give every experience and its strategy as records of an archive."""
        for number, task in enumerate(self.tasks):
            yield self._experience(number, task)
        for number, task in enumerate(self.tasks):
            yield self._strategy(number, task)

    async def fill(self, path: Path) -> None:
        """Write the bank."""
        store = SqliteStore(path)
        await store.load(self.records())
        await store.close()

    def _task(self) -> str:
        parts = {part: self._random.choice(several) for part, several in _PARTS.items()}
        number = self._random.randrange(2_000)
        task = self._random.choice(_TASKS)
        return task.format(**parts, name=self._name(), other=self._name(), number=number)

    def _name(self) -> str:
        return "".join(self._random.choices(_SYLLABLES, k=3))

    def _unit(self) -> array[float]:
        return _normal(array("b", self._random.randbytes(UseEmbedder.dimensions)))

    def _experience(self, number: int, task: str) -> ExperienceRecord:
        return {
            "record": "experience",
            "id": f"exp_{number:016x}",
            "namespace": self.namespace(number),
            "task": task,
            "key": hashlib.sha256(str(number).encode()).hexdigest(),
            "status": "distilled",
            "best": "",
            "best_reason": "",
            "created_at": _MOMENT,
            "attempts": [
                {"steps": [], "outcome": "success", "reason": "tests passed", "source": "evidence", "judge": ""}
            ],
            "members": [],
            "vectors": [
                {"embedder": UseEmbedder.name, "vector": base64.b64encode(self.vectors[number].tobytes()).decode()}
            ],
        }

    def _strategy(self, number: int, task: str) -> StrategyRecord:
        item = {
            "title": f"How to {task}"[:80],
            "description": "Applies when the page lists many rows; not when there is one.",
            "content": "Sort by the column that is asked about before reading the first row, then check the filter.",
        }
        return {
            "record": "strategy",
            "id": f"str_{number:016x}",
            "namespace": self.namespace(number),
            "title": item["title"],
            "description": item["description"],
            "content": item["content"],
            "outcome": "success",
            "standing": "active",
            "note": "",
            "edited": False,
            "created_at": _MOMENT,
            "evidence": [
                {
                    "experience": f"exp_{number:016x}",
                    "title": item["title"],
                    "description": item["description"],
                    "content": item["content"],
                }
            ],
        }


def _normal(values: array[int] | list[float]) -> array[float]:
    length = math.sqrt(sum(value * value for value in values))
    return array("f", (value / length for value in values))
