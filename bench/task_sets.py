"""Sets of tasks to measure recall with: what is recorded and asked for, and what makes one relevant to another.

Two tasks are relevant to each other when they share a label: the kind of problem, the template, a file that both
changed. Labels are those of the sets' authors, or follow from what was done; nobody judged single pairs.

Not covered: whether what is relevant would have helped.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from rb_mcp.language import language
from rb_mcp.memory.gate import objection
from rb_mcp.types import MemoryItem, Step

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from corpora import lessons as lesson_corpus  # the tests' folder is on no path but theirs
from corpora import tasks as task_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CORPORA = Path(__file__).parents[1] / "tests" / "corpora"
RECORDED_WORDINGS = 2
"""Of each kind of coding problem; the others are asked."""
MOST_FILES = 3
"""Source files of a commit: one that touches more is rarely about something."""
_SOURCE = re.compile(
    r"(c|cc|clj|cpp|cs|css|dart|ex|go|h|hpp|java|jsx?|kt|lua|php|pl|ps1|pyi?|rb|rs|scala|sh|sql|swift|tsx?|vue)\Z"
)
_LONGEST_PATCH = 20_000


@dataclass(frozen=True)
class Task:
    """A task that is recorded or asked for, and what is known of it."""

    text: str
    labels: frozenset[str] = frozenset()
    """What is shared with whatever is relevant to it; empty where nothing is."""
    kind: str = ""
    """Of the problem, as a caller says it."""
    lesson: MemoryItem | None = None
    steps: tuple[Step, ...] = ()
    context: str = ""


@dataclass(frozen=True)
class Failure:
    """An error that was met and ended in one task, and the same error as it is met in another."""

    name: str
    steps: tuple[Step, ...]
    again: str


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def coding(path: Path, half: str) -> list[Task]:
    """Return the prompts of one half of a file of coding prompts; those that nothing is relevant to have no label."""
    return [
        Task(
            row["task"],
            frozenset({row["kind"]} - {""}),
            row["said_kind"],
            MemoryItem(**row["lesson"]) if row.get("lesson") else None,
        )
        for row in rows(path)
        if row["half"] == half
    ]


def drawn(tasks: Sequence[Task], seed: int) -> tuple[list[Task], list[Task]]:
    """Return what is recorded, some wordings of each kind by chance, and all others, which are asked."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    kinds: dict[frozenset[str], list[Task]] = defaultdict(list)
    for task in tasks:
        if task.labels:
            kinds[task.labels].append(task)
    recorded = [task for kind in kinds.values() for task in chance.sample(kind, RECORDED_WORDINGS)]
    chance.shuffle(recorded)
    return recorded, [task for task in tasks if task not in recorded]


def templates(path: Path, most: int = 0) -> list[Task]:
    """Return the tasks of a file with `intent` and `template_id`, such as WebArena's; of the first templates only."""
    tasks = [Task(str(row["intent"]), frozenset({str(row["template_id"])})) for row in rows(path)]
    first = list(dict.fromkeys(task.labels for task in tasks))[: most or None]
    return [task for task in tasks if task.labels in first]


def paraphrases() -> tuple[list[Task], list[Task]]:
    """Return the project's own pairs in English, recorded and asked: another task of the kind is relevant."""
    pairs = list(zip(task_corpus.paraphrases(), task_corpus.kinds(), strict=True))
    recorded = [Task(recorded, frozenset({kind})) for (recorded, _), kind in pairs]
    return recorded, [Task(asked, frozenset({kind})) for (_, asked), kind in pairs]


def chinese() -> tuple[list[Task], list[Task]]:
    """Return the pairs in Chinese: only the same task is relevant."""
    return _same(task_corpus.chinese(), "zh")


def translations() -> tuple[list[Task], list[Task]]:
    """Return pairs of a task in English, which is recorded, and its translation."""
    return _same(task_corpus.crosslingual(), "translation")


def unrelated() -> list[Task]:
    """Return tasks that nothing is relevant to, the far ones first, then as many that are near."""
    return [Task(text) for text in task_corpus.unrelated()]


