"""What the formats have of their own: bookkeeping is passed over, repetitions are taken once, limits shorten."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from trajectories import GEMINI_SESSION, SAMPLES, SPANS, bash, came_back, claude_session, lines

from rb_mcp.memory import intake
from rb_mcp.transcripts import Recording, Unreadable, read
from rb_mcp.types import Step


def _one(text: str, name: str = "auto") -> Recording:
    [found] = read(io.StringIO(text), name)
    assert isinstance(found, Recording), found
    return found


def _refused(text: str, name: str = "auto") -> str:
    [found] = read(io.StringIO(text), name)
    assert isinstance(found, Unreadable), found
    return found.why


def _record(name: str, **changes: Any) -> str:
    return json.dumps(json.loads(SAMPLES[name].text) | changes)


def _texts(found: Recording) -> str:
    return "\n".join(f"{step.thought}\n{step.action}\n{step.observation}" for step in found.trajectory.steps)


@pytest.mark.parametrize(
    ("name", "noise"),
    [
        ("claude-code", ["tools:", "Caveat", "Todo list", "other parsers", "Parser mended", "snapshot", "c2ln"]),
        ("codex", ["AGENTS.md", "environment_context", "Be brief", "gAAA", "cli_version"]),
        ("gemini-lines", ["session_context", "Update available", "stop", "I look\n"]),
        ("anthropic", ["Be kind"]),
        ("swe-agent", ["SETTING"]),
    ],
)
def test_what_the_client_adds_is_no_part_of_the_trajectory(name: str, noise: list[str]) -> None:
    found = _one(SAMPLES[name].text)
    assert [word for word in noise if word in found.trajectory.task + _texts(found)] == []


def test_each_thing_a_session_repeats_is_taken_once() -> None:
    for name in ("codex", "otel", "gemini-lines"):
        found = _texts(_one(SAMPLES[name].text))
        assert [text for text in SAMPLES[name].texts[-2:] if found.count(text) != 1] == [], name
    twice = SAMPLES["claude-code"].text * 2
    assert _one(twice).trajectory == _one(SAMPLES["claude-code"].text).trajectory


def test_later_prompts_and_commands_with_arguments_are_what_the_user_said() -> None:
    command = (
        "<command-message>fix</command-message><command-name>/fix</command-name><command-args>issue 7</command-args>"
    )
    talk = [("user", command), ("assistant", "Which file?"), ("user", [{"type": "text", "text": "parser.py"}])]
    found = _one(claude_session(*talk, ("assistant", "Done.")))
    assert found.trajectory.task == "/fix issue 7"
    assert found.trajectory.steps == (Step("", "Which file?", "user: parser.py"), Step("", "Done."))


def test_results_of_parallel_calls_go_to_their_calls() -> None:
    calls = [*bash("a", "one"), *bash("b", "two")]
    results = [*came_back("b", "second"), *came_back("a", "first")]
    found = _one(claude_session(("user", "Go"), ("assistant", calls), ("user", results), ("assistant", "ok")))
    assert [step.observation for step in found.trajectory.steps] == ["first", "second", ""]


def test_a_session_of_nothing_but_a_side_chain_is_told() -> None:
    side = SAMPLES["claude-code"].text.replace('"isSidechain": false', '"isSidechain": true')
    assert "there is no task" in _refused(side)


def test_the_oldest_codex_sessions_had_no_envelope() -> None:
    bare = [json.loads(line) for line in SAMPLES["codex"].text.splitlines()]
    items = [line["payload"] for line in bare if line["type"] == "response_item"]
    head = {"id": "0199", "timestamp": "2025-07-01", "instructions": None}
    found = _one(lines(head, {"record_type": "state"}, *items))
    assert found.trajectory == _one(SAMPLES["codex"].text).trajectory
    assert found.verdict.outcome == "success"


def test_a_codex_session_whose_turn_did_not_end_states_no_outcome() -> None:
    assert _one(SAMPLES["codex"].text.replace("task_complete", "token_count")).verdict.outcome == "unknown"


def test_spans_in_batches_of_the_protocol_say_the_same_as_spans_a_line() -> None:
    def wrapped(span: dict[str, Any]) -> dict[str, Any]:
        attributes = [{"key": key, "value": {"stringValue": value}} for key, value in span["attributes"].items()]
        return span | {"attributes": attributes}

    batch = {"resourceSpans": [{"scopeSpans": [{"spans": [wrapped(span) for span in SPANS]}]}]}
    plain = _one(SAMPLES["otel"].text)
    assert _one(json.dumps(batch)).trajectory == plain.trajectory
    assert _one(json.dumps(batch, indent=1)).trajectory == plain.trajectory
    others = [span | {"traceId": "other"} for span in SPANS]
    assert len(list(read(io.StringIO(lines(*SPANS, *others))))) == 2


def test_a_gemini_checkpoint_and_a_session_document_are_one_conversation() -> None:
    contents = json.loads(SAMPLES["gemini-contents"].text)["contents"]
    assert _one(json.dumps(contents)).trajectory == _one(json.dumps({"history": contents})).trajectory
    assert _one(json.dumps(GEMINI_SESSION)).trajectory == _one(SAMPLES["gemini-lines"].text).trajectory


def test_calls_that_a_gemini_message_holds_twice_are_taken_once() -> None:
    asked, called = GEMINI_SESSION["messages"][1:3]
    both = called | {"content": [{"text": "I look."}, {"functionCall": {"name": "get_order", "args": {}}}]}
    assert _texts(_one(json.dumps(GEMINI_SESSION | {"messages": [asked, both]}))).count("get_order(") == 1


def test_the_official_memory_brings_its_items_but_its_status_is_not_believed() -> None:
    found = _one(SAMPLES["reasoning-bank"].text)
    [item] = found.items
    assert (item.title, item.description) == ("Filter before counting", "When a list spans pages.")
    assert (found.verdict.outcome, "success" in found.verdict.reason) == ("unknown", True)
    workflow = _one(_record("reasoning-bank", memory_items="Just click on the first one."))
    assert (workflow.items, "Just click" in _texts(workflow)) == ((), True)


def _unsummed(**step: Any) -> dict[str, Any]:
    return {"summary_info": None, "steps": [{"obs": {"url": "http://shop/"}, "action": "noop()", **step}]}


@pytest.mark.parametrize(
    ("name", "changes", "outcome"),
    [
        ("browsergym", {"summary_info": {"cum_reward": 0.0}}, "unknown"),
        ("browsergym", {"summary_info": {"cum_reward": 1.0, "err_msg": "time-out"}}, "unknown"),
        ("browsergym", {"summary_info": {"cum_reward": 0.5}}, "unknown"),
        ("browsergym", {"summary_info": None}, "success"),
        ("browsergym", _unsummed(reward=0), "unknown"),
        ("browsergym", _unsummed(reward=0, terminated=True), "failure"),
        ("swe-agent", {"info": {"exit_status": "submitted (exit_cost)", "submission": "diff"}}, "unknown"),
        ("swe-agent", {"info": {"exit_status": "exit_cost", "submission": None}}, "failure"),
        ("swe-agent", {"info": {"exit_status": "exit_cost"}}, "unknown"),
        ("tau-bench", {"reward": 0.9999999999}, "success"),
        ("tau-bench", {"reward": 0.25}, "unknown"),
        ("tau-bench", {"reward": None}, "unknown"),
        ("anthropic", {"reward": 0}, "failure"),
        ("gemini-contents", {"outcome": "success", "evidence": "the order is gone"}, "success"),
        ("openai-responses", {"reward": 1}, "success"),
    ],
)
def test_only_what_is_stated_whole_is_an_outcome(name: str, changes: dict[str, Any], outcome: str) -> None:
    assert _one(_record(name, **changes)).verdict.outcome == outcome


@pytest.mark.parametrize(
    ("status", "submission", "outcome"),
    [
        ("Submitted", "diff", "unknown"),
        ("LimitsExceeded", "", "failure"),
        ("LimitsExceeded", "diff", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_mini_swe_agent_says_by_its_exit_status_that_it_gave_up(status: str, submission: str, outcome: str) -> None:
    called = [{"id": "c1", "function": {"name": "bash", "arguments": '{"command": "make"}'}}]
    messages = [
        *json.loads(SAMPLES["mini-swe-agent"].text)[:2],
        {
            "role": "assistant",
            "content": "I build it.",
            "tool_calls": called,
            "extra": {"actions": [{"command": "make"}]},
        },
        {"role": "tool", "tool_call_id": "c1", "content": "<returncode>2</returncode>"},
        {"role": "exit", "content": submission, "extra": {"exit_status": status, "submission": submission}},
    ]
    info = {"exit_status": status, "submission": submission}
    record = {"info": info, "messages": messages, "trajectory_format": "mini-swe-agent-1.1"}
    found = _one(json.dumps(record, indent=2))
    assert found.verdict.outcome == outcome
    assert found.trajectory.steps[1].action == 'bash({"command": "make"})'
    assert submission in _texts(found)


def test_prose_is_taken_last_and_data_that_looks_like_it_never() -> None:
    two = "Mend the parser\n\nI swapped two fields.\nThe tests passed."
    assert _one(two).trajectory.task == "Mend the parser"
    assert "The tests passed." in _texts(_one(two))
    assert _one("Mend the parser\nI swapped two fields.").trajectory.task == "Mend the parser"
    headed = "Monday's notes\n\n## Task\nMend the parser\n\nIt was quick."
    assert _one(headed).trajectory.task == "Mend the parser"
    assert "Monday's notes" in _texts(_one(headed))
    assert _one("Task force notes\n\nI swapped two fields.").trajectory.task == "Task force notes"
    for data in ("<html><body>words\n\nmore words</body></html>", 'config\n\n"key": "value"\n', "1;2;3\n\n4;5;6\n7;8"):
        assert "--format text" in _refused(data)
    assert "nothing else" in _refused("Mend the parser")
    assert "empty" in _refused("\n \n")
    assert "2 lines 'Query:'" in _refused(SAMPLES["think-action"].text * 2)
    assert "counterpart" in _refused(SAMPLES["think-action"].text.replace("</action>", "", 1))


def test_what_is_longer_than_the_bank_takes_is_shortened_and_says_so() -> None:
    steps = intake.MOST_STEPS * 5
    turns: list[tuple[str, Any]] = [("user", "Mend it " * 2_000)]
    for number in range(steps):
        turns += [("assistant", bash(f"c{number}", f"echo {number}")), ("user", came_back(f"c{number}", "x" * 3_000))]
    turns += [("assistant", bash("t", "pytest")), ("user", came_back("t", "41 passed in 1s")), ("assistant", "Done")]
    found = _one(claude_session(*turns))
    kept = found.trajectory.steps
    assert found.shortened
    assert len(kept) == intake.MOST_STEPS
    assert sum(len(step.thought + step.action + step.observation) for step in kept) <= intake.LONGEST_TRAJECTORY
    assert len(found.trajectory.task) <= intake.LONGEST_TASK
    assert kept[0].observation.startswith("user: Mend it Mend it")
    # All that were there, the long task among them, less those that are kept beside the mark.
    assert [step.observation for step in kept if "left out" in step.observation] == [
        f"[... {steps + 3 - (len(kept) - 1):,} steps left out ...]"
    ]
    assert found.verdict.outcome == "success", "what decides stands at the end, and is kept"
    assert not _one(SAMPLES["claude-code"].text).shortened
