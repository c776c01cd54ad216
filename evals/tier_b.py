"""A language model plays text games without memory, with memories drawn by chance, and with recalled ones.

    python evals/tier_b.py                                                  goes through what was recorded, and reports
    RB_MCP_MODEL=anthropic:MODEL python evals/tier_b.py --games 30          plays with a hosted model
    OPENAI_BASE_URL=http://127.0.0.1:8080/v1 RB_MCP_MODEL=openai:NAME python evals/tier_b.py --games 30     a local one

To play takes Java and textworld-express; to go through the recording takes neither, nor a model. Each game is played
three times, alike but for the memory block (`expert_bank.py`). Two of three games are of the fold that the bank was
filled from, other games with objects of the same kind; the third is of the test fold, where no object is one that the
bank knows.

Not covered: memory that the agent earned itself, judging, learning from failures.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import time
from dataclasses import astuple, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import anyio
from expert_bank import ARMS, EXPERIENCES, Arm, K, fill, games, memories
from player import TURNS, Played, play, query
from recording import Expert, RecordedGames, RecordedModel, Recording
from significance import Compared, compared, interval

from rb_mcp.config import Settings
from rb_mcp.memory.opening import open_bank
from rb_mcp.providers import open_model
from rb_mcp.providers.openai import OpenAIModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from games import Task

    from rb_mcp.protocols import LanguageModel

RECORDED = Path(__file__).parent / "recorded" / "tier_b.jsonl.gz"
"""What one model did, prompt by prompt; `section` says which."""
AT_ONCE = 2
"""Games played side by side, each in all arms: a small machine reads a batch almost as fast as one prompt."""
DEADLINE = 900.0
"""Seconds that a server of one's own may take for an answer: a small machine is slow, and its queue is ours."""

Results = dict[str, dict[Arm, Played]]
"""Fold and seed of a game → how it ended in each arm."""


async def run(
    recording: Recording,
    live: Expert | None = None,
    model: LanguageModel | None = None,
    *,
    seen: int = 0,
    until: float = math.inf,
    arms: Sequence[Arm] = ARMS,
) -> Results:
    """Play up to `seen` games of the bank's fold and half as many others, in every arm; start none after `until`.

    Without a model it is the games that the recording holds in full.

    Raises:
        Drift: when something is asked for that was not recorded, and there is no model or no game to ask it of.
        ProviderError: when the model does not answer.
    """
    results: Results = {}
    answering, played = RecordedModel(recording, model), RecordedGames(recording, live)
    with TemporaryDirectory() as folder:
        async with open_bank(Settings(bank=Path(folder) / "bank.db", model="agent")) as bank:
            await fill(bank, played)
            ended = recording.all("ended")
            asked_for = seen or recording.get("run", "games") or 0
            waiting = [task for task in games(played, asked_for) if model or _name(task) in ended][::-1]

            async def player() -> None:
                while waiting and time.time() < until:
                    task = waiting.pop()
                    results[_name(task)] = found = await one_game(task)
                    if model:
                        recording.keep("ended", _name(task), {arm: astuple(one) for arm, one in found.items()})

            async def one_game(task: Task) -> dict[Arm, Played]:
                blocks = await memories(bank, task, query(*played.start(task)))
                right = {command for command in played.gold(task) if command.startswith("put ")}
                found = dict.fromkeys(arms, Played(solved=False, turns=0))

                async def one_arm(arm: Arm) -> None:
                    game = RecordedGames(recording, live)
                    ended = await play(game, task, blocks[arm], answering)
                    found[arm] = replace(ended, right=len(right & set(game.done)))

                async with anyio.create_task_group() as group:
                    for arm in arms:
                        group.start_soon(one_arm, arm)
                return found

            async with anyio.create_task_group() as players:
                for _ in range(AT_ONCE):
                    players.start_soon(player)
    return results


def recorded(recording: Recording) -> Results:
    """Return how the games ended when they were recorded."""
    return {name: {arm: Played(*arms[arm]) for arm in ARMS} for name, arms in recording.all("ended").items()}


def _name(task: Task) -> str:
    return f"{task.fold}/{task.seed}"


def section(_: Path, __: object = None, *, file: Path = RECORDED) -> list[str]:
    """Return the report of a recording. The games without a memory are gone through again.

    Raises:
        Drift: when one of their prompts has changed since.
    """
    recording = Recording(file)
    anyio.run(partial(run, recording, arms=("none",)))
    lines = told(recording, recorded(recording))
    return [*lines[:2], *OLDER, *lines[2:]] if file == RECORDED else lines


OLDER = """\
**Recorded with the recall of an earlier release**, which compared tasks alone, by one encoder, and named no weak
candidates. What the arms with a memory read is worded otherwise today, so they cannot be gone through again and say
nothing of today's recall; the games without a memory are, prompt by prompt.
""".splitlines()


