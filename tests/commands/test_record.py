"""`rb-mcp record` takes files of any format beside one another, and says of each what became of it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from trajectories import SAMPLES, bash, came_back, claude_session

from rb_mcp.cli import main
from rb_mcp.memory import intake
from rb_mcp.transcripts import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("RB_MCP_BANK", str(tmp_path / "bank.db"))
    monkeypatch.setenv("RB_MCP_EMBEDDER", "hashing")

    def run(*words: str) -> tuple[int, str, str]:
        """Run a command line and return its exit status and what it printed."""
        monkeypatch.setattr(sys, "argv", ["rb-mcp", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(str(ended.value.code)), out, err

    return run


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """One file a sample."""
    paths = [tmp_path / f"{name}.any" for name in SAMPLES]
    for path, sample in zip(paths, SAMPLES.values(), strict=True):
        path.write_text(sample.text, encoding="utf-8")
    return [str(path) for path in paths]


def test_files_of_every_format_are_recorded_once_with_the_outcomes_they_state(run: Run, files: list[str]) -> None:
    code, out, err = run("record", *files, "--json")
    assert (code, err) == (0, "")
    counted = json.loads(out)
    for counts, (name, sample) in zip(counted, SAMPLES.items(), strict=True):
        again = name in {"gemini-lines", "otel"}  # the same work as in a file before, in another form
        assert (counts.get("recorded", 0), counts.get("already there", 0)) == (not again, again), name
        assert counts[sample.outcome] == 1, name
    repeated = json.loads(run("record", *files, "--json")[1])
    assert [(one.get("recorded", 0), one["already there"]) for one in repeated] == [(0, 1)] * len(files)
    assert "Mend the date parser" in run("list", "--experiences")[1]


def test_a_broken_file_or_line_is_reported_and_does_not_stop_the_rest(
    run: Run, files: list[str], tmp_path: Path
) -> None:
    pickled, folder, cut = tmp_path / "step_0.pkl.gz", tmp_path / "folder", tmp_path / "cut.jsonl"
    pickled.write_bytes(b"\x1f\x8b\x08\x00")
    folder.mkdir()
    chat = SAMPLES["openai-chat"].text.encode()
    cut.write_bytes(chat.replace(b"W1", b"W\xff") + chat.replace(b"W1", b"W2") + chat[:-40])
    code, out, err = run("record", str(pickled), str(folder), str(cut), files[0])
    assert code == 1
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:5]}
    assert rows[str(pickled)][-1] == rows[str(folder)][-1] == "1"
    assert rows[str(cut)] == ["1", "0", "1", "0", "0", "2"]
    assert rows[files[0]][0] == "1"
    assert "export the steps to JSON" in err
    assert f"{cut}: line 1: it is not UTF-8" in err
    assert f"{cut}: line 3: it is not JSON" in err


def test_a_session_that_is_too_long_is_recorded_and_said_to_be_shortened(run: Run, tmp_path: Path) -> None:
    turns: list[tuple[str, Any]] = [("user", "Mend it")]
    for number in range(30):
        text = "x" * (intake.LONGEST_TRAJECTORY // 20)
        turns += [("assistant", bash(f"c{number}", f"echo {number}")), ("user", came_back(f"c{number}", text))]
    path = tmp_path / "long.jsonl"
    path.write_text(claude_session(*turns), encoding="utf-8")
    code, out, _ = run("record", str(path))
    assert code == 0
    assert "1 were longer than the bank takes" in out


def test_a_format_can_be_named_and_a_wrong_one_is_told(run: Run, files: list[str]) -> None:
    assert all(name in run("record", "--help")[1] for name in FORMATS)
    chat = next(file for file in files if file.endswith("openai-chat.any"))
    assert run("record", chat, "--format", "openai-chat")[0] == 0
    code, _, err = run("record", chat, "--format", "reflexion")
    assert (code, "name" in err) == (1, True)
    assert run("record", chat, "--format", "unheard-of")[0] == 2
