"""Results → a report: Markdown for people, JSON for programs, two pictures.

A section is a function of the folder and the results that returns lines; another tier adds one to `SECTIONS`.
"""

from __future__ import annotations

import json
import statistics
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pictures
import tier_b
import tier_c
from criteria import NEEDED, unmet
from games import LIMIT
from published import PUBLISHED
from significance import compared, interval
from tier_a import ARMS, LENGTH, UNSEEN

import rb_mcp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tier_a import Came

    Results = Mapping[str, Mapping[str, Came]]

TITLES = {
    "tidy": "The main stream: put 1, 2 or 3 objects where they belong",
    "unseen": f"Objects never met before: the last {UNSEEN} tasks of a stream, from the games' test fold",
    "mixed": "Several games: tidying, cooking, finding a coin, following orders, reading a map",
}
PAIRS = (
    ("success", "random", "first", "Is it what is recalled, or that something is?"),
    ("success", "raw", "first", "A distilled lesson or the trajectory itself?"),
    ("success", "workflow", "first", "A lesson that says when it applies, or one that does not?"),
    ("both", "success", "first", "Do diagnosed failures add to successes?"),
    ("naive", "success", "first", "Do bare warnings?"),
    ("k 2", "both", "first", "Two experiences instead of one?"),
    ("k 3", "both", "first", "Three?"),
    ("k 4", "both", "first", "Four?"),
    ("success k 4", "success", "first", "Four, of successes only?"),
    ("uncredited", "both", "first", "What if nothing is credited?"),
    ("k 4 uncredited", "k 4", "first", "The same, with four experiences recalled?"),
    ("success k 4 uncredited", "success k 4", "first", "And of successes only?"),
    ("flips 27 uncredited", "flips 27", "first", "And when 27 % of the verdicts are wrong?"),
    ("adaptive", "both", "first", "Is it better to let the number of experiences adapt?"),
    ("parallel 3", "both", "first", "Does contrast of 3 attempts make a better memory?"),
    ("sequential 3", "both", "first", "Does self-refinement in 3 rounds?"),
    ("parallel 3", "separate 3", "first", "Is it the contrast, or that there are 3 attempts to learn from?"),
    ("parallel 3", "none 3", "best", "Best of 3 with memory or without?"),
    ("parallel 5", "none 5", "best", "Best of 5?"),
    ("sequential 3", "none 3", "best", "3 rounds, or best of 3 without memory?"),
    ("sequential 5", "none 5", "best", "5 rounds?"),
)
"""Questions, and which two arms answer each by which column."""

INTRODUCTION = f"""\
# Does the memory loop work?

Written {{date}} by `python3 dev.py evals`, rb-mcp {{version}}. The same command gives the same figures.

## Tier A: the mechanism

**The agent is no language model.** It is a fixed rule that picks one of the commands a text game offers: what it
has not done, what the game has just spoken of, and what it has read in its memory (`evals/reader.py`). The
distiller is a fixed rule too, behind the interface of a model (`evals/distiller.py`). The rest is the product: a
bank in a file, the default embedder, the shipped prompts, gate, consolidation, recall, credit, contrast and
scaling, and the agent reads the very text that `recall_strategies` answers with. The games, TextWorldExpress, are
a third party's.

Agent and distiller know forms of English and no word of any game. What makes memory sees the task, the trajectory
and the outcome, never a score. The task as the memory is asked about it is what the game asks for and what is
seen first: of tidying games what is asked is the same in all. An agent has {LIMIT} actions. The final state is
handed in as evidence, so no judge is asked; with *flips* some of the verdicts are reported the wrong way round. A
stream is {LENGTH} tasks, met one after the other by a memory that begins empty. No seed of a game comes twice,
and all arms meet the same luck. The rules were fixed while looking at streams that are not among these.

**What this is no evidence of:** that a language model learns anything from the lessons another one wrote, that
the judge is right, how any agent does on the web or in code. It shows that what was learned is kept, found again
for the task it fits, and put before the agent in a form that can be used; and that the controls fail where they
should.
"""


