"""Tiny repair tasks in a folder, and a scripted agent that works on them: every command is really run.

The agent is no model. It knows five repairs and tries them in a fixed order; the one thing it can do with
memory is to read the English text it is given and try first what that text speaks of.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_mcp.words import overlap, words

if TYPE_CHECKING:
    from pathlib import Path

_REPORT = """\
import csv

total = 0
with open("data.csv", encoding="utf-8") as file:
    reader = csv.DictReader(file)
    for row in reader:
        assert row["{key}"], "a row without its {key}"
        total += int(row["{number}"])
print("total", total)
"""


@dataclass(frozen=True)
class Task:
    """A report that does not run, because its data file begins with a byte order mark."""

    text: str
    key: str
    number: str
    amounts: tuple[int, ...]

    def set_up(self, folder: Path) -> None:
        """Write the broken report and its data."""
        folder.mkdir(parents=True)
        rows = [f"{self.key[:1]}{i},{amount}" for i, amount in enumerate(self.amounts, start=1)]
        text = "\n".join([f"{self.key},{self.number}", *rows]) + "\n"
        (folder / "data.csv").write_text(text, encoding="utf-8-sig")
        (folder / "report.py").write_text(_REPORT.format(key=self.key, number=self.number), encoding="utf-8")

    @property
    def expected(self) -> str:
        """What the repaired report prints."""
        return f"total {sum(self.amounts)}"


PRICES = Task(
    "Repair the price report: running it ends in an error instead of printing the total",
    "item",
    "price",
    (3, 4, 5),
)
STOCK = Task(
    "The stock report crashes when it is run; make it print the total again",
    "shelf",
    "count",
    (10, 20, 30),
)


@dataclass(frozen=True)
class Repair:
    """A change the agent knows: what it replaces in the script, and the words by which it knows it again."""

    idea: str
    old: str
    new: str
    known_by: str


REPAIRS = (
    Repair("strip spaces from the column names", "csv.DictReader(file)", "csv.DictReader(map(str.strip, file))",
           "strip spaces whitespace trim names"),
    Repair("look the columns up without failing", 'row["{key}"]', 'row.get("{key}")',
           "lookup get default missing column"),
    Repair("skip the first line of the file", "csv.DictReader(file)", "csv.DictReader(list(file)[1:])",
           "skip first header line"),
    Repair("convert the numbers more tolerantly", 'int(row["{number}"])', 'int(float(row["{number}"]))',
           "convert number float int type"),
    Repair("read the file without its byte order mark", 'encoding="utf-8"', 'encoding="utf-8-sig"',
           "byte order mark encoding utf sig raw bytes"),
)  # fmt: skip


@dataclass(frozen=True)
class Attempt:
    """What the agent did, as it will be recorded."""

    steps: list[dict[str, str]]
    succeeded: bool
    evidence: str


def work(task: Task, folder: Path, budget: int, memory: str = "") -> Attempt:
    """Let the agent try: first it runs the report, then one repair after the other, at most `budget` steps."""
    task.set_up(folder)
    original = (folder / "report.py").read_text(encoding="utf-8")
    code, output = _run(folder)
    steps = [_step("See how it fails.", "python report.py", code, output)]
    spoken = words(memory)
    for repair in sorted(REPAIRS, key=lambda one: -overlap(words(one.known_by), spoken & words(one.known_by))):
        if len(steps) == budget or output == task.expected:
            break
        old, new = (part.format(key=task.key, number=task.number) for part in (repair.old, repair.new))
        (folder / "report.py").write_text(original.replace(old, new), encoding="utf-8")
        code, output = _run(folder)
        thought = (
            f"The notes speak of this: {repair.idea}." if memory and len(steps) == 1 else f"Perhaps: {repair.idea}."
        )
        steps.append(_step(thought, f"replace {old} by {new}; python report.py", code, output))
    return Attempt(steps, output == task.expected, f"python report.py: exit code {code}, it printed: {output}")


def _run(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "report.py"], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, (done.stdout + done.stderr).strip().rpartition("\n")[2]


def _step(thought: str, action: str, code: int, output: str) -> dict[str, str]:
    return {"thought": thought, "action": action, "observation": f"exit code {code}: {output}"}
