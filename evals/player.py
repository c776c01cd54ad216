"""A language model as the agent of a text game: what it is shown, how its reply is read, how a game is played.

The prompt is the same in every arm of an evaluation but for the memory block, which is a recalled block or nothing at
all. It only grows from turn to turn, so that a server that keeps what it has read reads little anew. The reply is held
to the commands that the game takes now, by the schema of the prompt; a model that cannot be held to one, and names
something else, has spent a turn.

A game ends when it is solved, after `TURNS` commands, or when the model goes round in circles.

Not covered: thinking aloud, tools, games that are longer than what a model can be shown.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import anyio

from rb_mcp.errors import Unavailable
from rb_mcp.work import Prompt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from games import Task, View

    from rb_mcp.protocols import LanguageModel

TURNS = 8
"""Commands that the model may give in a game; the shortest way takes four to six."""
TRIES = 6
"""How often a model that does not answer now is asked, before the run is given up."""
LONGEST_WAIT = 60.0
"""Seconds between two tries, at most."""
NOT_A_COMMAND = "That is not one of the commands."
_TELLS_NOTHING = {"look around", "inventory"}
"""Commands that are not offered: they only say again what the prompt holds."""

_SYSTEM = (
    "You play a text game. Give the next command, word for word one of those listed that is still possible, "
    'as JSON: {"command": "..."}'
)


class Playable(Protocol):
    """What a game is played through: `games.Games`, or what was recorded of it."""

    def start(self, task: Task) -> tuple[str, View]:
        """Begin a task from its start; return what is asked, and the first view."""
        ...

    def act(self, command: str) -> View:
        """Do what `command` says."""
        ...


@dataclass(frozen=True)
class Played:
    """How one game ended: whether it was solved, after how many commands, how many of them an expert gives too.

    Only such are counted as right that put something somewhere; `play` does not know them, and leaves them at 0.
    """

    solved: bool
    turns: int
    right: int = 0


def query(asked: str, view: View) -> str:
    """Return the task as an agent words it when it asks its memory: what is asked, and what it sees first."""
    return f"{asked}\n\n{view.surroundings}"


async def play(games: Playable, task: Task, memory: str, model: LanguageModel) -> Played:
    """Play one game from its start, with `memory` (possibly empty) in the prompt.

    Raises:
        ProviderError: when the model does not answer, however often it is asked.
    """
    asked, view = games.start(task)
    offered = _offered(view)
    listed = list(offered)
    told = [f"Task: {query(asked, view)}", f"Commands: {'; '.join(offered)}", *([memory] if memory else [])]
    done: list[tuple[str, str]] = []
    while len(done) < TURNS and not view.done and not circling(done):
        reply = await _answer(model, prompt(told, offered))
        command = chosen(reply, offered)
        if command:
            view = games.act(command)
            offered = _offered(view)
        done.append((command or reply[:80], view.answer if command else NOT_A_COMMAND))
        new = [command for command in offered if command not in listed]
        listed += new
        told.append("\n".join([f"> {done[-1][0]}", done[-1][1], *([f"New commands: {'; '.join(new)}"] if new else [])]))
    return Played(view.solved, len(done))


def prompt(told: Sequence[str], commands: Sequence[str]) -> Prompt:
    """Return what the model is shown before its next command: what was `told` so far, and what it may answer."""
    schema: dict[str, object] = {
        "type": "object",
        "properties": {"command": {"type": "string", "enum": list(commands)}},
        "required": ["command"],
        "additionalProperties": False,
    }
    return Prompt(_SYSTEM, "\n\n".join(told), schema, temperature=0.0, most_tokens=100)


def circling(done: Sequence[tuple[str, str]]) -> bool:
    """Return whether the last two commands were given before, one after the other, with the same answers."""
    pairs = list(pairwise(done))
    return bool(pairs) and pairs[-1] in pairs[:-1]


def chosen(reply: str, commands: Sequence[str]) -> str:
    """Return the command that a reply gives, or nothing when it is none of them."""
    try:
        found: Any = json.loads(reply)
    except ValueError:
        found = None
    said = str(found.get("command", "") if isinstance(found, dict) else reply)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    said = " ".join(said.split()).casefold()
    return next((command for command in commands if command.casefold() == said), "")


def _offered(view: View) -> list[str]:
    return [command for command in view.commands if command not in _TELLS_NOTHING]


async def _answer(model: LanguageModel, asked: Prompt) -> str:
    tried = 1
    while True:
        try:
            return await model.complete(asked)
        except Unavailable as error:
            if tried == TRIES:
                raise
            await anyio.sleep(min(error.retry_after or 2.0**tried, LONGEST_WAIT))
            tried += 1
