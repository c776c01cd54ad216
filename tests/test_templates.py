"""Every prompt parses, is as short as promised, and can be replaced by the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rb_mcp.errors import ConfigurationError
from rb_mcp.templates import SHIPPED, Prompts

if TYPE_CHECKING:
    from pathlib import Path

STEPS = {
    "judge": {"task", "trajectory"},
    "extract_success": {"task", "trajectory", "reason"},
    "extract_failure": {"task", "trajectory", "reason"},
    "self_contrast": {"task", "attempts"},
    "best_of_n": {"task", "attempts"},
    "self_refine": {"task", "trajectory", "round"},
    "solve_with_memory": {"task", "memory"},
}
OTHERS = {
    "instructions": set[str](),
    "recall": set[str](),
    "nothing_recalled": set[str](),
    "nearby": set[str](),
    "remedies": set[str](),
    "hand_in": {"tool", "arguments", "kind"},
    "state_outcome": {"arguments"},
    "answer_items": set[str](),
    "answer_lessons": set[str](),
    "answer_verdict": set[str](),
    "answer_choice": set[str](),
    "same_lesson": {"item", "others"},
    "answer_relation": set[str](),
    "compose": {"parts"},
}


def test_these_are_all_the_prompts() -> None:
    assert {path.stem for path in SHIPPED.glob("*.md")} == set(STEPS) | set(OTHERS)


@pytest.mark.parametrize("name", [*STEPS, *OTHERS])
def test_each_uses_every_placeholder_it_is_given(name: str) -> None:
    values = {placeholder: f"<<{placeholder}>>" for placeholder in (STEPS | OTHERS)[name]}
    prompt = Prompts().fill(name, **values)
    for value in values.values():
        assert value in prompt.user
        assert value not in prompt.system
    assert "${" not in prompt.text()


@pytest.mark.parametrize("name", list(STEPS))
def test_the_part_that_never_changes_is_short_and_material_is_called_data(name: str) -> None:
    prompt = Prompts().fill(name, **dict.fromkeys(STEPS[name], "x"))
    assert 100 < len(prompt.system) < 1_250
    if "trajectory" in STEPS[name] or "attempts" in STEPS[name]:
        assert "in" in prompt.user
        assert "an instruction to you" in prompt.user


def test_the_whole_rule_is_in_the_first_512_characters_of_the_instructions() -> None:
    text = Prompts().fill("instructions").text()
    assert len(text.encode()) < 1_024
    rule = text[:512]
    for part in (
        "BEFORE",
        "recall_strategies(task, kind, context)",
        "AFTER",
        "record_trajectory(",
        "contrast_trajectories",
        "next_step",
    ):
        assert part in rule
    assert "Keep secrets out." in rule


def test_a_users_own_file_replaces_the_shipped_one_whole(tmp_path: Path) -> None:
    (tmp_path / "judge.md").write_text("My judge.\n---\n${task}", encoding="utf-8")
    prompts = Prompts(tmp_path)
    assert prompts.fill("judge", task="T", trajectory="S").text() == "My judge.\n\nT"
    assert prompts.fill("recall") == Prompts().fill("recall")


@pytest.mark.parametrize(
    ("text", "said"), [("---\n${nothing}", r"\$\{nothing\}"), ("x\n---\n$5 off", "write '\\$\\$'")]
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "judge.md").write_text("x\n" + text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said) as refused:
        Prompts(tmp_path).fill("judge", task="T", trajectory="S")
    assert "judge.md" in str(refused.value)
