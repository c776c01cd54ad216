"""Makes tokens while tests run, from a template: no file here holds one."""

from __future__ import annotations

import random
import re
import string
import uuid

_ALPHABETS = {
    "B": string.ascii_letters + string.digits,
    "U": string.ascii_uppercase + string.digits,
    "a": string.ascii_lowercase + string.digits,
    "x": "0123456789abcdef",
    "d": "123456789",
    "n": "023456789acdefghjklmnpqrstuvwxyz",
    "u": string.ascii_letters + string.digits + "-_",
    "b": string.ascii_letters + string.digits + "+/",
}


def made(template: str) -> str:
    """Fill a template: `{B:36}` becomes 36 letters of base 62, the last no sign; `{uuid}` a UUID."""
    source = random.Random(template)  # noqa: S311 - the secrets of a test need no secrecy

    def filled(hole: re.Match[str]) -> str:
        if hole["what"] == "uuid":
            return str(uuid.UUID(int=source.getrandbits(128)))
        letters = _ALPHABETS[hole["what"]]
        return "".join(source.choices(letters, k=int(hole["n"]) - 1)) + source.choice(letters[:10])

    return re.sub(r"\{(?P<what>\w+?)(?::(?P<n>\d+))?\}", filled, template)
