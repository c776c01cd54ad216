"""Made-up work for servers under test: calls of every kind, in words that no two of them share by chance.

The words are syllables, so that each record is told from all others by its words and its vector, and passes the
gate. The same number gives the same calls. Not covered: meaning, and sizes as they are in real life.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
_IDS = re.compile(r"exp_[0-9a-f]{16}")

Item = dict[str, str]
Arguments = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One call of a tool."""

    tool: str
    arguments: Arguments


@dataclass(frozen=True)
class Answer:
    """The structured half of an answer, and its text."""

    data: dict[str, Any]
    text: str


@dataclass
class Ledger:
    """What callers were told, as `checker.violations` takes it."""

    tasks: dict[str, str] = field(default_factory=dict[str, str])
    """Id → task, of the experiences that alone have their task."""
    lessons: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Id → the strategies it taught; of every experience."""

    def note(self, call: Call, answer: Answer) -> str:
        """Keep what an answer acknowledges, and return the id of its experience; empty when it was a recall."""
        if call.tool == "recall_strategies":
            return ""
        id_ = answer.data["experience_id"]
        if call.tool == "record_trajectory":
            self.tasks[id_] = call.arguments["task"]
        else:
            for member in _IDS.findall(answer.text.rpartition("Attempts: ")[2]):
                self.lessons.setdefault(member, set())
        self.lessons.setdefault(id_, set()).update(kept["id"] for kept in answer.data["strategies"])
        return id_

    def copy(self) -> Ledger:
        """Return what is noted so far."""
        return Ledger(dict(self.tasks), {id_: set(taught) for id_, taught in self.lessons.items()})


def session(number: int) -> Generator[Call, Answer]:
    """Give the calls of one agent at one task, one after the other; each wants the answer to the one before."""
    rng = random.Random(number)  # noqa: S311 - nothing secret
    task = f"{_name(number)} {_words(rng, 7)}"
    record: Arguments = {"task": task, "trajectory": _steps(rng)}
    known = {"outcome": rng.choice(("success", "failure")), "evidence": f"the tests said {_words(rng, 3)}"}
    lessons = [item(rng) for _ in range(2)]
    if number % 8 == 0:
        lessons[1] = _common(rng.randrange(20))
    if number % 3:
        record["kind"] = _words(rng, 6)
    match number % 10:
        case 5:  # lessons that come with a second call
            kept = yield Call("record_trajectory", record | known)
            again = {"experience_id": kept.data["experience_id"], "strategies": lessons}
            yield Call("record_trajectory", {"task": task, **again})
        case 6:  # an outcome that comes with a second call
            kept = yield Call("record_trajectory", record)
            again = {"experience_id": kept.data["experience_id"], "strategies": lessons, **known}
            yield Call("record_trajectory", {"task": task, **again})
        case 7:
            yield Call("record_trajectory", record if number % 20 == 7 else record | known)
        case 8:
            attempts = [{"trajectory": _steps(rng), **known}, {"trajectory": _steps(rng), "outcome": "unknown"}]
            given = {"strategies": lessons} if number % 20 == 8 else {}
            yield Call("contrast_trajectories", {"task": task, "attempts": attempts, **given})
        case 9:
            recalled = yield Call("recall_strategies", {"task": task})
            credit = {"recall_id": recalled.data["recall_id"], "strategies": lessons[:1]}
            yield Call("record_trajectory", record | known | credit)
        case _:
            yield Call("record_trajectory", record | known | {"strategies": lessons})


def item(rng: random.Random) -> Item:
    """Return a memory item that has little in common with any other."""
    return {"title": _words(rng, 4), "description": f"When {_words(rng, 6)}", "content": f"Do {_words(rng, 10)}"}


def _common(number: int) -> Item:
    """Return one of a few items that many records teach."""
    return item(random.Random(-1 - number))  # noqa: S311 - nothing secret


def _steps(rng: random.Random) -> Sequence[Item]:
    long = 400 if rng.random() < 0.05 else 12
    return [
        {"thought": _words(rng, 6), "action": _words(rng, 3), "observation": _words(rng, long)}
        for _ in range(rng.randint(1, 4))
    ]


def _words(rng: random.Random, count: int) -> str:
    """Return words of a vocabulary of 4,900, so that the text index has something to tell apart."""
    return " ".join("".join(rng.choices(_SYLLABLES, k=2)) for _ in range(count))


def _name(number: int) -> str:
    """Return a word that stands for a number."""
    syllables: list[str] = []
    for _ in range(4):
        number, rest = divmod(number, len(_SYLLABLES))
        syllables.append(_SYLLABLES[rest])
    return "".join(syllables)
