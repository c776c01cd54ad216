"""A bank of made-up experiences: task texts from word lists, random unit vectors, one active strategy each.

The texts repeat words about as WebArena's tasks do (a few templates, many names, "the" in two of three), so that
a query matches most of the text index; the vectors are as far apart as random ones are, but that those of kinds lie
around a few hundred, and those of strategies near their task's. Every experience has every side that a recall compares.
Not covered: trajectories, which are left out because their size is the user's own, and meaning.
"""

from __future__ import annotations

import base64
import hashlib
import math
import random
from array import array
from contextlib import closing
from typing import TYPE_CHECKING

from rb_mcp.providers.use import UseEmbedder
from rb_mcp.stores.database import Database, connect
from rb_mcp.stores.engine import extension_path
from rb_mcp.stores.index import blob, space_of
from rb_mcp.stores.sqlite import SqliteStore
from rb_mcp.terms import term_list

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rb_mcp.archive import ExperienceRecord, Record, StrategyRecord
    from rb_mcp.providers.local import LocalEmbedder

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

KINDS = 300
SIDES = 3
"""Vectors of an experience: of its task, its kind, its strategy."""

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
        f"vector FLOAT[{held.embedder.dimensions}], chunk_size={chunk})"
    )
    with db:
        db.run_many(
            "INSERT INTO plain (seq, namespace, vector) VALUES (?, ?, ?)",
            ((n, held.namespace(n), vector.tobytes()) for n, vector in enumerate(held.vectors)),
        )


class Synthetic:
    """Experiences by number: the same seed gives the same bank. `embedder` is whose vectors they are made to look like.

    Of an embedder that joins two encoders, every fifth text is one that the leading one alone can read.
    """

    def __init__(
        self, experiences: int, namespaces: int, seed: int = 0, embedder: type[LocalEmbedder] = UseEmbedder
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311 - nothing secret
        self.namespaces = namespaces
        self.embedder = embedder
        self._lead = space_of(embedder.name, embedder.dimensions).lead
        self.tasks = [self._task() for _ in range(experiences)]
        self.vectors = [self._unit(number) for number in range(experiences)]
        self._kinds = [self._unit(1) for _ in range(KINDS)]

    def namespace(self, number: int) -> str:
        """Return where an experience is."""
        return f"n{number % self.namespaces}"

    def query(self, number: int) -> tuple[str, array[float]]:
        """Return a task near to this experience's: one more word, and a vector at a cosine of about 0.9."""
        return f"{self.tasks[number]} {self._name()}", self._near(self.vectors[number], 0.5, number)

    def kind(self, number: int) -> tuple[str, array[float]]:
        """Return a kind near to this experience's."""
        return f"kind {number % KINDS} of problem", self._near(self._kinds[number % KINDS], 0.5, 1)

    def file(self, number: int) -> str:
        """Return a file that the work on this experience's task touched, as a few others did."""
        return f"src/{_PARTS['place'][number % 9]}/{_PARTS['thing'][number % 10]}_{number % 211}.py"

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
        with closing(connect(path)) as db, db:
            self._fill_sides(db)
        await store.rebuild()
        await store.close()

    def _fill_sides(self, db: Database) -> None:
        """Add what an archive leaves out: the vectors of kinds and strategies, and what the work touched."""
        name = self.embedder.name
        for number, vector in enumerate(self.vectors):
            kind, lesson = self.kind(number)[1], self._near(vector, 1.5, number)
            for table, owners, id_, values in (
                ("kind_vectors", "experiences", _experience_id(number), (name, blob(kind))),
                ("item_vectors", "strategies", _strategy_id(number), (name, blob(lesson))),
                ("footprints", "experiences", _experience_id(number), (self._terms(number),)),
            ):
                marks = "?, " * len(values)
                db.run(
                    f"INSERT INTO {table} SELECT seq, {marks}x'' FROM {owners} WHERE id = ?",  # noqa: S608 - as above
                    (*values, id_),
                )

    def _terms(self, number: int) -> str:
        names = [term for near in (0, 1, 7, 40) for term in term_list(self.file(number + near))]
        return " ".join(dict.fromkeys([*names, *term_list(self.tasks[number]), self._name()]))

    def _task(self) -> str:
        parts = {part: self._random.choice(several) for part, several in _PARTS.items()}
        number = self._random.randrange(2_000)
        task = self._random.choice(_TASKS)
        return task.format(**parts, name=self._name(), other=self._name(), number=number)

    def _name(self) -> str:
        return "".join(self._random.choices(_SYLLABLES, k=3))

    def _unit(self, number: int) -> array[float]:
        """Return a random unit vector; of a joined embedder, both its halves have the same length."""
        values = array("b", self._random.randbytes(self.embedder.dimensions))
        return self._normal(values, number)

    def _near(self, vector: array[float], noise: float, number: int) -> array[float]:
        other = self._unit(number)
        return self._normal([one + noise * another for one, another in zip(vector, other, strict=True)], number)

    def _normal(self, values: array[int] | list[float], number: int) -> array[float]:
        if not self._lead:
            return _normal(values)
        lead, other = _normal(values[: self._lead]), array("f", bytes(4 * (len(values) - self._lead)))
        return lead + other if number % 5 == 0 else _normal([*lead, *_normal(values[self._lead :])])

    def _experience(self, number: int, task: str) -> ExperienceRecord:
        return {
            "record": "experience",
            "id": _experience_id(number),
            "namespace": self.namespace(number),
            "task": task,
            "kind": self.kind(number)[0],
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
                {"embedder": self.embedder.name, "vector": base64.b64encode(self.vectors[number].tobytes()).decode()}
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
            "id": _strategy_id(number),
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
                    "experience": _experience_id(number),
                    "title": item["title"],
                    "description": item["description"],
                    "content": item["content"],
                }
            ],
        }


def _experience_id(number: int) -> str:
    return f"exp_{number:016x}"


def _strategy_id(number: int) -> str:
    return f"str_{number:016x}"


def _normal(values: array[int] | list[float]) -> array[float]:
    length = math.sqrt(sum(value * value for value in values))
    return array("f", (value / length for value in values))
