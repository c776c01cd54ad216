"""A language model that is none: it reads the real prompts and answers in the form they ask for, by fixed rules.

It gets what any model gets, the text of one prompt: the task, the rendered trajectory, the outcome. It knows the
forms of English that `reading.py` knows and no word of any game, and it never sees a score.

From a success: what lasted, in order. What was taken back is left out, and so is what served nothing later. What
remains is told as procedures, each with the things it is about.

From a failure: only what the text itself shows to be wrong. Where all that was tried was tried with one and the same
thing, each of these ways was wrong, for the task went on after it. Where several things were dealt with nobody can
tell which way was wrong, and there is no item.

Not covered: judging (it answers that it cannot tell), and the composition of items.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reading import advice, steps, telling

from rb_mcp.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.work import Prompt

_TASK = re.compile(r"^Task: (.*?)(?=^Why it counts|^The (?:trajectory|attempts) below|\Z)", re.MULTILINE | re.DOTALL)
_ATTEMPT = re.compile(r"^## Attempt (\d+) \((\w+)\)\n(.*?)(?=^## Attempt \d+ \(|\Z)", re.MULTILINE | re.DOTALL)

Steps = list[tuple[str, str]]
Item = dict[str, str]
_LONGEST = 900
"""Characters of a content; the gate takes 1,000."""
_MOST = 4
"""Warnings in one item."""

Failures = Literal["diagnosed", "naive", "ignored"]


@dataclass
class RuleDistiller:
    """`LanguageModel` by rules; `failures` says what it makes of one. `ignored` is the paper's ablation."""

    failures: Failures = "diagnosed"
    name: str = "rules:distiller"

    async def complete(self, prompt: Prompt) -> str:
        """Answer a prompt by the step of the loop that it is for.

        Raises:
            ProviderError: when it knows no such step; the prompts are told apart by how they begin.
        """
        said, asked = prompt.system, prompt.user
        if said.startswith("The task succeeded"):
            return _items(from_success(_task(asked), _last(asked)))
        if said.startswith("The task failed"):
            return _items(self._of_failure(_last(asked)))
        if said.startswith("Several attempts at one task lie side by side, each"):
            return _items(self._contrast(_task(asked), _attempts(asked)))
        if said.startswith("Several attempts at one task lie side by side. Choose"):
            return _best(_attempts(asked))
        if said.startswith("A memory of strategies"):
            return _relation(asked)
        if said.startswith("Decide from what can be seen"):
            return json.dumps({"evidence": "", "reason": "no rule tells it from the text", "outcome": "unknown"})
        raise ProviderError(f"no rule answers the prompt that begins {said[:60]!r}")

    def _of_failure(self, done: Steps) -> list[Item]:
        if self.failures == "ignored":
            return []
        return naive(done) if self.failures == "naive" else from_failure(done)

    def _contrast(self, task: str, attempts: Sequence[tuple[str, Steps]]) -> list[Item]:
        good = [done for outcome, done in attempts if outcome == "success"]
        bad = [done for outcome, done in attempts if outcome == "failure"]
        if not good:
            return self._of_failure([step for done in bad for step in done])
        best = min(good, key=len)
        return from_success(task, best) + (_parting(task, best, bad) if self.failures != "ignored" else [])


def from_success(task: str, done: Steps) -> list[Item]:
    """Return what a successful trajectory teaches: at most one item."""
    chains = procedures(task, lasting(done))
    told = [f"When you see {_listed(_things(chain))}: {', then '.join(chain)}." for chain in chains]
    while len(" ".join(told)) > _LONGEST:
        told.pop(0)
    if not told:
        return []
    about = list(dict.fromkeys(thing for chain in chains for thing in _things(chain)))
    return [_item(f"How it was done with {_listed(about)}", about, " ".join(told))]


def from_failure(done: Steps) -> list[Item]:
    """Return what a failed trajectory shows to be wrong, if it shows anything: at most one item."""
    return _against(_tries(done), "the task went on after it", "Look for another way with")


def naive(done: Steps) -> list[Item]:
    """Return a warning against whatever a failed trajectory brought together, with no cause found: an ablation."""
    return _against(_brought_together(done), "the task failed", "What to avoid with")


def _against(actions: Sequence[str], cause: str, title: str) -> list[Item]:
    told = [f"When you see {_listed(_things([one]))}: do not {one}, since {cause}." for one in actions[-_MOST:]]
    about = _things(actions[-_MOST:])
    return [_item(f"{title} {_listed(about)}", about, " ".join(told))] if told else []


def lasting(done: Steps) -> Steps:
    """Return the steps that were not taken back: a step done again, with the same answer, undoes what it had led to.

    What it had led to are the steps since then that concern the same things.
    """
    kept: Steps = []
    for step in done:
        if step in kept:
            there = kept.index(step)
            kept[there:] = [later for later in kept[there:] if not things(later[0]) & things(step[0])]
        if things(step[0]):
            kept.append(step)
    return kept


