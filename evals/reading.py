"""English text → what it advises: how the agent of the evaluation reads, and the distiller too.

Only forms of the language and of this project's own texts are known here: `When ...: do this, then that.`, `Do
not ...`, the steps of a rendered trajectory. No word of any game is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rb_mcp.words import words

_LITTLE = frozenset(
    re.findall(
        r"\w+",
        "a an the of to in into on onto at for from by with and or is are was were be it its this that these those as "
        "if when then there you your do not so but now around up down out off over",
    )
)
_WHEN = re.compile(r"(?:when|if|where|once|for)\b(?P<cue>[^:]*):\s*(?P<said>.+)", re.IGNORECASE | re.DOTALL)
_NOT = re.compile(r"(?:do not|don't|never|avoid)\b", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!?;])\s+")
_STEP = re.compile(
    r"^\[step \d+\]\n(?:thought: .*\n)?(?:action: (?P<action>.*)\n?)?(?:observation: (?P<answer>(?:.*\n?)*?))?"
    r"(?=^\[step \d+\]$|^</trajectory|\Z)",
    re.MULTILINE,
)
_QUOTED = re.compile(r"^ *> ?", re.MULTILINE)
_WHAT = re.compile(r"^What: ((?:.*\n?)*?)(?=^\d+\. \[|^   At odds|\Z)", re.MULTILINE)


@dataclass(frozen=True)
class Advice:
    """One thing to do, or not to do; `cue` are the words of the situation it is for, none where it is for any."""

    cue: frozenset[str]
    act: frozenset[str]
    against: bool = False


def telling(text: str) -> frozenset[str]:
    """Return the words of a text that say something, without the little ones."""
    return words(text) - _LITTLE


def advice(text: str) -> list[Advice]:
    """Return what sentences advise, in their order."""
    found: list[Advice] = []
    for sentence in _SENTENCES.split(text.strip()):
        conditional = _WHEN.match(sentence)
        cue, said = (telling(conditional["cue"]), conditional["said"]) if conditional else (frozenset[str](), sentence)
        against = _NOT.match(said)
        said = said[against.end() :] if against else said
        clauses = [telling(clause) for clause in re.split(r",? then ", said.partition(", since ")[0])]
        found += [Advice(cue, act, bool(against)) for act in clauses if act]
    return found


def notes(block: str) -> str:
    """Return the contents of the items of a recalled block, without their sources and titles."""
    plain = _QUOTED.sub("", block)
    return "\n".join(" ".join(what.split()) for what in _WHAT.findall(plain))


def steps(text: str) -> list[tuple[str, str]]:
    """Return the actions of rendered trajectories, each with what it was answered."""
    return [
        (" ".join((m["action"] or "").split()), " ".join((m["answer"] or "").split())) for m in _STEP.finditer(text)
    ]


def without_news(done: list[tuple[str, str]], before: str) -> list[str]:
    """Return the actions whose answers held no word that was not read before, in `before` or in an earlier answer."""
    known = telling(before)
    found: list[str] = []
    for action, answer in done:
        said = telling(answer)
        if said <= known | telling(action):
            found.append(action)
        known |= said
    return found
