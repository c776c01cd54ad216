"""What a session itself says about its outcome: the last run of its tests, and what the user said after it.

A false success does more harm than a false failure, and either more than none: whatever speaks against a run leaves
the outcome unknown: so do files that were edited after it, except prose. Only a test run that can be told for certain
counts, by its closing line, its exit code or both; a correction counts only in plain words, in English. Not covered:
whether the tests test the task, and files changed by a command.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rb_mcp.memory.rendering import cut
from rb_mcp.transcripts.recording import Recording
from rb_mcp.transcripts.runners import closing_line, is_call, is_poll, result, run_of
from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from rb_mcp.transcripts.dialogue import Dialogue
    from rb_mcp.transcripts.runners import Run
    from rb_mcp.types import Outcome, Step, Trajectory

_QUOTED = 300
_USER = re.compile(r"^user: ", re.MULTILINE)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_CORRECTION = re.compile(
    r"\b(?:that|this|it)(?:'s|’s| is| was) (?:still |just |simply |completely |plain )?"
    r"(?:wrong|incorrect|broken|not right|not correct|not fixed|not what i)\b"
    r"|\bstill (?:fails|failing|broken|wrong|crashes|crashing|errors|not (?:working|fixed))\b"
    r"|\bstill (?:does|is)(?: not|n't|n’t) (?:work|fixed)\b"
    r"|\b(?:does|do|did)(?: not|n't|n’t) work\b|\bis(?: not|n't|n’t) (?:working|fixed)\b|\byou broke\b"
    r"|^\s*(?:no, )?(?:revert|undo) (?:that|this|it|your)\b",
    re.IGNORECASE,
)
_EDIT = re.compile(
    r"(?:Edit|MultiEdit|Write|NotebookEdit|apply_patch|replace|write_file|edit_file|str_replace_based_edit_tool)\("
)
_PROSE = re.compile(
    r"\"(?:file_)?path\": \"[^\"]+\.(?:md|rst|txt)\"|\A\w+\(\*\*\* Begin Patch\n\*\*\* \w+ File: \S+\.(?:md|rst|txt)\n"
)
_MAYBE = re.compile(r"\?\s*$|^\W*(?:if|when|unless|in case|check|make sure|see) ", re.IGNORECASE)


@dataclass
class _Found:
    """The last test run, and what came after it."""

    run: Run
    seen: str
    later: set[Outcome] = field(default_factory=set["Outcome"])
    corrections: list[str] = field(default_factory=list[str])
    worked_on: bool = False
    edited: bool = False


def evidence(trajectory: Trajectory) -> Verdict:
    """Return the outcome that the last test run of a session gives, with the line that says so as its reason."""
    found = _last_run(trajectory)
    if not found:
        return Verdict()
    outcome, said = result(found.run, found.seen)
    reason = f"{cut(' '.join(found.run.command.split()), _QUOTED)}: {cut(said, _QUOTED)}"
    if outcome == "unknown":
        return Verdict("unknown", reason)
    if found.corrections:
        correction = f"{reason}; then the user: {cut(found.corrections[-1], _QUOTED)}"
        if outcome == "success" and found.worked_on:
            return Verdict("unknown", correction)
        return Verdict("failure", correction, "evidence")
    if found.edited:
        return Verdict("unknown", f"{reason}; but files were edited after it")
    if found.later - {outcome}:
        return Verdict("unknown", f"{reason}; a later command says otherwise")
    return Verdict(outcome, reason, "evidence")


def of_session(dialogue: Dialogue) -> Recording:
    """Return a session with the outcome it gives; of one that is not whole, none.

    Raises:
        InvalidInput: when the user asked for nothing or the agent did nothing.
    """
    trajectory = dialogue.trajectory("session")
    verdict = evidence(trajectory)
    if verdict.outcome != "unknown" and not dialogue.whole:
        verdict = Verdict("unknown", f"{verdict.reason}; but the session breaks off or lines of it are missing")
    return Recording(trajectory, verdict, shortened=dialogue.shortened)


def _last_run(trajectory: Trajectory) -> _Found | None:
    found: _Found | None = None
    bare = not any(is_call(step.action) for step in trajectory.steps)
    for step in trajectory.steps:
        seen, said = _halves(step)
        action = step.action if bare or is_call(step.action) else ""  # beside calls, anything else is words
        run = run_of(action)
        if run:
            found = _Found(run, seen)
        elif found and is_poll(action):
            found.seen += f"\n{seen}"
        elif found and action:
            outcome, _ = closing_line(seen)
            if outcome:
                found.later.add(outcome)
        if found:
            found.edited = found.edited or bool(_EDIT.match(step.action) and not _PROSE.search(step.action))
            if found.corrections and action and not run:
                found.worked_on = True
            found.corrections += _corrections(said)
    return found


def _halves(step: Step) -> tuple[str, str]:
    """Return what a step saw, and what the user said after it."""
    user = _USER.search(step.observation)
    return (step.observation[: user.start()], step.observation[user.start() :]) if user else (step.observation, "")


def _corrections(said: str) -> list[str]:
    sentences = (sentence.strip() for sentence in _SENTENCE.findall(_USER.sub("", said)))
    return [one for one in sentences if _CORRECTION.search(one) and not _MAYBE.search(one)]
