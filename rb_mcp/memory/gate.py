"""What may become memory: an item has to be about how to do tasks, not about this one.

Published re-implementations of the method fill their banks with completion chatter and with the names and
numbers of single tasks; recalled later, those mislead. What fails is held for a person to review, never
dropped: each reason says what to change, so that an agent can hand in a better wording.

What reads like an order or carries what no strategy needs is told by `orders`; secrets were cut out before (the
redactor), and what they leave behind is looked for here. Not covered: whether an item is true. Nothing here
understands what it reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rb_mcp.words import words

if TYPE_CHECKING:
    from rb_mcp.types import MemoryItem

LONGEST = {"title": 120, "description": 320, "content": 1_000}
"""Characters: what fits an agent's context several times over."""

REVIEW = "every new strategy waits for a person here (RB_MCP_REVIEW); rb-mcp restore lets it in"
"""Why something is held that nothing is wrong with."""

_FEWEST_WORDS = 4

_CHATTER = re.compile(
    r"^(the )?(task|job|work|request|issue|problem|bug|fix)s? (was|were|is|are|has been|have been|had been)?\s*"
    r"(now )?(success|complet|finish|done|resolv|solv|fixed|closed)"
    r"|^(i|we) (have |'ve )?(successfully |now )?(complet|finish|fix|resolv|implement|solv|did|was able)"
    r"|^successfully\b|\bsuccessfully (cancell?ed|complet|finish|receiv|process|resolv|booked|submitted)"
    r"|^(done|all done|success|all tests pass(ed)?|no issues?|n/?a|none|nothing to (learn|report|keep))\W*$",
    re.IGNORECASE,
)
_OF_THIS_ONE = re.compile(r"\b(?:the|this) trajectory\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"<[^<>\n]{3,80}>|\b(lorem ipsum|title here|short title|one sentence)\b", re.IGNORECASE)
_BARE = re.compile(
    r"^\W*(?:(?:always |please )?(?:avoid|don't|do not|never|refrain from|be careful|be cautious|be aware|watch out)\b"
    r"|避免|不要|切勿|小心|注意)",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:because|cause[sd]?|since|as it|due to|so that|instead|otherwise|or else|error|fail\w*|leads? to|results? in"
    r"|means|hides?|breaks?|broke|misse[sd]|went wrong|goes wrong|but|rather|first|then|until|check|verify)\b"
    r"|因为|由于|原因|导致|否则|而是|错误|失败|应|先"
    r"|[:;：；。]\s*\S|[.!]\s+\S",  # or more than the one clause
    re.IGNORECASE,
)
_CUT_OUT = re.compile(r"«(?:secret|personal):")
_NAME_IN_ID = re.compile(r"([A-Za-z]{2,})_([A-Za-z]{2,})_\d{3,}")
_LITERAL = re.compile(
    r"https?://\S+"  # an address
    r"|[\w.+-]+@[\w-]+\.[\w.]+"  # a mailbox
    r"|(?:[\w.-]+)?/[\w./-]*\w"  # a path
    r"|\b(?=\w*\d)(?=\w*[A-Za-z])\w{5,}\b"  # an id of letters and digits
    r"|\b\d{4,}\b"  # a number that stands for something
    r"|\b[A-Za-z]+_\w+\b"  # a name in code
    r"|[\"“'‘`「『]([^\"”'’`」』\n]{3,60})[\"”'’`」』]"  # a quotation
)


def objection(item: MemoryItem, task: str) -> str:
    """Return why an item should be reviewed before it is recalled, or nothing when it may pass."""
    from rb_mcp.memory.orders import suspicion  # noqa: PLC0415 - many patterns; a server starts without them

    text = item.text()
    for name, most in LONGEST.items():
        length = len(getattr(item, name))
        if length > most:
            return f"its {name} has {length:,} characters, {most:,} at most: say it in fewer words"
    if _CUT_OUT.search(text):
        return "it carried a secret, which was cut out: say what to do without naming keys, passwords or people"
    suspect = suspicion(f"{item.title}\n\n{item.description}\n\n{item.content}")
    if suspect:
        return suspect
    if _PLACEHOLDER.search(text):
        return "it still holds a placeholder of the instructions: write the real words"
    if not item.description or words(item.description) <= words(item.title):
        return "its description does not say when it applies: name the kind of task and the signs to look for"
    if _CHATTER.search(item.content) or _CHATTER.search(item.title) or len(words(item.content)) < _FEWEST_WORDS:
        return "it reports that something was done instead of saying how to do such tasks"
    if _OF_THIS_ONE.search(text):
        return "it speaks of this one trajectory: say what to do in any task of this kind"
    if _BARE.search(item.content) and not _CAUSE.search(item.content):
        return "it forbids without a diagnosis: name the cause, and what to do instead"
    if words(item.content) <= words(f"{item.title} {item.description}"):
        return "its content adds nothing to its title and description: say what to do"
    literal = _literal(task, text)
    if literal:
        return f"it names {literal!r}, which belongs to this one task: say it in general terms"
    return ""


def _literal(task: str, text: str) -> str:
    """Return the first thing in the item that is a particular of the task, not a word of its kind."""
    there = text.casefold()
    for found in _LITERAL.finditer(task):
        particular = (found.group(1) or found.group()).strip(".,;:!?")
        person = _NAME_IN_ID.fullmatch(particular)
        if person and f"{person[1]} {person[2]}".casefold() in there:
            return f"{person[1]} {person[2]}"
        if len(particular) > 2 and re.search(rf"(?<!\w){re.escape(particular.casefold())}(?!\w)", there):  # noqa: PLR2004
            return particular
    return ""
