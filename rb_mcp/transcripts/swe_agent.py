"""Trajectories of SWE-agent (`*.traj`): {"trajectory": [...], "history": [...], "info": {...}}.

A step of `trajectory` has `thought`, `action`, `observation` and the `response` that held the first two; where there
is only a `history` of messages (as for replaying), an assistant's message has `thought` and `action`, too. The task is
what the first user message asks: the issue alone, where the usual template holds it, since the template around it is
the same for every task; the message itself is kept in the first observation.

`exit_status` "submitted" says that a patch was handed in, not that it was right: unknown. One that begins with
"exit_" (cost, context, format, …) and left nothing to hand in is a failure.

Source: https://swe-agent.com/latest/usage/trajectories.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from rb_mcp.memory import intake
from rb_mcp.transcripts.dialogue import Dialogue, parts_text
from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from rb_mcp.transcripts.recording import Recording

_ISSUE = re.compile(
    r"^ISSUE:\n(.*?)\n\s*INSTRUCTIONS:\n|<pr_description>(.*?)</pr_description>"
    r"|\APlease solve this issue: (.*?)\n\s*You can execute bash commands",
    re.DOTALL | re.MULTILINE,
)


def recognises(record: object) -> bool:
    """Tell whether a JSON value is a trajectory or a history of SWE-agent."""
    if not isinstance(record, dict):
        return False
    fields = cast("dict[str, object]", record)
    steps = fields.get("trajectory")
    if isinstance(steps, list) and steps and "task" not in fields:
        first = cast("list[object]", steps)[0]
        return isinstance(first, dict) and {"action", "observation"} <= set(cast("dict[str, object]", first))
    history = fields.get("history")
    first = cast("list[object]", history)[0] if isinstance(history, list) and history else None
    return isinstance(first, dict) and {"role", "content"} <= set(cast("dict[str, object]", first))


def convert(record: object) -> Recording:
    """Return what it records.

    Raises:
        InvalidInput: naming the field that is missing or of another kind.
    """
    fields = intake.mapping("record", record)
    history = [
        message for message in intake.mappings("history", fields.get("history")) if message.get("is_demo") is not True
    ]
    asked = next((n for n, message in enumerate(history) if message.get("role") == "user"), None)
    said = intake.text("problem_statement", fields.get("problem_statement"))
    if asked is not None:
        said = parts_text("history.content", history[asked].get("content"))
    dialogue = asked_in_template(said)
    steps = intake.mappings("trajectory", fields.get("trajectory"))
    for number, step in enumerate(steps):
        thought, action, observation, response = (
            intake.text(f"trajectory[{number}].{name}", step.get(name))
            for name in ("thought", "action", "observation", "response")
        )
        dialogue.think(thought or response)
        dialogue.act(action)
        dialogue.see(observation)
    for number, message in enumerate([] if steps else history):
        if number != asked:
            _take(dialogue, message, f"history[{number}]")
    info = intake.mapping("info", fields.get("info") or {})
    return dialogue.recording(ended(dialogue, info), "trajectory")


def asked_in_template(said: str) -> Dialogue:
    """Return a dialogue on the issue that a prompt holds, if the template around it is known."""
    issue = _ISSUE.search(said)
    dialogue = Dialogue(next(filter(None, issue.groups())) if issue else "")
    dialogue.hear(said)
    return dialogue


def ended(dialogue: Dialogue, info: dict[str, object]) -> Verdict:
    """Return what `info` says of the outcome, and keep what was handed in with the last step.

    Raises:
        InvalidInput: naming the field that is of another kind.
    """
    status = intake.text("info.exit_status", info.get("exit_status"))
    submission = intake.text("info.submission", info.get("submission"))
    if submission and not dialogue.has_seen(submission):
        dialogue.see(f"submission:\n{submission}")
    reason = f"exit_status {status}" if status else ""
    if status.startswith("exit_") and "submission" in info and not submission:
        return Verdict("failure", f"{reason}, nothing submitted", "evidence")
    return Verdict("unknown", reason)


def _take(dialogue: Dialogue, message: dict[str, object], field: str) -> None:
    role = message.get("role")
    said = parts_text(f"{field}.content", message.get("content"))
    if role == "assistant":
        thought, action = (intake.text(f"{field}.{name}", message.get(name)) for name in ("thought", "action"))
        dialogue.think(thought or said)
        dialogue.act(action)
    elif role != "system":
        dialogue.see(said)
