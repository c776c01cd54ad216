"""The recorded games of a language model, gone through again: every prompt is rebuilt, and has to be the one recorded.

Needs neither Java nor a model: only the model's replies and what the games showed come from the recording. What the
arms with a memory read is worded otherwise since they were recorded: those are built, and not played. Not covered:
whether memory helps, which is the report's.
"""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import player
import pytest
from expert_bank import ARMS, Arm, experiences, fill, games, memories
from games import Task, View
from player import Played, chosen, play, query
from recording import Drift, RecordedGames, RecordedModel, Recording
from tier_b import RECORDED, Results, recorded, run, section, told

from rb_mcp.config import Settings
from rb_mcp.memory.opening import open_bank
from rb_mcp.providers.scripted import ScriptedModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.work import Prompt

pytestmark = pytest.mark.timeout(600)
TASK = Task(0, 1, "twc", "", 1)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return Recording(RECORDED)


@pytest.fixture(scope="module")
def filled(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the bank that the games were played beside."""
    file = tmp_path_factory.mktemp("tier_b") / "bank.db"

    async def fill_it() -> list[str]:
        async with open_bank(Settings(bank=file, model="agent")) as bank:
            return await fill(bank, RecordedGames(recording))

    assert anyio.run(fill_it) == []  # the gate let all of them in
    return file


def blocks(recording: Recording, file: Path, prompts: Path | None = None) -> tuple[Task, dict[Arm, str]]:
    """Return the first game, and what is read in it."""

    async def asked() -> tuple[Task, dict[Arm, str]]:
        async with open_bank(Settings(bank=file, model="agent", prompts=prompts)) as bank:
            played = RecordedGames(recording)
            task = games(played, 1)[0]
            return task, await memories(bank, task, query(*played.start(task)))

    return anyio.run(asked)


def test_the_recorded_games_without_a_memory_end_today_as_they_ended_then(recording: Recording) -> None:
    before = RECORDED.read_bytes()

    played = anyio.run(partial(run, recording, arms=("none",)))

    assert {name: arms["none"] for name, arms in played.items()} == {
        name: arms["none"] for name, arms in recorded(recording).items()
    }
    assert any(arms["none"].turns for arms in played.values())
    assert RECORDED.read_bytes() == before


def test_the_report_says_that_what_was_recorded_is_of_an_earlier_recall(recording: Recording) -> None:
    said = "\n".join(section(Path()))

    assert "with the recall of an earlier release" in said
    assert said.count("| recalled |") == "\n".join(told(recording, recorded(recording))).count("| recalled |")


def test_a_word_changed_in_what_recall_answers_is_drift(recording: Recording, filled: Path, tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "prompts" / "recall.md"
    words = shipped.read_text(encoding="utf-8").replace("earlier tasks", "earlier jobs")
    (tmp_path / "recall.md").write_text(words, encoding="utf-8")
    task, found = blocks(recording, filled, tmp_path)

    with pytest.raises(Drift, match="earlier jobs"):
        anyio.run(play, RecordedGames(recording), task, found["recalled"], RecordedModel(recording))


def test_a_word_changed_in_what_the_player_is_told_is_drift(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = games(RecordedGames(recording), 1)[0]
    monkeypatch.setattr(player, "_SYSTEM", "Play.")

    with pytest.raises(Drift, match=r"Play\."):
        anyio.run(play, RecordedGames(recording), first, "", RecordedModel(recording))


def test_no_game_is_solved_like_one_in_the_bank_and_the_unseen_ones_share_no_command_with_it(
    recording: Recording,
) -> None:
    played = RecordedGames(recording)
    kept = [frozenset(played.gold(task)) for task in experiences()]
    known = {command for commands in kept for command in commands if command.startswith(("take ", "put "))}

    for task in games(played, 8):
        commands = frozenset(played.gold(task))
        assert commands not in kept
        assert task.fold == "train" or not commands & known


def test_every_arm_with_a_memory_reads_as_much_and_only_the_lessons_differ(recording: Recording, filled: Path) -> None:
    def shape(block: str) -> list[str]:
        weak = re.compile(r"(- \[str_\d+\]).*")
        return [weak.sub(r"\1", line) for line in block.splitlines() if not line.startswith(("   >", "   From: >"))]

    _, found = blocks(recording, filled)

    assert found["none"] == ""
    assert shape(found["random"]) == shape(found["recalled"])
    assert len(found["random"]) == pytest.approx(len(found["recalled"]), rel=0.15)
    assert "\n   From: >" in found["random"], "what is drawn stands with its own card, as what is recalled does"
    assert found["random"] != found["recalled"]
    assert "learned from a success, borne out by evidence" in found["recalled"]


def test_the_report_says_how_many_games_whose_bank_and_what_it_is_no_evidence_of(recording: Recording) -> None:
    said = "\n".join(told(recording, recorded(recording)))

    for fold in ("train", "test"):
        number = sum(name.startswith(fold) for name in recorded(recording))
        assert not number or f"| recalled | {number} |" in said
    assert "what an expert did" in said
    assert "no evidence of" in said
    assert "RB_MCP_MODEL=anthropic:" in said


def test_the_report_says_so_when_chance_may_have_brought_it_and_only_then(recording: Recording) -> None:
    alike: Results = {f"train/{seed}": dict.fromkeys(ARMS, Played(solved=True, turns=4)) for seed in range(20)}
    helped: Results = {name: {**arms, "none": Played(solved=False, turns=8)} for name, arms in alike.items()}
    sentence = "**Of what was solved, no difference can be told from chance.**"

    assert sentence in told(recording, alike)
    assert sentence not in told(recording, helped)


class Kettle:
    """A game with one thing to do right; it shows the same whatever else is done."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def start(self, task: Task) -> tuple[str, View]:
        assert task is TASK
        self.done = []
        return "Make tea.", self._view("")

    def act(self, command: str) -> View:
        self.done.append(command)
        return self._view("It boils." if command == "heat kettle" else "Nothing happens.")

    def _view(self, answer: str) -> View:
        solved = "heat kettle" in self.done
        commands = ("heat kettle", "inventory", "look around", "shake kettle", "wait")
        return View(answer, "A kettle.", "", commands, solved, solved)


def played_with(replies: Sequence[str]) -> tuple[Played, Kettle, list[Prompt]]:
    game, model = Kettle(), ScriptedModel(replies)
    return anyio.run(play, game, TASK, "A note.", model), game, model.prompts


def test_the_model_is_shown_task_memory_and_all_that_happened_and_held_to_what_is_possible() -> None:
    ended, _, prompts = played_with(['{"command": "wait"}', '{"command": "heat kettle"}'])

    assert ended == Played(solved=True, turns=2)
    for part in ("Make tea.", "A kettle.", "A note.", "> wait", "Nothing happens."):
        assert part in prompts[1].user
    assert prompts[1].user.startswith(prompts[0].user)
    assert prompts[1].schema is not None
    assert '"enum": ["heat kettle", "shake kettle", "wait"]' in json.dumps(prompts[1].schema)


def test_a_reply_that_is_no_command_costs_a_turn_and_does_nothing() -> None:
    ended, game, prompts = played_with(["I would heat the kettle.", "heat kettle"])

    assert game.done == ["heat kettle"]
    assert ended == Played(solved=True, turns=2)
    assert player.NOT_A_COMMAND in prompts[1].user


def test_a_model_that_goes_round_in_circles_has_lost() -> None:
    turns = ["wait", "shake kettle"] * 4
    ended, _, _ = played_with(turns)

    assert ended == Played(solved=False, turns=4)


def test_a_command_is_understood_in_json_bare_and_in_capitals() -> None:
    for reply in ('{"command": "wait"}', "Wait", ' {"command": " WAIT "}\n'):
        assert chosen(reply, ["wait"]) == "wait", reply
    for reply in ("", "wait here", "[]", '{"do": "wait"}'):
        assert chosen(reply, ["wait"]) == "", reply
