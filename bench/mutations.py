"""Small changes to Python source, each of which some test should notice: what `mutants.py` tries one by one.

Besides the usual ones (comparisons, `and`/`or`, arithmetic, numbers, conditions, return values, deleted statements)
there are changes to SQL, since half of what a store does is said there, and to patterns and tables outside any
function, since what a gate and a redactor know is kept there: a pattern is replaced by one that matches nothing, a
word by one with another last letter, and a sentence by nothing.

Left alone: docstrings, annotations, decorators, imports, and expressions inside f-strings (before Python 3.12 the
parser does not say where they stand). Words inside a pattern are not changed either: how much of the world a
pattern covers is measured by the corpora, not here.
"""
# ruff: noqa: D102, N815 - a visitor reads the node it is named for

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from sql_mutations import is_sql, sql_changes

if TYPE_CHECKING:
    from pathlib import Path

_COMPARED: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.In: ("in", ("not in",)),
    ast.NotIn: (r"not\s+in", ("in",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: (r"is\s+not", ("is",)),
}
_COMPUTED: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "+"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
}
_EXCHANGED = {"any": "all", "all": "any", "min": "max", "max": "min"}
_NOTHING = rb'r"[^\s\S]"'  # matches no text, for `re` and RE2 alike


@dataclass(frozen=True)
class Mutation:
    """One change: these bytes of a file become others.

    Attributes:
        file: From the root of the tree.
        lines: Every line of the statement it is in: a test that runs one of them may notice.
        everywhere: Whether it takes effect when the module is imported, so that any test may notice.
    """

    file: str
    line: int
    lines: range
    everywhere: bool
    start: int
    end: int
    instead: bytes
    what: str

    def applied(self, source: bytes) -> bytes:
        """Return the changed source."""
        return source[: self.start] + self.instead + source[self.end :]

    def told(self, source: bytes) -> str:
        """Return one line that names the place and the change."""
        old, new = (" ".join(part.decode().split()) for part in (source[self.start : self.end], self.instead))
        before = source[: self.start].rsplit(b"\n", 1)[-1].decode()[-24:].lstrip()
        return f"{self.file}:{self.line}: {self.what}: {before}[{_short(old)} -> {_short(new)}]"


def mutations(root: Path, file: str) -> list[Mutation]:
    """Return every change to a file, in the order of the text, each once."""
    return Reader(root, file).found()