def told(recording: Recording, results: Results) -> list[str]:
    """Return the report of a run, as lines of Markdown."""
    about = recording.all("run")
    said = [
        "## Tier B: a language model in the loop",
        "",
        f"Played on {about['date']}, at temperature 0, by {about['model']}.",
        *([f"That is {about['note']}."] if about["note"] else []),
        "",
        "**The model is real; the bank holds what an expert did, not what the model learned**:",
        f"{EXPERIENCES} rooms tidied by the games' own solver, one lesson each, worded by rule, let in by the gate.",
        f"Bank, default embedder, recall and rendered block are the product's; {K} experiences are recalled. The arms",
        "are alike but for the memory block: *random* has as many lessons as *recalled*, under the same figures, drawn",
        "by chance out of the same bank. A game has two things to put where they belong; it is over after",
        f"{TURNS} commands, or when the model goes round in circles. The reply is held to the commands that are",
        "possible, without `look around` and `inventory`, which tell nothing new. No game is solved by the same",
        "commands as one in the bank. *Placed*: how many of a game's two things were put where they belong at any",
        "time; *difference*: to none.",
        "",
        "| games | arm | n | solved | difference to none | gained, lost | p | placed | difference | commands |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for fold, title in FOLDS.items():
        rows = [found for name, found in results.items() if name.startswith(fold)]
        said += [_row(title, rows, arm) for arm in ARMS if rows]
    return [*said, "", *_against_chance(results), "", *_certain(results), *NO_EVIDENCE]


FOLDS = {"train": "objects of the bank's fold", "test": "no object the bank knows"}
"""Fold → what the report calls it."""

CHANCE = 0.05
"""From which p on a difference may well be chance."""

NO_EVIDENCE = """\
The interval is the 95 % one of the paired bootstrap, too narrow where games are few; p is McNemar's exact test.

**What this is no evidence of:** that a hosted agent is helped, that memory helps at work in code or on the web, that
lessons a model words itself are as good, or that anything is learned that carries over to other objects. It shows what
a small model does with the text that `recall_strategies` answers with. CI goes through what can be gone through
again, prompt by prompt; one that has changed by a character is an error. With a model of your own:

    RB_MCP_MODEL=anthropic:MODEL python evals/tier_b.py --games 30
    OPENAI_BASE_URL=http://127.0.0.1:8080/v1 RB_MCP_MODEL=openai:NAME python evals/tier_b.py --games 30
""".splitlines()


def _row(title: str, rows: Sequence[dict[Arm, Played]], arm: Arm) -> str:
    solved = sum(found[arm].solved for found in rows)
    turns = fmean(found[arm].turns for found in rows)
    right = fmean(found[arm].right for found in rows)
    against = [" | | ", ""] if arm == "none" else [_compared(rows, arm, "none"), _placed(rows, arm, "none")]
    return f"| {title} | {arm} | {len(rows)} | {solved} | {against[0]} | {right:.2f} | {against[1]} | {turns:.1f} |"


def _placed(rows: Sequence[dict[Arm, Played]], arm: Arm, other: Arm) -> str:
    differences = [float(found[arm].right - found[other].right) for found in rows]
    low, high = interval(differences)
    return f"{fmean(differences):+.2f} [{low:+.2f}, {high:+.2f}]"


def _test(rows: Sequence[dict[Arm, Played]], arm: Arm, other: Arm) -> Compared:
    return compared([found[arm].solved for found in rows], [found[other].solved for found in rows])


def _compared(rows: Sequence[dict[Arm, Played]], arm: Arm, other: Arm) -> str:
    c = _test(rows, arm, other)
    points = f"{100 * c.difference:+.0f} points [{100 * c.low:+.0f}, {100 * c.high:+.0f}]"
    return f"{points} | {c.gained}, {c.lost} | {c.p:.3f}"


def _against_chance(results: Results) -> list[str]:
    said = [
        "What is recalled against what is drawn by chance:",
        "",
        "| games | n | solved | gained, lost | p | placed |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for fold, title in FOLDS.items():
        if rows := [found for name, found in results.items() if name.startswith(fold)]:
            solved, placed = _compared(rows, "recalled", "random"), _placed(rows, "recalled", "random")
            said.append(f"| {title} | {len(rows)} | {solved} | {placed} |")
    return said


def _certain(results: Results) -> list[str]:
    """Say it, when nothing in the tables is more than chance may bring."""
    folds = [[found for name, found in results.items() if name.startswith(fold)] for fold in FOLDS]
    pairs: list[tuple[Arm, Arm]] = [("random", "none"), ("recalled", "none"), ("recalled", "random")]
    least = min((_test(rows, *pair).p for rows in folds if rows for pair in pairs), default=1.0)
    return [] if least < CHANCE else ["**Of what was solved, no difference can be told from chance.**", ""]


def main() -> None:
    """Play with the model that is set; without one, go through what was recorded. Either way, report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--games", type=int, default=30, help="of the bank's fold; half as many others besides")
    options.add_argument("--minutes", type=float, default=math.inf, help="begin no game later than this")
    options.add_argument("--record", type=Path, help="a .jsonl to keep what is said; a run goes on from what is there")
    options.add_argument("--note", default="", help="what the report says about the model: quantisation, server")
    given = options.parse_args()
    settings = Settings.from_environ(os.environ)
    if not settings.model:
        print("\n".join(section(Path(), file=given.record or RECORDED)))
        return
    file = given.record or Path(f"tier_b-{re.sub(r'[^A-Za-z0-9.-]+', '-', settings.model)}.jsonl")
    recording = Recording(file)
    about = {"model": settings.model, "note": given.note, "date": f"{datetime.now(UTC):%Y-%m-%d}", "games": given.games}
    for key, value in about.items():
        recording.keep("run", key, value)
    with Expert() as live:
        playing = partial(run, seen=given.games, until=time.time() + 60 * given.minutes)
        results = anyio.run(playing, recording, live, _model(settings))
    print("\n".join(told(recording, results)))


def _model(settings: Settings) -> LanguageModel:
    """Return the model that is set; one of a server of one's own gets the time that a small machine needs."""
    name, _, model = settings.model.partition(":")
    server = settings.credentials.get("OPENAI_BASE_URL", "")
    if name == "openai" and server:
        key = settings.credentials.get("OPENAI_API_KEY", "")
        return OpenAIModel(model, api_key=key, base_url=server, deadline=DEADLINE)
    return open_model(settings.model, settings.credentials)


if __name__ == "__main__":
    main()
