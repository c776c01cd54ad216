"""The MCP surface, whatever is called in whatever order: both halves complete, nothing twice, nothing mixed up.

The calling agent distils; there is no model. Few tasks and few ways to do them, so that calls meet what is there.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Caller, text_of
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from machines import TIMEOUT, Run, pick, profile
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import TextContent
from samples import LESSON, LESSON_ZH, OTHER_LESSON, THIRD_LESSON

from rb_mcp.config import Settings
from rb_mcp.memory.opening import build_bank
from rb_mcp.server.app import build_server
from rb_mcp.stores import index
from rb_mcp.stores.database import connect

if TYPE_CHECKING:
    from contextlib import ExitStack

    from rb_mcp.stores.database import Database

pytestmark = pytest.mark.timeout(TIMEOUT)

SPACES = ("", "web", "shared")
"""As a client names them; the empty one is `default`."""
TASKS = ("Fix the failing test in the date parser", "Cancel the flight and refund it", "取消客户的航班预订并退款")
KINDS = ("an automated check fails on code that nobody changed", "a booking is to be undone")
ITEMS = (LESSON, OTHER_LESSON, THIRD_LESSON, LESSON_ZH)
NEEDLE = "xylophonequartz"
"""Stands in every step: no answer holds it."""
BUDGET = 8_000

number = st.integers(0, 40)
space = st.sampled_from(SPACES)
taught = st.lists(st.integers(0, len(ITEMS) - 1), max_size=3, unique=True)
sloppy = st.booleans()
ended = st.sampled_from(
    (
        {},
        {"outcome": "success"},
        {"outcome": "failure"},
        {"outcome": "success", "evidence": "41 passed"},
        {"outcome": " Failure ", "evidence": "exit code 1"},
        {"outcome": "unknown", "evidence": "nobody looked", "recall_id": None},
    )
)


@dataclass
class Kept:
    """What a client knows of an experience from the answers it got."""

    space: str
    task: int
    ways: list[int] = field(default_factory=list[int])
    status: str = ""
    outcome: str = "unknown"
    shown: bool = False
    """Whether the outcome rests on evidence."""
    members: tuple[str, ...] = ()


def trajectory(way: int, careless: bool) -> Any:
    """Return steps; careless clients send them as JSON in a string, and with nulls."""
    steps = [{"thought": None if careless else "", "action": f"{NEEDLE} {way}", "observation": NEEDLE * 400}]
    return json.dumps(steps) if careless else steps


def lessons(which: list[int], careless: bool) -> Any:
    """Return strategies; careless clients send one alone, or all as JSON in a string."""
    items = [ITEMS[one] for one in which]
    return json.dumps(items[0] if len(items) == 1 else items) if careless else items


class SurfaceMachine(RuleBasedStateMachine):
    """A client of one bank, whose server is started anew now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.run = Run()
        self.settings = Settings(bank=self.run.folder / "bank.db", embedder="hashing", model="agent")
        self.kept: dict[str, Kept] = {}
        self.homes: dict[str, str] = {}
        """Strategy → namespace."""
        self.recalled: list[tuple[str, str]] = []
        self.leaving: ExitStack | None = None
        self.onlooker: Database | None = None

    @initialize(era=st.sampled_from(("auto", "legacy")), records=st.lists(st.tuples(space, number, ended, taught)))
    def connects(self, era: str, records: list[Any]) -> None:
        self.era = era
        self._connect()
        for where, what, said, which in records[:3]:
            self.records(where, what, what, said, which, recall=None, careless=False)

    @rule()
    def starts_anew(self) -> None:
        """The server ends, and another one serves the same file."""
        assert self.leaving
        self.leaving.close()
        self._connect()

    # The tools

    @rule(where=space, task=number, way=st.integers(0, 2), said=ended, which=taught, recall=st.none() | number,
          careless=sloppy)  # fmt: skip
    def records(
        self,
        where: str,
        task: int,
        way: int,
        said: dict[str, Any],
        which: list[int],
        recall: int | None,
        careless: bool,
    ) -> None:
        """Record a trajectory, new or again: the same one is one experience."""
        task, way = task % len(TASKS), way % 3
        there = [id_ for id_, k in self.kept.items() if (k.space, k.task) == (where, task) and k.ways[:1] == [way]]
        arguments = {
            "task": TASKS[task], "trajectory": trajectory(way, careless), "strategies": lessons(which, careless),
            "namespace": where, "kind": KINDS[way % 2], **said, **self._credit(where, recall),
        }  # fmt: skip
        if there and self._contradicts(self.kept[there[0]], said):
            assert "rests on evidence" in self._refused("record_trajectory", arguments)
            return
        answer = self._answer("record_trajectory", arguments)
        if there:
            assert [answer["experience_id"]] == there
        else:
            assert answer["experience_id"] not in self.kept
            self.kept[answer["experience_id"]] = Kept(where, task, [way])
        self._moved(answer, said, new=not there, taught=bool(which), handed_in=False)

    @precondition(lambda self: self.kept)
    @rule(which=number, what=taught, said=ended, way=st.none() | st.integers(0, 3), recall=st.none() | number,
          careless=sloppy)  # fmt: skip
    def continues(
        self, which: int, what: list[int], said: dict[str, Any], way: int | None, recall: int | None, careless: bool
    ) -> None:
        """Hand in lessons, correct an outcome, add a round; all by the id of an earlier answer."""
        id_ = pick(list(self.kept), which)
        one = self.kept[id_]
        arguments = {
            "task": TASKS[one.task], "experience_id": f" {id_} " if careless else id_, "namespace": one.space, **said,
            "strategies": lessons(what, careless), **self._credit(one.space, recall),
        }  # fmt: skip
        if way is not None:
            arguments["trajectory"] = trajectory(way, careless)
        if one.members and (way is not None or stated(said)):
            assert "it is a contrast" in self._refused("record_trajectory", arguments)
            return
        fresh = way is not None and way not in one.ways
        if not fresh and self._contradicts(one, said):
            assert "rests on evidence" in self._refused("record_trajectory", arguments)
            return
        answer = self._answer("record_trajectory", arguments)
        assert answer["experience_id"] == id_
        if fresh and way is not None:
            one.ways.append(way)
        self._moved(answer, said, new=fresh, taught=bool(what), handed_in=True)

    @precondition(lambda self: self.kept)
    @rule(
        of=st.lists(number, min_size=2, max_size=3),
        which=taught,
        best=st.sampled_from(("", "1: shorter", "Attempt 2")),
        careless=sloppy,
    )
    def contrasts_by_id(self, of: list[int], which: list[int], best: str, careless: bool) -> None:
        """Contrast what was recorded."""
        single = {id_: one for id_, one in self.kept.items() if not one.members}
        where = pick(list(single.values()), of[0]).space
        here = [id_ for id_, one in single.items() if one.space == where]
        ids = list(dict.fromkeys(pick(here, one) for one in of))
        arguments = {
            "task": TASKS[0], "experience_ids": ", ".join(ids) if careless else ids, "best": best, "namespace": where,
            "strategies": lessons(which, careless),
        }  # fmt: skip
        if len(ids) < 2:
            self._refused("contrast_trajectories", arguments)
            return
        self._contrasted(self._answer("contrast_trajectories", arguments), where, tuple(ids), bool(which))

    @rule(where=space, task=number, ways=st.lists(st.integers(0, 3), min_size=2, max_size=3, unique=True), said=ended,
          which=taught, careless=sloppy)  # fmt: skip
    def contrasts_in_full(
        self, where: str, task: int, ways: list[int], said: dict[str, Any], which: list[int], careless: bool
    ) -> None:
        """Contrast attempts that are sent; each becomes an experience, or is one already."""
        task %= len(TASKS)
        verdict = {name: value for name, value in said.items() if name != "recall_id"}
        attempts = [{"trajectory": trajectory(way, careless), **verdict} for way in ways]
        there = [
            [id_ for id_, k in self.kept.items() if (k.space, k.task) == (where, task) and k.ways[:1] == [way]]
            for way in ways
        ]
        arguments = {
            "task": TASKS[task], "attempts": json.dumps(attempts) if careless else attempts, "namespace": where,
            "strategies": lessons(which, careless),
        }  # fmt: skip
        if any(self._contradicts(self.kept[one], said) for ids in there for one in ids):
            return  # which of the others were kept by then is not promised
        answer = self._answer("contrast_trajectories", arguments)
        members = self._members(answer)
        if all(there):  # they may have been contrasted before, in another order
            assert sorted(members) == sorted(id_ for ids in there for id_ in ids)
            members = tuple(id_ for ids in there for id_ in ids)
        assert len(members) == len(ways)
        for id_, way, known in zip(members, ways, there, strict=True):
            assert known in ([], [id_])
            if not known:
                self.kept[id_] = Kept(where, task, [way])
            one = self.kept[id_]
            if stated(said):
                one.outcome, one.shown = stated(said), one.shown or bool(said.get("evidence"))
            one.status = ""  # the contrast speaks for it
        self._contrasted(answer, where, members, bool(which))

    @precondition(lambda self: any(not one.members for one in self.kept.values()))
    @rule(which=number, what=taught)
    def corrects(self, which: int, what: list[int]) -> None:
        """Correct an outcome, be asked for lessons anew, and hand them in, or say that there are none."""
        id_ = pick([id_ for id_, one in self.kept.items() if not one.members], which)
        number = list(self.kept).index(id_)
        other = "failure" if self.kept[id_].outcome == "success" else "success"
        self.continues(number, [], {"outcome": other, "evidence": "seen later"}, None, None, careless=False)
        self.continues(number, what, {}, None, None, careless=False)
        assert self.kept[id_].status == "distilled"

    @rule(task=number, k=st.sampled_from((0, 1, 3, 10, "2", None)), kind=st.sampled_from(("", *KINDS)))
    def recalls(self, task: int, k: Any, kind: str) -> None:
        """Recall in every namespace: nothing of another one, nothing that is not active."""
        for where in SPACES:
            self._recalls(where, {"task": pick(TASKS, task), "k": k, "kind": kind})

    @precondition(lambda self: self.homes)
    @rule(task=number, which=st.lists(number, min_size=1, max_size=3), where=space, careless=sloppy)
    def fetches(self, task: int, which: list[int], where: str, careless: bool) -> None:
        """Ask for strategies by their ids: those of another namespace are named, and nothing of them is shown."""
        ids = list(dict.fromkeys(pick(list(self.homes), one) for one in which))
        given = ", ".join(ids) if careless else ids
        answer = self._recalls(where, {"task": pick(TASKS, task), "ids": given})
        shown = [found["id"] for found in answer["strategies"]]
        assert shown == [id_ for id_ in ids if id_ in shown]
        for id_ in ids:
            assert id_ in answer["text"]
            assert id_ in shown or "Not to be shown" in answer["text"]
        assert answer["nearby"] == []

    def _recalls(self, where: str, asked: dict[str, Any]) -> dict[str, Any]:
        answer = self._answer("recall_strategies", {**asked, "namespace": where})
        for near in answer["nearby"]:
            assert self.homes[near["id"]] in {where, "shared"}
            assert near["id"] not in {found["id"] for found in answer["strategies"]}
            for half in (answer["text"], self.text):
                assert all(part in half for part in (near["id"], near["title"], near["description"]))
        assert len(answer["nearby"]) <= 3
        for found in answer["strategies"]:
            assert self.homes[found["id"]] in {where, "shared"}
            assert self.kept[found["experience_id"]].space in {where, "shared"}
            assert found["outcome"] in {"success", "failure"}
            for half in (answer["text"], self.text):
                assert all(part in half for part in (found["id"], found["title"], found["content"]))
        assert answer["recall_id"] in self.text
        assert len({found["id"] for found in answer["strategies"]}) == len(answer["strategies"])
        self.recalled.append((where, answer["recall_id"]))
        return answer

    @rule(wrong=st.sampled_from((
        ("record_trajectory", {"task": "", "trajectory": [{"action": "x"}]}, "task"),
        ("record_trajectory", {"task": "t", "trajectory": []}, "trajectory"),
        ("record_trajectory", {"task": "t", "trajectory": [{"did": "x"}]}, "trajectory"),
        ("record_trajectory", {"task": "t", "trajectory": "x", "outcome": "great"}, "outcome"),
        ("record_trajectory", {"task": "t", "trajectory": "x", "ns": "web"}, "ns"),
        ("record_trajectory", {"task": "t", "experience_id": "exp_0000000000000000"}, "experience_id"),
        ("record_trajectory", {"task": "t", "experience_id": "the last one"}, "experience_id"),
        ("record_trajectory", {"task": "t", "trajectory": "x", "recall_id": "rec_0"}, "recall_id"),
        ("record_trajectory", {"task": "t", "trajectory": "x", "strategies": [ITEMS[0]] * 4}, "strategies"),
        ("contrast_trajectories", {"task": "t", "attempts": [{"trajectory": "x"}]}, "attempts"),
        ("contrast_trajectories", {"task": "t", "attempts": [{"trajectory": "x"}] * 2}, "attempts"),
        ("contrast_trajectories", {"task": "t", "experience_ids": "exp_1 exp_2"}, "experience_ids"),
        ("recall_strategies", {"task": "t", "k": -1}, "k"),
        ("recall_strategies", {"task": "t", "ids": ["the first"]}, "ids"),
        ("recall_strategies", {"task": "t", "kind": "x" * 301}, "kind"),
        ("record_trajectory", {"task": "t", "trajectory": "x", "strategies": [ITEMS[0] | {"same_as": "str_0"}]},
         "strategies"),
        ("recall_strategies", {"task": "t", "namespace": "../x"}, "namespace"),
        ("recall_strategies", {}, "task"),
    )))  # fmt: skip
    def sends_what_is_wrong(self, wrong: tuple[str, dict[str, Any], str]) -> None:
        """A refusal names the field, and nothing is written."""
        tool, arguments, named = wrong
        before = self._counts()
        said = self._refused(tool, arguments)
        assert said.startswith(named) or named in {"experience_ids", "recall_id"}
        assert named.removesuffix("s") in said
        assert self._counts() == before

    @precondition(lambda self: self.kept)
    @rule(which=number)
    def reaches_for_another_namespace(self, which: int) -> None:
        id_ = pick(list(self.kept), which)
        one = self.kept[id_]
        elsewhere = "web" if one.space != "web" else "shared"
        before = self._counts()
        arguments = {"task": "t", "experience_id": id_, "namespace": elsewhere, "outcome": "failure"}
        assert "not known in namespace" in self._refused("record_trajectory", arguments)
        for uri in (
            f"rb://{elsewhere}/experiences/{id_}",
            f"rb://{elsewhere}/strategies/{next(iter(self.homes), 'str_0')}",
        ):
            if "experiences" in uri or self.homes.get(uri.rpartition("/")[2]) != elsewhere:
                with pytest.raises(MCPError):
                    self.run.wait(self.call.read(uri))
        assert self._counts() == before

    # What is read

    @precondition(lambda self: self.kept)
    @rule(which=number)
    def reads(self, which: int) -> None:
        """The resources show what the answers said."""
        id_ = pick(list(self.kept), which)
        one = self.kept[id_]
        where = one.space or "default"
        whole = self.run.wait(self.call.read(f"rb://{where}/experiences/{id_}"))
        assert id_ in whole
        assert len(one.ways) <= whole.count("## Attempt ") == max(len(one.ways), len(one.members))
        if not one.members:
            assert f"Attempt {len(one.ways)}: {one.outcome}" in whole
        page = self.run.wait(self.call.read(f"rb://{where}/strategies/page/1"))
        listed = {line.split()[1] for line in page.splitlines() if line.startswith("- str_")}
        assert listed == {strategy for strategy, home in self.homes.items() if (home or "default") == where}
        for strategy in listed:
            shown = self.run.wait(self.call.read(f"rb://{where}/strategies/{strategy}"))
            assert strategy in shown
            assert all(line.split()[3] in self.kept for line in shown.splitlines() if line.startswith("- behind it: "))

    @precondition(lambda self: any(not one.space for one in self.kept.values()))
    @rule(
        name=st.sampled_from(("judge", "extract_success", "extract_failure", "self_refine", "solve_with_memory")),
        which=number,
    )
    def asks_for_a_prompt(self, name: str, which: int) -> None:
        id_ = pick([id_ for id_, one in self.kept.items() if not one.space], which)
        task = TASKS[self.kept[id_].task]
        arguments = {"task": task} if name == "solve_with_memory" else {"experience_id": id_}
        given = self.run.wait(self.call.client.get_prompt(name, arguments))
        [message] = given.messages
        assert isinstance(message.content, TextContent)
        assert (task in message.content.text) or self.kept[id_].members

    # What always holds

    @invariant()
    def nothing_is_kept_twice_and_the_indexes_agree(self) -> None:
        if self.leaving and self.kept:
            db = self.onlooker = self.onlooker or connect(self.settings.bank)
            assert index.drift(db) == []
            assert db.rows("PRAGMA foreign_key_check") == []
            assert {id_ for (id_,) in db.rows("SELECT id FROM experiences")} == set(self.kept)
            assert {id_ for (id_,) in db.rows("SELECT id FROM strategies")} == set(self.homes)
            assert db.value("SELECT count(*) FROM jobs") == 0

    def teardown(self) -> None:
        try:
            if self.onlooker:
                self.onlooker.close()
            if self.leaving:
                self.leaving.close()
        finally:
            self.run.end()

    # Within

    def _connect(self) -> None:
        client, self.leaving = self.run.enter(Client(build_server(build_bank(self.settings)), mode=self.era))
        self.call = Caller(client)

    def _answer(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Call a tool, and look at what every answer has to be."""
        answer = self.run.wait(self.call(tool, **arguments))
        self.text = self.call.text
        assert len(json.dumps(answer)) + len(json.dumps(self.text)) <= BUDGET
        spoken = [json.dumps({**answer, "text": ""}), *answer.get("text", "").splitlines(), *self.text.splitlines()]
        cards = [line for line in spoken if line.startswith("   From: > ")]
        assert not [line for line in spoken if NEEDLE in line and line not in cards]
        assert all(len(card) <= 260 for card in cards)
        if tool == "recall_strategies":
            assert set(answer) == {"recall_id", "strategies", "nearby", "remedies", "text"}
            return answer
        best = {"best"} if tool == "contrast_trajectories" else set[str]()
        assert set(answer) == {"experience_id", "status", "outcome", "reason", "strategies", "next_step"} | best
        for said in (
            answer["experience_id"],
            answer["status"],
            answer["outcome"],
            answer["reason"],
            answer["next_step"],
        ):
            assert said in self.text
        for kept in answer["strategies"]:
            assert all(kept[part] in self.text for part in ("id", "title", "action", "reason"))
            assert kept["action"] in {"added", "merged", "held"}
            assert bool(kept["reason"]) == (kept["action"] == "held")
            assert self.homes.setdefault(kept["id"], arguments["namespace"]) == arguments["namespace"]
        waits = answer["status"] in {"awaiting_distillation", "recorded"}
        assert bool(answer["next_step"]) == waits
        assert not waits or answer["experience_id"] in answer["next_step"]
        assert not waits or not arguments["namespace"] or f'namespace="{arguments["namespace"]}"' in answer["next_step"]
        return answer

    def _refused(self, tool: str, arguments: dict[str, Any]) -> str:
        result = self.run.wait(self.call.client.call_tool(tool, arguments))
        said = text_of(result.content)
        assert result.is_error, said
        assert len(said) < 500
        assert NEEDLE not in said
        return said

    def _moved(self, answer: dict[str, Any], said: dict[str, Any], *, new: bool, taught: bool, handed_in: bool) -> None:
        """Check that a status and an outcome are what this call has to lead to, and keep them."""
        one = self.kept[answer["experience_id"]]
        now = stated(said) or ("unknown" if new else one.outcome)
        changed = new or (now != one.outcome and not one.members)
        restated = bool(stated(said)) and not changed and bool(said.get("evidence"))
        if one.members:
            may = {"distilled"} if taught or handed_in else {one.status}
        elif now == "unknown":
            may = {"recorded"}
        elif taught:
            may = {"distilled"}
        elif changed:  # lessons that were handed in before the outcome was known are let in with it
            may = {"awaiting_distillation", "distilled"} if one.status == "recorded" else {"awaiting_distillation"}
        elif handed_in and restated:
            may = {"distilled", one.status}  # the same evidence again says nothing new, other evidence does
        elif handed_in:
            may = {"distilled"}
        else:
            may = {one.status}
        if not one.members:
            assert answer["outcome"] == now
        assert answer["status"] in may or (not one.status and not new)
        one.status, one.outcome = answer["status"], answer["outcome"]
        if stated(said):
            one.shown = bool(said.get("evidence")) or (one.shown and not new)
        elif new:
            one.shown = False
        if changed:
            self._members_changed(answer["experience_id"])

    def _members_changed(self, id_: str) -> None:
        """What contrasted an attempt may have been taken back."""
        for one in self.kept.values():
            if id_ in one.members:
                one.status = ""

    def _contrasted(self, answer: dict[str, Any], where: str, members: tuple[str, ...], taught: bool) -> None:
        id_ = answer["experience_id"]
        assert self._members(answer) == tuple(members) or id_ in self.kept
        same = [other for other, one in self.kept.items() if set(one.members) == set(members) and one.space == where]
        assert same in ([], [id_])
        assert answer["best"]["experience_id"] in {"", *members}
        assert answer["best"]["experience_id"] in self.text
        assert answer["best"]["reason"] in self.text
        one = self.kept.setdefault(id_, Kept(where, 0, [], "awaiting_distillation", members=tuple(members)))
        assert not one.status or answer["status"] == ("distilled" if taught else one.status)
        one.status = answer["status"]
        for member in members:
            self.kept[member].status = "" if taught else self.kept[member].status

    def _members(self, answer: dict[str, Any]) -> tuple[str, ...]:
        listed = self.text.split("Attempts: ")[1].splitlines()[0]
        assert answer["experience_id"] not in listed
        return tuple(part.rpartition(" ")[2] for part in listed.split(", "))

    def _contradicts(self, one: Kept, said: dict[str, Any]) -> bool:
        now = stated(said)
        return bool(now) and now != one.outcome and one.shown and not said.get("evidence")

    def _credit(self, where: str, recall: int | None) -> dict[str, Any]:
        there = [id_ for space, id_ in self.recalled if space == where]
        return {"recall_id": pick(there, recall)} if there and recall is not None else {}

    def _counts(self) -> list[int]:
        if not self.kept:
            return []
        with closing(connect(self.settings.bank)) as db:
            return [db.value(f"SELECT count(*) FROM {table}") for table in ("experiences", "strategies", "evidence")]


def stated(said: dict[str, Any]) -> str:
    """Return the outcome that is stated, if one is."""
    outcome = str(said.get("outcome", "")).strip().lower()
    return "" if outcome == "unknown" else outcome


class TestSurfaceMachine(SurfaceMachine.TestCase):
    """Hypothesis runs it."""

    settings = profile(machines=12, steps=12)
