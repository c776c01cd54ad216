"""What is left of a bank when the power goes: thousands of crash images of real work, each opened and compared.

A store works as it always does (`store_work.py`), on a disk that records (`vfs.py`); after every answer it is noted
how far the disk had come, and what the tables held, those of the indexes included. Then the power goes at random
moments. Whatever is left is opened by the store, has to pass the engine's own check, and has to be the bank as it
was after one of the answers, not an older one than the last that was given before the cut: then everything
acknowledged is there once, with its steps, strategies, vectors and index entries, and nothing is there by half.

An acknowledged pair is one image and one answer that was given before its cut. It is lost when the image shows the
bank as it was before that answer, or when the image is damaged: cannot be read, fails a check, or shows a bank that
never was. What was erased may not be in the bytes of any file, either; those are looked at before they are opened.
The options plant a weaker setting, to show that the simulator sees it. Exit status 1 when anything is lost, damaged
or back.

Not covered: several processes at once and kills (`kills.py`), disks that are full or damage what they hold
(`faults.py`), and what `vfs.py` does not.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from bisect import bisect_right
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING

import anyio
from prettytable import PrettyTable
from store_work import MARK, StoreWork, WatchedStore
from vfs import MODES, Disk, Event, Mode, recorded

from rb_mcp.errors import StoreError
from rb_mcp.providers.scripted import ScriptedClock
from rb_mcp.stores import database

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Mapping

_BANK = "bank.db"
_MARK = MARK.encode()
_PRAGMAS = "_PRAGMAS"
"""What every connection of the store begins with: private to it, and weakened here on purpose."""


@dataclass(frozen=True)
class Answer:
    """How far the disk had come when a call was answered, and what the bank then held."""

    position: int
    state: str
    erased: frozenset[str]
    """Words that no file may hold any more."""


@dataclass
class Recording:
    """What the disk saw, and when it had come how far."""

    log: list[Event]
    answers: list[Answer]


@dataclass
class Tally:
    """What became of some images."""

    images: int = 0
    pairs: int = 0
    lost: int = 0
    worst: int = 0
    older: int = 0
    """Images that are whole, but lack something acknowledged."""
    damaged: int = 0
    back: int = 0
    """Images in whose bytes something is that was erased."""
    first: list[str] = field(default_factory=list[str])
    """What is wrong with the first few damaged ones."""

    def add(self, given: int, shown: int, wrong: str) -> None:
        """Count an image: how many answers were given, how many it shows, and what is wrong with it."""
        lost = given if wrong else max(0, given - shown)
        self.images += 1
        self.pairs += given
        self.lost += lost
        self.worst = max(self.worst, lost)
        self.older += bool(lost and not wrong)
        self.damaged += bool(wrong)
        if wrong and len(self.first) < 3:
            self.first.append(f"after {given} answers: {wrong}")


class _Recorder(StoreWork):
    """Notes every answer."""

    def __init__(self, store: WatchedStore, log: list[Event]) -> None:
        super().__init__(store)
        self._log = log
        self.answers: list[Answer] = []

    def answered(self) -> None:
        state = self.answers[-1].state if self.answers else ""
        self.answers.append(Answer(len(self._log), state, frozenset(self.erased)))

    async def looked(self) -> None:
        look = await self.store.look()
        if look.wrong:
            raise AssertionError(f"with the power on: {look.wrong}")
        self.answers[-1] = replace(self.answers[-1], state=look.state)


async def record(rounds: int, folder: Path) -> Recording:
    """Have a store work on a new bank in `folder`, and return what its disk saw."""
    work = Path(mkdtemp(prefix="work-", dir=folder))
    with recorded(work) as log:
        recorder = _Recorder(WatchedStore(work / _BANK, ScriptedClock()), log)
        await recorder.run(rounds)
        return Recording(log, recorder.answers)


def moments(recording: Recording, count: int, seed: int = 0) -> list[int]:
    """Draw when the power goes; one in four the moment after an answer, when only what is synced stands for it."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    answers = [answer.position for answer in recording.answers]
    anywhere = len(recording.log) + 1
    return [chance.choice(answers) if chance.random() < 0.25 else chance.randrange(anywhere) for _ in range(count)]


