"""How good a recall is, by the server's own floor and plan: tasks are recorded into a real bank, and others recalled.

Each set is a row. A query with something relevant in the bank should be shown it, one without nothing at all:

    hit@1, hit@3   whether the nearest, or one of the nearest three, is relevant, whatever the floor
    AUROC          how well the best score tells queries with something relevant from those without
    BM25, words    hit@1 of BM25 and of plain word overlap (Jaccard) on the tasks; of equals, the share that is relevant
    useful         something relevant is shown in full; nearby: or named as a weak candidate
    wrong          something is shown, and nothing of it is relevant
    false          something is shown where nothing is relevant
    shown          experiences shown, on average
    chosen on      whether weights and floors were chosen with a look at this set; `partly`: single ones of them;
                   `seen`: its figures were known before the last change of a floor, which other sets decided

Figures of several draws or orders are of all queries together. Where a set has no lessons of its own each task gets
one by chance, which says nothing of use: the worst that lessons can be. (About 100 are distinct, the others are their
paraphrases, many of which the bank merges, as it would at work.) The last part leaves one side out of the score, or one
encoder out of the embedder; the floor stays, so what is shown falls with it, and hit@1 does not.

Then, in tables of their own: what ended an error that is met again, tasks of two parts, and whether experiences in one
language change the answers in another. Besides the project's own corpora two files may be named (WebArena's tasks, more
coding prompts) and a git repository.

Not covered: whether an agent does better with what is shown; labels as judges of what is relevant; what recall costs
(`recall.py`).
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest.mock import patch

import anyio
import task_sets as sets
from task_sets import Task

from rb_mcp.config import Settings
from rb_mcp.memory import retrieval, selection, similarity
from rb_mcp.memory.opening import open_bank
from rb_mcp.memory.retrieval import Retriever
from rb_mcp.providers import open_embedder
from rb_mcp.types import Query, Trajectory, Verdict
from rb_mcp.words import overlap, words

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Mapping, Sequence

    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.memory.retrieval import Plan
    from rb_mcp.memory.similarity import Scale, Similarity
    from rb_mcp.protocols import Embedder, Purpose
    from rb_mcp.types import Candidate, Embedding, Probe, Recall

SIDES = ("", "lesson", "touched", "word overlap")
"""Of the score, left out one by one; nothing first. The kind is left out by not saying it."""
LEADING = "use"
"""The embedder that is left when MiniLM is left out of the default one."""
PAIRS = 200
COMMITS = 600
ADDED = 30
"""Experiences in another language."""
COLUMNS = ("with", "without", "hit@1", "hit@3", "AUROC", "BM25", "words", "useful", "wrong", "false", "nearby", "shown")
_NAME = 64


class Remembered:
    """An embedder that embeds no text twice."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[tuple[str, Purpose], Embedding] = {}
        self.name, self.dimensions, self.background = embedder.name, embedder.dimensions, embedder.background

    async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:
        """Return one vector a text; the embedders that ship with the package embed a query like a document."""
        purpose = "fragment" if purpose == "fragment" else "document"
        for text in texts:
            if (text, purpose) not in self._known:
                [self._known[text, purpose]] = await self._embedder.embed([text], purpose=purpose)
        return [self._known[text, purpose] for text in texts]


@dataclass(frozen=True)
class View:
    """A way to ask: with the kind of problem or without, with a side of the score left out, for k experiences."""

    kind: bool = False
    without: str = ""
    k: int = 0


@dataclass(frozen=True)
class Answer:
    """What became of a query."""

    expected: bool
    """Whether the bank holds something relevant."""
    ranks: tuple[bool, ...]
    """Whether each of the nearest three is relevant."""
    best: float
    shown: tuple[Task, ...]
    useful: bool
    nearby: bool
    """Useful, or a weak candidate is relevant."""
    parted: bool
    bm25: float = 0.0
    words: float = 0.0


