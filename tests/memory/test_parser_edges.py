"""Replies at the edges of the shapes that are read: each word a model may choose, each place where a reply may turn."""

from __future__ import annotations

import json

import pytest

from rb_mcp.errors import Malformed
from rb_mcp.memory.replies import items_schema, parse_choice, parse_items, parse_verdict
from rb_mcp.types import MemoryItem

A = {"title": "Read it first", "description": "when a", "content": "do a"}
B = {"title": "Look twice", "description": "when b", "content": "do b"}
ONE, TWO = (MemoryItem(**A),), (MemoryItem(**A), MemoryItem(**B))
PLAIN = "Title: Read it first\nDescription: when a\nContent: do a"
HEADINGS = "## Title: Read it first\n## Description: when a\n## Content: "


def content_of(reply: str) -> str:
    """Return the content of the one item of a reply."""
    [item] = parse_items(reply, 3)
    assert (item.title, item.description) == ("Read it first", "when a")
    return item.content


@pytest.mark.parametrize("name", ["", "markdown", "md", "text", "txt", "yaml", "yml", "Markdown"])
def test_items_in_a_fence_of_prose_are_items_whatever_the_fence_is_called(name: str) -> None:
    first, second = (
        f"Title: {one['title']}\nDescription: {one['description']}\nContent: {one['content']}" for one in (A, B)
    )
    assert parse_items(f"{first}\n```{name}\n{second}\n```\nBye", 3) == TWO


def test_an_item_in_a_fence_of_code_is_an_example_and_no_item() -> None:
    assert content_of(f"{PLAIN}\n```python\nTitle: no\nContent: no\n```") == "do a\nTitle: no\nContent: no"


def test_a_fence_of_code_that_never_closes_does_not_swallow_the_next_item() -> None:
    second = "# Memory Item 2\n## Title: Look twice\n## Description: when b\n## Content: do b"
    found = parse_items(f"# Memory Item 1\n{HEADINGS}do a\n```sh\nls\n\n{second}", 3)
    assert [item.title for item in found] == ["Read it first", "Look twice"]
    assert found[1] == TWO[1]


@pytest.mark.parametrize("fence", ["```", "~~~", "````"])
def test_code_in_a_content_is_kept_whichever_fence_is_used(fence: str) -> None:
    assert (
        content_of(f"{HEADINGS}run\n{fence}sh\n# not a heading\n{fence}\nand look") == "run\n# not a heading\nand look"
    )


@pytest.mark.parametrize(
    "end",
    [
        "---",
        "***",
        "___",
        "======",
        "**Trajectory:**",
        "**Query**",
        "**Rationale**",
        "**Reasoning:**",
        "**explanation**：",
    ],
)
def test_a_rule_or_a_label_of_another_part_ends_an_item(end: str) -> None:
    assert content_of(f"{PLAIN}\n{end}\nThat was all.") == "do a"


@pytest.mark.parametrize("kept", ["--", "**First:** look", "-_-_-", "* * *", "#2 of the list comes next"[1:]])
def test_what_only_resembles_a_rule_is_part_of_the_content(kept: str) -> None:
    assert content_of(f"{PLAIN}\n{kept}\nThen b.") == f"do a\n{kept}\nThen b."


def test_any_heading_ends_a_content_under_a_plain_label() -> None:
    assert content_of(f"{PLAIN}\n###### Afterwards\nBye") == "do a"


def test_a_heading_as_deep_as_the_label_ends_a_content_and_a_deeper_one_does_not() -> None:
    assert content_of(f"{HEADINGS}do a\n### Step\nlook\n## Afterwards\nBye") == "do a\n### Step\nlook"


def test_a_heading_before_a_description_names_the_item_and_is_no_part_of_the_one_before() -> None:
    first = "### 1. Read it first\n**Description:** when a\n**Content:** do a\n\n"
    second = "### 2. Look twice\n\n**Description:** when b\n**Content:** do b"
    assert parse_items(first + second, 3) == TWO


@pytest.mark.parametrize("number", ["Item 1: ", "Strategy #1. ", "1) ", "#1: ", "**1. ", "12. "])
def test_the_number_before_a_title_is_no_part_of_it(number: str) -> None:
    reply = f"### {number}Read it first\n**Description:** when a\n**Content:** do a"
    assert parse_items(reply, 3) == ONE


def test_a_title_may_hold_a_number_of_its_own() -> None:
    [item] = parse_items("### 1. 2. steps suffice\n**Description:** when a\n**Content:** do a", 3)
    assert item.title == "2. steps suffice"


