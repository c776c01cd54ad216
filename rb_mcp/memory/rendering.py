"""Our values → text for a model or a person: trajectories and attempts as data, recalled items as evidence."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from rb_mcp.memory.trust import trust, unproven
from rb_mcp.types import SHARED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rb_mcp.templates import Prompts
    from rb_mcp.types import Attempt, Evidence, Origin, Recall, Recalled, Step, Strategy, Trajectory

LONGEST_BLOCK = 2_300
"""Characters of a recall as text: an answer holds it three times over, and has to stay under 8,000."""
LONGEST_TITLE, LONGEST_DESCRIPTION = 80, 90
"""Characters of what is only named."""
LONGEST_ERROR, LONGEST_REMEDY = 110, 240


_LEAST = 300
"""Characters below which a step says too little to be worth its place."""


def trajectory_text(trajectory: Trajectory, budget: int = 60_000) -> str:
    """Return a trajectory as fenced text of about `budget` characters; all of it when that is 0.

    What was thought and done stays; observations are shortened from the middle, to the same length each; the
    end is kept whole as far as it fits; what was cut is marked. Of a trajectory that is too long even so, the
    steps in the middle are left out, and their number said. The fence carries a mark made from the content,
    so that no text within can close it.
    """
    steps = trajectory.steps
    shown: list[str] = []
    if not budget or sum(len(step.thought) + len(step.action) + len(step.observation) for step in steps) <= budget:
        shown = [_step(number, step, 0, 0) for number, step in enumerate(steps, start=1)]
    else:
        most = max(2, budget // _LEAST)
        head, tail = (most // 3, most - most // 3) if len(steps) > most else (len(steps), 0)
        kept = [*enumerate(steps[:head], start=1), *enumerate(steps[len(steps) - tail :], start=len(steps) - tail + 1)]
        spoken = min(2_000, budget // (4 * len(kept)))
        used = sum(min(len(step.thought), spoken) + min(len(step.action), spoken) for _, step in kept)
        last = min(len(steps[-1].observation), budget // 5)
        room = max(60, (budget - used - last) // len(kept) - 60)
        for number, step in kept:
            if tail and number == len(steps) - tail + 1:
                shown.append(f"[... {len(steps) - len(kept):,} steps left out ...]")
            shown.append(_step(number, step, spoken, last if number == len(steps) else room))
    text = "\n".join(shown)
    fence = f"trajectory-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}"
    return f"<{fence}>\n{text}\n</{fence}>"


def _step(number: int, step: Step, spoken: int, seen: int) -> str:
    """Return a step, its words cut to `spoken` characters and what it saw to `seen`; 0 means not at all."""
    lines = [f"[step {number}]"]
    for name, text, most in (
        ("thought", step.thought, spoken),
        ("action", step.action, spoken),
        ("observation", step.observation, seen),
    ):
        if text:
            lines.append(f"{name}: {cut(text, most) if most else text}")
    return "\n".join(lines)


def attempts_text(attempts: Sequence[Attempt], budget: int = 120_000) -> str:
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
    if strategy.approved:
        lines.append("A person let it in, or worded it.")
    lines += [f"- behind it: {evidence.experience_id}{_lineage(evidence)}" for evidence in strategy.evidence]
    lines += [f"- contradicts {other.id}: {other.title}" for other in strategy.contradicts]
    kind = "copied from" if strategy.namespace == SHARED and len(strategy.parts) == 1 else "part:"
    lines += [f"- {kind} {part.id}: {part.title}" for part in strategy.parts]
    lines += [f"- shared with every namespace as {copy.id}" for copy in strategy.shared_as]
    lines += [
        f"- merged into it: {one.id}: {one.title} (rb-mcp split {strategy.id} undoes it)" for one in strategy.merged
    ]
    return "\n".join(lines)


def _lineage(evidence: Evidence) -> str:
    origin = evidence.origin
    came = f"import {origin.imported}" if origin.imported else origin.client
    who = ", ".join(part for part in (origin.person, came) if part) or "not known"
    verdict = f"{evidence.source} {evidence.judge}".strip()
    return f" (by {who}; outcome by {verdict}; worded by {evidence.distiller or 'the agent'})"


def recall_text(
    recall: Recall, prompts: Prompts, reader: Origin, cards: Mapping[str, str] | None = None
) -> tuple[str, Recall]:
    """Return a recall as text for an agent's context, and what of it fitted: one strategy always does.

    Every line of something recalled is quoted, and stands behind its source, so that no text within can pass for
    another item. `cards`: of experiences, to stand beside those of their strategies that are not proven yet.
    """
    if not recall.strategies:
        head = "" if recall.remedies or recall.missing else prompts.fill("nothing_recalled").text()
        return "\n\n".join(filter(None, (head, *_rest(recall, prompts)))), recall
    preface = prompts.fill("recall").text()
    room = LONGEST_BLOCK - _length(_rest(recall, prompts))
    while room < len(preface) + len(_recalled_text(1, recall.strategies[0], reader)) and (
        recall.nearby or recall.remedies
    ):
        if recall.nearby:
            recall = replace(recall, nearby=recall.nearby[:-1])
        else:
            recall = replace(recall, remedies=recall.remedies[:-1])
        room = LONGEST_BLOCK - _length(_rest(recall, prompts))
    text, fitted = block(recall.strategies, preface, reader, room, cards or {})
    recall = replace(recall, strategies=recall.strategies[:fitted])
    return "\n\n".join((text, *_rest(recall, prompts))), recall


def _rest(recall: Recall, prompts: Prompts) -> list[str]:
    """Return what stands after the strategies of a recall."""
    ids = ", ".join(recall.missing)
    missing = [f"Not to be shown (held, retired, or not in this namespace): {ids}."] if ids else []
    return [*_remedies_text(recall, prompts), *_nearby_text(recall, prompts), *missing]


def _length(parts: Sequence[str]) -> int:
    return sum(len(part) + 2 for part in parts)


def _nearby_text(recall: Recall, prompts: Prompts) -> list[str]:
    if not recall.nearby:
        return []
    lines = [
        f"- [{near.id}{f'; {near.reason}' if near.reason else ''}] {one_line(near.title, LONGEST_TITLE)}"
        f" (when: {one_line(near.description, LONGEST_DESCRIPTION)})"
        for near in recall.nearby
    ]
    return ["\n".join((prompts.fill("nearby").text(), *lines))]


def _remedies_text(recall: Recall, prompts: Prompts) -> list[str]:
    if not recall.remedies:
        return []
    lines = [
        f"- [{known.experience_id}] {one_line(known.error, LONGEST_ERROR)}\n"
        f"{_quoted(cut(known.remedy, LONGEST_REMEDY))}"
        for known in recall.remedies
    ]
    return ["\n".join((prompts.fill("remedies").text(), *lines))]


def one_line(text: str, most: int) -> str:
    """Return a text on one line, its end cut off where it is longer than `most` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def block(
    recalled: Sequence[Recalled],
    preface: str,
    reader: Origin,
    room: int = LONGEST_BLOCK,
    cards: Mapping[str, str] | None = None,
) -> tuple[str, int]:
    """Return recalled strategies as a block of about `room` characters, and how many of them fitted; one always does.

    A strategy that no task was recalled for with a known outcome stands with the card of the experience behind it,
    where there is room.
    """
    texts = [_recalled_text(number, one, reader) for number, one in enumerate(recalled, start=1)]
    size, fitted = len(preface), 0
    for text in texts:
        if fitted and size + len(text) > room:
            break
        size += len(text) + 1
        fitted += 1
    left = f"({len(texts) - fitted} more were left out to keep this short.)" if fitted < len(texts) else ""
    for number, one in enumerate(recalled[:fitted]):
        card = (cards or {}).get(one.experience_id, "") if not one.strategy.uses else ""
        shown = f"\n   From: {_quoted(one_line(card, 240)).strip()}" if card else ""
        if shown and size + len(shown) <= room:
            texts[number] += shown
            size += len(shown)
    return "\n".join(filter(None, (preface, *texts[:fitted], left))), fitted