@dataclass
class Bank:
    """A bank, and what was recorded into it."""

    bank: ReasoningBank
    recorded: dict[str, Task] = field(default_factory=dict[str, Task])
    behind: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Experiences behind each strategy."""
    held: int = 0
    """Lessons that the gate held back."""

    async def record(self, tasks: Iterable[Task], *, kind: bool = True) -> None:
        """Record tasks with their lessons, and with their kinds unless these are not to be known."""
        for task in tasks:
            verdict = Verdict("success", "it was checked", "evidence")
            items = [task.lesson] if task.lesson else []
            trajectory = Trajectory(task.text, task.steps)
            said = task.kind if kind else ""
            receipt = await self.bank.record(trajectory, verdict, items, "", self.bank.namespace, kind=said)
            self.recorded[receipt.experience.id] = task
            for kept in receipt.strategies:
                self.behind.setdefault(kept.id, set()).add(receipt.experience.id)
                self.held += kept.action == "held"

    async def forget(self, tasks: Sequence[Task]) -> None:
        """Forget what was recorded of some tasks."""
        for id_ in [id_ for id_, task in self.recorded.items() if any(task is other for other in tasks)]:
            await self.bank.store.forget(experience_id=id_)
            del self.recorded[id_]

    async def recall(self, task: Task, view: View = View()) -> tuple[Recall, Plan]:
        """Recall as the server does, without keeping that it was asked."""
        query = await self.bank.redacted(Query(task.text, task.kind * view.kind, task.context, view.k))
        with left_out(view.without):
            return await self.bank.retriever.consider(query, self.bank.namespace, self.bank.origin)

    async def ask(self, task: Task, view: View = View()) -> Answer:
        """Recall for a task, and compare what comes with what is relevant."""
        recall, plan = await self.recall(task, view)
        relevant = {id_ for id_, other in self.recorded.items() if other.labels & task.labels}
        scores: dict[str, float] = {}
        for one in plan.considered:
            scores[one.experience_id] = max(one.similarity.total, scores.get(one.experience_id, -math.inf))
        ranked = sorted(scores, key=lambda id_: -scores[id_])
        shown = dict.fromkeys(one.experience_id for one in recall.strategies)
        weak = [min(self.behind[near.id] & scores.keys(), key=ranked.index) for near in recall.nearby]
        useful = not relevant.isdisjoint(shown)
        return Answer(
            bool(relevant),
            tuple(id_ in relevant for id_ in ranked[:3]),
            max(scores.values(), default=0.0),
            tuple(self.recorded[id_] for id_ in shown),
            useful,
            useful or not relevant.isdisjoint(weak),
            bool(plan.parts),
            *(self._plain(task, relevant) if relevant else ()),
        )

    def _plain(self, task: Task, relevant: set[str]) -> tuple[float, float]:
        """Return hit@1 of BM25 and of word overlap."""
        texts = {id_: words(other.text) for id_, other in self.recorded.items()}
        spoken = words(task.text)
        shared = {id_: overlap(spoken, text) for id_, text in texts.items()}
        return _first(bm25(spoken, texts), relevant), _first(shared, relevant)


def bm25(query: frozenset[str], texts: Mapping[str, frozenset[str]]) -> dict[str, float]:
    """Return the score that FTS5 gives each text: of distinct words, k1 = 1.2, b = 0.75."""
    mean = statistics.fmean(map(len, texts.values()))
    weights: dict[str, float] = {}
    for word in query:
        count = sum(word in text for text in texts.values())
        weights[word] = max(1e-6, math.log((len(texts) - count + 0.5) / (count + 0.5)))
    return {
        id_: sum(weights[word] for word in query & text) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * len(text) / mean))
        for id_, text in texts.items()
    }


def _first(scores: Mapping[str, float], relevant: set[str]) -> float:
    best = max(scores.values())
    return statistics.fmean(id_ in relevant for id_, score in scores.items() if score == best)


@contextmanager
def left_out(side: str) -> Generator[None]:
    """Leave one side out of the score for the time of the block."""
    if not side:
        yield
        return
    whole = similarity.similarity

    def partly(probe: Probe, candidate: Candidate, scale: Scale, *, with_kind: bool) -> Similarity:
        if side == "lesson":
            candidate = replace(candidate, lesson=None, kind_lesson=None)
        elif side == "touched":
            candidate = replace(candidate, touched=0.0)
        elif side == "word overlap":
            probe = replace(probe, words=frozenset())
        return whole(probe, candidate, scale, with_kind=with_kind)

    with patch.object(retrieval, "similarity", partly):
        yield


def figures(answers: Sequence[Answer]) -> dict[str, float]:
    """Return the figures of a row, those that there are."""
    expected = [answer for answer in answers if answer.expected]
    others = [answer for answer in answers if not answer.expected]
    row: dict[str, float] = {"with": len(expected), "without": len(others)}
    row["shown"] = statistics.fmean(len(answer.shown) for answer in answers)
    if expected:
        row["hit@1"] = statistics.fmean(any(answer.ranks[:1]) for answer in expected)
        row["hit@3"] = statistics.fmean(any(answer.ranks) for answer in expected)
        row["BM25"] = statistics.fmean(answer.bm25 for answer in expected)
        row["words"] = statistics.fmean(answer.words for answer in expected)
        row["useful"] = statistics.fmean(answer.useful for answer in expected)
        row["wrong"] = statistics.fmean(bool(answer.shown) and not answer.useful for answer in expected)
        row["nearby"] = statistics.fmean(answer.nearby for answer in expected)
    if others:
        row["false"] = statistics.fmean(bool(answer.shown) for answer in others)
    if expected and others:
        row["AUROC"] = auroc([answer.best for answer in expected], [answer.best for answer in others])
    return row


def auroc(relevant: Sequence[float], other: Sequence[float]) -> float:
    """Return how often a score of a query with something relevant is above one of a query without."""
    return statistics.fmean((one > two) + 0.5 * (one == two) for one in relevant for two in other)


@dataclass
class Bench:
    """What is measured with; opens banks, and prints rows as they are measured."""

    tasks: Path | None = None
    """A file of tasks with their templates."""
    more_prompts: Path | None = None
    """A file of coding prompts besides the project's own."""
    repository: Path = Path(__file__).parents[1]
    quick: bool = False
    table: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    _embedders: dict[str, Remembered] = field(default_factory=dict[str, Remembered])

    def most(self, whole: int, quick: int) -> int:
        """Return how many of something are measured."""
        return quick if self.quick else whole

    def templates(self) -> list[Task]:
        """Return the tasks of the file that is named."""
        return sets.templates(self.tasks, self.most(0, 12)) if self.tasks else []

    def prompts(self) -> list[tuple[Path, str]]:
        """Return files of coding prompts, each with the part of it that is asked."""
        files = [(sets.CORPORA / "coding.jsonl", half) for half in ("fit", "judge")]
        return [*files, (self.more_prompts, "public")] if self.more_prompts else files

    @asynccontextmanager
    async def bank(self, embedder: str = "") -> AsyncGenerator[Bank]:
        """Open an empty bank for the time of the block, with the default embedder unless another is named."""
        with TemporaryDirectory() as folder:
            settings = Settings(bank=Path(folder) / "bank.db", model="agent")
            name = embedder or settings.embedder
            if name not in self._embedders:
                self._embedders[name] = Remembered(open_embedder(name))
            async with open_bank(settings) as bank:
                yield Bank(replace(bank, retriever=Retriever(bank.store, self._embedders[name])))

    def head(self, title: str = "") -> None:
        """Print the head of a table."""
        print(f"\n{title:{_NAME}} chosen on {' '.join(f'{name:>7}' for name in COLUMNS)}")

    def row(self, name: str, answers: Sequence[Answer], chosen: str = "no") -> None:
        """Print a row, and keep it."""
        if not answers:
            print(f"{name:{_NAME}} nothing to ask")
            return
        self.table[name] = row = figures(answers)
        cells = [f"{row[column]:7.{0 if 'with' in column else 3}f}" if column in row else 7 * " " for column in COLUMNS]
        print(f"{name:{_NAME}} {chosen:9} {' '.join(cells)}", flush=True)

    def rows(self, name: str, answers: Mapping[View, Sequence[Answer]], chosen: str = "no") -> None:
        """Print a row for each view."""
        for view, some in answers.items():
            asked = ", with kind" * view.kind + f", without {view.without}" * bool(view.without)
            self.row(name + asked, some, chosen)


