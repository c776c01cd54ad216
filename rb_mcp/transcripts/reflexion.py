"""Results of Reflexion's ALFWorld runs (`env_results_trial_N.json`): a list of environments.

    {"name": "env_2", "memory": ["what the agent wrote after a failed trial", ...], "is_success": true}

The file holds neither the task nor the steps, only what the agent thought of its failed trials and how the last one
ended. Each reflection is a thought; `is_success` is what was seen last, and the outcome. So an environment that was
solved at once is a trajectory of that one observation: it counts, though it teaches nothing. A trial repeats the
environments that were solved before; those are the same records.

Source: https://github.com/noahshinn/reflexion, alfworld_runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rb_mcp.errors import InvalidInput
from rb_mcp.memory import intake
from rb_mcp.transcripts.recording import Recording
from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping


def recognises(record: object) -> bool:
    """Tell whether a JSON value is an environment of such a file."""
    return isinstance(record, dict) and {"name", "memory", "is_success"} <= set(cast("dict[str, object]", record))


def convert(record: object) -> Recording:
    """Return what it records.

    Raises:
        InvalidInput: naming the field that is missing or of another kind.
    """
    fields = intake.mapping("record", record)
    name, memory, solved = intake.text("name", fields.get("name")), fields.get("memory"), fields.get("is_success")
    if not isinstance(solved, bool):
        raise InvalidInput("is_success", f"it is {intake.shown(repr(solved))}; give true or false")
    if not isinstance(memory, list) or not name:
        raise InvalidInput("memory" if name else "name", "it is missing or of another kind; give a list, and a name")
    reflections = [intake.text(f"memory[{n}]", text) for n, text in enumerate(cast("list[object]", memory))]
    reason = f"is_success: {str(solved).lower()}"
    steps: list[Mapping[str, object]] = [{"thought": text} for text in reflections]
    trajectory = intake.trajectory(
        intake.task(f"ALFWorld environment {name}"), [*steps, {"observation": reason}], "memory"
    )
    return Recording(trajectory, Verdict("success" if solved else "failure", reason, "evidence"))
