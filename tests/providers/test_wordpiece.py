"""How a text becomes pieces, in examples; that all others do too is `test_minilm_reference.py`'s."""

from __future__ import annotations

import pytest

from rb_mcp.providers.wordpiece import WordPiece, basic_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Fix the Parser!", ["fix", "the", "parser", "!"]),
        ("café CAFÉ cafe\u0301", ["cafe", "cafe", "cafe"]),
        ("取消order单", ["取", "消", "order", "单"]),
        ("os.path_join(a)", ["os", ".", "path", "_", "join", "(", "a", ")"]),
        ("a\0b\u200bc\td\u3000e", ["abc", "d", "e"]),
        ("ΟΔΟΣ", ["οδοσ"]),
        (" \n", []),
    ],
)
def test_a_text_is_split_without_case_accents_and_control_characters(text: str, words: list[str]) -> None:
    assert basic_words(text) == words


def test_words_are_split_into_the_longest_pieces_between_the_marks_of_the_ends() -> None:
    # The numbers are those of the published vocabulary: [CLS] un ##affa ##ble [SEP].
    assert WordPiece(256).encode("unaffable") == [101, 14477, 20961, 3468, 102]


def test_words_without_pieces_and_very_long_ones_are_unknown_as_a_whole() -> None:
    assert WordPiece(256).encode("🙂x " + "ab" * 51) == [101, 100, 100, 102]


def test_a_long_text_ends_after_as_many_tokens_as_are_wanted() -> None:
    tokens = WordPiece(8).encode("word " * 100)
    assert len(tokens) == 8
    assert tokens[-1] == 102