def _recalled_text(number: int, one: Recalled, reader: Origin) -> str:
    strategy = one.strategy
    used = f", {strategy.successes} of {strategy.uses} tasks that recalled it went well" if strategy.uses else ""
    return (
        f"{number}. [{strategy.id}; {source(strategy, reader)}{used}; similarity {one.similarity:.2f}]\n"
        f"{_quoted(strategy.item.title)}\n{_quoted('When: ' + strategy.item.description)}\n"
        f"{_quoted('What: ' + strategy.item.content)}"
        + "".join(f"\n   At odds with {other.id}." for other in strategy.contradicts)  # whose words may be foreign
    )


def source(strategy: Strategy, reader: Origin) -> str:
    """Return where a strategy comes from, in the words of a recall."""
    learned = {"success": "learned from a success", "failure": "learned from a failure"}.get(
        strategy.outcome, "outcome not known"
    )
    borne_out = {
        "approved": "approved by a person",
        "evidence": "borne out by evidence",
        "judge": "by a judge's verdict",
        "agent": "by an agent's word",
        "foreign": "not your own work",
    }[trust(strategy, reader)]
    if strategy.evidence and borne_out == "not your own work":
        origin = strategy.evidence[0].origin
        borne_out += f": {'imported' if origin.imported else f'from {origin.client or origin.person!r}'}"
        borne_out += ", unproven" if unproven(strategy, reader) else ", proven here"
    return f"{learned}, {borne_out}"


def _quoted(text: str) -> str:
    return "\n".join(f"   > {line}" for line in text.splitlines())


def cut(text: str, most: int) -> str:
    """Return text of at most about `most` characters, shortened from the middle, with a mark."""
    if len(text) <= most:
        return text
    half = max(1, (most - 30) // 2)
    return f"{text[:half]} [... {len(text) - 2 * half:,} characters cut ...] {text[-half:]}"
