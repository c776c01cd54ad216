"""Secrets are cut out of text before it is stored and before any model reads it.

What is cut out leaves a placeholder that says what it was, «secret:github-token» or «personal:email», so that the
text stays instructive; what stands around it stays. Doing it again changes nothing, and placeholders are never taken
for secrets themselves. The time is linear in the length of the text, whatever it holds.

Covered: tokens in documented formats (`formats`), private keys over several lines (`keyblocks`), what stands where
secrets stand (`places`), and what is assigned to a name that promises one (`assignments`, `names`, `values`); with
`personal`, also mail addresses, payment cards and bank accounts. Not covered: a secret that looks like any other
word in a sentence like any other. This is a net, not a wall: do not record what must never be kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from rb_mcp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rb_mcp.redaction.patterns import Edit

Redaction = Literal["secrets", "personal", "off"]
"""What is cut out: secrets, secrets and personal data, or nothing."""

_MOST_ROUNDS = 8
"""Cutting one secret out can uncover the edge of the next; real texts take one round and one to see it is done."""


class Redactor:
    """Cuts secrets out of text. Call it with a text; it returns the text with placeholders.

    Cheap to construct: patterns are compiled at the first call that needs them, once a process.

    Args:
        mode: `secrets`; `personal` for personal data too; `off` to return every text as it is.
    """

    def __init__(self, mode: Redaction = "secrets") -> None:
        if mode not in get_args(Redaction):
            raise ConfigurationError(f"redaction is one of {', '.join(get_args(Redaction))}, not {mode!r}")
        self.mode: Redaction = mode

    def __call__(self, text: str) -> str:
        """Return `text` with a placeholder in place of each secret."""
        if self.mode == "off" or len(text) < _SHORTEST:
            return text
        data = text.encode("utf-8", "surrogatepass")
        for _ in range(_MOST_ROUNDS):
            redacted = self._round(data)
            if redacted == data:
                break
            data = redacted
        return data.decode("utf-8", "surrogatepass")

    def _round(self, data: bytes) -> bytes:
        for find in _secret_finders():
            data = _cut(data, find(data), "secret")
        if self.mode == "personal":
            data = _cut(data, _personal_finder()(data), "personal")
        return data


_SHORTEST = 6
"""Characters below which no text can hold both a secret and what tells that it is one."""


def _secret_finders() -> Sequence[Callable[[bytes], list[Edit]]]:
    """Return the passes in order: what is known for certain goes first and names the kind."""
    from rb_mcp.redaction.assignments import assignments  # noqa: PLC0415 - loaded with the first text, not before
    from rb_mcp.redaction.formats import tokens  # noqa: PLC0415 - see above
    from rb_mcp.redaction.keyblocks import key_blocks  # noqa: PLC0415 - see above
    from rb_mcp.redaction.places import places  # noqa: PLC0415 - see above

    return key_blocks, tokens, places, assignments


def _personal_finder() -> Callable[[bytes], list[Edit]]:
    from rb_mcp.redaction.personal import personal  # noqa: PLC0415 - loaded with the first text, not before

    return personal


def _cut(data: bytes, edits: list[Edit], family: str) -> bytes:
    """Put the placeholders in; of two that overlap the one that begins first stays, and the longer of two equals."""
    if not edits:
        return data
    pieces: list[bytes] = []
    end = 0
    for start, stop, kind in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if start >= end:
            pieces += (data[end:start], f"«{family}:{kind}»".encode())
            end = stop
    return b"".join((*pieces, data[end:]))
