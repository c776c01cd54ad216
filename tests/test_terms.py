"""Index terms: identifiers and paths, whole and in pieces, each one token of the text index."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_mcp.terms import stem, term_list, terms


@pytest.mark.parametrize("name", ["parse_header", "parseHeader", "ParseHeader", "parse-header", "--parse-header"])
def test_every_way_to_write_a_name_gives_its_pieces_and_the_whole(name: str) -> None:
    assert terms(name) == {"parse", "header", "parseheader"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("src/app/date_parser.py", {"src", "app", "date", "parser", "py", "dateparser", "dateparserpy"}),
        ("src/app/date_parser.py:12:5", {"date", "parser", "dateparser", "dateparserpy"}),
        (r"C:\code\Billing\OrderService.cs", {"bill", "order", "service", "orderservice", "orderservicecs"}),
        ("os.path.join", {"os", "path", "join", "ospathjoin", "pathjoin"}),
        ("Foo::barBaz", {"foo", "bar", "baz", "barbaz", "foobarbaz"}),
        ("tests/test_api.py::TestUser::test_login", {"test", "api", "testapi", "testuser", "testlogin", "login"}),
        ("    at UserStore.load (/srv/app/lib/userStore.js:40:11)", {"user", "store", "load", "userstore", "lib"}),
        ('  File "/srv/app/cache.py", line 3, in warm_up', {"cache", "cachepy", "warm", "up", "warmup"}),
        ("eslint.config.mjs", {"eslint", "config", "eslintconfig", "eslintconfigmjs"}),
        ("HTTPServer2", {"http", "server2", "httpserver2"}),
        ("error[E0382]", {"error", "e0382"}),
        ("修复解析器", {"修复", "解析"}),
    ],
)
def test_a_text_gives_these_terms_among_others(text: str, expected: set[str]) -> None:
    assert expected <= terms(text)


@pytest.mark.parametrize(
    "text", ["12", "3.14", "v1.2.3", "0xdeadbeef", "a1b2c3d4e5f6", "9f86d081884c7d65", "x", "a.b", ""]
)
def test_numbers_ids_and_letters_give_none(text: str) -> None:
    assert not {term for term in terms(text) if term != "ab"}


@pytest.mark.parametrize(
    "family",
    [
        ("parse", "parses", "parsed", "parsing"),
        ("cache", "caches", "cached", "caching"),
        ("query", "queries"),
        ("retry", "retries", "retried"),
        ("load", "loads", "loaded", "loading"),
        ("run", "runs", "running"),
        ("update", "updates", "updated", "updating"),
        ("write", "writes", "writing"),
        ("class", "classes"),
        ("match", "matches", "matched", "matching"),
        ("handle", "handles", "handled", "handling"),
        ("render", "renders", "rendered", "rendering"),
    ],
)
def test_forms_of_one_word_have_one_stem(family: tuple[str, ...]) -> None:
    assert {stem(word) for word in family} == {family[0]}


@pytest.mark.parametrize(
    "word", ["string", "status", "redis", "this", "during", "speed", "utf8", "js", "kubernetes", "address"]
)
def test_what_only_looks_like_an_ending_stays(word: str) -> None:
    assert stem(word) == word


def test_the_list_keeps_the_order_of_the_text() -> None:
    assert term_list("zeta alpha zeta_alpha") == ["zeta", "alpha", "zetaalpha"]


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_every_term_is_letters_and_digits(text: str) -> None:
    assert all(term.isalnum() and term for term in terms(text))


def test_every_term_is_one_token_of_the_text_index() -> None:
    texts = [
        "parse_header os.path.join Foo::bar tests/test_x.py::T::test_y",
        "naïve Größe ünïcode_name",
        "修复解析器 データ",
    ]
    expected = sorted(term for text in texts for term in terms(text))
    database = sqlite3.connect(":memory:")
    database.execute('create virtual table pages using fts5 (words, tokenize = "unicode61 remove_diacritics 0")')
    database.execute("create virtual table vocabulary using fts5vocab (pages, 'row')")
    for term in expected:
        database.execute("insert into pages values (?)", (term,))
    indexed = {row[0] for row in database.execute("select term from vocabulary")}
    assert len(indexed) == len(set(expected))


def test_a_long_text_takes_no_time_that_grows_with_its_square() -> None:
    for text in ("a." * 200_000, "_" * 500_000, "aB" * 200_000, "a/" * 200_000, "x-" * 200_000):
        assert len(terms(text)) < 1_000
