"""Real trajectories are read whole: as many, with the outcomes and the texts that their files hold."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from conftest import SHARED_DATA

from rb_mcp.memory.intake import clean
from rb_mcp.transcripts import Recording, read

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the data sets are not part of the project")


def _read(name: str) -> list[Recording]:
    with (SHARED_DATA / name).open(encoding="utf-8") as file:
        found = list(read(file))
    assert all(isinstance(one, Recording) for one in found), found
    return [one for one in found if isinstance(one, Recording)]


def _holds(found: Recording, texts: Iterable[object]) -> int:
    """Check that a recording holds all of these texts, and return how many there are."""
    steps = found.trajectory.steps
    text = "\n".join([found.trajectory.task, *(f"{step.thought}\n{step.action}\n{step.observation}" for step in steps)])
    wanted = [clean(str(one or "")).strip() for one in texts]
    assert [one for one in wanted if one not in text] == []
    return len(wanted)


def _json(name: str) -> Any:
    return json.loads((SHARED_DATA / name).read_text(encoding="utf-8"))


def test_72_conversations_keep_their_rewards_and_all_1984_messages() -> None:
    name = "tau_bench_airline/sample_18tasks_x4trials.jsonl"
    raw = [json.loads(line) for line in (SHARED_DATA / name).read_text(encoding="utf-8").splitlines()]
    found = _read(name)
    assert Counter(one.verdict.outcome for one in found) == {"success": 29, "failure": 43}
    messages = 0
    for one, record in zip(found, raw, strict=True):
        assert one.verdict.outcome == ("success" if record["reward"] == 1.0 else "failure")
        assert one.trajectory.task == record["instruction"].strip()
        said = [message for message in record["messages"] if message["role"] == "assistant"]
        assert sum(bool(step.action) for step in one.trajectory.steps) == len(said)
        messages += _holds(one, (message.get("content") for message in record["messages"]))
        calls: list[Any] = [call["function"] for message in said for call in message.get("tool_calls") or ()]
        _holds(one, (f"{call['name']}({call['arguments']})" for call in calls))
    assert messages == 1984


@pytest.mark.parametrize("name", ["humanevalfix-python-0", "test_repo_1c2844"])
def test_two_swe_agent_trajectories_of_5_steps_were_submitted_which_is_no_success(name: str) -> None:
    raw = _json(f"swe_agent/{name}.traj")
    [found] = _read(f"swe_agent/{name}.traj")
    assert (found.verdict.outcome, found.verdict.reason) == ("unknown", "exit_status submitted")
    assert sum(bool(step.action) for step in found.trajectory.steps) == len(raw["trajectory"]) == 5
    _holds(found, (step[part] for step in raw["trajectory"] for part in ("thought", "action", "observation")))
    _holds(found, [raw["history"][1]["content"], raw["info"]["submission"]])
    assert "INSTRUCTIONS" not in found.trajectory.task


def test_a_swe_agent_history_of_function_calls_is_read_as_it_was_said() -> None:
    raw = _json("swe_agent/function_calling_simple.traj")["history"]
    [found] = _read("swe_agent/function_calling_simple.traj")
    assert found.verdict.outcome == "unknown"
    assert sum(bool(step.action) for step in found.trajectory.steps) == 5
    _holds(found, (message[part] for message in raw[1:] for part in ("content", "action") if part in message))


@pytest.mark.parametrize(("name", "messages"), [("github_issue", 22), ("local", 6)])
def test_mini_swe_agent_messages_are_all_there(name: str, messages: int) -> None:
    raw = _json(f"mini_swe_agent/{name}.traj.json")
    [found] = _read(f"mini_swe_agent/{name}.traj.json")
    assert found.verdict.outcome == "unknown"
    fence = re.compile(r"\n*```(?:mswea_bash_command)?\n?")  # the words and the command in it are kept apart
    texts = [message["content"] for message in raw[1:]]
    parts = [part for n, text in enumerate(texts) for part in ([text] if n == 0 else fence.split(text))]
    assert 1 + len(texts) == messages
    _holds(found, parts)
    assert sum(bool(step.action) for step in found.trajectory.steps) == (messages - 2) // 2


@pytest.mark.parametrize(
    ("name", "solved"),
    [
        ("base_env_results_trial_0", 84),
        *((f"env_results_trial_{n}", good) for n, good in ((0, 84), (5, 118), (14, 134))),
    ],
)
def test_all_134_environments_of_a_reflexion_trial_count_with_their_reflections(name: str, solved: int) -> None:
    raw = _json(f"reflexion_alfworld/{name}.json")
    found = _read(f"reflexion_alfworld/{name}.json")
    outcomes = Counter(one.verdict.outcome for one in found)
    assert (outcomes["success"], outcomes["failure"], len(found)) == (solved, 134 - solved, 134)
    for one, environment in zip(found, raw, strict=True):
        assert (one.verdict.outcome == "success") == environment["is_success"]
        assert one.trajectory.task.endswith(environment["name"])
        assert len(one.trajectory.steps) == len(environment["memory"]) + 1
        _holds(one, environment["memory"])


ORDER = ["Cancel my order W1.", "get_order", "W1", "pending"]
SHOP = ["[227] link 'My Account'", "http://shop/orders"]
MARCH = ["I should open the account area.", "click('227')", "The reply is on the screen.", "send_msg_to_user('86.40')"]


@pytest.mark.parametrize(
    ("name", "outcome", "texts"),
    [
        ("anthropic_messages.jsonl", "unknown", [*ORDER, "I need the order first.", "Let me look it up.", "Done."]),
        ("browsergym_steps.json", "success", [*MARCH, *SHOP]),
        ("claude_code_transcript.jsonl", "unknown", ["I will read the file.", "return a/b", "Added the colon."]),
        ("gemini_contents.jsonl", "unknown", [*ORDER, "Done."]),
        ("openai_chat.jsonl", "success", [*ORDER, "I will cancel it.", "cancel_order", "cancelled", "Done."]),
        ("otel_genai_spans.jsonl", "unknown", ORDER),
        ("webarena_think_action.md", "unknown", MARCH),
    ],
)
def test_each_small_file_is_one_trajectory(name: str, outcome: str, texts: list[str]) -> None:
    [found] = _read(f"formats/{name}")
    assert found.verdict.outcome == outcome
    _holds(found, texts)


def test_no_trajectory_that_is_there_is_left_out_of_these_tests() -> None:
    folders = ("formats", "swe_agent", "mini_swe_agent", "tau_bench_airline", "reflexion_alfworld")
    files = [path for folder in folders for path in (SHARED_DATA / folder).iterdir()]
    files = [path for path in files if not path.name.startswith("LICENSE") and path.name != "policy_system_prompt.md"]
    assert len(files) == 7 + 3 + 2 + 1 + 4
