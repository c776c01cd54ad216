"""Texts as agents meet them, with secrets planted in them, with look-alikes of secrets, and with traps for matchers.

They were written from what the issuers document and from what trajectories look like, without sight of the code
that they measure. The texts are in the files beside this module, in sections headed `%% name`; a planted one has
the form of its secret in the heading, and single examples are parted by a line with a percent sign. What is in
⟨angle brackets⟩ is made up at each load, from a seed that depends on the example alone: hence no file holds
anything with the form of a secret, and the examples never change.

`secret` is the part that has to go. Where the issuer's prefix is the same in all tokens and has eleven or more
characters, it is left outside, because a redactor may well keep it. A secret is gone when no twelve characters
of it in a row are left, or, if it is shorter, when it is not there as a whole.

Not covered: real secrets, secrets split over several texts, names, postal addresses and telephone numbers.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = 100_000
"""Characters of each trap."""

_HERE = Path(__file__).parent
_RUN = 12
_LINE = 64
_BLANK = re.compile(r"⟨([\w-]+)(?::([^⟩]+))?⟩")

_ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "base32": string.ascii_uppercase + "234567",
    "base64": string.ascii_letters + string.digits + "+/",
    "bech32": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "digit": string.digits,
    "hex": "0123456789abcdef",
    "letter": string.ascii_letters,
    "lower": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase,
    "upperhex": "0123456789ABCDEF",
    "url": string.ascii_letters + string.digits + "-_",
}


@dataclass(frozen=True)
class Planted:
    """A text with one secret in it, which may stand there more than once."""

    name: str
    text: str
    secret: str

    def survives(self, redacted: str) -> bool:
        """Tell whether so much of the secret is left in a redacted text that it counts as missed."""
        width = min(_RUN, len(self.secret))
        return any(self.secret[at : at + width] in redacted for at in range(len(self.secret) - width + 1))


def planted() -> list[Planted]:
    """Return 50 secrets in 50 formats."""
    return list(_planted("planted.txt"))


def personal() -> list[Planted]:
    """Return 24 e-mail addresses, card numbers and bank accounts; the last two pass their checks."""
    return list(_planted("personal.txt"))


def negatives() -> list[str]:
    """Return 200 texts without a secret that resemble texts with one."""
    return [text for _, text in families("negatives.txt")]


def impersonal() -> list[str]:
    """Return 40 texts without personal data that resemble texts with some."""
    return [text for _, text in families("impersonal.txt")]


def families(file: str) -> list[tuple[str, str]]:
    """Return the texts of a file of look-alikes, each with the name of its family."""
    found: list[tuple[str, str]] = []
    for name, body in _sections(file):
        for number, text in enumerate(body.split("\n%\n")):
            found.append((name, _filled(text, random.Random(f"{name} {number}"))))  # noqa: S311 - nothing is guarded
    return found


def pathological() -> list[tuple[str, str]]:
    """Return texts of 100,000 characters, each with a name, that cost a matcher much if it tries again and again."""
    made = random.Random("pathological")  # noqa: S311 - nothing is guarded
    repeated = {
        "one letter": "a",
        "password and blanks": "password" + " " * 4000,
        "password without an end": "password",
        "assignments without a value": "api_key = ",
        "open quotes": "token='\"",
        "escaped quotes": '{\\"password\\": \\"\\\\',
        "beginnings of private keys": "-----BEGIN PRIVATE KEY-----\n",
        "addresses without a host": "https://user:",
        "colons and at signs": "://a:a@",
        "web tokens without an end": "eyJhbGciOi.",
        "dots between words": "a.a-a_a",
        "half an e-mail address": "a.b+c@d-e.",
        "at signs": "@",
        "digits in groups": "4111 1111 ",
        "beginnings of bank accounts": "DE44 5001 0517 ",
        "headers": "Authorization: Basic Bearer ",
        "cookies": "cookie: a=b; session=; ",
        "hyphens": "-",
        "blanks": " ",
        "line ends": "\r\n",
        "combining marks": "e\u0301\u0323",
        "prefixes of tokens": "xoxb-sk-ghp_glpat-",
        "open brackets": "[{(",
    }
    texts = [(name, (part * (SIZE // len(part) + 1))[:SIZE]) for name, part in repeated.items()]
    texts += [
        (f"random characters, {name}", "".join(made.choices(_ALPHABETS[name], k=SIZE)))
        for name in ("base64", "hex", "digit", "url")
    ]
    begun = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    texts.append(("a private key without an end", begun + _pem(made, SIZE // (_LINE + 1) + 1)))
    return [(name, text[:SIZE]) for name, text in texts]


def _planted(file: str) -> Iterator[Planted]:
    """Yield the examples of a file, each with its secret put in."""
    for heading, body in _sections(file):
        name, _, form = heading.partition(" | ")
        made = random.Random(name)  # noqa: S311 - nothing is guarded
        secret = _filled(form, made)
        yield Planted(name, _filled(body.replace("⟨secret⟩", secret), made), secret)


def _sections(file: str) -> Iterator[tuple[str, str]]:
    """Yield heading and body of each section."""
    text = (_HERE / file).read_text(encoding="utf-8")
    for section in re.split(r"^%% ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        yield heading, body.rstrip("\n")


def _filled(text: str, made: random.Random) -> str:
    """Return a text with every blank filled in."""

    def fill(match: re.Match[str]) -> str:
        kind, argument = match[1], match[2] or ""
        if kind in _ALPHABETS:
            return "".join(made.choices(_ALPHABETS[kind], k=int(argument)))
        return _KINDS[kind](made, argument)

    return _BLANK.sub(fill, text)


def _pem(made: random.Random, lines: int, end: str = "\n") -> str:
    """Return lines of base64 as in a key file."""
    return end.join("".join(made.choices(_ALPHABETS["base64"], k=_LINE)) for _ in range(lines))


def _uuid(made: random.Random) -> str:
    digits = f"{made.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], "4" + digits[13:16], "a" + digits[17:20], digits[20:]))


def _colons(made: random.Random, pairs: int) -> str:
    return ":".join(f"{made.randrange(256):02X}" for _ in range(pairs))


def _web_token(made: random.Random, role: str) -> str:
    header, payload = (
        base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=")
        for part in ({"alg": "HS256", "typ": "JWT"}, {"iss": "supabase", "role": role, "exp": 2_083_000_000})
    )
    return f"{header}.{payload}." + "".join(made.choices(_ALPHABETS["url"], k=43))


def _basic(made: random.Random, user: str) -> str:
    password = "".join(made.choices(_ALPHABETS["alnum"], k=16))
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _card(spelled: str, off: int = 0) -> str:
    """Return a number whose check digit, in place of `#`, is right by Luhn's rule, or off by so much."""
    digits = [int(digit) for digit in spelled if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[::-2]]
    check = -(sum(doubled) + sum(digits[-2::-2])) % 10
    return spelled.replace("#", str((check + off) % 10))


def _iban(spelled: str, off: int = 0) -> str:
    """Return an account whose two check digits, in place of `##`, are right by ISO 13616, or off by so much."""
    compact = spelled.replace(" ", "").replace("##", "00")
    number = int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4]))
    return spelled.replace("##", f"{98 - number % 97 - off:02d}")


_KINDS: dict[str, Callable[[random.Random, str], str]] = {
    "basic": _basic,
    "card": lambda _made, spelled: _card(spelled),
    "colons": lambda made, pairs: _colons(made, int(pairs)),
    "iban": lambda _made, spelled: _iban(spelled),
    "iban-lower": lambda _made, spelled: _iban(spelled).lower(),
    "jwt": _web_token,
    "no-card": lambda _made, spelled: _card(spelled, 1),
    "no-iban": lambda _made, spelled: _iban(spelled, 1),
    "pem": lambda made, lines: _pem(made, int(lines)),
    "pem-in-json": lambda made, lines: _pem(made, int(lines), "\\n"),
    "uuid": lambda made, _none: _uuid(made),
}
