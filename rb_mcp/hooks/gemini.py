"""Gemini CLI: `BeforeAgent` → `hook prompt`, `AfterAgent` → `hook stop`, `SessionEnd` → `hook end`.

Source: `docs/hooks/reference.md` in google-gemini/gemini-cli. Every event brings `session_id`, `transcript_path`,
`cwd`, `hook_event_name` and `timestamp`. `additionalContext` is appended to the prompt for this turn only. At
`AfterAgent`, `decision: deny` sends the reason to the agent as a new prompt, and `stop_hook_active` says that this
happened. It does not wait for a hook at `SessionEnd`. Its time-outs are milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rb_mcp.hooks.event import usual

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "gemini-cli-mcp-client"
FORMAT = "gemini"

event = usual


def recognises(fields: Mapping[str, Any]) -> bool:
    """Tell whether this is of Gemini CLI; Claude Code has a `SessionEnd` too, but sends no time."""
    return fields.get("hook_event_name") in {"BeforeAgent", "AfterAgent", "SessionEnd"} and "timestamp" in fields


def context(text: str) -> dict[str, Any]:
    """Return a text as context of the prompt."""
    return {"hookSpecificOutput": {"hookEventName": "BeforeAgent", "additionalContext": text}}


def ask(text: str) -> dict[str, Any]:
    """Return what makes the agent go on."""
    return {"decision": "deny", "reason": text}
