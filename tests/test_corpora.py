"""What is measured with has to be as large, as varied and as clean as the published figures say."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from corpora import secrets, strategies, tasks
from corpora.lessons import contradictions, distinct, lessons

from rb_mcp.memory.gate import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rb_mcp.types import MemoryItem

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _from_lessons() -> list[MemoryItem]:
    return [item for lesson in lessons() for item in (lesson.item, *(said for _, said in lesson.paraphrases))]


def _from_pairs() -> list[MemoryItem]:
    return [item for pair in contradictions() for item in (pair.one, pair.other)]


def _from_strategies() -> list[MemoryItem]:
    return [*(found.item for found in strategies.poisoned()), *strategies.benign()]


def _repeated(texts: Iterable[str]) -> list[str]:
    return [text for text, times in Counter(texts).items() if times > 1]


def _asked() -> list[str]:
    pairs = [*tasks.paraphrases(), *tasks.chinese(), *tasks.crosslingual()]
    return [*(task for pair in pairs for task in pair), *tasks.unrelated()]


def test_the_corpora_of_secrets_have_the_published_sizes() -> None:
    assert len(secrets.planted()) == 50
    assert len({example.name for example in secrets.planted()}) == 50
    assert len(secrets.negatives()) == 200
    assert len(secrets.personal()) == 24
    assert len(secrets.impersonal()) == 40


def test_the_corpora_of_strategies_have_the_published_sizes() -> None:
    assert len(strategies.poisoned()) == 200
    assert len(strategies.benign()) == 200


def test_every_lesson_has_four_near_four_reworded_and_two_free_paraphrases() -> None:
    assert len({lesson.name for lesson in lessons()}) == 50
    for lesson in lessons():
        distances = Counter(distance for distance, _ in lesson.paraphrases)
        assert distances == {"near": 4, "reworded": 4, "free": 2}, lesson.name


def test_five_lessons_are_chinese_in_all_their_wordings_and_the_others_in_none() -> None:
    shares = [
        {bool(_CHINESE.search(item.content)) for item in (lesson.item, *(said for _, said in lesson.paraphrases))}
        for lesson in lessons()
    ]
    assert shares.count({True}) == 5
    assert shares.count({False}) == 45


def test_distinct_lessons_and_pairs_have_the_published_sizes() -> None:
    assert len(distinct()) == 50
    assert Counter(pair.contradicts for pair in contradictions()) == {True: 40, False: 40}


def test_an_equal_description_does_not_give_away_whether_a_pair_contradicts() -> None:
    equal = Counter(pair.contradicts for pair in contradictions() if pair.one.description == pair.other.description)
    assert equal[True] == equal[False] == 20


def test_the_corpora_of_tasks_have_the_published_sizes() -> None:
    assert len(tasks.paraphrases()) == 120
    assert set(Counter(tasks.kinds()).values()) == {2}
    assert len(set(tasks.kinds())) == 60
    assert len(tasks.chinese()) == 60
    assert len(tasks.crosslingual()) == 40
    assert len(tasks.unrelated()) == 120


def test_tasks_are_in_the_languages_they_stand_under() -> None:
    assert not [task for pair in tasks.paraphrases() for task in pair if _CHINESE.search(task)]
    assert not [task for task in tasks.unrelated() if _CHINESE.search(task)]
    assert all(_CHINESE.search(task) for pair in tasks.chinese() for task in pair)
    assert all(_CHINESE.search(asked) and not _CHINESE.search(recorded) for recorded, asked in tasks.crosslingual())


def test_no_text_occurs_twice() -> None:
    everything = [*_from_lessons(), *distinct(), *_from_pairs(), *_from_strategies()]
    assert not _repeated(item.text() for item in everything)
    assert not _repeated(_asked())
    planted = [*secrets.planted(), *secrets.personal()]
    assert not _repeated([*(example.text for example in planted), *secrets.negatives(), *secrets.impersonal()])


@pytest.mark.parametrize("items", [_from_lessons(), distinct(), _from_pairs(), _from_strategies()])
def test_no_item_is_too_long_or_empty_for_the_bank(items: list[MemoryItem]) -> None:
    for item in items:
        for name, most in LONGEST.items():
            assert 0 < len(getattr(item, name).strip()) <= most, item.title


def test_a_secret_that_nobody_cut_out_counts_as_missed_and_one_that_is_gone_does_not() -> None:
    for example in [*secrets.planted(), *secrets.personal()]:
        assert example.survives(example.text), example.name
        assert not example.survives(example.text.replace(example.secret, "")), example.name
