"""The memory loop in the real Claude Code, Codex and Gemini CLI, configured by `rb-mcp connect` and nothing else.

Run `python tests/clients/run.py` with a Python that has rb-mcp and pytest; `--only codex` runs one client, `--cache
FOLDER` says where they are kept. npm installs the versions of package-lock.json, about 870 MB, on the first run;
without Node, npm or its registry nothing is checked, and the exit status is 0. Each client runs without a person in a
home of its own and speaks to a stand-in for its vendor's model on the loopback: what the model would read is what is
checked, what it would say is scripted. No key, no account, and no network but npm's. The agent distils: no model does.

Prints a line a check, a table and a count; exit status 1 when a check failed.

Not covered: whether a real model heeds what it reads, the clients' screens (Codex asks a person there to trust a hook),
Windows.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
from hosts import HOSTS, Host
from machine import Machine, NotToBeHadError, Session, SetupError, connected, install
from prettytable import PrettyTable
from standin import Call, Saying, Seen

if TYPE_CHECKING:
    from collections.abc import Generator

    from standin import Turn

THINKING, LOOKS = 3, 5
"""Seconds before each look for tools, and how many looks: some clients begin before their servers are connected."""

TOOLS = ("recall_strategies", "record_trajectory", "contrast_trajectories")
INSTRUCTIONS = "BEFORE acting on a task: recall_strategies(task)"

EARLIER = {
    "task": "Make the failing tests of the price parser pass",
    "trajectory": [{"action": "pytest", "observation": "1 failed, 12 passed"}],
    "outcome": "failure",
    "evidence": "1 failed",
    "strategies": [
        {
            "title": "Read the whole assertion before editing",
            "description": "When a test fails and the cause is not yet known; not for typing errors.",
            "content": "Run the one failing test alone and compare both values. Known as the quillwort rule.",
        }
    ],
}
EARLIER_MARK = "quillwort"
LIKE_EARLIER = "Make the failing tests of the date parser pass"

TASK = "Make the failing tests of totals.py pass: they break on an empty list"
LIKE_TASK = "Make the failing tests of basket.py pass: they break on an empty list"
OTHER_TASK = "Say which release of the parcel scanner prints labels upside down"
FILES = {
    "totals.py": "def total(prices):\n    return prices[0] + total(prices[1:])\n",
    "test_totals.py": "from totals import total\n\n\ndef test_nothing_costs_nothing():\n    assert total([]) == 0\n",
}
TESTS = f'"{sys.executable}" -m pytest -q -p no:cacheprovider'
GIVING_UP = "The test still fails; I could not repair it."
LESSON = {
    "title": "Write the base case before the recursive step",
    "description": "When a recursive function breaks on an empty sequence; not when it only returns a wrong value.",
    "content": "Let it return the neutral element for an empty sequence before anything is taken from it, and run "
    "the test of the empty case first. Known as the sorrelberry check.",
}
LESSON_MARK = "sorrelberry"

CHECKS = {
    "tools": "the model is offered the three tools",
    "instructions": "the model reads the server's instructions",
    "recall": "a prompt brings what an earlier task taught before the model's first word",
    "capture": "a task that failed is in the bank with what was done, though the model recorded nothing",
    "asks once": "the agent is asked for its lesson once, hands it in, and the bank has it",
    "goes on": "another task of the same session is kept by itself",
    "learns": "the next task of that kind brings the lesson before the model's first word",
    "ends well": "every session asks the model and ends with exit status 0",
    "keeps still": "the client calls nobody but its model",
}


def checks(host: Host, programs: Path, cache: Path) -> Generator[tuple[str, str]]:
    """Give the name of each check with the problem, or with nothing when it passed.

    Raises:
        SetupError: when a client could not be connected, or a command of ours did not succeed.
    """
    with connected(host, programs, cache) as machine:
        earlier = machine.home / "earlier.json"
        earlier.write_text(json.dumps(EARLIER), encoding="utf-8")
        machine.ours("record", earlier)
        recalling = machine.session(LIKE_EARLIER, [_looking(host)] * LOOKS)
    offered = [name for seen in recalling.seen for name in seen.tools]
    yield "tools", _missing([host.tool(tool) for tool in TOOLS], offered)
    yield "instructions", _missing([INSTRUCTIONS], "\n".join(seen.text for seen in recalling.seen))
    yield "recall", _missing([EARLIER_MARK], recalling.first())

    with connected(host, programs, cache) as machine:
        for name, text in FILES.items():
            (machine.work / name).write_text(text, encoding="utf-8")
        script = [host.shell(TESTS), GIVING_UP, _handing_in(host), "Handed in."]
        failing = machine.session(TASK, script)
        yield "capture", _captured(machine)
        yield "asks once", _asked_once(failing, len(script), json.loads(machine.ours("list", "--json")))
        going_on = machine.session(OTHER_TASK, [host.shell("echo release 7"), "It is release 7."], goes_on=True)
        yield "goes on", _kept_apart(machine)
        again = machine.session(LIKE_TASK, [])
    yield "learns", _missing([LESSON_MARK], again.first())

    sessions = (recalling, failing, going_on, again)
    yield "ends well", "\n".join(session.problem for session in sessions if session.problem)
    yield "keeps still", " ".join(sorted({stranger for session in sessions for stranger in session.strangers}))


def _looking(host: Host) -> Turn:
    wanted = {host.tool(tool) for tool in TOOLS}

    def turn(seen: Seen) -> Saying:
        if wanted <= set(seen.tools) or not host.discovery:
            return "I see my tools."
        time.sleep(THINKING)
        return host.discovery

    return turn


def _handing_in(host: Host) -> Turn:
    def turn(seen: Seen) -> Saying:
        asked = _experiences(seen.text)
        if not asked:
            return "Nobody asks for a lesson."
        arguments = {"task": TASK, "experience_id": asked[-1], "strategies": [LESSON]}
        return Call(host.tool("record_trajectory"), arguments)

    return turn


def _experiences(text: str) -> list[str]:
    return re.findall(r"exp_[0-9a-f]{16}", text)


def _missing(wanted: list[str], there: str | list[str]) -> str:
    missing = [one for one in wanted if one not in there]
    if not missing:
        return ""
    where = f"the {len(there)} characters read" if isinstance(there, str) else ", ".join(sorted(set(there)))
    return f"{', '.join(missing)} not in {where}"


def _captured(machine: Machine) -> str:
    attempt = _attempt(machine, TASK)
    if isinstance(attempt, str):
        return attempt
    steps, verdict = attempt["trajectory"]["steps"], attempt["verdict"]
    if not any("pytest" in step["action"] and "1 failed" in step["observation"] for step in steps):
        return f"no step shows how the tests failed: {steps}"
    return "" if verdict["outcome"] == "failure" else f"its outcome is {verdict['outcome']}: {verdict['reason']}"


def _kept_apart(machine: Machine) -> str:
    attempt = _attempt(machine, OTHER_TASK)
    if isinstance(attempt, str):
        return attempt
    actions = [step["action"] for step in attempt["trajectory"]["steps"] if step["action"]]
    return "" if "release 7" in "".join(actions) and "pytest" not in "".join(actions) else f"it did {actions}"


def _attempt(machine: Machine, task: str) -> dict[str, Any] | str:
    """The first attempt at a task, or why there is none."""
    listed = {found["task"]: found["id"] for found in json.loads(machine.ours("list", "--experiences", "--json"))}
    if task not in listed:
        return f"the task is not in the bank; there are: {list(listed)}"
    return json.loads(machine.ours("show", listed[task], "--json"))["attempts"][0]


def _asked_once(session: Session, turns: int, strategies: list[Any]) -> str:
    last = session.seen[-1].text if session.seen else ""
    if not _experiences(last):
        return f"the agent was not asked; the model had {len(session.seen)} turns"
    if len(session.seen) != turns:
        return f"the model had {len(session.seen)} turns, not {turns}; what it read last: {last[-1000:]}"
    kept = [strategy["standing"] for strategy in strategies if strategy["item"]["title"] == LESSON["title"]]
    return "" if kept == ["active"] else f"the lesson in the bank is {kept}; what the model read last: {last[-1000:]}"


def main() -> int:
    """Run all checks and return the exit status."""
    parser = argparse.ArgumentParser(description="Check the memory loop in real clients.")
    parser.add_argument("--only", choices=[host.name for host in HOSTS], help="one client")
    place = platformdirs.user_cache_path("rb-mcp-clients", appauthor=False)
    parser.add_argument("--cache", type=Path, default=place, help="where the clients are kept: %(default)s")
    asked = parser.parse_args()
    try:
        programs = install(asked.cache)
    except NotToBeHadError as error:
        _say(f"skipped: {error}")
        return 0
    except SetupError as error:
        _say(f"FAIL the clients can be installed\n{error}")
        return 1
    rows: dict[str, dict[str, str]] = {}
    for host in [host for host in HOSTS if asked.only in {None, host.name}]:
        row = rows[host.name] = dict.fromkeys(CHECKS, "not run")
        try:
            for name, problem in checks(host, programs, asked.cache):
                row[name] = "FAIL" if problem else "ok"
                _say(f"{row[name]:4} {host.name}: {CHECKS[name]}" + f"\n{problem}" * bool(problem))
        except SetupError as error:
            _say(f"FAIL {host.name}: the checks can be run\n{error}")
    _say(_table(rows))
    results = [result for row in rows.values() for result in row.values()]
    _say(f"{results.count('ok')} passed, {len(results) - results.count('ok')} failed")
    return 1 if set(results) != {"ok"} else 0


def _table(rows: dict[str, dict[str, str]]) -> str:
    table = PrettyTable(["client", *CHECKS], align="l")
    table.add_rows([[client, *row.values()] for client, row in rows.items()])
    return str(table)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
