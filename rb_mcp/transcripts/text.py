"""Plain text, as the last resort: an account of some work, its task first.

The task is what stands after `Task:`, else the first paragraph; the rest is one observation. It states no outcome.
Under `auto` it has to be prose: what looks like JSON, markup or data that got damaged is not taken for it.
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

_HEADING = re.compile(
    r"^[ \t]*(?:(?:#+[ \t]*|\*\*)?Task:(?:\*\*)?|#+[ \t]*Task[ \t]*$|\*\*Task\*\*:?)\s*(?=\S)",
    re.MULTILINE | re.IGNORECASE,
)
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_DATA = re.compile(r"\\?\"[^\"\n]{0,80}\\?\"[ \t]*:|[\"\]}][ \t]*[,}\]][ \t]*[\"{\[]|\A\s*[<{\[\"}\]]")
_LOOKED_AT = 4_000
_LETTERS = 0.5


def recognises(record: object) -> bool:
    """Tell whether a text is prose: words, and nothing in its beginning that stands in JSON or markup."""
    if not isinstance(record, Text):
        return False
    start = record.text[:_LOOKED_AT]
    letters = sum(ch.isalpha() or ch.isspace() for ch in start)
    return bool(start.strip()) and not _DATA.search(start) and letters > _LETTERS * len(start)


def convert(record: object) -> Recording:
    """Return what it records.

    Raises:
        InvalidInput: when there is a task and nothing else.
    """
    text = record.text.strip() if isinstance(record, Text) else ""
    heading = _HEADING.search(text)
    before, text = (text[: heading.start()], text[heading.end() :]) if heading else ("", text)
    task, *rest = _PARAGRAPH.split(text, maxsplit=1)
    if not rest and not before.strip():
        task, _, only = text.partition("\n")
        rest = [only]
    account = "\n\n".join(part.strip() for part in (before, *rest) if part.strip())
    if not account:
        raise InvalidInput(
            "text", "it is a task and nothing else; an empty line ends the task, then comes what was done"
        )
    dialogue = Dialogue(task)
    dialogue.see(account)
    dialogue.acted = True  # so says whoever wrote it
    return dialogue.recording(Verdict(), "text")