def things(action: str) -> frozenset[str]:
    """Return the words of what an action is done to; it begins with its verb, as orders in English do."""
    return telling(" ".join(action.split()[1:]))


def procedures(task: str, kept: Steps) -> list[list[str]]:
    """Return the actions in chains: each ends with one that served no later one, before it what it needed.

    An action serves a later one that names the same things, or things its answer was the first to name. What was only
    done to one thing, and led to nothing with another, is a chain only if it was the last of all.
    """
    known = telling(task)
    named: list[frozenset[str]] = []
    for action, answer in kept:
        named.append(things(action) | (telling(answer) - known))
        known |= telling(answer)
    needs = [
        [earlier for earlier in range(number) if named[earlier] & things(action)]
        for number, (action, _) in enumerate(kept)
    ]
    serving = {earlier for found in needs for earlier in found}
    chains: list[list[str]] = []
    for number in range(len(kept)):
        if number not in serving:
            wanted = {number}
            for later in range(number, -1, -1):
                if later in wanted:
                    wanted.update(needs[later])
            chain = [kept[step][0] for step in sorted(wanted)]
            if len(set(map(things, chain))) > 1 or number == len(kept) - 1:
                chains.append(chain)
    return chains


def _brought_together(done: Steps) -> list[str]:
    """Return the actions that bring a thing that was dealt with by itself together with another."""
    actions = list(dict.fromkeys(action for action, _ in done))
    return [one for one in actions if any(things(other) and things(other) < things(one) for other in actions)]


def _tries(done: Steps) -> list[str]:
    """Return what was tried with one and the same thing, in different ways, where nothing else was tried at all."""
    tried = _brought_together(done)
    shared = frozenset[str].intersection(*map(things, tried)) if tried else frozenset[str]()
    return tried if shared and len(tried) > 1 else []


def _parting(task: str, best: Steps, bad: Sequence[Steps]) -> list[Item]:
    """Return where failed attempts part from the best one: the same kind of end, the same thing, another way."""
    told: list[str] = []
    about: list[str] = []
    ends = [chain[-1] for chain in procedures(task, lasting(best))]
    for end in ends:
        for other in dict.fromkeys(chain[-1] for done in bad for chain in procedures(task, lasting(done))):
            if other.split()[0] == end.split()[0] and things(other) & things(end) and other not in ends:
                about += _things([end])
                told.append(
                    f"When you see {_listed(_things([end, other]))}: do not {other}, since it is not what set the "
                    "good attempt apart."
                )
    if not told:
        return []
    return [_item(f"Which way parts failure from success with {_listed(about)}", about, " ".join(told[:4]))]


def _things(chain: Sequence[str]) -> list[str]:
    """Return the words of the things of some actions, in their order."""
    spoken = [word for action in chain for word in re.findall(r"[^\W_]+", action.casefold()) if word in things(action)]
    return list(dict.fromkeys(spoken))


def _item(title: str, about: Sequence[str], content: str) -> Item:
    when = f"When {_listed(about)} can be seen; not where they cannot."
    return {"title": title[:120], "description": when[:320], "content": content[:_LONGEST]}


def _listed(named: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(named))


def _items(found: Sequence[Item]) -> str:
    return json.dumps({"items": list(found)})


def _task(asked: str) -> str:
    found = _TASK.search(asked)
    return found[1].strip() if found else ""


def _attempts(asked: str) -> list[tuple[str, Steps]]:
    return [(outcome, steps(text)) for _, outcome, text in _ATTEMPT.findall(asked)]


def _last(asked: str) -> Steps:
    """Return the steps of the trajectory, or of the last of several rounds."""
    rounds = _attempts(asked)
    return rounds[-1][1] if rounds else steps(asked)


def _best(attempts: Sequence[tuple[str, Steps]]) -> str:
    """Return the choice by what is stated: success first, then the fewest steps."""
    ranked = sorted(
        range(len(attempts)), key=lambda number: (attempts[number][0] != "success", len(attempts[number][1]), number)
    )
    return json.dumps({"reason": "its outcome, then the fewest steps", "best": ranked[0] + 1})


def _relation(asked: str) -> str:
    """Return which item advises the same, and which the opposite, of what the new one does."""
    new, _, others = asked.partition("Items that are there:")
    ours = set(advice(_what(new)))
    same, opposite = 0, list[int]()
    for number, text in re.findall(r"^\[(\d+)\]\n((?:> .*\n?)+)", others, re.MULTILINE):
        theirs = set(advice(_what(text)))
        if ours and ours <= theirs:
            same = same or int(number)
        elif any(
            (one.cue, one.act) == (other.cue, other.act) and one.against != other.against
            for one in ours
            for other in theirs
        ):
            opposite.append(int(number))
    return json.dumps({"reason": "by what they advise", "same": same, "contradicts": opposite})


def _what(text: str) -> str:
    return " ".join(line.removeprefix("> ") for line in text.partition("> What: ")[2].splitlines())
