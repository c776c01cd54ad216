"""The folder a process works in → the name of its namespace, for `RB_MCP_NAMESPACE=auto`.

The folder is what Claude Code says (`CLAUDE_PROJECT_DIR`), else where the process was started. The repository around it
names the namespace: by the address of its remote `origin`, so that every clone and every worktree of it shares one;
without a remote, by its folder. A submodule is a repository of its own. Git's files are read, git itself is not run: it
may not be there, and a server's start must not wait for it.

`github.com/OWNER/NAME` is called `OWNER-NAME`. Wherever that would not tell two repositories apart, a hash of the whole
address follows: another host, more parts, a hyphen in OWNER, signs a namespace cannot have. So nothing that is named
here is ever `shared` or `default`. Case does not count, as on the hosts people use. Of an address nothing in front of
an `@` is looked at, and no query: credentials stand there.

No repository is found in `/`, in the user's home folder or above it: clients that have no project start their servers
there, and what is kept under version control at home is settings, not work. `GIT_DIR` and the like are not heeded: they
are of the command that git runs, and a server outlives it. Not covered: a remote that stands in a file which git's
configuration includes; the roots that a client tells over the protocol.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT = "default"
"""The namespace where there is no repository."""

_HOST = "github.com"
_LONGEST = 64
_HASH = 8
"""Hexadecimal digits: in one bank of eight thousand that hold a thousand repositories each, two share them."""

_SECTION = re.compile(r'\s*\[\s*([^\]\s"]+)\s*(?:"((?:\\.|[^"\\])*)"\s*)?\]')
_KEY = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$")
_VALUE = re.compile(r'"((?:\\.|[^"\\])*)"|([;#].*)|\\(.)|(.)')
_SCP = re.compile(r"([^/\\:]{2,}):(.*)")  # a single letter in front of the colon is a drive of Windows
_HASHED = re.compile(rf"-[0-9a-f]{{{_HASH}}}$")


def namespace(environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the name of the namespace for where this process works, and why it is that."""
    try:
        given = environ.get("CLAUDE_PROJECT_DIR", "")
        return _around((Path(given) if given and Path(given).is_dir() else Path.cwd()).resolve())
    except (OSError, RuntimeError, ValueError) as error:  # gone, not ours to read, a loop of links, no path at all
        return DEFAULT, f"the git repository cannot be read: {error}"


def checkout(folder: Path) -> tuple[str, str]:
    """Return the name of the folder of the repository around a folder, and its branch; empty where there is none.

    Raises:
        OSError: when git's files cannot be read.
    """
    repository = _repository(folder.resolve())
    if repository is None:
        return "", ""
    root, _ = repository
    dot = root / ".git"
    own = root / dot.read_text(encoding="utf-8").removeprefix("gitdir:").strip() if dot.is_file() else dot
    head = own / "HEAD"
    reference = head.read_text(encoding="utf-8").strip() if head.is_file() else ""
    return root.name, reference.removeprefix("ref: refs/heads/") if reference.startswith("ref: refs/heads/") else ""


def _around(folder: Path) -> tuple[str, str]:
    found = _repository(folder)
    if found is None:
        return DEFAULT, f"there is no git repository around {folder}, the home folder apart"
    root, shared = found
    address = _address(shared / "config", shared)
    if address:
        return _named(*address), f"after the remote 'origin' of the git repository in {root}"
    own = shared if shared.suffix == ".git" and shared.stem else shared.parent
    name = _named("", f"{shared}", own.name.removesuffix(".git"))
    return name, f"after the folder {own}, a git repository without a remote 'origin'"


def _repository(folder: Path) -> tuple[Path, Path] | None:
    """Return the top of the repository around a folder, and git's own folder for it, which its worktrees share."""
    for at in _upwards(folder):
        dot = at / ".git"
        if dot.is_file():  # of a worktree or a submodule: it says where
            said = dot.read_text(encoding="utf-8", errors="surrogateescape").removeprefix("gitdir:").strip()
            own = (at / said).resolve(strict=True)
        elif _is_git(dot):
            own = dot.resolve()
        elif _is_git(at):  # without a working tree, or inside of git's own folder
            own = at
        else:
            continue
        common = own / "commondir"
        shared = own / common.read_text(encoding="utf-8").strip() if common.is_file() else own
        return at, shared.resolve(strict=True)
    return None


def _upwards(folder: Path) -> Iterator[Path]:
    try:
        home = Path.home().resolve()
    except RuntimeError:  # the account has none
        home = None
    for at in (folder, *folder.parents):
        if at in (home, at.parent):
            return
        yield at


def _is_git(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _address(config: Path, shared: Path) -> tuple[str, str, str] | None:
    """Return host, path and the last two parts of the path of the remote, a hyphen between; None without a remote."""
    url = _origin(config.read_text(encoding="utf-8", errors="replace")) if config.is_file() else ""
    scheme, told, rest = url.partition("://")
    scp = None if told else _SCP.fullmatch(url.rpartition("@")[2])
    if told and scheme != "file":
        host, _, path = re.split(r"[?#]", rest.rpartition("@")[2])[0].partition("/")
        host = re.sub(r":\d*$", "", host)
    elif scp:
        host, path = scp.groups()
    else:  # a folder of this machine
        host, path = "", f"{(shared.parent / (rest if told else url)).resolve()}" if url else ""
    parts = [part for part in re.split(r"[/\\]+", path.casefold().strip().rstrip("/\\").removesuffix(".git")) if part]
    return (host.casefold(), "/".join(parts), "-".join(parts[-2:])) if parts else None


def _origin(config: str) -> str:
    """Return the address of the remote `origin` in a configuration of git; the last one that is given counts.

    By git's grammar: names without case, values quoted in parts, comments, lines that go on after a backslash.
    `configparser` reads another one: the line after a value, if it stands further in, belongs to it there.
    """
    found, here = "", False
    for line in re.sub(r"\\\r?\n", "", config.removeprefix("\ufeff")).splitlines():
        section = _SECTION.match(line)
        if section:
            here = section[1].casefold() == "remote" and section[2] == "origin"
        key = _KEY.match(line[section.end() :] if section else line)
        if here and key and key[1].casefold() == "url":
            found = _plain(key[2] or "")
    return found


def _plain(value: str) -> str:
    """Return a value without its quotes, its escapes and what is said about it."""
    text = ""
    for quoted, comment, escaped, plain in _VALUE.findall(value):
        if comment:
            break
        text += re.sub(r"\\(.)", r"\1", quoted) or escaped or plain
    return text.strip()


def _named(host: str, path: str, name: str) -> str:
    """Return the name for an address: as it is where that tells it from every other, else with a hash."""
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("._-")
    owner, _, rest = path.partition("/")
    plain = host == _HOST and path == f"{owner}/{rest}" and "/" not in rest and "-" not in owner and slug == name
    if plain and len(slug) <= _LONGEST and not _HASHED.search(slug):
        return slug
    digest = hashlib.sha256(f"{host}/{path}".encode(errors="surrogateescape")).hexdigest()[:_HASH]
    return f"{slug[: _LONGEST - _HASH - 1].rstrip('._-') or 'repository'}-{digest}"
