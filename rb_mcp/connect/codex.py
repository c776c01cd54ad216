"""Codex: servers in TOML, hooks in a JSON file beside it, which it wants reviewed before it runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.connect.client import Client, Files, Place
from rb_mcp.connect.edits import JsonHooks, TomlServer, hooks

if TYPE_CHECKING:
    from rb_mcp.connect.entry import Entry, Moment

EVENTS: dict[Moment, str] = {"prompt": "UserPromptSubmit", "stop": "Stop", "end": "SessionEnd"}
"""Documented at developers.openai.com/codex/hooks; older releases pass over SessionEnd."""

_SECONDS: dict[Moment, int] = {"prompt": 15, "stop": 30, "end": 3}
"""It allows the end of a session no more than 3."""


def _files(place: Place) -> Files:
    root = place.root("CODEX_HOME", ".codex")
    note = (place.folder if place.scope == "project" else root) / "AGENTS.md"
    return Files(root / "config.toml", root / "hooks.json", note)


def _server(entry: Entry) -> TomlServer:
    # Its own limit of 10 s is short for a first start on a busy machine.
    return TomlServer(entry, more={"startup_timeout_sec": 30})


def _hooks(entry: Entry) -> JsonHooks:
    events = hooks(entry, "codex", EVENTS, lambda moment: {"type": "command", "timeout": _SECONDS[moment]})
    return JsonHooks("codex", events)


CLIENT = Client(
    "codex",
    "Codex",
    _files,
    _server,
    _hooks,
    "Start it anew; it runs the hooks once you have trusted them under /hooks.",
)
