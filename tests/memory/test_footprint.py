"""The footprint: terms of what the work touched, and of what is asked."""

from __future__ import annotations

import json

from rb_mcp.memory.footprint import MOST, footprint, query_terms
from rb_mcp.types import Step

TRACEBACK = (
    'Traceback (most recent call last):\n  File "/srv/app/billing/invoice.py", line 3, in total_amount\n    x\n'
    '  File "/usr/lib/python3.11/decimal.py", line 9, in quantize\n    y\nInvalidOperation: bad digits'
)


def call(tool: str, **arguments: object) -> str:
    return f"{tool}({json.dumps(arguments)})"


def touched(*steps: Step, task: str = "") -> list[str]:
    return footprint(task, steps).split()


def test_what_was_edited_comes_first() -> None:
    terms = touched(
        Step("", call("Read", file_path="/repo/docs/guide_book.md"), ""),
        Step("", call("Edit", file_path="/repo/src/date_parser.py", old_string="a", new_string="b"), "ok"),
    )
    assert terms.index("dateparser") < terms.index("guidebook")


def test_frames_of_the_work_count_and_those_of_libraries_do_not() -> None:
    terms = touched(Step("", "python -m billing", TRACEBACK))
    assert {"invoice", "totalamount", "bill", "invalidoperation"} <= set(terms)
    assert not {"decimal", "quantize"} & set(terms)


def test_symbols_of_a_patch_and_owners_of_its_hunks_count() -> None:
    patch = (
        "apply_patch(*** Begin Patch\n*** Update File: src/cart.ts\n@@ class ShoppingCart @@ addItem(item)\n"
        "-export function oldTotal() {}\n+export function grandTotal() {}\n*** End Patch)"
    )
    terms = touched(Step("", patch, "Done"))
    assert {"cart", "cartts", "grandtotal", "oldtotal"} <= set(terms)


def test_commands_of_swe_agent_are_read() -> None:
    terms = touched(
        Step("", 'open "/testbed/tests/missing_colon.py"', "[File: /testbed/tests/missing_colon.py]"),
        Step("", "edit 3:4\ndef division_rest(a, b):\n    return a % b\nend_of_edit", "ok"),
        Step("", "search_dir parse_args src", ""),
    )
    assert {"missingcolon", "divisionrest", "parseargs"} <= set(terms)


def test_programmes_with_their_subcommand_count() -> None:
    terms = touched(Step("", "cd /x && sudo docker compose up -d && uv run pytest -q", ""))
    assert {"docker", "compose", "up", "pytest"} & set(terms) >= {"docker", "compose", "pytest"}


def test_the_names_of_page_elements_count() -> None:
    terms = touched(
        Step("", "noop()", "[227] link 'My Account'\n[9] button 'Save draft'"),
        Step("", "click('9')", ""),
        Step("", "goto('http://shop.example/orders/history')", ""),
    )
    assert {"save", "draft", "button", "order", "history"} <= set(terms)
    assert "account" not in terms


def test_what_is_everywhere_is_left_out() -> None:
    terms = touched(Step("", call("Edit", file_path="/usr/lib/python3/site-packages/src/node_modules/left_pad.py"), ""))
    assert "leftpad" in terms
    assert not {"usr", "lib", "site", "packages", "src", "py", "modules", "nodemodules"} & set(terms)


def test_a_footprint_is_bounded() -> None:
    steps = [
        Step("", call("Edit", file_path=f"src/module_{word}{n}.py", old_string="a", new_string="b"), TRACEBACK)
        for n, word in enumerate(["alpha", "beta", "gamma", "delta"] * 300)
    ]
    assert 0 < len(touched(*steps)) <= MOST


def test_a_question_shares_terms_with_what_was_touched() -> None:
    terms = set(touched(Step("", call("Edit", file_path="src/http/headers.py", old_string="def parse_header(x):"), "")))
    asked = query_terms("Parsing a header fails with an empty value", "ValueError: empty header in src/http/headers.py")
    assert {"header", "parse", "headerspy"} <= terms & asked
    assert "valueerror" in asked


def test_a_question_of_small_words_has_no_terms() -> None:
    assert query_terms("please do it for me") == frozenset()
    assert query_terms("") == frozenset()
    assert footprint("", []) == ""
