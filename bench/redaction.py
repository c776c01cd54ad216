"""What the redactor takes out, what it takes out wrongly, and how long it takes over texts made to hurt it.

The texts are those of `tests/corpora/secrets.py`, written without sight of the redactor: 50 secrets in 50
formats, 200 look-alikes, 24 pieces of personal data, 40 look-alikes of those, and texts of 100,000 characters
that cost a backtracking matcher seconds or hours. A secret counts as redacted when no twelve characters of it in
a row are left; a look-alike is a false alarm when a single character of it has changed. What was missed, and
what was changed wrongly, is printed. Then the speed on ordinary text: the look-alikes, over and over.

Not covered: real leaks. A corpus with one example of each format says that a format is known, not how often
secrets in the wild have another one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from figures import Times, spread, within

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from corpora.secrets import SIZE, families, pathological, personal, planted

from rb_mcp.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from corpora.secrets import Planted

TARGET = 0.5
"""Seconds for 100,000 characters, whatever they are."""

_ORDINARY = 1_000_000


def redacted(what: str, texts: Sequence[Planted], redact: Callable[[str], str]) -> int:
    """Print how many of the planted are gone and which are not; return how many are not."""
    missed = [text for text in texts if text.survives(redact(text.text))]
    print(f"{what}: redacted {len(texts) - len(missed)}/{len(texts)}")
    for text in missed:
        print(f"  missed: {text.name}")
    return len(missed)


def false_alarms(what: str, texts: Sequence[tuple[str, str]], redact: Callable[[str], str]) -> int:
    """Print which look-alikes were changed, before and after; return how many were."""
    changed = [(family, text, redact(text)) for family, text in texts]
    changed = [(family, text, after) for family, text, after in changed if after != text]
    print(f"{what}: false alarms {len(changed)}/{len(texts)}")
    for family, text, after in changed:
        print(f"  {family}:\n    {text[:200]!r}\n    {after[:200]!r}")
    return len(changed)


def worst(mode: str, redact: Callable[[str], str], rounds: int) -> bool:
    """Print the texts that took longest, by the least of some rounds, and tell whether the target was reached."""
    took: list[tuple[float, str]] = []
    for name, text in pathological():
        times = Times()
        for _ in range(rounds):
            with times.taken():
                redact(text)
        took.append((min(times.cpu), name))
    took.sort(reverse=True)
    reached = within(f"{mode}: worst of {len(took)} texts of {SIZE:,} characters, CPU s", took[0][0], TARGET)
    for seconds, name in took[:3]:
        print(f"    {1e3 * seconds:7.1f} ms  {name}")
    return reached


def speed(mode: str, redact: Callable[[str], str], rounds: int) -> None:
    """Print the speed on ordinary text."""
    text = "\n".join(text for _, text in families("negatives.txt")) + "\n"
    text = (text * (_ORDINARY // len(text) + 1))[:_ORDINARY]
    size, times = len(text.encode()) / 1e6, Times()
    for _ in range(rounds):
        with times.taken():
            redact(text)
    print(f"  {mode}: ordinary text, {size:.2f} MB, by CPU: {spread([size / cpu for cpu in times.cpu], 'MB/s')}")


def main() -> int:
    """Measure, print, and return 1 when a text took too long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="repetitions of what is timed (default: 3)")
    rounds = parser.parse_args().rounds
    secrets, all_kinds = Redactor("secrets"), Redactor("personal")
    redacted("secrets", planted(), secrets)
    false_alarms("secrets", families("negatives.txt"), secrets)
    redacted("personal", personal(), all_kinds)
    false_alarms("personal", families("impersonal.txt"), all_kinds)
    reached = True
    for mode, redact in (("secrets", secrets), ("personal", all_kinds)):
        reached = worst(mode, redact, rounds) and reached
        speed(mode, redact, rounds)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
