"""An agent of BrowserGym, wrapped: the goal it sees holds what was learned, and the reward is the verdict."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from browsergym_hook import MemoryAgent, run
from conftest import SHARED_DATA
from samples import LESSON

from rb_mcp.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rb_mcp.memory.bank import Receipt
    from rb_mcp.types import Experience, Strategy

GOAL = "Tell me the total of my orders in March"
NEXT = "Tell me the total of my orders in April"
EPISODE = [
    {"url": "http://shop/", "axtree_txt": "[7] link 'My Account'", "action": "click('7')", "think": "To the orders."},
    {"url": "http://shop/orders", "axtree_txt": "86.40", "action": "send_msg_to_user('86.40')", "think": "There."},
]


@dataclass
class Actor:
    """Does what it was told to, and keeps the goal it was shown in each of the three ways agents read it."""

    steps: list[dict[str, Any]]
    action_set: object = field(default_factory=object)
    shown: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    users: list[int] = field(default_factory=list[int])

    def obs_preprocessor(self, obs: dict[str, Any]) -> dict[str, Any]:
        return {**obs, "axtree_txt": obs["axtree_txt"].strip()}

    def get_action(self, obs: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
        said = [message["message"] for message in obs["chat_messages"] if message["role"] == "user"]
        parts = [part.get("text", "[image]") for part in obs["goal_object"]]
        self.shown.append((obs["goal"], "\n".join(parts), "\n".join(said)))
        self.users.append(len(said))
        step = self.steps[len(self.shown) - 1]
        return step["action"], {"think": step["think"]}


def see(step: dict[str, Any], goal: str) -> dict[str, Any]:
    """An observation as BrowserGym gives it."""
    greeting = {"role": "assistant", "timestamp": 0.0, "message": "Hi! What can I do for you?"}
    asked = {"role": "user", "timestamp": 1.0, "message": goal}
    parts = ({"type": "text", "text": goal},)
    page = {"url": step["url"], "axtree_txt": step["axtree_txt"], "dom_txt": "<html>", "last_action_error": ""}
    return {**page, "goal": goal, "goal_object": parts, "chat_messages": (greeting, asked)}


def play(goal: str, reward: float = 1.0, steps: list[dict[str, Any]] = EPISODE) -> tuple[Actor, Receipt | None]:
    """Play an episode in a loop of one's own."""
    actor = Actor(steps)
    agent = MemoryAgent(actor)
    for step in steps:
        agent.get_action(see(step, goal))
    return actor, agent.finish({"cum_reward": reward})


@dataclass
class Args:
    actor: Actor
    agent_name: str = "Actor"

    def make_agent(self) -> Actor:
        return self.actor


@dataclass
class Experiment:
    """Runs and saves an episode as ExpArgs of BrowserGym do."""

    agent_args: Any
    exp_dir: Path
    goal: str
    saved: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    fails: str | None = None

    def run(self) -> None:
        agent = self.agent_args.make_agent()
        assert agent.action_set is not None
        for step in EPISODE:
            self.saved.append(agent.obs_preprocessor(see(step, self.goal)))
            agent.get_action(self.saved[-1].copy())
        summary = {"n_steps": 2, "cum_reward": 1.0, "err_msg": self.fails, "terminated": True, "truncated": False}
        (self.exp_dir / "summary_info.json").write_text(json.dumps(summary))


def test_what_an_episode_taught_stands_in_the_goal_of_the_next_wherever_agents_read_it() -> None:
    before, _ = play(GOAL)
    after, _ = play(NEXT)
    assert before.shown == [(GOAL, GOAL, GOAL)] * 2, "nothing was learned yet, so nothing is added"
    for goals in after.shown:
        assert all(goal.startswith(NEXT) and goal.count(LESSON["content"]) == 1 for goal in goals)
    assert after.users == [1, 1], "agents count the user's messages"


