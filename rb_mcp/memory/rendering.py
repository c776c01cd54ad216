"""Our values → text for a model or a person: trajectories and attempts as data, recalled items as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.types import Attempt, Recalled, Strategy, Trajectory

LONGEST_BLOCK = 2_300
"""Characters of a recalled block: an answer holds it three times over, and has to stay under 8,000."""


def trajectory_text(trajectory: Trajectory, budget: int = 24_000) -> str:
    """Return a trajectory as text of about `budget` characters; all of it when that is 0.

    Every part of a step that is longer than its share is shortened from the middle, with a mark.
    """
    room = max(200, budget // (2 * max(1, len(trajectory.steps)))) if budget else 0
    lines: list[str] = []
    for number, step in enumerate(trajectory.steps, start=1):
        lines.append(f"[step {number}]")
        for name, text in (("thought", step.thought), ("action", step.action), ("observation", step.observation)):
            if text:
                lines.append(f"{name}: {cut(text, room) if room else text}")
    return "<trajectory>\n" + "\n".join(lines) + "\n</trajectory>"


def attempts_text(attempts: Sequence[Attempt], budget: int = 48_000) -> str:
    """Return labelled attempts, each with its outcome, as text."""
    parts = [
        f"## Attempt {number} ({attempt.verdict.outcome})\n"
        + trajectory_text(attempt.trajectory, budget // max(1, len(attempts)))
        for number, attempt in enumerate(attempts, start=1)
    ]
    return "\n\n".join(parts)


def strategy_text(strategy: Strategy) -> str:
    """Return a strategy with its standing, its record of use and where it came from."""
    item = strategy.item
    lines = [f"# {item.title}", "", f"When: {item.description}", "", item.content, ""]
    lines.append(
        f"{strategy.id} in {strategy.namespace}: {strategy.standing}" + (f" ({strategy.note})" if strategy.note else "")
    )
    lines.append(f"Learned from: {strategy.outcome}, {strategy.created_at:%Y-%m-%d %H:%M}")
    lines.append(f"Recalled by {strategy.uses} tasks with a known outcome, of which {strategy.successes} went well.")
    lines += [f"- behind it: {evidence.experience_id}" for evidence in strategy.evidence]
    return "\n".join(lines)


def block(recalled: Sequence[Recalled], preface: str) -> tuple[str, int]:
    """Return the recalled items as a block for an agent's context, and how many of them fitted."""
    parts = [preface]
    size = len(preface)
    fitted = 0
    for number, found in enumerate(recalled, start=1):
        strategy = found.strategy
        source = {"success": "learned from a success", "failure": "learned from a failure"}.get(
            strategy.outcome, "outcome not known"
        )
        used = f", {strategy.successes} of {strategy.uses} tasks that recalled it went well" if strategy.uses else ""
        text = (
            f"{number}. {strategy.item.title} [{strategy.id}; {source}{used}; similarity {found.similarity:.2f}]\n"
            f"   When: {strategy.item.description}\n   What: {strategy.item.content}"
        )
        if fitted and size + len(text) > LONGEST_BLOCK:
            break
        parts.append(text)
        size += len(text) + 1
        fitted += 1
    return "\n".join(parts), fitted


def cut(text: str, most: int) -> str:
    """Return text of at most about `most` characters, shortened from the middle, with a mark."""
    if len(text) <= most:
        return text
    half = max(1, (most - 30) // 2)
    return f"{text[:half]} [... {len(text) - 2 * half:,} characters cut ...] {text[-half:]}"
