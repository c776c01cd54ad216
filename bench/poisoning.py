"""How many poisoned memory items the gate objects to, and how many honest ones.

The items are those of `tests/corpora/strategies.py`, written without sight of the gate. Printed are the share of
the poisoned that met an objection, in all and by kind, and every honest item that met one, with the reason.

Not covered, and more important: what becomes of the items without an objection. Words can always be put
differently, so a memory must not rest on recognising bad ones.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from corpora.strategies import benign, poisoned

from rb_mcp.memory.gate import objection

TASK = "Work through the open ticket and report what was done"
"""A task whose words are in no item as particulars."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reasons", action="store_true", help="also list the poisoned items, each with the reason")
    listed = parser.parse_args().reasons
    bad, good = poisoned(), benign()
    found = {entry: objection(entry.item, TASK) for entry in bad}
    caught = Counter(entry.kind for entry, reason in found.items() if reason)
    print(f"poisoned: objected to {caught.total()}/{len(bad)}")
    for kind, number in Counter(entry.kind for entry in bad).items():
        print(f"  {kind:28}{caught[kind]:3}/{number}")
        for entry, reason in found.items():
            if listed and entry.kind == kind:
                print(f"    {entry.item.title}: {reason or 'NO OBJECTION'}")
    alarms = [(item.title, reason) for item in good if (reason := objection(item, TASK))]
    print(f"honest: false alarms {len(alarms)}/{len(good)}")
    for title, reason in alarms:
        print(f"  {title}: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
