"""Text games of a third party, their tasks, and every random number of an evaluation.

TextWorldExpress (Apache-2.0, arXiv 2208.01174) brings the games, their rewards and their seeds; nobody tuned them to
this project. A task is one game: no seed is used twice within a stream, nor by two streams, whatever the level of
difficulty, because games of one seed share what is in them. What an agent is told is what the game says; of the
score it sees nothing, and of the outcome no more than that the game goes on.

Random numbers are drawn by what they are for, never from a stream that something else draws from too: so all arms of
an evaluation meet the same luck at the same step of the same task, however many draws another arm needs.

Not covered: the tasks' gold paths (nothing here looks at them), and the games that ask for arithmetic or sorting.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

LIMIT = 14
"""Actions that an agent has for a task."""

_TIDY = "numLocations=1,numItemsToPutAway={},includeDoors=0,limitInventorySize=0"
_LEVELS = [("twc", _TIDY.format(number)) for number in (1, 2, 3)]
_ROOMS = "includeDoors=0,limitInventorySize=0"
_SEVERAL = [
    ("twc", _TIDY.format(2)),
    ("cookingworld", f"numLocations=1,numIngredients=1,numDistractorItems=0,{_ROOMS}"),
    ("coin", f"numLocations=4,numDistractorItems=0,{_ROOMS}"),
    ("peckingorder", ""),
    ("mapreader", f"numLocations=5,maxDistanceApart=2,maxDistractorItemsPerLocation=0,{_ROOMS}"),
]
STREAMS = {"tidy": _LEVELS, "mixed": _SEVERAL}
"""What the tasks of a stream are, in equal parts and shuffled: `tidy` has 1 to 3 objects to put where they belong."""

_FOLD_STARTS = {"train": 0, "test": 20_000}
"""The games' own folds: no object of one has its place in the other."""
_FOLD_SIZE = 1_000


@dataclass(frozen=True)
class Task:
    """One game to play: `number` counts the tasks of a stream."""

    stream: int
    number: int
    game: str
    parameters: str
    seed: int
    fold: str = "train"


@dataclass(frozen=True)
class View:
    """What an agent is shown: the answer to what it did, its surroundings, what it holds, what it may do next."""

    answer: str
    surroundings: str
    holding: str
    commands: tuple[str, ...]
    done: bool
    solved: bool


def chance(*purpose: object) -> float:
    """Return a number from 0 up to 1 that depends on nothing but what it is for."""
    digest = hashlib.sha256("\0".join(map(str, purpose)).encode()).digest()
    return (int.from_bytes(digest[:7]) >> 3) / (1 << 53)


def tasks(kind: str, stream: int, length: int, unseen: int = 0) -> list[Task]:
    """Return the tasks of one stream in the order in which they come; the last `unseen` are of the test fold.

    Raises:
        ValueError: when the streams ask for more games than there are seeds.
    """
    if (stream + 1) * length > _FOLD_SIZE:
        raise ValueError(f"stream {stream} of {length} tasks: the games have {_FOLD_SIZE:,} seeds a fold")
    levels = STREAMS[kind]
    made: list[Task] = []
    for number in range(length):
        game, parameters = levels[number % len(levels)]
        fold = "test" if number >= length - unseen else "train"
        seed = _FOLD_STARTS[fold] + stream * length + number
        made.append(Task(stream, number, game, parameters, seed, fold))
    seen, rest = made[: length - unseen], made[length - unseen :]
    order = [sorted(part, key=lambda task: chance("order", kind, stream, task.seed)) for part in (seen, rest)]
    return order[0] + order[1]


class Games:
    """The games, in one Java process.

    Raises:
        OSError: when there is no Java.
    """

    def __init__(self) -> None:
        from textworld_express import TextWorldExpressEnv  # pyright: ignore # noqa: PGH003, PLC0415 - an untyped extra

        self._games: Any = TextWorldExpressEnv()
        self._loaded = ("", "")

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Let Java go."""
        java = self._games._gateway.java_process  # noqa: SLF001 - it has no other way to be waited for
        self._games.close()
        java.stdin.close()
        java.wait()

    def start(self, task: Task) -> tuple[str, View]:
        """Begin a task from its start; return what is asked, and the first view."""
        if self._loaded != (task.game, task.parameters):
            self._games.load(task.game, task.parameters)
            self._loaded = (task.game, task.parameters)
        view = _view(self._games.server.generateNewGameJSON(task.seed, task.fold, False))
        return " ".join(str(self._games.getTaskDescription()).split()), view

    def act(self, command: str) -> View:
        """Do what `command` says."""
        return _view(self._games.server.stepJSON(command))


def _view(said: str) -> View:
    now = json.loads(said)
    solved = bool(now["tasksuccess"]) or now["score"] >= 1
    return View(
        " ".join(now["observation"].split()),
        " ".join(now["look"].split()),
        " ".join(now["inventory"].split()),
        tuple(sorted(set(now["validActions"]))),
        solved or bool(now["taskfailure"]),
        solved,
    )
