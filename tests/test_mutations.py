"""The changes that `dev.py mutate` makes: each is a program, and is one that a test should tell from the real one."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutants import PARTS
from mutations import mutations

ROOT = Path(__file__).parents[1]


def changed(tmp_path: Path, source: str) -> list[str]:
    path = tmp_path / "rb_mcp/stores/a.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return [one.applied(path.read_bytes()).decode() for one in mutations(tmp_path, "rb_mcp/stores/a.py")]


@pytest.mark.parametrize(
    ("source", "instead"),
    [
        ("x = a == b", ["x = a != b"]),
        ("x = a < b", ["x = a <= b", "x = a >= b"]),
        ("x = a not in b", ["x = a in b"]),
        ("x = a and b or c", ["x = a or b or c", "x = a and b and c"]),
        ("x = not a", ["x = (a)"]),
        ("x = a + 1", ["x = a - 1", "x = a + 2"]),
        ("x = a if b else c", ["x = a if (not (b)) else c"]),
        ("x = [a for a in b if a]", ["x = [a for a in b if (not (a))]"]),
        ("x = any(a)", ["x = all(a)"]),
        ("x = True", ["x = False"]),
        ("x = 'word'", ["x = 'worX'"]),
        ("x = 'two words'", ["x = ''"]),
        ("x = b''", ["x = b'X'"]),
        ("x = f'{a} words'", ["x = ''"]),
        ("x = re.compile(r'a|b')", ['x = re.compile(r"[^\\s\\S]")']),
        ("a.b = c", ["pass"]),
        ("a(b)", ["pass"]),
        ("raise a", ["pass"]),
        ("def f():\n    return a", ["def f():\n    return None"]),
        ("def f(a: int = 1) -> 'str':\n    'Doc.'", ["def f(a: int = 2) -> 'str':\n    'Doc.'"]),
        (
            "x = 'SELECT a FROM b WHERE c = ? AND d IS NULL'",
            [
                "x = 'SELECT a FROM b WHERE c != ? AND d IS NULL'",
                "x = 'SELECT a FROM b WHERE c = ? OR d IS NULL'",
                "x = 'SELECT a FROM b WHERE c = ? AND d IS NOT NULL'",
            ],
        ),
        (
            "x = 'UPDATE a SET b = ?, c = 0 ' f'WHERE {d} > 1'",
            [
                "x = 'UPDATE a SET b = ?, c = 1 ' f'WHERE {d} > 1'",
                "x = 'UPDATE a SET b = ?, c = 0 ' f'WHERE {d} >= 1'",
            ],
        ),
        ("x = 'SELECT a FROM b ORDER BY a DESC'", ["x = 'SELECT a FROM b ORDER BY a'"]),
    ],
)
def test_what_a_program_decides_is_decided_otherwise(tmp_path: Path, source: str, instead: list[str]) -> None:
    assert changed(tmp_path, source) == instead


@pytest.mark.parametrize(
    "source",
    ["'Doc.'", "import a", "if TYPE_CHECKING:\n    a = 1", "x: Literal['a']", "@a(1)\ndef f(): ...", "x = a"],
)
def test_what_no_test_could_notice_is_left_alone(tmp_path: Path, source: str) -> None:
    assert changed(tmp_path, source) == []


@pytest.mark.parametrize("part", PARTS)
def test_every_part_has_code_that_can_be_broken_and_tests_that_may_notice(part: str) -> None:
    code, tests = PARTS[part].files(ROOT)
    assert tests
    for file in code:
        source = file.read_bytes()
        for change in mutations(ROOT, file.relative_to(ROOT).as_posix())[::9]:  # all of them take a minute
            compile(change.applied(source), change.told(source), "exec")
