"""What kind of prompt a prompt is: a task, a nod to go on, a correction of what was just done.

By its words alone, in English and a little beyond; what is not recognised counts as a task. A task that is mistaken
for one costs a recall that finds nothing. A correction that is missed leaves an outcome as it was: unknown stays
unknown, and what a test showed stays shown.
"""

from __future__ import annotations

import re

ASKING = "rb-mcp: this task was recorded as"
"""How the stop hook begins when it asks; some clients hand that back as a prompt of the user's."""

_NODDING = (
    "yes y yep yeah no n nope ok okay k sure fine good great nice cool thanks thank thx you please pls go on ahead "
    "continue proceed keep going next do it that this run again retry try stop wait done commit push ship lgtm and now "
    "ja nein weiter danke bitte oui non merci continuez si sí gracias vale sigue sim da да нет дальше"
)
_NODS = frozenset(_NODDING.split())
_PREFACE = 200
"""Characters within which a client says, in words of its own, that a hook speaks."""
_SHORTEST = 2
"""Words below which nothing is a task, in scripts that part words."""
_SPACED = re.compile(r"[\w'’]+")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]{4}"
)

_CORRECTION = re.compile(
    r"""\s*(?:
        no[,.!:;\s]+(?:that|this|it|you|not|wrong|the|still|i)\b
      | (?:that|this|it)(?:\s+(?:is|was|still|does|did)|['’]s)\s*(?:\w+\s+){0,2}?
        (?:not|n['’]t|wrong|incorrect|broken|fail\w*)
      | (?:that|this|it)\s+(?:still\s+)?(?:doesn|didn|isn|wasn)['’]t\b
      | (?:still|that)\s+(?:fails|failing|broken|wrong|not\s+working)\b
      | (?:wrong|incorrect)\b
      | you\s+(?:broke|misunderstood|forgot|missed)\b
      | (?:undo|revert)\s+(?:that|this|it|what)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def is_task(prompt: str) -> bool:
    """Tell whether a prompt asks for something to be done: no command to the client, no nod, nothing of ours."""
    said = prompt.strip()
    if said.startswith(("/", "!", "#")) or ASKING in said[:_PREFACE]:
        return False
    spoken = [word.casefold() for word in _SPACED.findall(said)]
    if _UNSPACED.search(said):
        return True
    return len(spoken) >= _SHORTEST and not _NODS.issuperset(spoken)


def corrects(prompt: str) -> bool:
    """Tell whether a prompt says that what was just done is wrong."""
    return _CORRECTION.match(prompt) is not None
