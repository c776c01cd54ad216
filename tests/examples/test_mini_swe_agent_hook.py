"""mini-swe-agent, run with memory: its system prompt holds what was learned, and the tests are the verdict."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from conftest import SHARED_DATA
from mini_swe_agent_hook import report, run
from samples import LESSON

if TYPE_CHECKING:
    from collections.abc import Callable

    from rb_mcp.types import Experience, Strategy

TASK = "The date parser rejects leap days; fix it"
NEXT = "The date parser rejects leap seconds; fix it"
SYSTEM = "You are a helpful assistant."
TURNS: list[dict[str, Any]] = [
    {"role": "assistant", "content": "I look.\n\n```mswea_bash_command\ncat parser.py\n```"},
    {"role": "user", "content": "<returncode>0</returncode>\n<output>\nif day > 28: raise\n</output>"},
    {"role": "assistant", "content": "Done.\n\n```mswea_bash_command\necho COMPLETE\n```"},
]
SUBMITTED = {"exit_status": "Submitted", "submission": "+if day > days(month): raise"}
OUT_OF_STEPS = {"exit_status": "LimitsExceeded", "submission": ""}


@dataclass
class Config:
    system_template: str = SYSTEM
    instance_template: str = "Here is your task: {{ task }}. One command at a time."


@dataclass
class Agent:
    """Fills its templates and keeps its messages as DefaultAgent does; says what it was told to."""

    turns: list[dict[str, Any]] = field(default_factory=lambda: TURNS)
    ended: dict[str, Any] = field(default_factory=lambda: SUBMITTED)
    config: Config = field(default_factory=Config)
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def run(self, task: str = "", **variables: str) -> dict[str, Any]:
        filled = {"system": self.config.system_template, "user": self.config.instance_template}
        for name, value in {"task": task, **variables}.items():
            filled = {role: text.replace(f"{{{{ {name} }}}}", value) for role, text in filled.items()}
        self.messages = [{"role": role, "content": text} for role, text in filled.items()]
        self.messages += [*self.turns, {"role": "exit", "content": "", "extra": self.ended}]
        return self.ended

    @property
    def system(self) -> str:
        return self.messages[0]["content"]


def passed() -> tuple[bool, str]:
    return True, "41 passed in 0.3s"


def test_what_a_run_taught_stands_in_the_system_prompt_of_the_next() -> None:
    before, after = Agent(), Agent()
    run(before, TASK, passed)
    info, _ = run(after, NEXT, passed)
    assert before.system == SYSTEM, "nothing was learned yet, so nothing is added"
    assert after.system.startswith(SYSTEM)
    assert LESSON["content"] in after.system
    assert info == SUBMITTED


def test_an_agent_that_runs_again_is_given_its_memory_once() -> None:
    agent = Agent()
    for task in (TASK, NEXT, TASK):
        run(agent, task, passed)
    assert agent.system.count(LESSON["content"]) == 1


def test_a_run_is_recorded_once_under_its_task_without_what_was_recalled(
    experiences: Callable[[], list[Experience]],
) -> None:
    run(Agent(), TASK, passed)
    run(Agent(), TASK, passed)
    run(Agent(), NEXT, passed)
    kept = experiences()
    assert [one.task for one in kept] == [NEXT, TASK]
    for one in kept:
        assert [step.action for step in one.attempts[0].trajectory.steps if step.action] == [
            "cat parser.py",
            "echo COMPLETE",
        ]
        assert SUBMITTED["submission"] in one.attempts[0].trajectory.steps[-1].observation
    assert LESSON["content"] not in repr(kept), "it would be learned again"


@pytest.mark.parametrize(
    ("tests", "ended", "outcome", "said"),
    [
        (passed, SUBMITTED, "success", "41 passed"),
        (lambda: (False, "noise\n" * 9_000 + "1 failed"), SUBMITTED, "failure", "1 failed"),
        (lambda: (False, ""), SUBMITTED, "failure", "the tests failed"),
        (passed, OUT_OF_STEPS, "success", "41 passed"),
        (None, SUBMITTED, "unknown", "Submitted"),
        (None, OUT_OF_STEPS, "failure", "LimitsExceeded"),
    ],
)
def test_the_tests_are_the_verdict_and_a_submission_is_none(
    tests: Callable[[], tuple[bool, str]] | None,
    ended: dict[str, Any],
    outcome: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RB_MCP_MODEL", "agent")
    _, receipt = run(Agent(ended=ended), TASK, tests)
    assert receipt
    verdict = receipt.experience.verdict
    assert (verdict.outcome, verdict.source == "evidence") == (outcome, outcome != "unknown")
    assert said in verdict.reason
    assert len(verdict.reason) <= 4_000


def test_tests_that_run_later_are_reported_and_then_it_is_learned(
    monkeypatch: pytest.MonkeyPatch, strategies: Callable[[], list[Strategy]]
) -> None:
    with monkeypatch.context() as nobody:
        nobody.setenv("RB_MCP_MODEL", "agent")
        _, receipt = run(Agent(), TASK)
    assert receipt
    assert strategies() == []
    receipt = report(receipt.experience.id, passed=False, printed="2 failed, 39 passed")
    assert (receipt.experience.verdict.outcome, receipt.experience.verdict.reason) == ("failure", "2 failed, 39 passed")
    after = Agent()
    run(after, NEXT, passed)
    assert "learned from a failure" in after.system
    assert LESSON["content"] in after.system


def test_how_it_ended_is_credited_to_what_was_recalled(strategies: Callable[[], list[Strategy]]) -> None:
    run(Agent(), TASK, passed)
    run(Agent(), NEXT, passed)
    [strategy] = strategies()
    assert (strategy.uses, strategy.successes) == (1, 1)


def test_a_run_in_which_nothing_was_done_is_told_and_not_recorded(
    capsys: pytest.CaptureFixture[str], experiences: Callable[[], list[Experience]]
) -> None:
    ended = {"exit_status": "RepeatedFormatError", "submission": ""}
    assert run(Agent([{"role": "user", "content": "No command was found."}], ended), TASK) == (ended, None)
    assert "not recorded: messages" in capsys.readouterr().err
    assert experiences() == []


def test_a_task_longer_than_the_bank_takes_reaches_the_agent_whole() -> None:
    agent, task = Agent(), f"{TASK}\n{'A traceback. ' * 1_000}the last line"
    _, receipt = run(agent, task, passed)
    assert "the last line" in agent.messages[1]["content"]
    assert receipt
    assert receipt.experience.task == task[:8_000]


@pytest.mark.anyio
async def test_it_works_where_a_loop_runs_already_as_in_a_notebook() -> None:
    run(Agent(), TASK, passed)
    after = Agent()
    run(after, NEXT, passed)
    assert LESSON["content"] in after.system


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the data sets are not part of the project")
@pytest.mark.parametrize(("name", "actions"), [("github_issue", 10), ("local", 2)])
def test_a_recorded_run_replayed_teaches_the_next(name: str, actions: int) -> None:
    messages = json.loads((SHARED_DATA / "mini_swe_agent" / f"{name}.traj.json").read_text(encoding="utf-8"))
    _, receipt = run(Agent(messages[2:]), TASK, passed)
    assert receipt
    assert [kept.title for kept in receipt.strategies] == [LESSON["title"]]
    steps = receipt.experience.attempts[0].trajectory.steps
    assert sum(bool(step.action) for step in steps) == actions
    after = Agent()
    run(after, NEXT, passed)
    assert LESSON["content"] in after.system
