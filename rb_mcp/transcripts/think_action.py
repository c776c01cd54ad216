"""A trajectory as the official ReasoningBank code words it for a model: Markdown with `<think>` and `<action>`.

    **Query:** What is the total of my March orders?

    **Trajectory:**
    <think>
    I should open the account area.
    </think>
    <action>
    click('227')
    </action>

One trajectory a file. Text after an action is what was seen. It states no outcome.

Source: https://github.com/google-research/reasoning-bank, WebArena/induce_memory.py (format_trajectory).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rb_mcp.errors import InvalidInput
from rb_mcp.transcripts.dialogue import Dialogue
from rb_mcp.transcripts.recording import Text
from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from rb_mcp.transcripts.recording import Recording

_TAG = re.compile(r"<(/?)(think|action)>")
_QUERY = re.compile(r"^[ \t]*(?:\*\*)?(?:Query|Task):(?:\*\*)?[ \t]*", re.MULTILINE | re.IGNORECASE)
_HEADING = re.compile(r"^[ \t]*(?:\*\*)?Trajectory:(?:\*\*)?[ \t]*$", re.MULTILINE | re.IGNORECASE)


def recognises(record: object) -> bool:
    """Tell whether a text has such tags, or such headings, in which case it lacks the tags."""
    if not isinstance(record, Text):
        return False
    return bool(_TAG.search(record.text) or _HEADING.search(record.text) or "**Query:**" in record.text)


def convert(record: object) -> Recording:
    """Return what it records.

    Raises:
        InvalidInput: saying which tag is not closed, or that there is no query or no step.
    """
    text = record.text if isinstance(record, Text) else ""
    tags = list(_TAG.finditer(text))
    if not tags:
        raise InvalidInput("trajectory", "it has no <think> and no <action>")
    before = text[: tags[0].start()]
    queries = list(_QUERY.finditer(text))
    if len(queries) != 1 or queries[0].start() > tags[0].start():
        raise InvalidInput("query", f"there are {len(queries)} lines 'Query:' before the steps; give one a file")
    dialogue = Dialogue(_HEADING.sub("", before[queries[0].end() :]))
    dialogue.see(before[: queries[0].start()])
    if len(tags) % 2:
        raise InvalidInput(tags[-1][0], "it has no counterpart")
    for opens, closes, after in zip(tags[::2], tags[1::2], [*tags[2::2], None], strict=True):
        if opens[1] or not closes[1] or opens[2] != closes[2]:
            raise InvalidInput(opens[0], f"it is followed by {closes[0]}")
        inside = text[opens.end() : closes.start()].strip()
        if opens[2] == "think":
            dialogue.think(inside)
        else:
            dialogue.act(inside)
        dialogue.see(text[closes.end() : after.start() if after else len(text)].strip())
    return dialogue.recording(Verdict(), "trajectory")
