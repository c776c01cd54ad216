"""Working memory: a session's notebook as text for its agent, to be said again when its context was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.memory.rendering import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.types import Note

LONGEST = 600
"""Characters."""
_LINE = 160


def notebook_text(notes: Sequence[Note]) -> str:
    """Return what a session noted, the open task first, then what was tried, the latest first; empty without notes."""
    task = [note for note in notes if not note.key]
    lines = [f"open task: {one_line(note.text, _LINE)}" for note in task[:1]]
    for note in notes:
        if note.key:
            end = f"ended by: {one_line(note.ended, _LINE)}" if note.ended else "not ended yet"
            lines.append(f"{one_line(note.text, _LINE)} — {end}")
    text = "Noted earlier in this session:" if lines else ""
    for line in lines:
        if len(text) + len(line) + 3 > LONGEST:
            break
        text += f"\n- {line}"
    return text
