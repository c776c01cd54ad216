"""Personal data that can be validated: mail addresses, payment cards, bank accounts.

Names, streets and dates of birth need a model to tell them from other words, and are not attempted; nor are phone
numbers, which nothing sets apart from other numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.redaction.patterns import Pattern

if TYPE_CHECKING:
    from rb_mcp.redaction.patterns import Edit

_MAIL = Pattern(r"[\pL\pN_%+'-][\pL\pN._%+'-]*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24}")
_CARD = Pattern(r"\b(?:[0-9][ -]?){11,18}[0-9]\b")
_IBAN = Pattern(r"(?i:\b[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]){11,30}\b)")

_NOT_MAIL = (b"git@", b"noreply@", b"no-reply@")
_FILES = frozenset(b"png jpg jpeg gif svg webp css js ts py json html md".split())

_CARDS = (
    # first number, last number of the same length, lengths
    ("4", "4", (13, 16, 19)),  # Visa
    ("51", "55", (16,)),  # Mastercard
    ("2221", "2720", (16,)),  # Mastercard
    ("34", "34", (15,)),  # American Express
    ("37", "37", (15,)),  # American Express
    ("300", "305", (14,)),  # Diners Club
    ("36", "36", (14, 16, 19)),  # Diners Club
    ("38", "39", (14, 16, 19)),  # Diners Club
    ("6011", "6011", (16, 19)),  # Discover
    ("644", "659", (16, 19)),  # Discover
    ("3528", "3589", (16, 19)),  # JCB
    ("62", "62", (16, 17, 18, 19)),  # UnionPay
    ("50", "50", (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro
    ("56", "58", (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro
    ("2200", "2204", (16, 17, 18, 19)),  # Mir
)

_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
    "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20,
    "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip


def personal(text: bytes) -> list[Edit]:
    """Find mail addresses, card numbers and bank accounts."""
    edits: list[Edit] = []
    if b"@" in text:
        for found in _MAIL.each(text):
            address = text[slice(*found.span())].lower()
            if not address.startswith(_NOT_MAIL) and address.rpartition(b".")[2] not in _FILES:
                edits.append((*found.span(), "email"))
    for found in _CARD.each(text):
        start, end = found.span()
        if _is_card(text[start:end]) and not _continues(text, start, end):
            edits.append((start, end, "card"))
    for found in _IBAN.each(text):
        length = _iban_length(text[slice(*found.span())])
        if length:
            edits.append((found.start(), found.start() + length, "iban"))
    return edits


def _continues(text: bytes, start: int, end: int) -> bool:
    """Whether a number is the part of a larger one, of a decimal, or of an identifier."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return (before[-1:] in (b".", b"-", b"/") and before[:1].isalnum()) or (
        after[:1] in (b".", b"-") and after[1:].isalnum()
    )


def _is_card(written: bytes) -> bool:
    separators = {byte for byte in written if not 48 <= byte <= 57}  # noqa: PLR2004 - "0" to "9"
    if len(separators) > 1:
        return False
    digits = bytes(byte for byte in written if 48 <= byte <= 57).decode()  # noqa: PLR2004 - see above
    groups = [len(group) for group in written.replace(b"-", b" ").split()]
    if len(groups) > 1 and (min(groups[:-1]) < 4 or max(groups) > 6):  # noqa: PLR2004 - how cards are embossed
        return False
    issued = any(len(digits) in lengths and first <= digits[: len(first)] <= last for first, last, lengths in _CARDS)
    return issued and len(set(digits)) > 1 and _luhn(digits)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the sum of two digits
    return total % 10 == 0


def _iban_length(written: bytes) -> int:
    """Return how many bytes of what was found are an account number, or 0 when none are."""
    compact = ""
    expected = _IBAN_LENGTHS.get(written[:2].decode().upper(), 0)
    for place, byte in enumerate(written):
        if chr(byte).isalnum():
            compact += chr(byte).upper()
        if expected and len(compact) == expected:
            if written[place + 1 : place + 2].isalnum():
                return 0
            number = int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4]))
            return place + 1 if number % 97 == 1 else 0
    return 0
