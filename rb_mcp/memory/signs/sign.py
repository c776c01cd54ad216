"""One sign that an item is no strategy, and what excuses it: a warning against a thing is no advice to do it.

"Never skip the tests" and "skip the tests" share their words; so a hit counts only where nothing in its own
clause turns it round. A clause ends at a full stop, a colon or a semicolon; a comma or an "and" ends what a
"not" reaches. Whoever writes the poison can write such a clause too: that is the price of letting honest
warnings pass.

Not covered: which signs there are (the modules beside this one).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rb_mcp.memory.signs.folding import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

_SENTENCE = re.compile(r"[.!?;:](?=\s|$|[^\x00-\x7f])|[。\n]")
_NOT = re.compile(
    r"\b(?:never|nobody|not|no one|cannot|dont|\w{2,7}n't|avoid\w*|instead of|rather than|more than|refus\w+"
    r"|refrain\w*|(?<!non)stop\w*|prevent\w*|forbid\w*|prohibit\w*|reject\w*|resist\w*|tempt\w*|warn\w*|beware"
    r"|neither|nor|against|replac\w+|detect\w*|(?:search|look|scan|grep|watch|test)\w* for|check (?:that|whether|for"
    r"|if)|make sure (?:that )?no|ensure (?:that )?no|mistake|danger|risk|harm|no (?!harm|need|problem|risk|issue"
    r"|matter|downside|cost|longer|one\b)|distrust|question|without|unless|find \w+ that|no|nunca|jamas|evit\w+|sin"
    r"|en vez de|nicht|nie|niemals|kein\w*|vermeid\w*|statt|ohne|anstatt|ne|jamais|pas|sans|au lieu de|не|нельзя"
    r"|никогда|избега\w+|вместо|без)\b(?!,? (?:hesitate|worry|wait|forget|fail|bother|be afraid|mind|need|only|just"
    r"|waste|harm|problem|longer|matter|dude\w*|olvid\w*|zoger\w*|hesite\w*))|不要|切勿|避免|不得|禁止|请勿|不能|不应"
    r"|不可|绝不|而不是|而非|别"
)
_BROKEN = re.compile(r"\b(?:but|then|and|so|just|simply|instead|always|y|und|et|и|sondern|sino|mais|но)\b|[,、,]")
_LED = re.compile(
    r"\b(?:before|if|when|whenever|where|once|after|until|whether)\s(?:(?:you|someone|they|we|anyone"
    r"|one)\s(?:(?:have to|has to|must|need to|want to|really|ever|do|find|see|reach for|think of|use|run|call|add"
    r"|set|are (?:asked|told) to)\s){0,3}|(?:a|an|any|the|your)\s(?:\w+\s)?|\w+ing\s(?:(?!use\b|run\b|add\b|pass\b"
    r"|set\b|call\b|always\b|just\b|skip\b)\w+\s){0,3}|(?=[`'\"]))[`'\"]?$"
)
_AFTER = re.compile(
    r"[`'\")\s]*(?:(?!because|since|as|so|to|if|when|that|which|they|it)[\w/-]+\s){0,4}?(?:hides?|masks?|leaks?"
    r"|loses?|breaks?|exposes?|destroys?|defeats?|misse[sd]|conceals?|removes? the|costs?|invites?|(?:is|are|was|were"
    r"|would be|can be|looks?|seems?)\s(?:(?:a|an|the|only|usually|often|almost always|always|no|never|just"
    r"|both)\s){0,2}(?:dangerous|unsafe|risky|insecure|wrong|mistake|harmful|forbidden|not|never|fix|solution|symptom"
    r"|last resort|smell|warning sign|red flag|tempting|irreversible|destructive|refused|rejected|blocked|denied"
    r"|seldom|rarely|what broke|why|cheating|bad)|is not|are not|isn't|aren't|should not|must not|cannot|can't|won't"
    r"|does not|doesn't|only (?:if|when|after|once|with)|caused|turns? a|trades?|no longer|would have|until|unless)\b"
    r"|.{0,8}(?:ない|せず|禁止|避け|べきでは|ません|ずに)|\s?(?:nicht|niemals|nie)\b"
)
_TOLD = re.compile(
    r"\b(?:says?|saying|ask(?:s|ed|ing)|tell(?:s|ing)|told|claim(?:s|ing)|contain(?:s|ing)?|like|such as|reads?"
    r"|wants?|instruct(?:s|ing)|demand(?:s|ing)|urg(?:es|ing)|tr(?:ies|ying)|attempt(?:s|ing)? to|phrases?"
    r"|requests? to|words?)\b[^,]{0,30}$"
)
_TREATED = re.compile(
    r"\b(?:data|untrusted|refuse|do(?:es)? not (?:obey|follow|comply|act|count)|not (?:an )?(?:order|instruction"
    r"|command)s?|never (?:obey|follow|comply|act)|injection|suspicious|quote|report it|ignore it|decline|stay with"
    r"|attack)\b"
)
_NEAR, _FAR = 34, 80


@dataclass(frozen=True)
class Sign:
    """Patterns with the reason they give for a review; spelt as the plain form of a text is, accents apart.

    `far`: whether a warning may stand further off, as it does before a command. `unless`: what excuses a hit
    when it stands after it in the clause.
    """

    reason: str
    patterns: tuple[str, ...]
    far: bool = False
    unless: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Any of the patterns; compiled when the first item is looked at, for a server has to start fast."""
        return re.compile("|".join(map(_unaccented, self.patterns)), re.DOTALL)

    @cached_property
    def excuse(self) -> re.Pattern[str]:
        """What excuses a hit when it stands after it; nothing does when nothing was named."""
        return re.compile(self.unless or r"(?!)")


def sign(reason: str, *patterns: str, far: bool = False, unless: str = "") -> Sign:
    """Return a sign; short to write down."""
    return Sign(reason, patterns, far, unless)


def first(signs: Iterable[Sign], text: str) -> str:
    """Return the reason of the first sign that a plain text shows and does not excuse, or nothing."""
    for one in signs:
        for hit in one.pattern.finditer(text):
            if not _excused(one, text, hit.start(), hit.end()):
                return one.reason
    return ""


def _unaccented(pattern: str) -> str:
    return pattern if pattern.isascii() else re.sub(r"[^\x00-\x7f]+", lambda run: plain(run.group()), pattern)


def _excused(one: Sign, text: str, start: int, end: int) -> bool:
    before = _SENTENCE.split(text[max(0, start - 160) : start])[-1]
    rest = text[end : end + 200]
    after = _SENTENCE.split(rest, maxsplit=1)[0]
    if one.excuse.search(after) or _LED.search(before) or _AFTER.match(after):
        return True
    if _TOLD.search(before) and _TREATED.search(rest):
        return True
    for turn in _NOT.finditer(before):
        between = before[turn.end() :]
        listed = re.search(r"\b(?:or|nor)\b", between + after[:60])
        if len(between) <= (_FAR if one.far or listed else _NEAR) and (listed or not _BROKEN.search(between)):
            return True
    return False
