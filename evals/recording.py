"""What a model said and what a game showed, kept so that a run can be gone through again without either.

Two seams are recorded, and nothing else: the model (a prompt's hash → its reply) and the games (what was done so far →
what was seen). Everything between them, the bank, the embedder, the recall, the rendering, the prompts, runs anew each
time. So a prompt that has changed by one character is not in the recording, and says so.

One JSON document a line, written as it happens: a run that was stopped goes on where it was. `gzip -9n` makes of it
what is committed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from games import Games, View

from rb_mcp.errors import Malformed, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from games import Task

    from rb_mcp.protocols import LanguageModel
    from rb_mcp.work import Prompt


class Drift(LookupError):  # noqa: N818 - it is said of a prompt
    """What is asked for was not recorded: something that a model or a game is told has changed since."""


@dataclass
class Recording:
    """The lines of a file, by kind and key. A file whose name ends in `.gz` is only read."""

    file: Path
    _held: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])

    def __post_init__(self) -> None:
        if self.file.exists():
            packed = self.file.read_bytes()
            text = gzip.decompress(packed) if self.file.suffix == ".gz" else packed
            for line in text.decode().splitlines():
                kind, key, value = json.loads(line)
                self._held[kind, key] = value

    def get(self, kind: str, key: str) -> Any:  # noqa: ANN401 - JSON
        """Return what was kept, or None."""
        return self._held.get((kind, key))

    def all(self, kind: str) -> dict[str, Any]:
        """Return everything of one kind, by key, in the order in which it was kept."""
        return {key: value for (one, key), value in self._held.items() if one == kind}

    def keep(self, kind: str, key: str, value: object) -> None:
        """Add a line, at once, unless it is there already.

        Raises:
            Drift: when the file is packed, and so only to be read.
        """
        line = json.dumps([kind, key, value], ensure_ascii=False)
        _, _, kept = json.loads(line)
        if self.get(kind, key) != kept:
            if self.file.suffix == ".gz":
                raise Drift(f"{self.file.name} is only read, and has no {kind} {key} that is {value!r}")
            self._held[kind, key] = kept
            with self.file.open("a", encoding="utf-8") as lines:
                lines.write(line + "\n")


@dataclass(frozen=True)
class RecordedModel:
    """Answers from the recording; what is not in it is asked of `model`, if there is one, and kept."""

    recording: Recording
    model: LanguageModel | None = None

    @property
    def name(self) -> str:
        """The model's own name."""
        return self.model.name if self.model else "recorded:model"

    async def complete(self, prompt: Prompt) -> str:
        """Return the reply to a prompt; an empty one where the model refused, or half of one came.

        Raises:
            Drift: when the prompt was not recorded, and there is no model to ask.
            ProviderError: when the model does not answer.
        """
        said = _hash([prompt.system, prompt.user, prompt.schema, prompt.temperature])
        reply = self.recording.get("reply", said)
        if reply is None and self.model is None:
            raise Drift(
                f"a prompt is not in {self.recording.file.name}: what the model is shown has changed since it was "
                f"recorded, so its figures are no longer this code's; record anew, or undo the change. "
                f"The prompt:\n{prompt.text()}"
            )
        if reply is None and self.model:
            try:
                reply = await self.model.complete(prompt)
            except (Malformed, Refused):  # that is what it had to say
                reply = ""
            self.recording.keep("reply", said, reply)
        return str(reply)


@dataclass
class RecordedGames:
    """Plays from the recording; what is not in it is played, if the games are there, and kept."""

    recording: Recording
    games: Games | None = None
    done: list[str] = field(default_factory=list[str])
    """What was done since the start."""
    _task: Task | None = None

    def start(self, task: Task) -> tuple[str, View]:
        """Begin a task from its start; return what is asked, and the first view.

        Raises:
            Drift: when the task was not recorded, and the games are not there.
        """
        self._task, self.done = task, []
        asked, view = self._seen(task)
        return str(asked), view

    def act(self, command: str) -> View:
        """Do what `command` says.

        Raises:
            Drift: when that was not recorded, and the games are not there.
        """
        if self._task is None:
            raise Drift("no game was started")
        self.done.append(command)
        return self._seen(self._task)[1]

    def gold(self, task: Task) -> list[str]:
        """Return the commands by which the games' own expert solves a task.

        Raises:
            Drift: when the task was not recorded, and the games are not there.
        """
        key = _hash(asdict(task))
        if self.recording.get("gold", key) is None:
            self.recording.keep("gold", key, _gold(self._live(), task))
        return list(self.recording.get("gold", key))

    def _seen(self, task: Task) -> tuple[str, View]:
        key = _hash([asdict(task), self.done])
        if self.recording.get("seen", key) is None:
            games = self._live()
            said, view = games.start(task)
            for command in self.done:
                view = games.act(command)
            self.recording.keep("seen", key, ["" if self.done else said, asdict(view)])
        asked, seen = self.recording.get("seen", key)
        return asked, View(**dict[str, Any](seen, commands=tuple(seen["commands"])))

    def _live(self) -> Games:
        if self.games is None:
            raise Drift(f"a game went another way than in {self.recording.file.name}, and the games are not here")
        return self.games


class Expert(Games):
    """The games, with the way their own expert goes."""

    def gold(self, task: Task) -> list[str]:
        """Return the commands that solve a task."""
        self.start(task)
        self._games.server.generateNewGameJSON(task.seed, task.fold, True)
        return [str(command) for command in self._games.server.getGoldActionSequence()]


def _gold(games: Games, task: Task) -> list[str]:
    if not isinstance(games, Expert):
        raise TypeError("the expert's way is asked of the games, which have to be opened as Expert()")
    return games.gold(task)


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
