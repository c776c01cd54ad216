"""Our own format: the arguments of `record_trajectory` as one JSON object.

{"task": "...", "trajectory": [{"thought": "...", "action": "...", "observation": "..."}],
 "outcome": "failure", "evidence": "...", "strategies": [{"title": "...", "description": "...", "content": "..."}]}
"""

from __future__ import annotations

from typing import cast

from rb_mcp.errors import InvalidInput
from rb_mcp.memory import intake
from rb_mcp.transcripts.recording import Recording

_FIELDS = {"task", "trajectory", "outcome", "evidence", "strategies"}


def recognises(record: object) -> bool:
    """Tell whether a JSON value is a record of ours."""
    return (
        isinstance(record, dict)
        and "task" in record
        and bool({"trajectory", "strategies"} & set(cast("dict[str, object]", record)))
    )


def convert(record: object) -> Recording:
    """Return what it records.

    Raises:
        InvalidInput: naming the field that is unknown, missing or of another kind.
    """
    fields = intake.mapping("record", record)
    unknown = sorted(set(fields) - _FIELDS)
    if unknown:
        raise InvalidInput(unknown[0], f"there is no such field; a record has {', '.join(sorted(_FIELDS))}")
    task = intake.task(intake.text("task", fields.get("task")))
    steps = intake.mappings("trajectory", fields.get("trajectory"))
    items = intake.items(intake.mappings("strategies", fields.get("strategies")), intake.MOST_ITEMS)
    outcome, evidence = (intake.text(name, fields.get(name)) for name in ("outcome", "evidence"))
    trajectory = intake.trajectory(task, steps)
    if not trajectory.steps and not items:
        raise InvalidInput("trajectory", "it is empty, and so are the strategies: there is nothing to record")
    return Recording(trajectory, intake.verdict(outcome, evidence), items)
