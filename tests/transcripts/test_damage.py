"""Cut and damaged files give what can be read or a reason why not: no foreign error, no outcome nobody stated."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING

import pytest
from conftest import SHARED_DATA
from trajectories import SAMPLES

from rb_mcp.transcripts import Recording, Unreadable, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

CUTS, CHANGES = 150, 120

SHARED = [
    path
    for folder in ("formats", "swe_agent", "mini_swe_agent", "tau_bench_airline", "reflexion_alfworld")
    for path in sorted((SHARED_DATA / folder).glob("*"))
    if path.suffix in {".json", ".jsonl", ".traj"} or path.name == "webarena_think_action.md"
]


def _read(data: bytes, errors: str = "surrogateescape") -> Sequence[Recording | Unreadable]:
    return list(read(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", errors=errors)))


def _cut(data: bytes, number: int) -> Iterator[bytes]:
    yield from (data[:at] for at in range(0, len(data), max(1, len(data) // number)))


def _damaged(data: bytes, number: int) -> Iterator[bytes]:
    dice = random.Random(len(data))  # noqa: S311 - the same damage every time
    for _ in range(number):
        changed = bytearray(data)
        for _ in range(dice.choice([1, 1, 2, 5, 20])):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        yield bytes(changed)
        changed = bytearray(data)
        for _ in range(dice.choice([1, 1, 3])):
            at = dice.randrange(len(changed))
            del changed[at : at + dice.choice([1, 1, 2, 9, 60, 300])]
            changed = changed or bytearray(b"\0")
        yield bytes(changed)


def _check(copies: Iterator[bytes], outcomes: dict[str, str]) -> None:
    """Read damaged copies, and compare their outcomes with those the intact file states, by what tells runs apart."""
    for number, copy in enumerate(copies):
        for found in _read(copy, "strict" if number % 5 == 0 else "surrogateescape"):
            if isinstance(found, Unreadable):
                assert found.where
                assert found.why
            else:
                outcome = outcomes.get(_name(found)) or outcomes.get("")
                assert found.verdict.outcome in {"unknown", outcome} or not outcome, found


def _name(found: Recording) -> str:
    return "\n".join([found.trajectory.task, *(f"{step.thought}{step.action}" for step in found.trajectory.steps)])


@pytest.mark.parametrize("name", SAMPLES)
def test_a_cut_or_damaged_copy_never_states_another_outcome(name: str) -> None:
    data = SAMPLES[name].text.encode()
    for copies in (_cut(data, CUTS), _damaged(data, CHANGES)):
        _check(copies, {"": SAMPLES[name].outcome})


@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.name)
def test_a_cut_or_damaged_copy_of_a_real_file_never_states_another_outcome(path: Path) -> None:
    data = path.read_bytes()
    outcomes = {_name(one): one.verdict.outcome for one in _read(data) if isinstance(one, Recording)}
    assert outcomes
    number = max(4, min(CUTS, 500_000 // len(data)))
    for copies in (_cut(data, number), _damaged(data, number)):
        _check(copies, outcomes)


@pytest.mark.parametrize("name", ["openai-chat", "claude-code", "otel", "tau-bench", "reflexion", "browsergym"])
def test_broken_json_is_never_taken_for_text(name: str) -> None:
    data = SAMPLES[name].text.encode()
    for cut in range(1, 60):
        assert not any(isinstance(one, Recording) for one in _read(data[:-2].split(b"\n")[0][cut:]))


def test_binary_files_are_refused_and_a_pickle_with_the_way_out() -> None:
    for data in (b"\x1f\x8b\x08\x00pickled", b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x0bbrowsergym."):
        [found] = _read(data)
        assert isinstance(found, Unreadable)
        assert "export the steps to JSON" in found.why
    for data in (b"PK\x03\x04 words and more words", b"MZ\x00\x00", "Umlaute: \u00e4\u00f6".encode("latin-1")):
        for errors in ("strict", "surrogateescape"):
            [found] = _read(data, errors)
            assert isinstance(found, Unreadable)
            assert "UTF-8" in found.why


def test_values_of_any_kind_and_any_depth_are_refused_with_a_reason() -> None:
    deep = "[" * 900 + "]" * 900
    for name, sample in SAMPLES.items():
        for word in (
            "user",
            "assistant",
            "gemini",
            "text",
            "tool_use",
            "response_item",
            "function_call",
            "model",
            "chat",
        ):
            for value in ("[1]", '{"a": []}', "1e999", "9" * 400, "null", deep):
                for one in _read(sample.text.replace(f'"{word}"', value).encode()):
                    assert isinstance(one, Recording) or one.why, (name, word, value)


def test_a_line_that_is_not_utf_8_costs_only_itself() -> None:
    good = SAMPLES["openai-chat"].text.encode()
    found = _read(good + good.replace(b"pending", b"\xff\xfe") + good)
    assert [isinstance(one, Recording) for one in found] == [True, False, True]


def test_a_session_with_a_broken_line_is_kept_without_an_outcome() -> None:
    kept = SAMPLES["claude-code"].text.splitlines(keepends=True)
    kept[9] = kept[9][:40] + "\n"
    broken, session = _read("".join(kept).encode())
    assert isinstance(broken, Unreadable)
    assert broken.where == "line 10"
    assert isinstance(session, Recording)
    assert session.verdict.outcome == "unknown"
    assert len(session.trajectory.steps) == 4
