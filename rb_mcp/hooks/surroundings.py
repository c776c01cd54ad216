"""What the work has at hand when a prompt comes, for a recall that no model words: repository, branch, files touched.

The branch is read from git's files, the files from the end of the client's transcript: what its tools were last given
as a path. Not covered: files that only a shell command names, and clients that keep no transcript.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from rb_mcp import workplace

if TYPE_CHECKING:
    from rb_mcp.hooks.event import Event

_TAIL = 65_536
"""Bytes of a transcript that are looked at: its last few steps."""
MOST_FILES = 8
_PATH = re.compile(
    r'\\*"(?:file_path|notebook_path|absolute_path|path)\\*":\s*\\*"([^"\\\n]{1,300})'
    r"|\*\*\* (?:Update|Add) File: ([^\"\\\n]{1,300})"
)
"""How the tools of Claude Code and Gemini CLI name a file, and the patches of Codex, quoted or not."""


def at_hand(event: Event) -> str:
    """Return a few lines on where the work stands; empty where nothing can be told."""
    folder = Path(event.folder) if event.folder else Path.cwd()
    lines: list[str] = []
    try:
        repository, branch = workplace.checkout(folder)
        if repository:
            lines.append(f"repository {repository}, branch {branch}" if branch else f"repository {repository}")
    except (OSError, ValueError):  # gone, not ours to read, damaged: the prompt alone has to do
        pass
    if files := _touched(event.transcript):
        lines.append(f"files just touched: {', '.join(_within(path, folder) for path in files)}")
    return "\n".join(lines)


def _touched(transcript: str) -> list[str]:
    """Return the files that the last steps of a session worked on, the latest first."""
    if not transcript:
        return []
    try:
        with Path(transcript).open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _TAIL))
            tail = file.read().decode("utf-8", "replace")
    except OSError:  # the first prompt comes before the file
        return []
    paths = [plain or patched for plain, patched in _PATH.findall(tail)]
    return list(dict.fromkeys(reversed(paths)))[:MOST_FILES]


def _within(path: str, folder: Path) -> str:
    """Return a path as seen from the working folder, where it lies in it."""
    try:
        return str(Path(path).relative_to(folder))
    except ValueError:
        return path
