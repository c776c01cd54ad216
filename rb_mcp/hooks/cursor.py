"""Cursor: `stop` → `hook stop`, `sessionEnd` → `hook end`. Nothing can be recalled here for a prompt.

Source: cursor.com/docs/agent/hooks as of September 2026. Every event brings `conversation_id`, `generation_id`,
`hook_event_name`, `cursor_version`, `workspace_roots` and `transcript_path` (null where transcripts are off). The
answer to `beforeSubmitPrompt` can only let a prompt through or stop it: there is no place for context in it. `stop`
takes a `followup_message`, which is submitted as the next user message; `loop_count` says how often that happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from rb_mcp.errors import InvalidInput
from rb_mcp.hooks.event import Event, text

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "cursor-vscode"
FORMAT = ""


def recognises(fields: Mapping[str, Any]) -> bool:
    """Tell whether this is of Cursor."""
    return "conversation_id" in fields


def event(fields: Mapping[str, Any]) -> Event:
    """Return what happened.

    Raises:
        InvalidInput: naming the field that is of another kind.
    """
    roots = fields.get("workspace_roots") or [""]
    first = cast("list[object]", roots)[0] if isinstance(roots, list) else None
    if not isinstance(first, str):
        raise InvalidInput("workspace_roots", "it is no list of texts")
    again = fields.get("loop_count") not in {None, 0}
    return Event(text(fields, "conversation_id"), first, text(fields, "prompt"), text(fields, "transcript_path"), again)


def context(text: str) -> None:  # noqa: ARG001 - the signature of a client
    """Return none: Cursor has no way."""
    return


def ask(text: str) -> dict[str, Any]:
    """Return what makes the agent go on."""
    return {"followup_message": text}
