"""What is put into a client's files and taken out again: a server, hooks, a note.

Each edit maps the text of a file to its new text. Putting in twice changes nothing; what is there of others stays
as it is. An edit that cannot be made without harm raises ConfigurationError with the line or the key.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

from rb_mcp.connect import jsonc
from rb_mcp.connect.entry import NAME, NOTE, Entry, Moment, is_hook, is_ours
from rb_mcp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BEGIN, _END = "<!-- rb-mcp: begin -->", "<!-- rb-mcp: end -->"


class Edit(Protocol):
    """A change to the text of one file, and its undoing."""

    def put(self, text: str) -> str:
        """Return the text with what is ours in it, as it should be now."""
        ...

    def take(self, text: str) -> str:
        """Return the text with nothing of ours in it."""
        ...


class ServerEdit(Edit, Protocol):
    """The edit that names the server; what it finds there also says with which settings."""

    def settings(self, text: str) -> dict[str, str]:
        """Return the environment the client starts our server with, if it knows it."""
        ...


@dataclass(frozen=True)
class JsonServer:
    """A server in an object of servers.

    Attributes:
        entry: how it is started.
        servers: the key of that object.
        more: what this client wants said besides.
    """

    entry: Entry
    servers: str = "mcpServers"
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def put(self, text: str) -> str:
        """Put the server in, or bring it up to date; what the user added to it stays."""
        return jsonc.put(text, (self.servers, NAME), {**self.more, **_updated(self._there(text), self.entry)})

    def take(self, text: str) -> str:
        """Take the server out."""
        return jsonc.take(text, (self.servers, NAME)) if self._there(text) else text

    def settings(self, text: str) -> dict[str, str]:
        """Return its environment."""
        return _env(self._there(text))

    def _there(self, text: str) -> dict[str, Any]:
        return _checked(_get(jsonc.read(text), self.servers, NAME), self.servers)


@dataclass(frozen=True)
class TomlServer:
    """A server in a table of servers, as Codex has it."""

    entry: Entry
    servers: str = "mcp_servers"
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def put(self, text: str) -> str:
        """Put the server in, or bring it up to date; what the user added to it stays."""
        there = self._there(text)
        wanted = {**self.more, **_updated(there, self.entry)}
        if wanted == there:
            return text
        return self._changed(text, wanted)

    def take(self, text: str) -> str:
        """Take the server out."""
        return self._changed(text, None) if self._there(text) else text

    def settings(self, text: str) -> dict[str, str]:
        """Return its environment."""
        return _env(self._there(text))

    def _there(self, text: str) -> dict[str, Any]:
        return _checked(_get(_toml(text), self.servers, NAME), self.servers)

    def _changed(self, text: str, wanted: Mapping[str, Any] | None) -> str:
        import tomlkit  # noqa: PLC0415 - of all clients one has TOML

        expected = tomllib.loads(text)
        document = cast("dict[str, Any]", tomlkit.parse(text))
        if wanted is None:
            del expected[self.servers][NAME]
            servers = cast("dict[str, Any]", document[self.servers])
            del servers[NAME]
            if not expected[self.servers]:
                del expected[self.servers], document[self.servers]
            changed = tomlkit.dumps(document)
        elif NAME in expected.get(self.servers, {}) or _inline(document.get(self.servers)):
            servers = cast("dict[str, Any]", document[self.servers])
            servers.setdefault(NAME, tomlkit.inline_table())
            for key in [key for key in servers[NAME] if key not in wanted]:
                del servers[NAME][key]
            for key, value in wanted.items():
                if servers[NAME].get(key) != value:
                    servers[NAME][key] = value
            changed = tomlkit.dumps(document)
        else:  # at the end of the file a table stands by itself, whatever comes before
            newline = "\r\n" if "\r\n" in text else "\n"
            added = f"[{self.servers}.{NAME}]\n" + tomlkit.dumps({k: v for k, v in wanted.items() if k != "env"})
            if "env" in wanted:
                added += f"\n[{self.servers}.{NAME}.env]\n" + tomlkit.dumps(wanted["env"])
            gap = "" if not text else newline if text.endswith("\n") else newline * 2
            changed = text + gap + added.replace("\n", newline)
        if wanted is not None:
            expected.setdefault(self.servers, {})[NAME] = dict(wanted)
        if _toml(changed) != expected:
            raise ConfigurationError(f"{self.servers} is written in a way that cannot be changed safely")
        return changed


@dataclass(frozen=True)
class JsonHooks:
    """Hooks in an object of events, each with a list of them.

    Attributes:
        client: the name that our hooks are called with.
        events: what the client calls each moment, and the hook itself, which holds its `command`.
        grouped: whether a list holds groups, each with its own list of hooks.
        file: what a new file of this kind holds besides.
    """

    client: str
    events: Mapping[str, Mapping[str, Any]]
    grouped: bool = True
    file: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def put(self, text: str) -> str:
        """Put the hooks in behind those of others, or bring them up to date."""
        if not jsonc.read(text):
            for key, value in self.file.items():
                text = jsonc.put(text, (key,), value)
        for event, hook in self.events.items():
            there = self._there(text, event)
            if there:
                path, known = there[0]
                text = jsonc.put(text, path, {**hook, **known, "command": hook["command"]})
                continue
            wanted = {"hooks": [dict(hook)]} if self.grouped else dict(hook)
            text = jsonc.put(text, ("hooks", event, len(_list(jsonc.read(text), "hooks", event))), wanted)
        return text

    def take(self, text: str) -> str:
        """Take the hooks out, and what held nothing else."""
        for event in self.events:
            while there := self._there(text, event):
                text = jsonc.take(text, there[0][0])
        return text

    def _there(self, text: str, event: str) -> list[tuple[tuple[jsonc.Step, ...], dict[str, Any]]]:
        """Return where hooks of ours stand for an event, and what they hold."""
        found: list[tuple[tuple[jsonc.Step, ...], dict[str, Any]]] = []
        for n, item in enumerate(_list(jsonc.read(text), "hooks", event)):
            inner = enumerate(_list(item, "hooks"))
            for path, hook in (((n,), item), *(((n, "hooks", m), hook) for m, hook in inner)):
                if is_hook(_get(hook, "command"), self.client):
                    found.append((("hooks", event, *path), cast("dict[str, Any]", hook)))
        return found


def hooks(
    entry: Entry, client: str, events: Mapping[Moment, str], more: Callable[[Moment], Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the hooks of a client by what it calls the moments, each with what it wants said besides the command."""
    return {event: {"command": entry.hook(moment, client), **more(moment)} for moment, event in events.items()}


