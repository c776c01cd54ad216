"""Codex: `UserPromptSubmit` → `hook prompt`, `Stop` → `hook stop`, `SessionEnd` → `hook end`.

Source: the schemas under `codex-rs/hooks/schema/generated/` in openai/codex (`user-prompt-submit.command.*`,
`stop.command.*`) and `codex-rs/hooks/src/events/stop.rs`. It sends and takes what Claude Code does, and adds `turn_id`
and `model`; `transcript_path` may be null. Its output schemas refuse unknown fields, and what is no JSON at
`Stop`. Older releases have no `SessionEnd`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rb_mcp.hooks import claude_code
from rb_mcp.hooks.event import usual

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "codex-mcp-client"
FORMAT = "codex"

event = usual
context = claude_code.context
ask = claude_code.ask


def recognises(fields: Mapping[str, Any]) -> bool:
    """Tell whether this is of Codex: it alone numbers the turns."""
    return "session_id" in fields and "turn_id" in fields
