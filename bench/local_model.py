"""What a model of your own makes of trajectories whose outcome is recorded: verdicts, items, failures, time.

    OPENAI_BASE_URL=http://127.0.0.1:8080/v1 RB_MCP_MODEL=openai:NAME python bench/local_model.py TRAJECTORIES.jsonl

The first pass withholds the outcomes, so that the judge has to say; the second gives them as evidence, so that only
extraction is left. Each has a bank of its own, thrown away after it. Successes and failures are taken in turns.
A server for a small machine: `llama-server -m MODEL.gguf -c 16384 -np 1 -t 2`.

Not covered: whether an item is any good, contrasts, how much one run differs from the next (extraction is sampled).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import anyio
from figures import spread

from rb_mcp.config import Settings
from rb_mcp.errors import ConfigurationError, ProviderError
from rb_mcp.memory.distillation import Worker
from rb_mcp.memory.opening import open_bank
from rb_mcp.memory.rendering import trajectory_text
from rb_mcp.transcripts import Unreadable, read
from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.protocols import LanguageModel
    from rb_mcp.transcripts.recording import Recording
    from rb_mcp.work import Prompt

VERDICTS = ("success", "failure", "unknown", "none kept")


@dataclass
class Call:
    """One call to the model: what for, how it ended, what came back."""

    prompt: str
    reply: str = ""
    ended: str = "cancelled"
    seconds: float = 0.0


@dataclass
class Figures:
    """What came of one pass; `verdicts` is kept verdict of the judge → recorded outcome → how many."""

    told: bool
    verdicts: dict[str, dict[str, int]]
    ended: Counter[str] = field(default_factory=Counter[str])
    kept: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    calls: list[Call] = field(default_factory=list[Call])
    wall: float = 0.0


@dataclass(frozen=True)
class Watched:
    """A model whose calls are kept, whatever they bring."""

    model: LanguageModel
    name: str
    calls: list[Call]

    async def complete(self, prompt: Prompt) -> str:
        """Complete a prompt; what is raised is passed on."""
        call = Call(prompt.system.split(".")[0])
        self.calls.append(call)
        start = time.perf_counter()
        try:
            call.reply, call.ended = await self.model.complete(prompt), "answered"
        except ProviderError as error:
            call.reply, call.ended = str(error), type(error).__name__
            raise
        finally:
            call.seconds = time.perf_counter() - start
        return call.reply


def chosen(path: Path, most: int, *, shortest: bool) -> list[Recording]:
    """Return trajectories of a known outcome, successes and failures in turns."""
    with path.open(encoding="utf-8") as file:
        found = [one for one in read(file) if not isinstance(one, Unreadable) and one.verdict.outcome != "unknown"]
    if shortest:
        found.sort(key=lambda one: len(trajectory_text(one.trajectory)))
    halves = [[one for one in found if one.verdict.outcome == outcome] for outcome in VERDICTS[:2]]
    return [one for pair in zip_longest(*halves) for one in pair if one][:most]


async def measure(settings: Settings, recordings: Sequence[Recording], seconds: float, told: bool) -> Figures:
    """Record trajectories, work the queue off until nothing is due, now or later, and count what the bank holds."""
    found = Figures(told, {one: dict.fromkeys(VERDICTS[:2], 0) for one in VERDICTS})
    async with open_bank(settings) as bank:
        if bank.distiller is None:
            raise ConfigurationError("there is no model to ask; set RB_MCP_MODEL and, for openai:NAME, OPENAI_BASE_URL")
        model = bank.distiller.model
        worker = Worker(replace(bank.distiller, model=Watched(model, model.name, found.calls)), bank.queued)
        ids: list[str] = []
        for one in recordings:
            receipt = await bank.record(one.trajectory, one.verdict if told else Verdict(), (), "", bank.namespace)
            ids.append(receipt.experience.id)
        start = time.perf_counter()
        with anyio.move_on_after(seconds):
            while any(job.state in {"ready", "leased"} for job in await bank.store.waiting()):
                if await worker.step():
                    print(f"{len(found.calls)} calls", file=sys.stderr)
                else:
                    await anyio.sleep(0.5)
        found.wall = time.perf_counter() - start
        waiting = {job.experience_id: job for job in await bank.store.waiting()}
        for one, id_ in zip(recordings, ids, strict=True):
            receipt = await bank.review(id_, bank.namespace)
            verdict = receipt.experience.verdict
            found.verdicts[verdict.outcome if verdict.source == "judge" else "none kept"][one.verdict.outcome] += 1
            found.kept += [asdict(kept) for kept in receipt.strategies]
            job, done = waiting.get(id_), "done" if receipt.strategies else "done, without an item"
            found.ended[f"{job.state}: {job.reason}" if job else done] += 1
    return found


def table(found: Figures) -> str:
    """Return the figures of one pass as text."""
    lines = [f"{found.ended.total()} trajectories recorded {'with' if found.told else 'without'} their outcome"]
    if not found.told:
        lines.append(f"  {'kept verdict':16}{'was success':>12}{'was failure':>12}")
        lines += [f"  {verdict:16}{row['success']:12}{row['failure']:12}" for verdict, row in found.verdicts.items()]
    for what, counts in (
        ("jobs", found.ended),
        ("items", Counter(kept["action"] for kept in found.kept)),
        ("  because", Counter(kept["note"] for kept in found.kept if kept["note"])),
        ("calls", Counter(call.ended for call in found.calls)),
    ):
        lines += [f"  {what:10}{count:4} {name}" for name, count in counts.most_common()]
    took = spread([call.seconds for call in found.calls] or [0.0], "s")
    return "\n".join([*lines, f"  a call took {took}, everything {found.wall:.0f} s"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trajectories", type=Path, help="a file that `rb-mcp record` takes, with outcomes or rewards")
    parser.add_argument("--most", type=int, default=8, help="trajectories (default: 8)")
    parser.add_argument("--shortest", action="store_true", help="take the shortest, not the first")
    parser.add_argument("--judges", type=int, default=1, help="judgements a majority is taken of (default: 1)")
    parser.add_argument("--minutes", type=float, default=15.0, help="the most a pass may take (default: 15)")
    parser.add_argument("--json", action="store_true", help="everything as JSON, with each reply and item")
    asked = parser.parse_args()
    recordings = chosen(asked.trajectories, asked.most, shortest=asked.shortest)
    for told in (False, True):
        with TemporaryDirectory() as folder:
            ours = os.environ | {"RB_MCP_BANK": f"{folder}/bank.db", "RB_MCP_JUDGES": str(asked.judges)}
            found = anyio.run(measure, Settings.from_environ(ours), recordings, asked.minutes * 60, told)
        print(json.dumps(vars(found), ensure_ascii=False, default=vars) if asked.json else table(found))


if __name__ == "__main__":
    main()
