"""Steps of BrowserGym, exported to JSON: what an agent saw, did and was rewarded for in a browser.

    {"goal": "...", "steps": [{"obs": {"url": "...", "axtree_txt": "...", "last_action_error": ""}, "action": "...",
                               "agent_info": {"think": "..."}, "reward": 0.0, "terminated": false}],
     "summary_info": {"cum_reward": 1.0, "terminated": true, "truncated": false, "err_msg": null}}

BrowserGym itself keeps a `step_N.pkl.gz` a step, a pickle of `browsergym.experiments.loop.StepInfo`, and
`summary_info.json`. Pickles are refused: to read one is to run whatever it holds. Where BrowserGym is installed and the
files are your own, `ExpResult(folder).steps_info` reads them; write the fields above to a file.

What a step saw was there before its action, so it stands with the action that led to it; of an observation the texts
are kept, not images or trees of objects. The outcome is the reward of the whole, 1 or 0, if the episode ended without
an error and the rewards of the steps do not say otherwise.

Source: https://github.com/ServiceNow/BrowserGym, browsergym/experiments/src/browsergym/experiments/loop.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rb_mcp.memory import intake
from rb_mcp.transcripts.dialogue import Dialogue
from rb_mcp.transcripts.recording import by_reward
from rb_mcp.types import Verdict

if TYPE_CHECKING:
    from rb_mcp.transcripts.recording import Recording

_MOST = 1e9
"""Beyond it, nothing is a reward, and sums overflow."""


def recognises(record: object) -> bool:
    """Tell whether a JSON value is an episode of BrowserGym."""
    if not isinstance(record, dict):
        return False
    fields = cast("dict[str, object]", record)
    steps = fields.get("steps")
    first = cast("list[object]", steps)[0] if isinstance(steps, list) and steps else None
    return isinstance(first, dict) and "obs" in first and "goal" in fields


def convert(record: object) -> Recording:
    """Return what it records.

    Raises:
        InvalidInput: naming the field that is missing or of another kind.
    """
    fields = intake.mapping("record", record)
    goal = intake.text("goal", fields.get("goal"))
    dialogue = Dialogue(goal)
    steps = intake.mappings("steps", fields.get("steps"))
    for number, step in enumerate(steps):
        where = f"steps[{number}]"
        obs = intake.mapping(f"{where}.obs", step.get("obs") or {})
        seen = (f"{name}: {text}" for name, text in obs.items() if isinstance(text, str) and text and text != goal)
        dialogue.see("\n".join(seen))
        about = intake.mapping(f"{where}.agent_info", step.get("agent_info") or {})
        dialogue.think(intake.text(f"{where}.agent_info.think", about.get("think")))
        dialogue.act(intake.text(f"{where}.action", step.get("action")))
    return dialogue.recording(_verdict(fields, steps), "steps")


def _verdict(fields: dict[str, object], steps: list[dict[str, object]]) -> Verdict:
    summary = intake.mapping("summary_info", fields.get("summary_info") or {})
    rewards = [step.get("reward") for step in steps]
    known = [reward for reward in rewards if isinstance(reward, int | float) and -_MOST < reward < _MOST]
    total = sum(known) if known else None
    last = steps[-1] if steps else {}
    if "cum_reward" not in summary:
        over = last.get("terminated") is True or last.get("truncated") is True
        return by_reward(total, "rewards of the steps") if over or total else Verdict()
    verdict = by_reward(summary["cum_reward"], "cum_reward")
    if summary.get("err_msg"):
        return Verdict("unknown", f"{verdict.reason}, but it ended with an error")
    if total is not None and by_reward(total).outcome != verdict.outcome:
        return Verdict("unknown", f"{verdict.reason}, but the rewards of the steps come to {total}")
    return verdict
