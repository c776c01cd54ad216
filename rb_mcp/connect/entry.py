"""What clients are told of this server, said once, here: name, command, hooks, and the note for the agent."""

from __future__ import annotations

import os
import re
import shlex
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from rb_mcp.config import Settings
from rb_mcp.errors import ConfigurationError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "rb"
"""What the server is called in a client's configuration."""

DESCRIPTION = "ReasoningBank over MCP: agents recall what earlier tasks taught, and learn from failures too"

Moment = Literal["prompt", "stop", "end"]
"""When a hook is called: before the agent starts on a prompt, when it would stop, when the session ends."""

NOTE = """\
## Task strategies (rb)

The MCP server `rb` keeps strategies: what earlier tasks taught about how to do such tasks, from successes and failures.
Before a task of several steps call `recall_strategies`; after it call `record_trajectory` once, with the outcome and
what showed it; after several attempts at one task call `contrast_trajectories` instead. Do what `next_step` says.
It is not for facts about this project, preferences or reminders: those stay in your own notes and memory."""

_PATHS = ("RB_MCP_BANK", "RB_MCP_PROMPTS")
_OURS = re.compile(r"rb[-_]mcp\b")


@dataclass(frozen=True)
class Entry:
    """How a client starts this server and calls its hooks, both with the same settings.

    Attributes:
        command: the program; an absolute path where the client is on this machine, since its PATH may be thin.
        launch: arguments that come before any of ours, such as `-m rb_mcp`.
        env: `RB_MCP_` variables. The server gets them as its environment; hooks, which have no such field in most
            clients, by the option `--env`, which needs no shell of any kind.
    """

    command: str
    launch: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])

    def server(self) -> dict[str, Any]:
        """Return the entry of a list of MCP servers, in the form most clients share."""
        entry: dict[str, Any] = {"command": self.command, "args": [*self.launch, "serve"]}
        return entry | {"env": dict(self.env)} if self.env else entry

    def hook(self, moment: Moment, client: str) -> str:
        """Return the command line of a hook."""
        settings = [word for name, value in self.env.items() for word in ("--env", f"{name}={value}")]
        return _line([self.command, *self.launch, *settings, "hook", moment, "--client", client])


def installed(env: Mapping[str, str] | None = None) -> Entry:
    """Return the entry that starts this very installation.

    Raises:
        ConfigurationError: when it is one that uvx made for this run only.
    """
    if any(part.startswith("archive-v") for part in Path(sys.prefix).parts):
        raise ConfigurationError(
            "this rb-mcp lies in uvx's cache, which is emptied at times; "
            "install it first: uv tool install --compile-bytecode rb-mcp"
        )
    suffix = ".exe" if os.name == "nt" else ""
    for script in (Path(sys.argv[0]).absolute(), Path(sysconfig.get_path("scripts")) / f"rb-mcp{suffix}"):
        if script.stem == "rb-mcp" and script.is_file():
            return Entry(str(script), env=env or {})
    return Entry(sys.executable, ("-m", "rb_mcp"), env or {})


def is_ours(server: object) -> bool:
    """Say whether an entry of a list of MCP servers starts this server."""
    if not isinstance(server, dict):
        return False
    told = cast("dict[str, object]", server)
    words = told.get("args")
    line = [Path(str(told.get("command"))).name, *(cast("list[object]", words) if isinstance(words, list) else ())]
    return bool(_OURS.search(" ".join(map(str, line))))


def is_hook(command: object, client: str) -> bool:
    """Say whether a command line is a hook of ours for a client."""
    return isinstance(command, str) and bool(
        re.search(rf"rb[-_]mcp\b.*\bhook (prompt|stop|end) --client {re.escape(client)}$", command.replace('"', ""))
    )


def settings(pairs: tuple[str, ...], known: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of a client: those it has, changed by `NAME=VALUE` pairs; an empty value takes one away.

    Raises:
        InvalidInput: when a pair names no setting.
        ConfigurationError: when a value cannot be.
    """
    chosen = {name: value for name, value in known.items() if name in Settings.variables()}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name not in Settings.variables():
            raise InvalidInput("--env", f"{pair!r} is no NAME=VALUE with one of {', '.join(Settings.variables())}")
        if name in _PATHS and value and "://" not in value:
            value = str(Path(value).expanduser().absolute())  # clients start us in any folder
        chosen.pop(name, None)
        if value:
            chosen[name] = value
    Settings.from_environ(chosen)
    return chosen


def _line(words: list[str]) -> str:
    if os.name != "nt":
        return shlex.join(words)
    # Clients there run hooks by cmd or by Git's bash: both take double quotes and slashes.
    words = [words[0].replace("\\", "/"), *words[1:]]
    return " ".join(
        f'"{word}"' if re.search(r"[^\w@%+=,./:-]", word) or n == 0 else word for n, word in enumerate(words)
    )
