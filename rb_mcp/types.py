"""The values the loop is about: pure, frozen, in the words of the paper (arXiv 2509.25140, section 3).

A trajectory comes in, a verdict says how it ended, memory items are what it taught, an experience is all
of that kept under one task. A memory item that lives in the bank, with an identity, a standing and a
record of use, is called a strategy, as the tools call it.

Not covered: how any of these is stored, sent or shown.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from array import array
    from datetime import datetime

Outcome = Literal["success", "failure", "unknown"]
"""How a task ended; `unknown` is an answer of its own and never rounded to one of the others."""

Source = Literal["agent", "evidence", "judge"]
"""Who says so: the agent's word, something that can be checked (tests, exit code, a person), a model."""

Status = Literal["distilled", "awaiting_distillation", "queued", "recorded"]
"""Where an experience stands: `recorded` means that its outcome is unknown and nothing was learned yet."""

Standing = Literal["active", "held", "retired"]
"""`active` strategies are recalled; `held` ones wait for a person; `retired` ones are kept, not recalled."""

SHARED = "shared"
"""The namespace that every other namespace also recalls from."""


def new_id(kind: Literal["exp", "str", "rec", "imp"]) -> str:
    """Return an id nobody can guess, short enough for a model to copy: `exp_` and 16 hexadecimal digits."""
    return f"{kind}_{secrets.token_hex(8)}"


def stub_id(experience_id: str) -> str:
    """Return the id under which an experience stands in `shared` for what it taught: its task, and nothing else of it.

    It follows from the id, so that whoever knows one of the two finds the other without asking anybody; not the other
    way round.
    """
    return f"exp_{hashlib.sha256(f'{SHARED} {experience_id}'.encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class Step:
    """One turn of an agent: what it thought, what it did, what it saw. Each may be empty."""

    thought: str = ""
    action: str = ""
    observation: str = ""


@dataclass(frozen=True)
class Trajectory:
    """The steps an agent took on one task."""

    task: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """An outcome with the reason for it and who says so; of a judge, which model by which prompt."""

    outcome: Outcome = "unknown"
    reason: str = ""
    source: Source = "agent"
    judge: str = ""


@dataclass(frozen=True)
class Attempt:
    """One try at a task, judged."""

    trajectory: Trajectory
    verdict: Verdict = Verdict()


@dataclass(frozen=True)
class MemoryItem:
    """The paper's unit of memory (section 3.2): a title, when it applies and when not, what to do.

    `same_as`, of one that is handed in: the id of the strategy that it only confirms; it is no part of what is kept.
    """

    title: str
    description: str
    content: str
    same_as: str = field(default="", compare=False, repr=False)

    def text(self) -> str:
        """All of it, for comparing and checking."""
        return f"{self.title}\n{self.description}\n{self.content}"


@dataclass(frozen=True)
class Origin:
    """Who handed something in: the account, the program by the name it gives itself, the import that brought it.

    Names are not proofs: whoever can start a program of this account can call it anything.
    """

    person: str = ""
    client: str = ""
    imported: str = ""


NOBODY = Origin()
"""Of whom nothing is known."""


@dataclass(frozen=True)
class Evidence:
    """An experience that stands behind a strategy, the words in which it taught it, and their lineage.

    `source` and `judge` are those of the verdict it rests on (of several attempts, the weakest); `distiller` is the
    model and prompt that worded it, empty when the calling agent did.
    """

    experience_id: str
    item: MemoryItem
    origin: Origin = Origin()
    source: Source = "agent"
    judge: str = ""
    distiller: str = ""


@dataclass(frozen=True)
class Trial:
    """How many tasks of one origin that recalled a strategy ended alike, and who said so."""

    origin: Origin
    outcome: Outcome
    source: Source
    count: int


@dataclass(frozen=True)
class Related:
    """A strategy that another one has to do with."""

    id: str
    title: str