def write(folder: Path, results: Results) -> list[str]:
    """Write the report into a folder; return what to tell whoever started it."""
    figures = {part: {arm: _figures(arms, arm) for arm in arms} for part, arms in results.items()}
    kept = {"unmet": _unmet(results), "figures": figures, "published": PUBLISHED}
    (folder / "figures.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    said = INTRODUCTION.format(date=datetime.now(UTC).date(), version=rb_mcp.__version__).splitlines()
    for section in SECTIONS:
        said += ["", *section(folder, results)]
    (folder / "report.md").write_text("\n".join(said) + "\n", encoding="utf-8")
    return [f"Written: {folder / 'report.md'}", *(f"Does not hold: {sentence}" for sentence in kept["unmet"])]


def _unmet(results: Results) -> list[str]:
    arms = results.get("tidy", {})
    return unmet({arm: _share(arms[arm], "first") for arm in NEEDED}) if set(NEEDED) <= set(arms) else []


def verdict(_: Path, results: Results) -> list[str]:
    """Say what has to hold, and whether it does."""
    failed = _unmet(results)
    said = [
        "### What has to hold",
        "",
        "Recall, from successes alone and with lessons of failures, solves at least 2 points more than no memory;",
        "recall by chance is within 3 points of none; lessons of failures take nothing away, as many experiences as",
        "fit are no worse than one, and the first of three contrasted attempts is no worse than plain recall, all to",
        "a point. CI holds a smaller run to the same, and sees to it that recall by chance and inverted verdicts fail",
        "it.",
        "",
    ]
    return [*said, *(f"- **Does not hold:** {one}." for one in failed)] if failed else [*said, "**All of it holds.**"]


def arms(folder: Path, results: Results) -> list[str]:
    """Return a table of the arms for each kind of stream."""
    said = list[str]()
    for part, found in results.items():
        tasks = len(found["none"].tasks)
        said += [
            f"### {TITLES[part]}",
            "",
            f"{tasks} tasks an arm. *Solved*: of the first attempts. *Difference*: to no memory, in points, on",
            "the same tasks; 95 % interval by the paired bootstrap, p by McNemar's exact test. *Handed over*: of those",
            "chosen as the best one. *Advised*: tasks for which the agent had something to read. *Kept*: strategies at",
            "the end, of all streams together.",
            "",
            "| arm | | solved % | difference | gained, lost | p | steps | handed over % | any % | advised % | kept |",
            "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
            *(_row(found, arm) for arm in found),
            "",
        ]
    pictures.arms(folder / "arms.png", results["tidy"])
    pictures.scaling(folder / "scaling.png", results["tidy"])
    return [*said, "![what each arm solves](arms.png)", "", "![scaling and wrong verdicts](scaling.png)"]


def _row(found: Mapping[str, Came], arm: str) -> str:
    one = _figures(found, arm)
    difference = f"{_points(one['difference'])} [{_points(one['low'])}, {_points(one['high'])}]"
    against = [difference, f"{one['gained']:.0f}, {one['lost']:.0f}", _p(one["p"])] if arm != "none" else [""] * 3
    held = ", ".join(f"{count} {what}" for what, count in sorted(found[arm].held.items()))
    cells = [f"`{arm}`", ARMS[arm].told, f"{100 * one['first']:.1f}", *against, f"{one['steps']:.2f}"]
    return f"| {' | '.join([*cells, *(f'{100 * one[what]:.1f}' for what in ('best', 'any', 'advised')), held])} |"


def questions(_: Path, results: Results) -> list[str]:
    """Return what the arms of the main stream say about one another."""
    found = results["tidy"]
    said = [
        "### One arm against another",
        "",
        "On the same tasks of the main stream; many questions are asked, so that one p in twenty below .05 is chance.",
        "",
        "| question | arm | against | points | gained, lost | p |",
        "|---|---|---|---:|---:|---:|",
    ]
    for arm, other, column, question in PAIRS:
        if arm in found and other in found:
            c = compared(_column(found[arm], column), _column(found[other], column))
            points = f"{_points(c.difference)} [{_points(c.low)}, {_points(c.high)}]"
            said.append(
                f"| {question} | `{arm}` | `{other}`{', handed over' if column == 'best' else ''} | {points} "
                f"| {c.gained}, {c.lost} | {_p(c.p)} |"
            )
    return said


def theirs(_: Path, __: Results) -> list[str]:
    """Return what the authors of the method published, and what others report."""
    return [
        "## The paper's own figures, for comparison",
        "",
        "Published in arXiv 2509.25140, by its authors, with hosted language models on other benchmarks. **None of",
        "them was measured here**, and nothing above is comparable with them in size.",
        "",
        "| what | theirs |",
        "|---|---|",
        *(f"| {what} | {figure} |" for what, figure in PUBLISHED.items()),
    ]


SECTIONS: list[Callable[[Path, Results], list[str]]] = [
    verdict,
    arms,
    questions,
    tier_b.section,
    tier_c.section,
    theirs,
]
"""What the report holds, in this order."""


def _figures(found: Mapping[str, Came], arm: str) -> dict[str, float]:
    came, none = found[arm], found["none"]
    steps = [one.steps - other.steps for one, other in zip(came.tasks, none.tasks, strict=True)]
    low, high = interval(steps)
    return {
        "tasks": len(came.tasks),
        **{column: _share(came, column) for column in ("first", "best", "any", "advised")},
        "steps": statistics.fmean(one.steps for one in came.tasks),
        "steps_difference": statistics.fmean(steps),
        "steps_low": low,
        "steps_high": high,
        **compared(_column(came, "first"), _column(none, "first"))._asdict(),
    }


def _column(came: Came, column: str) -> Sequence[bool]:
    return [getattr(one, column) for one in came.tasks]


def _share(came: Came, column: str) -> float:
    return statistics.fmean(_column(came, column))


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _p(p: float) -> str:
    return "< .001" if p < 0.001 else f"{p:.3f}".lstrip("0") if p < 1 else "1"