Answers = dict[View, list[Answer]]


async def asked_of(bank: Bank, tasks: Iterable[Task], answers: Answers) -> None:
    """Ask for tasks, one way after the other."""
    for task in tasks:
        for view, some in answers.items():
            some.append(await bank.ask(task, view))


async def streamed(bench: Bench, order: Sequence[Task], answers: Answers, embedder: str = "") -> None:
    """Ask for each task in a bank of those before it."""
    async with bench.bank(embedder) as bank:
        for number, task in enumerate(order):
            if number:
                await asked_of(bank, [task], answers)
            await bank.record([task])


async def left_one_out(bench: Bench, tasks: Sequence[Task], answers: Answers) -> None:
    """Ask for each task in a bank of all others, then in one without those of its template."""
    async with bench.bank() as bank:
        await bank.record(tasks)
        for task in tasks:
            await bank.forget([task])
            await asked_of(bank, [task], answers)
            await bank.record([task])
        for label in dict.fromkeys(task.labels for task in tasks):
            alike = [task for task in tasks if task.labels == label]
            await bank.forget(alike)
            await asked_of(bank, alike, answers)
            await bank.record(alike)


def shuffled(tasks: Sequence[Task], seed: int) -> list[Task]:
    """Return tasks in an order by chance."""
    return random.Random(seed).sample(tasks, len(tasks))  # noqa: S311 - nothing secret