@dataclass(frozen=True)
class Similar:
    """A strategy that resembles a text: by its words, and by its cosine where both have a vector."""

    id: str
    item: MemoryItem
    standing: Standing
    cosine: float | None = None


@dataclass(frozen=True)
class Strategy:
    """A memory item in the bank.

    `note` says why it is held or retired. The first evidence gave it its words, unless a person edited them.
    `approved`: a person let it in, or worded it.
    """

    id: str
    namespace: str
    item: MemoryItem
    outcome: Outcome
    created_at: datetime
    standing: Standing = "active"
    note: str = ""
    edited: bool = False
    approved: bool = False
    evidence: tuple[Evidence, ...] = ()
    trials: tuple[Trial, ...] = ()
    contradicts: tuple[Related, ...] = ()
    """Active ones that advise the opposite."""
    parts: tuple[Related, ...] = ()
    """What it was composed of, if it was; of a copy in `shared`, the one it was copied from."""
    merged: tuple[Related, ...] = ()
    """What went into it, and can be split off again."""
    shared_as: tuple[Related, ...] = ()
    """Its copy in `shared`, if it was shared."""

    @property
    def uses(self) -> int:
        """How many tasks with a known outcome recalled it."""
        return sum(trial.count for trial in self.trials)

    @property
    def successes(self) -> int:
        """How many of those went well."""
        return sum(trial.count for trial in self.trials if trial.outcome == "success")


@dataclass(frozen=True)
class Remedy:
    """What ended an error in a task: the error's signature and its telling line, and the step after which it was gone.

    `key` is the signature (`memory/signatures.py`): equal for the same error under other paths, names and numbers.
    """

    key: str
    error: str
    remedy: str


@dataclass(frozen=True)
class Note:
    """One line of a session's notebook, its working memory: an error that was met, what was tried, what ended it.

    `key` is the error's signature; empty for the task that is open. `ended` is empty while the error lasts.
    """

    key: str
    text: str
    ended: str = ""


@dataclass(frozen=True)
class Footprint:
    """What an experience touched, drawn from its trajectory without a model.

    `terms`: identifier-aware words of files, symbols, commands and errors, separated by spaces (`terms.py`).
    """

    terms: str = ""
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True)
class Experience:
    """One task, its attempts, and where its distillation stands.

    An experience either holds its own attempts (several when the task was refined round by round) or,
    when it contrasts others, names them in `members` and shows their attempts as its own. `kind`: the kind of problem
    its task is, in general words, as the caller or the model that distilled it put it; empty where nobody did.
    """

    id: str
    namespace: str
    task: str
    status: Status
    created_at: datetime
    attempts: tuple[Attempt, ...] = ()
    members: tuple[str, ...] = ()
    best: str = ""
    best_reason: str = ""
    origin: Origin = Origin()
    kind: str = ""

    @property
    def verdict(self) -> Verdict:
        """The verdict on the last round; of contrasted attempts, the best of their outcomes."""
        verdicts = [attempt.verdict for attempt in self.attempts]
        if not self.members:
            return verdicts[-1] if verdicts else Verdict()
        for verdict in verdicts:
            if verdict.outcome == "success":
                return verdict
        known = [verdict for verdict in verdicts if verdict.outcome == "failure"]
        return known[0] if len(known) == len(verdicts) and known else Verdict()


@dataclass(frozen=True)
class Background:
    """Mean and standard deviation of the cosine of two unrelated tasks under one embedder.

    `estimated`: nobody measured it, so a bank that is large enough measures its own. `lead`: that of the encoder that
    leads a joined embedder.
    """

    mean: float
    deviation: float
    estimated: bool = False
    lead: Background | None = None


@dataclass(frozen=True)
class Embedding:
    """A unit vector of float32 and the embedder that made it; vectors of two embedders never mix.

    Where an embedder joins several encoders its name says so, with their dimensions: `name:512+other:384`.
    """

    embedder: str
    values: array[float]


