"""Results of tau-bench: one run of a task, with its `reward`, the messages under `traj` (or `messages`).

    {"task_id": 1, "trial": 0, "reward": 1.0, "info": {"task": {"instruction": "..."}}, "traj": [messages]}

The task is the instruction that the simulated customer acts on. A reward of 1 is a success, of 0 a failure.

Source: https://github.com/sierra-research/tau-bench, tau_bench/types.py (EnvRunResult).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rb_mcp.memory import intake
from rb_mcp.transcripts import openai_chat
from rb_mcp.transcripts.dialogue import Dialogue
from rb_mcp.transcripts.recording import by_reward

if TYPE_CHECKING:
    from rb_mcp.transcripts.recording import Recording


def recognises(record: object) -> bool:
    """Tell whether a JSON value is a run of a task."""
    if not isinstance(record, dict):
        return False
    fields = cast("dict[str, object]", record)
    messages = fields.get("traj", fields.get("messages") if "trial" in fields else None)
    return {"task_id", "reward"} <= set(fields) and isinstance(messages, list)


def convert(record: object) -> Recording:
    """Return what it records.

    Raises:
        InvalidInput: naming the field that is missing or of another kind.
    """
    fields = intake.mapping("record", record)
    info = intake.mapping("info", fields.get("info") or {})
    task = intake.mapping("info.task", info.get("task") or {})
    dialogue = Dialogue(intake.text("instruction", fields.get("instruction", task.get("instruction"))))
    name = "traj" if "traj" in fields else "messages"
    openai_chat.take(dialogue, intake.mappings(name, fields[name]), name)
    return dialogue.recording(by_reward(fields.get("reward")), name)