async def coding(bench: Bench) -> None:
    """Measure with coding prompts, of which two wordings a kind are recorded and the others asked."""
    bench.head("coding prompts")
    for path, half in bench.prompts():
        answers: Answers = {View(): [], View(kind=True): []}
        kindless: Answers = {View(kind=True): []}
        held = await _draws(bench, sets.coding(path, half), answers)
        await _draws(bench, sets.coding(path, half), kindless, kind=False)
        chosen = "seen" if half == "judge" else "yes"
        bench.rows(half, answers, chosen)
        bench.rows(f"{half}, recorded without kinds, asked", kindless, chosen)
        if held:
            print(f"  lessons that the gate held back: {held}")


async def _draws(
    bench: Bench, tasks: Sequence[Task], answers: Answers, embedder: str = "", *, kind: bool = True
) -> int:
    """Ask for some wordings in a bank of the others, several times; return how many lessons were held back."""
    held = 0
    for seed in range(bench.most(5, 1)):
        recorded, asked = sets.drawn(tasks, seed)
        async with bench.bank(embedder) as bank:
            await bank.record(recorded, kind=kind)
            await asked_of(bank, asked, answers)
            held += bank.held
    return held


async def own(bench: Bench) -> None:
    """Measure with the project's own tasks: one mixed bank, asked in three ways and for what is not in it."""
    groups = {
        "paraphrases, another task of the kind is relevant": (*sets.paraphrases(), "partly"),
        "Chinese paraphrases": (*sets.chinese(), "yes"),
        "translations, English asked for in Chinese": (*sets.translations(), "yes"),
    }
    recorded = [task for group, _, _ in groups.values() for task in group]
    bench.head(f"a mixed bank of {len(recorded)}, a lesson by chance a task")
    async with bench.bank() as bank:
        await bank.record(sets.taught(recorded, 0))
        others = [await bank.ask(task) for task in sets.unrelated()]
        for name, (_, asked, chosen) in groups.items():
            some = asked[: bench.most(len(asked), 20)]
            bench.row(name, [*[await bank.ask(task) for task in some], *others], chosen)
    half = len(others) // 2
    bench.row("unrelated, far", others[:half])
    bench.row("unrelated, near", others[half:])


async def mixed(bench: Bench) -> None:
    """Print how many answers of an English bank change when experiences in Chinese come into it."""
    recorded, asked = sets.paraphrases()
    asked = [*asked, *sets.unrelated()][:: bench.most(1, 8)]
    before, after = list[list[str]](), list[list[str]]()
    async with bench.bank() as bank:
        await bank.record(sets.taught(recorded, 0))
        for answers in (before, after):
            for task in asked:
                recall, _ = await bank.recall(task)
                answers.append([one.strategy.id for one in recall.strategies])
            if answers is before:
                await bank.record(sets.taught(sets.chinese()[0][:ADDED], 0, spoken="zh"))
    both = list(zip(before, after, strict=True))
    changed, turned = sum(old != new for old, new in both), sum(bool(old) != bool(new) for old, new in both)
    print(
        f"\n{ADDED} Chinese experiences added to {len(recorded)} English ones: {changed} of {len(both)} answers to",
        end="",
    )
    print(f" English queries changed, {turned} of them from something to nothing or back", flush=True)


