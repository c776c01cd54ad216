"""Words by script, and what two texts share."""

from __future__ import annotations

import pytest

from rb_mcp.words import overlap, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fix the FIX, the parse_date bug!", {"fix", "the", "parse", "date", "bug"}),
        ("取消订单", {"取消", "消订", "订单", "取", "消", "订", "单"}),
        ("税", {"税"}),
        ("修正parser的bug", {"修正", "修", "正", "parser", "的", "bug"}),
        ("データを直す", {"デー", "ータ", "タを", "を直", "直す", "デ", "ー", "タ", "を", "直", "す"}),
        ("주문 취소", {"주문", "취소", "주", "문", "취", "소"}),
        ("Ｆｕｌｌ １２", {"full", "12"}),
        ("café CAFE\u0301", {"café"}),
        ("", set[str]()),
        ("... !", set[str]()),
    ],
)
def test_words_by_script(text: str, expected: set[str]) -> None:
    assert words(text) == expected


def test_overlap_is_the_share_of_common_words() -> None:
    assert overlap(words("a b c"), words("b c d")) == 0.5
    assert overlap(words("a"), words("a")) == 1.0
    assert overlap(words(""), words("")) == 0.0