async def cut(recording: Recording, when: Iterable[int], folder: Path, seed: int = 0) -> dict[Mode, Tally]:
    """Cut the power at each of these moments, the modes in turns, and return what was found by mode."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    tallies: dict[Mode, Tally] = {mode: Tally() for mode in MODES}
    latest = {answer.state: number for number, answer in enumerate(recording.answers, start=1)}
    positions = [answer.position for answer in recording.answers]
    disk, reached = Disk(), 0
    for number, moment in enumerate(sorted(when)):
        for event in recording.log[reached:moment]:
            disk.take(event)
        reached = moment
        given = bisect_right(positions, moment)
        mode = MODES[number % len(MODES)]
        place, image, tally = folder / f"image-{number}", disk.image(mode, chance), tallies[mode]
        tally.back += bool(given) and _back(image, recording.answers[given - 1].erased)
        _write(place, image)
        tally.add(given, *await _shown(place, latest, given))
        shutil.rmtree(place)
    return tallies


def _back(image: Mapping[str, bytearray], erased: Collection[str]) -> bool:
    return bool(erased) and any(
        word.encode() in content for content in image.values() if _MARK in content for word in erased
    )


def _write(place: Path, files: Mapping[str, bytearray]) -> None:
    place.mkdir()
    for name, content in files.items():
        (place / name).write_bytes(content)


async def _shown(place: Path, latest: Mapping[str, int], given: int) -> tuple[int, str]:
    """Return how many answers an image shows, and what is wrong with it."""
    store = WatchedStore(place / _BANK)
    try:
        look = await store.look()
        await store.close()
    except StoreError as error:
        return 0, str(error)
    if look.wrong:
        return 0, "; ".join(look.wrong)
    if look.state not in latest and given:
        return 0, "shows a bank that never was"
    return latest.get(look.state, 0), ""


@contextmanager
def planted(setting: str, weaker: str) -> Generator[None]:
    """Have the engine use a weaker setting while the block runs."""
    pragmas: str = getattr(database, _PRAGMAS)
    if setting not in pragmas:
        raise AssertionError(f"the engine does not set {setting!r}: there is nothing to weaken")
    setattr(database, _PRAGMAS, pragmas.replace(setting, weaker))
    try:
        yield
    finally:
        setattr(database, _PRAGMAS, pragmas)


@contextmanager
def scratch() -> Generator[Path]:
    """Give a folder in memory, where there is one: what lasts and what does not is simulated."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    with TemporaryDirectory(prefix="rb-mcp-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder).resolve()


async def run(images: int, rounds: int, seed: int) -> bool:
    """Record, cut, print, and tell whether all is well."""
    with scratch() as folder:
        recording = await record(rounds, folder)
        tallies = await cut(recording, moments(recording, images, seed), folder, seed)
    table = PrettyTable(
        ["mode", "images", "acknowledged", "lost", "worst", "images with a loss", "damaged", "erased, back"]
    )
    table.align = "r"
    for mode, tally in tallies.items():
        figures = tally.images, tally.pairs, tally.lost, tally.worst, tally.older, tally.damaged, tally.back
        table.add_row([mode, *(f"{figure:,}" for figure in figures)])
    synced = sum(event.kind == "sync" for event in recording.log)
    print(f"{len(recording.answers)} answers, {len(recording.log):,} things done to the disk, {synced} of them syncs")
    print(table)
    for line in (line for tally in tallies.values() for line in tally.first):
        print(line)
    return not any(tally.lost or tally.damaged or tally.back for tally in tallies.values())


def main() -> int:
    """Simulate, print, and return 1 when anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=4_000, help="how often the power goes (default: 4000)")
    parser.add_argument("--rounds", type=int, default=6, help="of work before it (default: 6)")
    parser.add_argument("--seed", type=int, default=0, help="for the moments and for what is torn")
    parser.add_argument("--synchronous", choices=["full", "normal", "off"], default="full", help="plant this setting")
    parser.add_argument("--no-fullfsync", action="store_true", help="plant syncs that macOS leaves in the drive")
    given = parser.parse_args()
    with ExitStack() as weaker:
        if given.synchronous != "full":
            weaker.enter_context(planted("synchronous = FULL", f"synchronous = {given.synchronous.upper()}"))
        if given.no_fullfsync:
            weaker.enter_context(planted("fullfsync = ON", "fullfsync = OFF"))
        return 0 if anyio.run(run, given.images, given.rounds, given.seed) else 1


if __name__ == "__main__":
    sys.exit(main())