@pytest.mark.parametrize("said", ["Lesson: always look", "Content of the page was empty", "Title case matters"])
def test_a_line_of_a_content_that_starts_like_a_label_stays_in_it(said: str) -> None:
    assert content_of(f"{PLAIN}\n{said}") == f"do a\n{said}"


@pytest.mark.parametrize("label", ["Titles", "title 1", "TITLE"])
def test_a_label_may_be_in_capitals_counted_or_in_the_plural(label: str) -> None:
    assert parse_items(PLAIN.replace("Title", label, 1), 3) == ONE


@pytest.mark.parametrize(
    "title",
    [
        "**Read it first**",
        "# Read it first",
        "- Read it first",
        "*Read it first*",
        "Read it first –",
        '"Read it first"',
    ],
)
def test_marks_around_a_title_are_no_part_of_it(title: str) -> None:
    assert parse_items(json.dumps([{**A, "title": title}]), 3) == ONE


def test_a_title_is_one_line() -> None:
    assert parse_items(json.dumps([{**A, "title": "Read it first\nand more"}]), 3) == ONE


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ('"do a"', "do a"),
        ("'do a'", "do a"),
        ('"do" and "a"', '"do" and "a"'),
        ('"do a', '"do a'),
        ("do a\n\n\n\n\nthen b", "do a\n\nthen b"),
        ("do a\n\nthen b", "do a\n\nthen b"),
        ("do a   \nthen b", "do a\nthen b"),
        ("<what to do here>\ndo a", "do a"),
        ("<b>\ndo a", "<b>\ndo a"),
        ("use <name> as it is", "use <name> as it is"),
        ("x", "x"),
    ],
)
def test_a_text_is_kept_as_it_was_meant(said: str, kept: str) -> None:
    assert content_of(json.dumps([{**A, "content": said}])) == kept


@pytest.mark.parametrize(
    "said",
    [
        *("[what to do]", "{what to do}", "<what to do>", "text", "string", "a short title", "the content"),
        *("1 to 4 sentences on what to do", "one to four sentences", "One sentence.", "one sentence when it applies"),
        *("when it applies (the signs to look for), and when it does not", "***", "?!"),
    ],
)
def test_a_field_that_only_repeats_how_to_fill_it_in_is_empty(said: str) -> None:
    with pytest.raises(Malformed, match="repeat the instructions"):
        parse_items(json.dumps([{**A, "content": said}]), 3)


@pytest.mark.parametrize(
    "key", ["items", "memory_items", "Memory Items", "memoryItems", "memories", "memory", "strategies", "lessons"]
)
def test_an_empty_list_of_items_says_none_under_each_of_its_names(key: str) -> None:
    assert parse_items(json.dumps({key: []}), 3) == ()


def test_an_empty_list_of_something_else_says_nothing() -> None:
    with pytest.raises(Malformed):
        parse_items('{"errors": []}', 3)


@pytest.mark.parametrize(
    "reply",
    [
        *("Nothing new to learn.", "I have nothing worth keeping.", "We see no new lessons.", "no strategy"),
        *("There were no memories to extract.", "Memory items: none", "Lessons - n/a", "an empty list", "NOTHING"),
        *(
            "It went well. No items needed.",
            "It went well.\nNo lessons - all was routine.",
            "- There is nothing to remember.",
        ),
    ],
)
def test_nothing_to_keep_can_be_said_in_other_words(reply: str) -> None:
    assert parse_items(reply, 3) == ()


@pytest.mark.parametrize(
    "reply", ["No lessons - but look at the log.", "No items: except one, look twice.", "Nothing to keep? Look twice."]
)
def test_a_sentence_that_goes_on_with_a_but_does_not_say_none(reply: str) -> None:
    with pytest.raises(Malformed):
        parse_items(reply, 3)


def test_items_are_found_three_wrappings_deep_and_no_deeper() -> None:
    assert parse_items(json.dumps({"a": {"b": {"c": A}}}), 3) == ONE
    with pytest.raises(Malformed):
        parse_items(json.dumps({"a": {"b": {"c": {"d": A}}}}), 3)


def test_the_form_that_comes_first_holds_the_other_as_an_example() -> None:
    other = json.dumps([B])
    assert parse_items(f"{PLAIN}\n\nIn JSON that would be {other}", 3)[0].title == "Read it first"
    assert parse_items(f"{json.dumps([A])}\n\nTitle: Look twice\nDescription: when b\nContent: do b", 3) == ONE


def test_json_with_a_hundred_broken_openings_before_it_is_not_looked_for() -> None:
    assert parse_items('{"x\n' * 99 + json.dumps([A]), 3) == ONE
    with pytest.raises(Malformed):
        parse_items('{"x\n' * 100 + json.dumps([A]), 3)


