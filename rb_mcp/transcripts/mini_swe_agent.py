"""Trajectories of mini-swe-agent (`*.traj.json`): a list of messages (1.x), or {"info", "messages", ...} (since).

What the agent says holds one command in a fenced block; what it saw begins with `<returncode>`. Since 2.0 commands may
be calls of tools instead, and a last message of the role `exit` repeats how it ended. The task is what the first user
message asks, as with SWE-agent.

`exit_status` "Submitted" says that something was handed in, not that it was right: unknown. "LimitsExceeded" with
nothing handed in is a failure.

Source: https://mini-swe-agent.com/latest/usage/output_files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from rb_mcp.memory import intake
from rb_mcp.transcripts import openai_chat
from rb_mcp.transcripts.dialogue import parts_text
from rb_mcp.transcripts.swe_agent import asked_in_template, ended
from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from rb_mcp.transcripts.dialogue import Dialogue
    from rb_mcp.transcripts.recording import Recording

_BLOCK = re.compile(r"^```(?:mswea_bash_command|bash)\s*\n(.*?)\n```[ \t]*$", re.DOTALL | re.MULTILINE)


def recognises(record: object) -> bool:
    """Tell whether a JSON value is such a trajectory: by its name, or by what its agent saw."""
    messages = record
    if isinstance(record, dict):
        fields = cast("dict[str, object]", record)
        if str(fields.get("trajectory_format", "")).startswith("mini-swe-agent"):
            return True
        messages = fields.get("messages")
    for message in cast("list[object]", messages) if isinstance(messages, list) else []:
        fields = cast("dict[str, object]", message) if isinstance(message, dict) else {}
        if fields.get("role") == "user" and str(fields.get("content")).startswith("<returncode>"):
            return True
    return False


def convert(record: object) -> Recording:
    """Return what it records.

    Raises:
        InvalidInput: naming the message that is of another kind, or when there is no task or no step.
    """
    fields = intake.mapping("record", cast("object", {"messages": record} if isinstance(record, list) else record))
    messages = intake.mappings("messages", fields.get("messages"))
    dialogue: Dialogue | None = None
    for number, message in enumerate(messages):
        where = f"messages[{number}]"
        role = message.get("role")
        said = parts_text(f"{where}.content", message.get("content")) if role in ("user", "assistant", "exit") else ""
        blocks = _BLOCK.findall(said)
        if role == "user" and dialogue is None:
            dialogue = asked_in_template(said)
        elif dialogue is None or role == "exit":
            continue  # the system prompt, or what `info` says as well
        elif role == "assistant" and len(blocks) == 1 and not message.get("tool_calls"):
            dialogue.say(_BLOCK.sub("", said).strip())
            dialogue.act(blocks[0])
        elif role == "user":
            dialogue.see(said)
        else:
            openai_chat.take(dialogue, [message], where)
    dialogue = dialogue or asked_in_template("")
    info = intake.mapping("info", fields.get("info") or {})
    verdict = ended(dialogue, info)
    if info.get("exit_status") == "LimitsExceeded" and info.get("submission") == "":
        verdict = Verdict("failure", f"{verdict.reason}, nothing submitted", "evidence")
    return dialogue.recording(verdict, "messages")
