"""Episode cards: an experience in at most 400 characters, made without a model.

    Fix the failing date parser test | success (evidence: pytest: 41 passed)
    1 of 3: edit src/parser.py: `%d/%m` → `%m/%d`; AssertionError … ended by edit …

Task, outcome with who says so and why, then the steps that decided it: what ended the last error, the edits, of several
attempts the first step at which they part. What does not fit is left out from the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.memory import actions
from rb_mcp.memory.remedies import printed, remedies
from rb_mcp.memory.signatures import signatures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rb_mcp.types import Attempt, Experience, Step

LONGEST = 400
"""Characters of a card."""
_LONGEST_TASK, _LONGEST_REASON, _LONGEST_STEP = 120, 90, 80
_MOST_STEPS = 6


def card(experience: Experience) -> str:
    """Return an experience in one or two lines of plain text, at most `LONGEST` characters."""
    verdict = experience.verdict
    reason = f": {_line(verdict.reason, _LONGEST_REASON)}" if verdict.reason else ""
    rounds = f", {len(experience.attempts)} attempts" if len(experience.attempts) > 1 else ""
    text = f"{_line(experience.task, _LONGEST_TASK)} | {verdict.outcome} ({verdict.source}{reason}){rounds}"
    separator = "\n"
    for step in _deciding(experience):
        if len(text) + len(separator) + len(step) > LONGEST:
            continue
        text, separator = f"{text}{separator}{step}", "; "
    return text


def _deciding(experience: Experience) -> list[str]:
    """Return the steps that decided an experience, each in a line, the most telling first, at most six."""
    attempts = [attempt for attempt in experience.attempts if attempt.trajectory.steps]
    if not attempts:
        return []
    lines = list(_parting(attempts)) if experience.members or len(attempts) > 1 else []
    best = next((attempt for attempt in attempts if attempt.verdict.outcome == "success"), attempts[-1])
    steps = best.trajectory.steps
    lines += _last_error(steps)
    lines += [edit for edit in _edits(steps) if not any(edit[: _LONGEST_STEP // 2] in line for line in lines)]
    if not lines:
        lines = [action.summary(_LONGEST_STEP) for action in map(_read, steps[-3:]) if action.text]
    return list(dict.fromkeys(line for line in lines if line))[:_MOST_STEPS]


def _parting(attempts: Sequence[Attempt]) -> Iterator[str]:
    """Yield the first actions at which the first attempt and one of another outcome (or the next) part."""
    reference = attempts[0]
    rival = next((attempt for attempt in attempts[1:] if attempt.verdict.outcome != reference.verdict.outcome), None)
    rival = rival or (attempts[1] if len(attempts) > 1 else None)
    if not rival:
        return
    pairs = zip(reference.trajectory.steps, rival.trajectory.steps, strict=False)
    for number, (step, rival_step) in enumerate(pairs, start=1):
        if _line(step.action, 500) != _line(rival_step.action, 500):
            mine, theirs = _read(step).summary(_LONGEST_STEP), _read(rival_step).summary(_LONGEST_STEP)
            yield f"part at step {number}: {reference.verdict.outcome} {mine} / {rival.verdict.outcome} {theirs}"
            return


def _last_error(steps: Sequence[Step]) -> Iterator[str]:
    """Yield the last error with what ended it, or, if nothing did, alone."""
    solved = remedies(steps)
    errors = [error for step in steps for error in signatures(printed(step))]
    keys = {remedy.key for remedy in solved}
    if errors and errors[-1].key not in keys and not solved:
        yield f"open: {actions.clipped(errors[-1].line, _LONGEST_STEP)}"
    elif solved:
        remedy = solved[-1]
        yield f"{actions.clipped(remedy.error, _LONGEST_STEP)} ← {actions.clipped(remedy.remedy, _LONGEST_STEP + 20)}"


def _edits(steps: Sequence[Step]) -> Iterator[str]:
    """Yield the edits, the last ones first: they are those that stayed."""
    for step in reversed(steps):
        action = _read(step)
        if action.edits:
            yield action.summary(_LONGEST_STEP)


def _read(step: Step) -> actions.Action:
    return actions.read(step.action)


def _line(text: str, limit: int) -> str:
    return actions.clipped(" ".join(text[:2_000].split()), limit)
