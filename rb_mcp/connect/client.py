"""What a client is: a name, the files it reads, and what we put into each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rb_mcp.connect.edits import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rb_mcp.connect.edits import Edit, ServerEdit
    from rb_mcp.connect.entry import Entry

Scope = Literal["user", "project"]


@dataclass(frozen=True)
class Place:
    """Where to look for a client's files.

    Attributes:
        scope: whose they are: the user's, or those of the project in `folder`.
        home: the user's home.
        folder: the working folder.
        apps: where this system's programs with a window keep the user's settings.
        environ: the environment; some clients are told by it to look elsewhere.
    """

    scope: Scope
    home: Path
    folder: Path
    apps: Path
    environ: Mapping[str, str]

    def root(self, variable: str, name: str) -> Path:
        """Return a client's folder: the project's, or the user's, which a variable may have moved."""
        if self.scope == "project":
            return self.folder / name
        moved = self.environ.get(variable)
        return Path(moved).expanduser() if moved else self.home / name


@dataclass(frozen=True)
class Files:
    """The files of a client in one place; None where it has none."""

    server: Path
    hooks: Path | None = None
    note: Path | None = None


@dataclass(frozen=True)
class Client:
    """A program that runs an agent and speaks MCP.

    Attributes:
        name: what it is called on the command line.
        title: what people call it.
        files: where it reads what; raises InvalidInput for a scope it does not have.
        server: what names the server to it.
        hooks: what makes it call our hooks; None where it has no such thing.
        afterwards: what the user has to do before it takes effect.
    """

    name: str
    title: str
    files: Callable[[Place], Files]
    server: Callable[[Entry], ServerEdit]
    hooks: Callable[[Entry], Edit] | None = None
    afterwards: str = "Start it anew."

    def edits(self, place: Place, entry: Entry, *, hooks: bool = True, note: bool = True) -> dict[Path, list[Edit]]:
        """Return what is to be put into which file."""
        files = self.files(place)
        edits: dict[Path, list[Edit]] = {files.server: [self.server(entry)]}
        if hooks and self.hooks and files.hooks:
            edits.setdefault(files.hooks, []).append(self.hooks(entry))
        if note and files.note:
            edits.setdefault(files.note, []).append(Note())
        return edits