@dataclass(frozen=True)
class Lesson:
    """What the gate and the consolidation decided about one memory item that is to be kept.

    `into` names the strategy it confirms; empty for one of its own, which then gets `id` if it has one: a later lesson
    of the same call may name it. `contradicts`: ids of strategies that advise the opposite. `distiller`: the model and
    prompt that worded it.
    """

    item: MemoryItem
    standing: Standing = "active"
    note: str = ""
    into: str = ""
    distiller: str = ""
    id: str = ""
    embedding: Embedding | None = None
    contradicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kept:
    """What became of one lesson: the strategy it is now, and whether it was added, merged or held."""

    id: str
    title: str
    action: Literal["added", "merged", "held"]
    note: str = ""


@dataclass(frozen=True)
class Query:
    """What a caller wants recalled: for which task, and what is known of it.

    `kind`: the kind of problem in general words. `context`: what the work has at hand, the error first of all.
    `k`: how many experiences; 0 lets as many as earn their place come, at most 3. `ids`: these strategies, and no
    others.
    """

    task: str
    kind: str = ""
    context: str = ""
    k: int = 0
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Probe:
    """What the bank is searched by: the words, terms and vectors of a query, and its language.

    `terms`: identifier-aware words of the task and its context. `task`, `kind`: their vectors; without any of them
    the search is by text alone.
    """

    words: frozenset[str]
    terms: frozenset[str] = frozenset()
    task: Embedding | None = None
    kind: Embedding | None = None
    language: str = ""


@dataclass(frozen=True)
class Candidate:
    """An experience that may be near a query, and how near each side of it comes: cosines in [-1, 1].

    A side is None where the query or the experience has no vector of it. `lesson` and `kind_lesson` are those of the
    nearest active strategy that rests on the experience. `touched`: BM25 of the terms that both touched, 0 where none.
    """

    experience_id: str
    words: frozenset[str]
    cosine: float | None = None
    """Task and task."""
    origin: Origin = Origin()
    lesson: float | None = None
    """Task and strategy: what it says of when it applies, and of what to do."""
    kind: float | None = None
    """Kind and kind."""
    kind_lesson: float | None = None
    """Kind and strategy."""
    kind_task: float | None = None
    """The query's kind and the experience's task."""
    task_kind: float | None = None
    """The query's task and the experience's kind."""
    touched: float = 0.0


@dataclass(frozen=True)
class Pool:
    """What a search of the bank came upon, as of one moment.

    `space`: the embedder whose vectors were compared; empty where there were none. `size`: how many experiences in the
    query's language could have been among the candidates.
    """

    candidates: tuple[Candidate, ...] = ()
    space: str = ""
    size: int = 0


@dataclass(frozen=True)
class Recalled:
    """A strategy in a recall, with the experience that brought it and how near that one's task was."""

    strategy: Strategy
    experience_id: str
    similarity: float


@dataclass(frozen=True)
class Nearby:
    """A strategy too weak to be shown in full: what it is called, when it applies, and why it is named."""

    id: str
    title: str
    description: str
    similarity: float
    reason: str = ""
    """Empty for one below the floor; else the link that leads to it, as "contradicts str_..."."""


@dataclass(frozen=True)
class KnownRemedy:
    """A remedy from an earlier task, and the experience it comes from."""

    error: str
    remedy: str
    experience_id: str


@dataclass(frozen=True)
class Recall:
    """One answer to a task: kept with its id, so that the outcome that follows can be credited."""

    id: str
    namespace: str
    strategies: tuple[Recalled, ...] = ()
    nearest: float = 0.0
    floor: float = 0.0
    withheld: int | None = None
    """How many strategies were withheld by chance: 0 where the draw let them through, None where none was made."""
    nearby: tuple[Nearby, ...] = ()
    remedies: tuple[KnownRemedy, ...] = ()
    missing: tuple[str, ...] = ()
    """Ids that were asked for and are not to be shown: held, retired, or not in this namespace."""
