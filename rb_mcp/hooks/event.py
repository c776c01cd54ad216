"""What a hook is told, whichever client tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rb_mcp.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping


class Event(NamedTuple):
    """One event of a session; what the client does not say is empty."""

    session: str
    """The session's id."""
    folder: str
    """Where the agent works."""
    prompt: str
    """What the user asked for."""
    transcript: str
    """The file that holds the session so far."""
    again: bool
    """The agent stops for the second time, after a stop hook made it go on."""


def text(fields: Mapping[str, Any], name: str) -> str:
    """Return a text on stdin; one that is missing or null is empty.

    Raises:
        InvalidInput: when it is something else.
    """
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidInput(name, "it is no text")
    return value or ""


def usual(fields: Mapping[str, Any]) -> Event:
    """Return an event as Claude Code words it; Codex and Gemini CLI use its names."""
    return Event(
        text(fields, "session_id"),
        text(fields, "cwd"),
        text(fields, "prompt"),
        text(fields, "transcript_path"),
        fields.get("stop_hook_active") is True,
    )
