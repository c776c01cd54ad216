"""What has to hold for the mechanism to count as working: one function over figures, for the report and for CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_GAIN = 0.02
"""By how much more of the tasks recall has to solve than no memory."""
MOST_BY_CHANCE = 0.03
"""How far recall by chance may be from no memory, either way."""
SLACK = 0.01
"""What still counts as level: in the small run of CI two tasks of 240, which another processor's rounding may turn."""
NEEDED = ("none", "success", "both", "adaptive", "random", "parallel 3")
"""The arms that are looked at."""


def unmet(solved: Mapping[str, float]) -> list[str]:
    """Return what does not hold, a sentence each, given the share of tasks that each arm solved at first try."""
    none, success, both, adaptive, by_chance, scaled = (solved[arm] for arm in NEEDED)
    checks = [
        (success - none >= LEAST_GAIN, f"recall from successes solves {success:.1%}, no memory {none:.1%}"),
        (both - none >= LEAST_GAIN, f"recall from both outcomes solves {both:.1%}, no memory {none:.1%}"),
        (abs(by_chance - none) <= MOST_BY_CHANCE, f"recall by chance solves {by_chance:.1%}, no memory {none:.1%}"),
        (both >= success - SLACK, f"with lessons of failures {both:.1%} are solved, without them {success:.1%}"),
        (adaptive >= both - SLACK, f"with as many experiences as fit {adaptive:.1%} are solved, with one {both:.1%}"),
        (scaled >= both - SLACK, f"the first of 3 contrasted attempts solves {scaled:.1%}, plain recall {both:.1%}"),
    ]
    return [sentence for holds, sentence in checks if not holds]
