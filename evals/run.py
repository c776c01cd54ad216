"""Run the evaluation and write its report: `python3 dev.py evals`.

Needs Java 17 or newer and the extra `evals`. Takes about a quarter of an hour of one core; two processes share it by
default. The same command gives the same figures, on whatever number of processes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, fields
from pathlib import Path

import anyio
import report
import tier_c
from tier_a import LENGTH, PARTS, Came, Solved, stream

WEBARENA = Path("../shared/data/webarena_intents.jsonl")
"""Where its tasks may lie; without them tier C has the project's own tasks alone."""
Results = dict[str, dict[str, Came]]
"""By part and arm, what became of the tasks of all streams, in their order."""


def main() -> int:
    """Run what is asked for and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=Path("evals/report"), help="the folder that the report goes to")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--streams", type=int, default=0, help="at most so many of each part, for a quick look")
    parser.add_argument("--again", action="store_true", help="write the report anew from the results that are there")
    parser.add_argument("--webarena", type=Path, default=WEBARENA, help="its tasks, with intent and template_id")
    given = parser.parse_args()
    if not shutil.which("java"):
        print("The games need Java 17 or newer on the path.", file=sys.stderr)
        return 1
    given.to.mkdir(parents=True, exist_ok=True)
    kept = given.to / "results.json"
    if not given.again:
        found = anyio.run(tier_c.measured, given.webarena if given.webarena.exists() else None)
        (given.to / tier_c.FILE).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    results = _read(kept) if given.again else _run(given.processes, given.streams)
    _write(kept, results)
    for line in report.write(given.to, results):
        print(line)
    return 0


def _run(processes: int, most: int) -> Results:
    wanted = [
        (part, number)
        for part, one in PARTS.items()
        for number in range(min(one.streams, most) if most else one.streams)
    ]
    results: Results = {part: {} for part in PARTS}
    with ProcessPoolExecutor(processes) as pool:
        for (part, number), found in zip(wanted, pool.map(_stream, wanted), strict=True):
            print(f"{part}, stream {number}: done", flush=True)
            for arm, came in found.items():
                results[part].setdefault(arm, Came()).add(came)
    return results


def _stream(wanted: tuple[str, int]) -> dict[str, Came]:
    part, number = PARTS[wanted[0]], wanted[1]
    return anyio.run(stream, part, number, part.arms, LENGTH)


def _write(file: Path, results: Results) -> None:
    """Keep what became of each task, a row of numbers: 1 for yes, 0 for no, and the steps of the first attempt."""
    plain = {
        part: {
            arm: {"tasks": [[int(value) for value in astuple(one)] for one in came.tasks], "held": came.held}
            for arm, came in arms.items()
        }
        for part, arms in results.items()
    }
    kept = {"columns": [column.name for column in fields(Solved)], "results": plain}
    file.write_text(json.dumps(kept, separators=(",", ":")).replace('},"', '},\n"') + "\n", encoding="utf-8")


def _read(file: Path) -> Results:
    kept = json.loads(file.read_text(encoding="utf-8"))["results"]
    return {
        part: {arm: Came([Solved(*row) for row in came["tasks"]], Counter(came["held"])) for arm, came in arms.items()}
        for part, arms in kept.items()
    }


if __name__ == "__main__":
    sys.exit(main())