async def errors(bench: Bench) -> None:
    """Print how often an error in the context brings what ended it in another task."""
    failures, texts = sets.failures()[: bench.most(100, 20)], sets.no_failures()[: bench.most(200, 20)]
    asked = [task.text for task in sets.unrelated()]
    tasks = sets.taught(sets.paraphrases()[0][: len(failures)], 0)
    met, false, shown = list[str](), 0, 0
    async with bench.bank() as bank:
        await bank.record(replace(task, steps=one.steps) for task, one in zip(tasks, failures, strict=True))
        known = dict(zip(bank.recorded, failures, strict=True))
        for text, one in zip(cycle(asked), failures, strict=False):
            recall, _ = await bank.recall(Task(text, context=one.again))
            names = [known[remedy.experience_id].name for remedy in recall.remedies]
            met.append("none" if not names else "among those shown" if one.name in names else "wrong only")
            met += ["first"] * (names[:1] == [one.name])
            shown += bool(recall.strategies)
        for text, context in zip(cycle(asked), texts, strict=False):
            recall, _ = await bank.recall(Task(text, context=context))
            false += bool(recall.remedies)
    print(f"\n{len(failures)} errors met again, with an unrelated task; what ended them: ", end="")
    print(", ".join(f"{what} {met.count(what)}" for what in ("first", "among those shown", "wrong only", "none")))
    print(f"  a strategy shown besides: {shown}; remedies for {len(texts)} texts without an error: {false}", flush=True)


async def history(bench: Bench) -> None:
    """Measure with the commits of a repository, each in a bank of those before it."""
    bench.head(f"history of {bench.repository.resolve().name}, a lesson by chance a commit")
    for body in (False, True):
        answers: Answers = {View(): []}
        await streamed(bench, sets.taught(_commits(bench, body=body), 0), answers)
        bench.rows("subject and body" if body else "subject", answers)


def _commits(bench: Bench, *, body: bool) -> list[Task]:
    return sets.history(bench.repository, bench.most(COMMITS, 60), body=body)


async def templates(bench: Bench) -> None:
    """Measure with tasks of templates, each in a bank of all others, and in shuffled order in one of those before."""
    tasks, seeds = bench.templates(), bench.most(3, 1)
    bench.head(f"{len(tasks)} tasks of templates")
    for what, each in (("a lesson by chance a template", True), ("a lesson by chance a task", False)):
        answers: Answers = {View(): []}
        await left_one_out(bench, sets.taught(tasks, 0, each_label=each), answers)
        bench.rows(f"leave one out, {what}", answers, "yes")
        answers = {View(): []}
        for seed in range(seeds):
            await streamed(bench, shuffled(sets.taught(tasks, seed, each_label=each), seed), answers)
        bench.rows(f"streams ({seeds}), {what}", answers, "yes")


async def parts(bench: Bench) -> None:
    """Print how often both parts of a task are met, and what parting does to single tasks."""
    recorded, pairs = _pairs(bench)
    met: dict[str, list[tuple[int, bool, int]]] = {}
    async with bench.bank() as bank:
        await bank.record(recorded)
        for name, text, both in pairs:
            answer = await bank.ask(Task(text))
            count = sum(any(one.labels == part.labels for one in answer.shown) for part in both)
            met.setdefault(name, []).append((count, answer.parted, len(answer.shown)))
        singles = list({id(task): task for _, _, both in pairs for task in both}.values())
        whole = [await bank.ask(task) for task in singles]
        unparted = [await bank.ask(task, View(k=1)) for task in singles]
    print(
        f"\n{f'{len(pairs)} tasks of two parts, in a bank of {len(recorded)}':{_NAME}}    both     one  parted   shown"
    )
    for name, some in {**met, "all": [one for ones in met.values() for one in ones]}.items():
        both, single = (statistics.fmean(count == n for count, _, _ in some) for n in (2, 1))
        parted, shown = statistics.fmean(one[1] for one in some), statistics.fmean(one[2] for one in some)
        print(f"{f'{name} ({len(some)})':{_NAME}} {both:7.3f} {single:7.3f} {parted:7.3f} {shown:7.3f}")
    print(
        f"the same tasks singly ({len(singles)}): parted {statistics.fmean(one.parted for one in whole):.3f}, ", end=""
    )
    hits = [statistics.fmean(any(one.ranks[:1]) for one in some) for some in (whole, unparted)]
    print(f"hit@1 {hits[0]:.3f}, never parted {hits[1]:.3f}", flush=True)