def test_the_model_is_told_how_many_items_it_may_give() -> None:
    assert "7" in json.dumps(items_schema(7))


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ('{"items": [', "cut off or is not valid"),
        ('{"a": 1, "a": 2}', "cut off or is not valid"),
        ("Title: x\nContent: <one to four sentences>", "cut off, blank or repeat the instructions"),
        ("It went well.", "neither JSON nor a title"),
    ],
)
def test_a_reply_without_items_is_refused_with_what_is_wrong_with_it(reply: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        parse_items(reply, 3)


@pytest.mark.parametrize("key", ["outcome", "status", "verdict", "judgement", "judgment", "Final", "Overall Status"])
def test_a_verdict_is_taken_from_each_of_its_names_and_no_other(key: str) -> None:
    reply = json.dumps({key: "failure", "reason": "red"})
    if key in {"Final", "Overall Status"}:
        with pytest.raises(Malformed):
            parse_verdict(reply)
    else:
        assert parse_verdict(reply) == ("failure", "red")
        assert parse_verdict(json.dumps({key: {"outcome": "failure"}, "reason": "red"}))[0] == "failure"


@pytest.mark.parametrize(
    "label", ["Status", "Final status", "Overall outcome", "My verdict", "The judgement", "Task Judgment"]
)
def test_a_line_states_a_verdict_under_each_of_its_labels(label: str) -> None:
    assert parse_verdict(f"It is red.\n{label}: failure") == ("failure", "It is red.")


@pytest.mark.parametrize(
    "word",
    [
        *("unknown", "unsure", "not sure", "uncertain", "unclear", "undecided", "undetermined", "indeterminate"),
        *("inconclusive", "doubtful", "maybe", "cannot tell", "can't tell", "can not tell", "NOT_SURE"),
    ],
)
def test_a_judge_may_say_in_many_words_that_it_does_not_know(word: str) -> None:
    assert parse_verdict(json.dumps({"outcome": word}))[0] == "unknown"
    assert parse_verdict(f"Status: {word}.")[0] == "unknown"


@pytest.mark.parametrize(
    "word", ["failure", "fail", "failed", "FAILED", "`fail`", "_failure_", "“failed”", "’failed’."]
)
def test_a_failure_is_one_in_each_of_its_words_and_whatever_stands_around_them(word: str) -> None:
    assert parse_verdict(f"Outcome: {word}")[0] == "failure"


@pytest.mark.parametrize(
    "key", ["reason", "reasoning", "thoughts", "thought", "rationale", "explanation", "justification", "Evidence"]
)
def test_a_reason_is_taken_from_each_of_its_names(key: str) -> None:
    assert parse_verdict(json.dumps({key: "3 failed", "outcome": "failure"})) == ("failure", "3 failed")


@pytest.mark.parametrize(
    "label", ["Thoughts: ", "**Reason:** ", "# Reasoning:\n", "Rationale: ", "__Explanation__: ", ""]
)
def test_the_label_of_a_reason_is_no_part_of_it(label: str) -> None:
    assert parse_verdict(f"{label}It is red.\nStatus: failure") == ("failure", "It is red.")


def test_a_reason_is_at_most_two_thousand_characters_long() -> None:
    for reply in (f"{'x' * 3_000}\nStatus: failure", json.dumps({"outcome": "failure", "reason": "x" * 3_000})):
        assert parse_verdict(reply) == ("failure", "x" * 2_000)


def test_a_reason_of_several_lines_is_told_in_one() -> None:
    assert parse_verdict("It is red.\n\nNobody looked.\nStatus: failure") == ("failure", "It is red. Nobody looked.")


def test_the_first_reason_that_is_given_is_told() -> None:
    reply = json.dumps(
        [{"outcome": "failure"}, {"outcome": "failed", "reason": "red"}, {"outcome": "fail", "reason": "x"}]
    )
    assert parse_verdict(reply) == ("failure", "red")


def test_an_outcome_inside_a_verdict_takes_the_reason_beside_it() -> None:
    assert parse_verdict('{"verdict": {"outcome": "failure"}, "reason": "red"}') == ("failure", "red")


def test_a_success_that_is_denied_in_the_same_object_is_unknown_and_one_that_is_repeated_stands() -> None:
    assert parse_verdict('{"status": "success", "success": true}')[0] == "success"
    assert parse_verdict('{"status": "success", "success": "no"}')[0] == "unknown"
    assert parse_verdict('{"status": "failure", "success": false}')[0] == "failure"


def test_a_label_waits_for_its_value_over_blank_lines_but_not_beyond_a_fence_or_an_object() -> None:
    assert parse_verdict("Verdict:\n\n\nfailure")[0] == "failure"
    for other in ("```\nfailure\n```", '{"exit": 1}\nfailure'):
        with pytest.raises(Malformed):
            parse_verdict(f"Verdict:\n{other}")


def test_a_line_after_a_fence_of_the_log_counts_again() -> None:
    assert parse_verdict("```\nStatus: success\n```\nStatus: failure\n```\nStatus: success\n```")[0] == "failure"


def test_a_line_inside_json_that_never_closes_is_no_verdict() -> None:
    for opening in ('{"log":', '[{"log":'):
        with pytest.raises(Malformed):
            parse_verdict(f"{opening}\nStatus: success")


def test_an_object_amid_prose_needs_a_reason_to_be_a_verdict() -> None:
    assert parse_verdict('I looked.\n{"outcome": "failure", "reason": "red"}')[0] == "failure"
    with pytest.raises(Malformed):
        parse_verdict('I looked.\n{"outcome": "failure"}')


def test_an_object_between_two_sentences_is_quoted_and_no_verdict() -> None:
    with pytest.raises(Malformed):
        parse_verdict('I looked.\n{"outcome": "success", "reason": "41 passed"}\nThat is what it printed.')


def test_of_several_objects_the_first_and_the_last_may_be_the_verdict() -> None:
    log = '{"outcome": "success", "reason": "log"}'
    verdict = '{"outcome": "failure", "reason": "red"}'
    assert parse_verdict(f"{verdict}\nThe log:\n{log}\nends so.")[0] == "failure"
    assert parse_verdict(f"The log:\n{log}\nends so.\n{verdict}")[0] == "failure"


@pytest.mark.parametrize("tag", ["think", "thinking", "THINK"])
def test_what_is_thought_before_the_answer_is_no_part_of_it(tag: str) -> None:
    assert parse_verdict(f"<{tag}>Status: success\n</{tag}>\nStatus: failure")[0] == "failure"


def test_thinking_whose_first_tag_was_cut_off_is_no_part_of_the_answer() -> None:
    assert parse_verdict("Status: success\n</think>\nStatus: failure") == ("failure", "")


def test_a_closing_tag_amid_a_line_or_after_an_opening_one_ends_no_thinking() -> None:
    assert parse_verdict("Status: failure\nIt printed </think> and <b>.")[0] == "failure"
    assert parse_verdict("Status: failure\nIt printed <think>\n</think>\nand ended.")[0] == "failure"


def test_the_fence_around_all_of_a_reply_is_taken_off_but_not_one_of_two() -> None:
    assert parse_verdict("```\nIt is red.\nStatus: failure\n```") == ("failure", "It is red.")
    assert parse_verdict("```text\nIt is red.\nStatus: failure") == ("failure", "It is red.")
    with pytest.raises(Malformed):
        parse_verdict("```\nStatus: failure\n```\nthen\n```\nmore\n```")


@pytest.mark.parametrize(
    ("reply", "number", "reason"),
    [
        ('{"best_attempt": 2, "reason": "it looked"}', 2, "it looked"),
        ('{"choice": "2", "reason": "it looked"}', 2, "it looked"),
        ('{"Best Attempt": "#2"}', 2, ""),
        ("Best attempt: Attempt 2", 2, ""),
        ("Best: 2 because it looked", 2, "it looked"),
        ("Best: 2. It looked", 2, "It looked"),
        ("Best: 2 (it looked)", 2, "it looked)"),
        ("Best: **2**: it looked", 2, "it looked"),
        ("- best：3", 3, ""),
        ("Best: 2\nAttempt 1 guessed.\nAttempt 2 looked.", 2, "Attempt 1 guessed. Attempt 2 looked."),
        ('{"best": 1}\n{"best": 1, "reason": "it looked"}', 1, "it looked"),
        ('{"best": 1}', 1, ""),
        ('{"best": 3.0}', 0, ""),
    ],
)
def test_a_choice_is_read_with_its_reason_in_each_of_its_forms(reply: str, number: int, reason: str) -> None:
    if number:
        assert parse_choice(reply, 3) == (number - 1, reason)
    else:
        with pytest.raises(Malformed):
            parse_choice(reply, 3)


@pytest.mark.parametrize("reply", ["Best: 2 and 3", "Best: 2 - or 3", "Best: 1234", "Best: 2 3"])
def test_a_choice_that_names_a_second_attempt_is_none(reply: str) -> None:
    with pytest.raises(Malformed):
        parse_choice(reply, 3)