class Reader(ast.NodeVisitor):
    """Walks over one file and collects the changes."""

    def __init__(self, root: Path, file: str) -> None:
        self._source = (root / file).read_bytes()
        self._file = file
        self._starts = [0, *accumulate(map(len, self._source.splitlines(keepends=True)))]
        self._lines = range(0)
        self._inside = False
        self._made: dict[tuple[int, int, bytes], Mutation] = {}

    def found(self) -> list[Mutation]:
        """Return them."""
        self.visit(ast.parse(self._source))
        return sorted(self._made.values(), key=lambda one: (one.start, one.end, one.instead))

    def visit(self, node: ast.AST) -> None:
        """Note the statement that is being read, then read it."""
        if isinstance(node, ast.stmt):
            before = self._lines
            body: list[ast.stmt] = getattr(node, "body", [])
            last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
            self._lines = range(node.lineno, max(last, node.lineno) + 1)
            super().visit(node)
            self._lines = before
        else:
            super().visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        """Read what a node holds, but no annotation, decorator or docstring."""
        for name, field in ast.iter_fields(node):
            if name in {"annotation", "returns", "decorator_list", "bases"}:
                continue
            for child in field if isinstance(field, list) else [field]:  # pyright: ignore[reportUnknownVariableType]
                if isinstance(child, ast.AST) and not _is_docstring(child):
                    self.visit(child)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.visit(node.args)
        inside, self._inside = self._inside, not any("cache" in ast.unparse(one) for one in node.decorator_list)
        for child in node.body:
            if not _is_docstring(child):
                self.visit(child)
        self._inside = inside

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self._negate(node.test)
            self.generic_visit(node)

    def _conditional(self, node: ast.While | ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    visit_While = visit_IfExp = _conditional

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._negate(test)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            old, news = _COMPARED[type(operator)]
            for new in news:
                self._between(left, right, old, new, "comparison")
            left = right
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            self._between(left, right, rf"\b{old}\b", new, "boolean")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._replace(node, b"(" + self._text(node.operand) + b")", "not")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        old, new = _COMPUTED.get(type(node.op), ("", ""))
        if old:
            self._between(node.left, node.right, re.escape(old), new, "arithmetic")
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._replace(node, b"pass", "deleted")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if isinstance(node.targets[0], (ast.Attribute, ast.Subscript)):
            self._replace(node, b"pass", "deleted")
        if ast.unparse(node.targets[0]) != "__slots__":
            self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, (ast.Call, ast.Await)):
            self._replace(node, b"pass", "deleted")
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._replace(node, b"pass", "deleted")
        self.generic_visit(node)

    def _leap(self, node: ast.Continue | ast.Break) -> None:
        self._replace(node, b"break" if isinstance(node, ast.Continue) else b"continue", "loop")

    visit_Continue = visit_Break = _leap

    def visit_Return(self, node: ast.Return) -> None:
        if node.value and not isinstance(node.value, ast.Constant):  # which is changed by itself
            self._replace(node, b"return None", "return")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in _EXCHANGED:
            self._replace(node.func, _EXCHANGED[name].encode(), "function")
        if name in {"cast", "TypeVar"}:
            node.args = node.args[1:]
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if ast.unparse(node.value) != "Literal":  # a type
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._string(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self._replace(node, str(not value).encode(), "constant")
        elif isinstance(value, int):
            self._replace(node, str(value + 1).encode(), "constant")
        elif isinstance(value, float):
            self._replace(node, str(value * 2).encode(), "constant")
        elif isinstance(value, (str, bytes)):
            self._string(node)

    def _string(self, node: ast.Constant | ast.JoinedStr) -> None:
        text = self._text(node)
        if self._file.startswith("rb_mcp/stores/") and is_sql(text.decode()):
            self._sql(node, text.decode())
            return
        mark = re.match(rb"[rbfRBFuU]*", text)
        prefix = (mark[0] if mark else b"").lower().replace(b"f", b"")
        if b"r" in prefix or re.search(rb"[\s(]rf?b?[\"']", text):
            self._replace(node, _NOTHING, "pattern")
            return
        value: object = node.value if isinstance(node, ast.Constant) else " "
        if isinstance(value, bytes):
            self._replace(node, repr(_otherwise(value.decode("latin-1")).encode("latin-1")).encode(), "string")
        else:
            self._replace(node, repr(_otherwise(str(value))).encode(), "string")

    def _sql(self, node: ast.expr, text: str) -> None:
        start = self._at(node.lineno, node.col_offset)
        for first, last, instead, what in sql_changes(text):
            self._add(start + len(text[:first].encode()), start + len(text[:last].encode()), instead.encode(), what)

    def _negate(self, test: ast.expr) -> None:
        single = isinstance(test, ast.Compare) and len(test.ops) == 1 and len(_COMPARED[type(test.ops[0])][1]) == 1
        if not single and not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
            self._replace(test, b"(not (" + self._text(test) + b"))", "condition")

    def _between(self, left: ast.expr, right: ast.expr, old: str, new: str, what: str) -> None:
        first = self._span(left)[1]
        between = self._source[first : self._at(right.lineno, right.col_offset)]
        found = re.search(old.encode(), between)
        if found:
            self._add(first + found.start(), first + found.end(), new.encode(), what)

    def _replace(self, node: ast.expr | ast.stmt, instead: bytes, what: str) -> None:
        self._add(*self._span(node), instead, what)

    def _add(self, start: int, end: int, instead: bytes, what: str) -> None:
        line = self._source.count(b"\n", 0, start) + 1
        made = Mutation(
            self._file, line, self._lines or range(line, line + 1), not self._inside, start, end, instead, what
        )
        self._made.setdefault((start, end, instead), made)

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        last = self._at(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return self._at(node.lineno, node.col_offset), last

    def _text(self, node: ast.expr) -> bytes:
        return self._source[slice(*self._span(node))]

    def _at(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column


def _otherwise(text: str) -> str:
    """Return a word with another last letter, nothing instead of a sentence, and a word instead of nothing."""
    other = "Y" if text.endswith("X") else "X"
    return "" if re.search(r"\s", text) else text[:-1] + other


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:40]}...{text[-16:]}"