def _pairs(bench: Bench) -> tuple[list[Task], list[tuple[str, str, list[Task]]]]:
    """Return every other task of each template, to be recorded, and pairs of the others: language, text, both tasks."""
    sides: tuple[list[Task], list[Task]] = [], []
    for task in shuffled(sets.taught(bench.templates(), 0, each_label=True), 0):
        sides[sum(task.labels == other.labels for side in sides for other in side) % 2].append(task)
    recorded, asked = sides
    chance = random.Random(0)  # noqa: S311 - nothing secret
    turns = {name: cycle(chance.sample(some, len(some))) for name, some in sets.connectives().items()}
    pairs: list[tuple[str, str, list[Task]]] = []
    for name, _ in zip(cycle(turns), range(bench.most(PAIRS, 20)), strict=False):
        first = chance.choice(asked)
        second = chance.choice([task for task in asked if task.labels != first.labels])
        text = next(turns[name]).replace("{a}", first.text).replace("{b}", second.text)
        pairs.append((name, text, [first, second]))
    return recorded, pairs


async def sides(bench: Bench) -> None:
    """Measure what each side of the score adds: with it, and without."""
    bench.head("without a side")
    for path, half in bench.prompts()[1:]:
        tasks = sets.coding(path, half)
        answers: Answers = {View(kind, side): [] for kind in (False, True) for side in SIDES}
        await _draws(bench, tasks, answers)
        bench.rows(f"coding, {half}", answers)
        answers = {View(): [], View(kind=True): []}
        await _draws(bench, tasks, answers, LEADING)
        bench.rows(f"coding, {half}, without MiniLM", answers)
    streams = {"history": (sets.taught(_commits(bench, body=False), 0), "no")}
    if bench.tasks:
        streams["templates, a stream"] = shuffled(sets.taught(bench.templates(), 0), 0), "yes"
    for name, (order, chosen) in streams.items():
        answers = {View(without=side): [] for side in SIDES}
        await streamed(bench, order, answers)
        bench.rows(name, answers, chosen)
        answers = {View(): []}
        await streamed(bench, order, answers, LEADING)
        bench.rows(f"{name}, without MiniLM", answers, chosen)


PARTS: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "coding": coding,
    "own": own,
    "mixed": mixed,
    "errors": errors,
    "history": history,
    "templates": templates,
    "parts": parts,
    "sides": sides,
}
NAMED = {"templates", "parts"}
"""Need a file of tasks."""


async def run(bench: Bench, only: Sequence[str]) -> None:
    """Measure everything, or the parts that are named, and print it."""
    constants = ("FLOOR", "GROWTH", "KIND_FLOOR", "KIND_GROWTH", "LESSON", "TOUCHED")
    print(", ".join(f"{name} {getattr(similarity, name)}" for name in constants), end=", ")
    print(f"SHARE {selection.SHARE}, NEARBY {selection.NEARBY}, embedder {Settings().embedder}")
    for name, part in PARTS.items():
        if (not only or name in only) and (bench.tasks or name not in NAMED):
            await part(bench)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", type=Path, nargs="?", help="lines of JSON with intent and template_id")
    parser.add_argument("prompts", type=Path, nargs="?", help="lines of JSON as in tests/corpora/coding.jsonl")
    parser.add_argument("--repository", type=Path, default=Bench.repository, help="whose history is measured with")
    parser.add_argument("--only", choices=PARTS, action="append", default=[], help="may be given several times")
    parser.add_argument("--quick", action="store_true", help="small parts of the sets, to see that everything runs")
    given = parser.parse_args()
    for path in (given.tasks, given.prompts):
        if path and not path.exists():
            print(f"{path} is not there: what is measured with it is left out")
    tasks, prompts = (path if path and path.exists() else None for path in (given.tasks, given.prompts))
    anyio.run(run, Bench(tasks, prompts, given.repository, given.quick), given.only)


if __name__ == "__main__":
    main()
