"""What reads like an order, or steers the judge or the reader: talk that no strategy needs.

A strategy is recalled into the context of an agent, so a sentence in it that speaks to that agent as its
master would is the cheapest attack there is. What is found is held for a person to review, never dropped: a
false alarm costs a review, a miss costs trust.

Detection is not prevention. Patterns know crude wordings in a few languages; advice that is wrong and reads
like any other ("the nightly figures need no second look") passes, whoever wrote it. The defence is in the
structure: what is recalled is shown as evidence to be weighed and not as orders, one source cannot fill a
recall, and everything that came from a source can be taken back.
"""

from __future__ import annotations

from rb_mcp.memory.signs.commands import COMMANDS
from rb_mcp.memory.signs.folding import disguise, forms
from rb_mcp.memory.signs.hazards import HAZARDS
from rb_mcp.memory.signs.leaks import LEAKS
from rb_mcp.memory.signs.reasons import DISGUISED
from rb_mcp.memory.signs.shortcuts import SHORTCUTS
from rb_mcp.memory.signs.sign import first
from rb_mcp.memory.signs.steering import STEERING
from rb_mcp.memory.signs.tongues import TONGUES

_SIGNS = (*COMMANDS, *STEERING, *TONGUES, *HAZARDS, *SHORTCUTS, *LEAKS)
"""In the order in which they are looked for; addresses last, for the other reasons say more."""


def suspicion(text: str) -> str:
    """Return why a text should be reviewed before an agent reads it, or nothing when no pattern knows why."""
    hidden = disguise(text)
    if hidden:
        return DISGUISED.format(hidden)
    for form in forms(text):
        reason = first(_SIGNS, form)
        if reason:
            return reason
    return ""
