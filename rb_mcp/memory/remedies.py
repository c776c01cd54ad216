"""Remedies: what ended an error within one trajectory, made without a model.

An error of step i is ended by step j if the same programme or tool ran again in j without it, and it never came
back. Its remedy is the edits between the last time it was seen and j; if there were none, the commands between them
and step j itself, where it differs from step i (another option, another argument). An error whose command never ran
again has no remedy, nor has one that went away although nothing was changed. Not covered: changes that were made before
the error was last seen and took effect only then, and programmes that hide behind another command.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rb_mcp.memory import actions
from rb_mcp.memory.signatures import ALIKE, Signature, alike, signatures
from rb_mcp.types import Remedy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.memory.actions import Action
    from rb_mcp.types import Step

MOST = 8
"""Remedies a trajectory."""
LONGEST = 300
"""Characters of a remedy's text."""
_DECIDING = 3
"""Actions a remedy names."""
_LONGEST_THOUGHT = 160
_USER = re.compile(r"^user: ", re.MULTILINE)


def remedies(steps: Sequence[Step]) -> tuple[Remedy, ...]:
    """Return the remedies of the errors that a trajectory met and ended, in the order in which they were ended."""
    performed = [actions.read(step.action) for step in steps]
    reported = [signatures(printed(step)) for step in steps]
    last_seen: dict[str, tuple[int, Signature]] = {}
    for index, errors in enumerate(reported):
        for error in errors:
            if performed[index].families:
                last_seen[error.key] = index, error
    remedied: list[tuple[int, Remedy]] = []
    for key, (index, error) in last_seen.items():
        end = _end(key, index, performed, reported)
        text = _text(steps, performed, index, end) if end else ""
        if end and text:
            remedied.append((end, Remedy(key, error.line, text)))
    remedied.sort(key=lambda pair: pair[0])
    return tuple(remedy for _, remedy in remedied[:MOST])


def printed(step: Step) -> str:
    """Return what a step's action printed, without what the user said after it."""
    user = _USER.search(step.observation)
    return step.observation[: user.start()] if user else step.observation


def _end(key: str, index: int, performed: Sequence[Action], reported: Sequence[Sequence[Signature]]) -> int:
    """Return the step at which an error last seen at `index` is over, or 0."""
    family = performed[index].families
    for later in range(index + 1, len(performed)):
        if family & performed[later].families:
            if any(alike(key, error.key) >= ALIKE for error in reported[later]):
                return 0  # the same in other words
            return later
    return 0


def _text(steps: Sequence[Step], performed: Sequence[Action], index: int, end: int) -> str:
    """Return what was done between an error and its end."""
    changes = [
        number
        for number in range(index + 1, end)
        if (performed[number].tool or performed[number].command) and not performed[number].looks
    ]
    deciding = [number for number in changes if performed[number].edits][-_DECIDING:]
    if not deciding and performed[end].text != performed[index].text:
        deciding = [*changes[-(_DECIDING - 1) :], end] if performed[index].command else [end]
    deciding = deciding or changes[-_DECIDING:]
    if not deciding:
        return ""
    thought = " ".join(steps[deciding[0]].thought.split())
    thought = thought if len(thought) <= _LONGEST_THOUGHT else ""
    room = LONGEST - (len(thought) + 1 if thought else 0)
    share = max(40, room // len(deciding) - 2)
    failing = performed[index]
    text = "; ".join(dict.fromkeys(actions.difference(performed[number], failing, share) for number in deciding))
    return actions.clipped(f"{thought} {text}".strip(), LONGEST)
