"""Small changes to SQL, for `mutations.py`: comparisons, AND and OR, order, NOT, joins, constraints, literals.

Found by their spelling, in the house's way of writing SQL (keywords in capitals, spaces around operators). Not
covered: whether the changed statement is still valid; one that is not is noticed by whatever test runs it.
"""

from __future__ import annotations

import io
import re
import tokenize
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SQL = re.compile(
    r"\b(?:SELECT|INSERT INTO|INSERT OR|UPDATE \w+|DELETE FROM|CREATE (?:TABLE|INDEX|UNIQUE|VIRTUAL)|PRAGMA|WHERE|FROM"
    r"|ORDER BY|GROUP BY|LEFT JOIN|JOIN)\b"
)
_CLAUSE = re.compile(r"\b(?:SET|WHERE|ON|AND|OR|CASE|WHEN|SELECT|HAVING|NOT|PRAGMA|VALUES)\b")
_CHANGES: tuple[tuple[str, str, str], ...] = (
    (r"\bAND\b", "OR", "SQL AND"),
    (r"\bOR\b(?! (?:REPLACE|IGNORE))", "AND", "SQL OR"),
    (r"(?<= )!=(?= )", "=", "SQL comparison"),
    (r"(?<= )=(?= )", "!=", "SQL comparison"),
    (r"(?<= )<=(?= )", "<", "SQL comparison"),
    (r"(?<= )<(?= )", "<=", "SQL comparison"),
    (r"(?<= )>=(?= )", ">", "SQL comparison"),
    (r"(?<= )>(?= )", ">=", "SQL comparison"),
    (r" DESC\b", "", "SQL order"),
    (r"(?<=ORDER BY )(\w[\w.]*)(?! DESC)\b(?=[\s,\"')]|$)", r"\1 DESC", "SQL order"),
    (r"\bNOT (?=EXISTS|IN\b)", "", "SQL NOT"),
    (r"(?<!NOT )\b(?=EXISTS\b|IN \()", "NOT ", "SQL NOT"),
    (r"\bIS NULL\b", "IS NOT NULL", "SQL null"),
    (r"(?<=IS )NOT (?=NULL)", "", "SQL null"),
    (r"(?<!IS )\bNOT NULL\b", "", "SQL constraint"),
    (r"\bUNIQUE\b(?! INDEX)", "", "SQL constraint"),
    (r"\bUNIQUE (?=INDEX)", "", "SQL constraint"),
    (r" ON DELETE CASCADE\b", "", "SQL constraint"),
    (r"\bDISTINCT ", "", "SQL DISTINCT"),
    (r"\bLEFT JOIN\b", "JOIN", "SQL join"),
    (r" OR (?:REPLACE|IGNORE)\b", "", "SQL conflict"),
    (r"\bmax\(", "min(", "SQL function"),
    (r"\bmin\(", "max(", "SQL function"),
    (r" \+ (?=[\w?])", " - ", "SQL arithmetic"),
    (r"'\w+'", "'mutant'", "SQL literal"),
)
_NUMBER = re.compile(r"(?<![\w.?'])(?<!SELECT )\d+(?![\w.'])")  # what `SELECT 1` selects is not looked at


def is_sql(text: str) -> bool:
    """Tell whether the text of a string literal is a piece of SQL."""
    return _SQL.search(text) is not None


def sql_changes(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Yield the changes to an expression of string literals: from where to where, what instead, and its kind."""
    for first, last in _strings(text):
        for number in _NUMBER.finditer(text, first, last):
            yield *number.span(), str(int(number.group()) + 1), "SQL number"
        for pattern, instead, what in _CHANGES:
            for hit in re.finditer(pattern, text[:last], re.MULTILINE):
                if hit.start() >= first and not _assigns(text[: hit.start()], hit.group()):
                    yield *hit.span(), hit.expand(instead), what


def _strings(text: str) -> list[tuple[int, int]]:
    """Return where in the text of an expression its string literals stand, without what is between them."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    kinds = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    return [
        (starts[one.start[0] - 1] + one.start[1], starts[one.end[0] - 1] + one.end[1])
        for one in tokenize.generate_tokens(io.StringIO(f"({text})").readline)
        if one.type in kinds
    ]


def _assigns(before: str, operator: str) -> bool:
    """Tell whether an equals sign of SQL assigns, as it does after SET."""
    if operator != "=":
        return False
    clauses = _CLAUSE.findall(before)
    return bool(clauses) and clauses[-1] in {"SET", "PRAGMA"}