@pytest.mark.parametrize(
    ("summary", "outcome"),
    [
        ({"cum_reward": 1.0}, "success"),
        ({"cum_reward": 0}, "failure"),
        ({"cum_reward": 0.5}, "unknown"),
        ({"cum_reward": 0, "err_msg": "the browser crashed"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_the_reward_is_the_verdict(summary: dict[str, Any], outcome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RB_MCP_MODEL", "agent")
    agent = MemoryAgent(Actor(EPISODE))
    agent.get_action(see(EPISODE[0], GOAL))
    receipt = agent.finish(summary)
    assert receipt
    verdict = receipt.experience.verdict
    assert (verdict.outcome, verdict.source == "evidence") == (outcome, outcome != "unknown")


def test_an_episode_is_recorded_once_with_what_was_thought_done_and_seen(
    experiences: Callable[[], list[Experience]],
) -> None:
    agent = MemoryAgent(Actor(EPISODE))
    for step in EPISODE:
        agent.get_action(see(step, GOAL))
    assert agent.finish({"cum_reward": 1.0})
    assert agent.finish({"cum_reward": 1.0}) is None
    play(GOAL)
    kept = experiences()
    assert len(kept) == 1, "the same steps once more are no second experience"
    [attempt] = kept[0].attempts
    assert kept[0].task == GOAL
    assert [(step.thought, step.action) for step in attempt.trajectory.steps if step.action] == [
        (step["think"], step["action"]) for step in EPISODE
    ]
    seen = "\n".join(step.observation for step in attempt.trajectory.steps)
    assert "http://shop/orders" in seen
    assert "<html>" not in seen


def test_what_was_recalled_is_no_part_of_what_is_recorded(experiences: Callable[[], list[Experience]]) -> None:
    play(GOAL)
    after, _ = play(NEXT)
    assert LESSON["content"] in after.shown[0][0]
    assert [one.task for one in experiences()] == [NEXT, GOAL]
    assert LESSON["content"] not in repr(experiences()), "it would be learned again"


def test_an_episode_that_the_bank_could_not_take_can_be_told_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, experiences: Callable[[], list[Experience]]
) -> None:
    agent = MemoryAgent(Actor(EPISODE))
    agent.get_action(see(EPISODE[0], GOAL))
    with monkeypatch.context() as broken:
        broken.setenv("RB_MCP_BANK", str(tmp_path))
        with pytest.raises(StoreError):
            agent.finish({"cum_reward": 1.0})
    assert agent.finish({"cum_reward": 1.0})
    assert [one.task for one in experiences()] == [GOAL]


def test_how_it_ended_is_credited_to_what_was_recalled(strategies: Callable[[], list[Strategy]]) -> None:
    play(GOAL)
    play(NEXT, reward=0.0, steps=EPISODE[:1])
    [strategy] = strategies()
    assert (strategy.uses, strategy.successes) == (1, 0)


def test_of_a_goal_with_images_the_text_is_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RB_MCP_MODEL", "agent")
    agent = MemoryAgent(Actor(EPISODE))
    parts = ({"type": "text", "text": GOAL}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}})
    agent.get_action({**see(EPISODE[0], GOAL), "goal": f"{GOAL}\nWARNING: not text alone", "goal_object": parts})
    receipt = agent.finish({"cum_reward": 1.0})
    assert receipt
    assert receipt.experience.task == GOAL


def test_an_agent_that_does_nothing_leaves_nothing_to_record(experiences: Callable[[], list[Experience]]) -> None:
    _, receipt = play(GOAL, 0.0, [{**EPISODE[0], "action": None, "think": None}])
    assert receipt is None
    assert experiences() == []


def test_an_experiment_runs_with_memory_and_is_saved_as_without(tmp_path: Path) -> None:
    play(GOAL)
    args = Args(Actor(EPISODE))
    experiment = Experiment(args, tmp_path, NEXT)
    receipt = run(experiment)
    assert LESSON["content"] in args.actor.shown[0][1]
    assert LESSON["content"] not in json.dumps(experiment.saved)
    assert experiment.agent_args is args
    assert vars(args).keys() == {"actor", "agent_name"}, "what makes the agent is as it was"
    assert receipt
    assert (receipt.experience.task, receipt.experience.verdict.outcome) == (NEXT, "success")


@pytest.mark.anyio
async def test_it_works_where_a_loop_runs_already_as_playwrights_does() -> None:
    play(GOAL)
    after, _ = play(NEXT)
    assert LESSON["content"] in after.shown[0][0]


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the data sets are not part of the project")
def test_an_exported_episode_replayed_is_what_the_file_records() -> None:
    episode = json.loads((SHARED_DATA / "formats" / "browsergym_steps.json").read_text(encoding="utf-8"))
    steps = [
        {**step["obs"], "action": step["action"], "think": step["agent_info"]["think"]} for step in episode["steps"]
    ]
    actor = Actor(steps)
    agent = MemoryAgent(actor)
    for step in steps:
        agent.get_action(see(step, episode["goal"]))
    receipt = agent.finish(episode["summary_info"])
    assert receipt
    assert receipt.experience.task == episode["goal"]
    assert receipt.experience.verdict.outcome == "success"
    assert [kept.title for kept in receipt.strategies] == [LESSON["title"]]
    after, _ = play(episode["goal"].replace("March", "April"))
    assert LESSON["content"] in after.shown[0][1]