def _same(pairs: Sequence[tuple[str, str]], name: str) -> tuple[list[Task], list[Task]]:
    sides = zip(*pairs, strict=True)
    recorded, asked = ([Task(text, frozenset({f"{name} {n}"})) for n, text in enumerate(side)] for side in sides)
    return recorded, asked


def connectives() -> dict[str, list[str]]:
    """Return, by language, how two tasks `{a}` and `{b}` are asked for at once."""
    sections = re.split(r"^## ", (CORPORA / "connectives.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    lines = {name: body.strip().split("\n") for name, _, body in (section.partition("\n") for section in sections)}
    return {name: [line.replace("\\n", "\n") for line in some] for name, some in lines.items()}


def failures() -> list[Failure]:
    """Return errors, each as the steps of a task that met and ended it, and as it is met again elsewhere."""
    return [
        Failure(
            row["name"],
            (
                Step(action=row["first"]["command"], observation=row["first"]["output"]),
                Step(**row["remedy"]),
                Step(action=row["first"]["command"], observation="(exit status 0)"),
            ),
            row["again"],
        )
        for row in rows(CORPORA / "failures.jsonl")
    ]


def no_failures() -> list[str]:
    """Return texts in which no error is reported."""
    return [row["text"] for row in rows(CORPORA / "no_failures.jsonl")]


def history(repository: Path, most: int, *, body: bool) -> list[Task]:
    """Return the latest commits that touch few source files, in order: a file that both changed makes them relevant.

    The task is the subject, with `body` the whole message; the trajectory edits the files, as the patch has it. Without
    a repository there are none.
    """
    options = ("--no-merges", "--no-renames", "--unified=1", "--patch", "--format=%x1e%s%x1f%b%x1f")
    command = ["git", "-C", repository, "log", *options]
    log = subprocess.run(command, check=False, capture_output=True, encoding="utf-8", errors="replace").stdout
    tasks: list[Task] = []
    for commit in log.split("\x1e")[1:]:
        subject, message, patch = commit.split("\x1f", 2)
        edits = dict(_edits(patch))
        if not 1 <= len(edits) <= MOST_FILES:
            continue
        text = f"{subject}\n\n{message.strip()}".strip() if body else subject
        steps = tuple(Step(action=f"apply_patch({edit[:_LONGEST_PATCH]})") for edit in edits.values())
        tasks.append(Task(text, frozenset(edits), steps=steps))
        if len(tasks) == most:
            break
    return tasks[::-1]


def _edits(patch: str) -> Iterator[tuple[str, str]]:
    """Yield the source files of a patch, each with its part of it."""
    for part in re.split(r"^(?=diff --git )", patch, flags=re.MULTILINE)[1:]:
        path = re.match(r"diff --git a/.* b/(.*)", part)
        if path and _SOURCE.match(PurePosixPath(path[1]).suffix[1:]):
            yield path[1], part


@cache
def lesson_pool(spoken: str = "en") -> list[MemoryItem]:
    """Return lessons in a language that pass the gate, and that no set of tasks was written for."""
    every = lesson_corpus.lessons()
    items = [one.item for one in every] + [item for one in every for _, item in one.paraphrases]
    items = [item for item in (*items, *lesson_corpus.distinct()) if not objection(item, "")]
    return [item for item in items if language(item.text()) == spoken]


def taught(tasks: Sequence[Task], seed: int, *, each_label: bool = False, spoken: str = "en") -> list[Task]:
    """Return tasks with a lesson drawn by chance, so one that says nothing of use; each, or each label, its own.

    With more tasks than lessons, lessons come again.
    """
    pool = list(lesson_pool(spoken))
    random.Random(seed).shuffle(pool)  # noqa: S311 - nothing secret
    drawn_: dict[object, MemoryItem] = {}
    for number, task in enumerate(tasks):
        key = task.labels if each_label else number
        able = (item for item in pool[len(drawn_) % len(pool) :] + pool if not objection(item, task.text))
        drawn_.setdefault(key, next(able))
    return [replace(task, lesson=drawn_[task.labels if each_label else n]) for n, task in enumerate(tasks)]