class Note:
    """A few lines for the agent in a file of instructions, between two comments by which they are found again."""

    def put(self, text: str) -> str:
        """Put the note at the end, or bring it up to date where it stands."""
        newline = "\r\n" if "\r\n" in text else "\n"
        block = f"{_BEGIN}\n{NOTE}\n{_END}".replace("\n", newline)
        start, end = self._place(text)
        if start < end:
            return text[:start] + block + text[end:]
        gap = "" if not text else newline if text.endswith("\n") else newline * 2
        return text + gap + block + newline

    def take(self, text: str) -> str:
        """Take the note out, with the blank line before it."""
        start, end = self._place(text)
        if start == end:
            return text
        before, after = text[:start], text[end:].removeprefix("\r").removeprefix("\n")
        return before.removesuffix("\n").removesuffix("\r") + after if before.endswith("\n") else before + after

    def _place(self, text: str) -> tuple[int, int]:
        start, end = text.find(_BEGIN), text.find(_END)
        if start == end == -1:
            return len(text), len(text)
        if start == -1 or end < start or text.count(_BEGIN) != 1 or text.count(_END) != 1:
            line = text.count("\n", 0, max(start, 0)) + 1
            raise ConfigurationError(f"line {line}: {_BEGIN} and {_END} do not enclose one note; delete them")
        return start, end + len(_END)


def _updated(there: Mapping[str, Any], entry: Entry) -> dict[str, Any]:
    env = {name: value for name, value in _env(there).items() if not name.startswith("RB_MCP_")} | dict(entry.env)
    kept = {key: value for key, value in there.items() if key != "env"}
    return {**kept, **Entry(entry.command, entry.launch, env).server()}


def _checked(server: object, servers: str) -> dict[str, Any]:
    if server is not None and not is_ours(server):
        raise ConfigurationError(f"{servers}.{NAME} is another server; give that one another name first")
    return cast("dict[str, Any]", server or {})


def _env(server: Mapping[str, Any]) -> dict[str, str]:
    env = server.get("env")
    return {str(k): str(v) for k, v in cast("dict[Any, Any]", env).items()} if isinstance(env, dict) else {}


def _get(value: object, *path: str) -> object:
    for key in path:
        value = cast("dict[str, object]", value).get(key) if isinstance(value, dict) else None
    return value


def _list(value: object, *path: str) -> list[object]:
    found = _get(value, *path)
    return cast("list[object]", found) if isinstance(found, list) else []


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"it is no TOML: {error}") from None  # which names the line and the column


def _inline(servers: object) -> bool:
    from tomlkit.items import InlineTable  # noqa: PLC0415 - see above

    return isinstance(servers, InlineTable)
