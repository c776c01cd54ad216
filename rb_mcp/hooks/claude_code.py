"""Claude Code: `UserPromptSubmit` → `hook prompt`, `Stop` → `hook stop`, `SessionEnd` → `hook end`.

Source: the hooks reference at code.claude.com/docs/en/hooks. Every event brings `session_id`, `transcript_path`, `cwd`
and `hook_event_name`; `UserPromptSubmit` also `prompt`, `Stop` also `stop_hook_active`. Context is
`hookSpecificOutput.additionalContext`, 10,000 characters at most; `decision: block` with a `reason` makes the agent go
on with the reason. An exit status of 2 would block a prompt, so a hook of ours never ends with one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rb_mcp.hooks.event import usual

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "claude-code"
FORMAT = "claude-code"

event = usual


def recognises(fields: Mapping[str, Any]) -> bool:
    """Tell whether this is of Claude Code: whoever else sends its fields adds some of their own."""
    return "session_id" in fields and fields.get("hook_event_name") in {"UserPromptSubmit", "Stop", "SessionEnd"}


def context(text: str) -> dict[str, Any]:
    """Return a text as context of the prompt."""
    return {"hookSpecificOutput": {"hookEventName": "UserPromptSubmit", "additionalContext": text}}


def ask(text: str) -> dict[str, Any]:
    """Return what makes the agent go on."""
    return {"decision": "block", "reason": text}
