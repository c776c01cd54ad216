"""What a person does to keep a bank well: doctor --verify, backup, rebuild-index, reindex."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from samples import LESSON, STEPS, TASK

from rb_mcp.cli import main
from rb_mcp.stores.database import connect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("RB_MCP_EMBEDDER", "hashing")

    def run(*words: str, bank: str = "bank.db") -> tuple[int, str, str]:
        """Run a command line on a bank and return its exit status and what it printed."""
        monkeypatch.setenv("RB_MCP_BANK", str(tmp_path / bank))
        monkeypatch.setattr(sys, "argv", ["rb-mcp", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(str(ended.value.code)), out, err

    return run


@pytest.fixture
def bank(run: Run, tmp_path: Path) -> Path:
    """A bank with twelve records."""
    record = {"trajectory": STEPS, "outcome": "success", "strategies": [LESSON]}
    lines = [json.dumps(record | {"task": f"{TASK} number {n}"}) for n in range(12)]
    (tmp_path / "records.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert run("record", str(tmp_path / "records.jsonl"))[0] == 0
    return tmp_path / "bank.db"


def spoil(path: Path, sql: str) -> None:
    """Change what the triggers do not see: a table behind an index, or a digest."""
    db = connect(path)
    db.script(sql)
    db.close()


def ids(run: Run, bank: str = "bank.db") -> list[str]:
    return [one["id"] for one in json.loads(run("list", "--experiences", "--json", bank=bank)[1])]


def test_doctor_verifies_a_bank_to_the_last_row_when_asked(run: Run, bank: Path) -> None:
    assert "records" not in run("doctor")[1]
    code, out, _ = run("doctor", "--verify")
    assert code == 0, out
    for what in ("structure", "records", "references", "text indexes", "vector index"):
        assert [line.split()[0] for line in out.splitlines() if f" {what} " in line and "verified" in line] == ["ok"]
    spoil(bank, "UPDATE experiences SET digest = zeroblob(16) WHERE seq = 3")
    code, out, _ = run("doctor", "--verify", "--json")
    assert code == 1
    [wrong] = [one for one in json.loads(out) if not one["well"]]
    third = ids(run)[-3]
    assert wrong["finding"].startswith("experiences 3 is not what was written: restore a backup, or give it up: rb-mcp")
    assert wrong["finding"].endswith(f"rb-mcp forget {third}")
    assert run("forget", third, "--yes")[0] == 0
    assert run("doctor", "--verify")[0] == 0


def test_doctor_says_that_a_bank_is_gone_and_not_that_there_is_none_yet(run: Run, bank: Path) -> None:
    assert "not there yet" in run("doctor", bank="new.db")[1]
    assert not bank.with_name("new.db").exists()
    bank.unlink()
    code, out, _ = run("doctor")
    assert code == 1
    assert "is gone, but a bank was there" in " ".join(out.split())


def test_damaged_indexes_are_made_anew_by_a_command(run: Run, bank: Path) -> None:
    spoil(bank, "UPDATE experiences_fts_data SET block = randomblob(40)")
    code, out, _ = run("doctor", "--verify")
    assert code == 1
    assert "run rb-mcp rebuild-index" in " ".join(out.split())
    assert run("rebuild-index")[:2] == (0, "The indexes are made anew.\n")
    assert run("doctor", "--verify")[0] == 0


def test_a_backup_is_a_bank_and_says_what_it_holds(run: Run, bank: Path, tmp_path: Path) -> None:
    os.umask(0)
    kept = tmp_path / "kept.db"
    code, out, err = run("backup", str(kept))
    assert (code, err) == (0, "")
    assert out.startswith(f"{kept} holds 12 experiences, 12 attempts, 1 strategies, 0 recalls (")
    if sys.platform != "win32":
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.iterdir() if "kept" in one.name) == ["kept.db"]
    assert ids(run, "kept.db") == ids(run)
    assert run("doctor", "--verify", bank="kept.db")[0] == 0
    assert run("export", bank="kept.db")[1] == run("export")[1]
    assert bank.exists()


def test_a_backup_destroys_nothing_that_is_there(run: Run, bank: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    kept.write_text("precious")
    code, _, err = run("backup", str(kept))
    assert code == 2
    assert "there already; choose another name, or say --replace" in err
    assert kept.read_text() == "precious"
    for name in ("bank.db", "bank.db-lock", "bank.db-wal"):
        code, _, err = run("backup", str(tmp_path / name), "--replace")
        assert code == 2
        assert "part of the bank itself" in err
    code, _, err = run("backup", str(tmp_path), "--replace")
    assert code == 2
    assert "is a folder" in err
    code, _, err = run("backup", str(tmp_path / "missing" / "kept.db"))
    assert code == 1
    assert "cannot be written" in err
    code, out, _ = run("backup", str(kept), "--replace", "--json")
    assert code == 0
    assert json.loads(out)["rows"]["experiences"] == 12
    spoil(bank, "UPDATE experiences SET digest = zeroblob(16) WHERE seq = 3")
    before = kept.read_bytes()
    code, _, err = run("backup", str(kept), "--replace")
    assert code == 1
    assert "the copy is not whole, so it was not kept" in err
    assert kept.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if ".part" in one.name] == []


def test_there_is_nothing_to_back_up_before_the_first_record(run: Run, tmp_path: Path) -> None:
    code, _, err = run("backup", str(tmp_path / "kept.db"))
    assert code == 1
    assert "there is no bank at" in err
    assert list(tmp_path.iterdir()) == []


def test_a_move_to_another_embedder_is_wished_for_followed_and_dropped(
    run: Run, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del bank
    monkeypatch.setenv("RB_MCP_EMBEDDER", "use")
    code, out, _ = run("reindex", "--background")
    assert (code, out.partition(" texts wait for a server that has use-")[0]) == (0, "13")
    told = {one["what"]: one for one in json.loads(run("doctor", "--json")[1])}
    assert told["moving"]["finding"].startswith("to use-multilingual-3/fast-0.2.1: 0 of 13 texts have a vector")
    assert "hashing-64" in told["bound to"]["finding"]
    assert "vectors" not in told, "all is well"
    monkeypatch.setenv("RB_MCP_EMBEDDER", "hashing")
    assert found(run, "moving")
    assert run("reindex", "--cancel")[:2] == (0, "The bank stays with hashing-64.\n")
    assert found(run, "moving") == []
    assert run("reindex", "--cancel", "--background")[0] == 2


def test_a_move_in_the_foreground_embeds_everything_and_can_be_repeated(
    run: Run, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RB_MCP_EMBEDDER", "use")
    code, out, err = run("reindex")
    assert (code, out.partition("; the bank is bound to use-")[0], err) == (0, "13 texts were embedded", "")
    assert run("reindex")[1].startswith("0 texts were embedded")
    monkeypatch.setenv("RB_MCP_EMBEDDER", "hashing")
    assert found(run, "bound to")[0]["finding"] == "use-multilingual-3/fast-0.2.1, 512 dimensions"
    assert (found(run, "moving"), found(run, "embedded")) == ([], [])
    assert "recall is by text: rb-mcp reindex" in found(run, "vectors")[0]["finding"]
    db = connect(bank)
    assert {name for (name,) in db.rows("SELECT embedder FROM vectors UNION SELECT embedder FROM item_vectors")} == {
        "use-multilingual-3/fast-0.2.1"
    }
    db.close()
    assert all(one["well"] for one in json.loads(run("doctor", "--verify", "--json")[1]) if one["what"] != "vectors")


def test_the_doctor_says_how_many_texts_have_no_vector_yet(run: Run, bank: Path) -> None:
    assert found(run, "embedded") == []
    spoil(bank, "DELETE FROM vectors WHERE experience < 4; DELETE FROM experiences_vec WHERE seq < 4")
    [lacking] = found(run, "embedded")
    assert lacking["finding"].startswith("10 of 13 texts have a vector")
    assert run("reindex")[1].startswith("3 texts were embedded; the bank is bound to hashing-64")
    assert found(run, "embedded") == []
    assert run("doctor", "--verify")[0] == 0


def found(run: Run, what: str) -> list[dict[str, Any]]:
    return [one for one in json.loads(run("doctor", "--json")[1]) if one["what"] == what]


WRITER = """
import anyio, os, sys
from pathlib import Path
from rb_mcp.config import Settings
from rb_mcp.memory.opening import build_bank
from rb_mcp.types import MemoryItem, Step, Trajectory, Verdict

async def main():
    bank, done = build_bank(Settings(bank=Path(sys.argv[1]), embedder="hashing")), Verdict("success", "0", "evidence")
    item = MemoryItem("Read the assertion first", "When a test fails and it is not known why.", "Run it alone.")
    for number in range(10_000):
        steps = (Step("look", os.urandom(200).hex(), "seen"),)
        task = Trajectory(f"task {number} of writer {sys.argv[2]}", steps)
        print((await bank.record(task, done, [item], "", "default")).experience.id, flush=True)
anyio.run(main)
"""


def test_a_backup_made_while_servers_write_has_every_record_acknowledged_before_it(
    run: Run, bank: Path, tmp_path: Path
) -> None:
    names = "abc"
    logs = [tmp_path / f"writer-{name}" for name in names]
    writers: list[subprocess.Popen[bytes]] = []
    for name, log in zip(names, logs, strict=True):
        with log.open("wb") as out:
            writers.append(subprocess.Popen([sys.executable, "-c", WRITER, str(bank), name], stdout=out))

    def acknowledged() -> list[str]:
        return [line for log in logs for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]

    try:
        lost = 0
        for number in range(4):
            wanted = len(acknowledged()) + 10
            while len(acknowledged()) < wanted:
                assert all(writer.poll() is None for writer in writers)
                time.sleep(0.01)
            before = {line.strip() for line in acknowledged()}
            code, _, err = run("backup", str(tmp_path / f"kept-{number}.db"))
            assert code == 0, err
            lost += len(before - in_backup(tmp_path / f"kept-{number}.db"))
        assert lost == 0
        assert all(writer.poll() is None for writer in writers)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    assert {line.strip() for line in acknowledged()} <= in_backup(bank)
    assert run("doctor", "--verify", bank="kept-3.db")[0] == 0
    assert run("doctor", "--verify")[0] == 0


def in_backup(path: Path) -> set[str]:
    db = connect(path)
    found = {id_ for (id_,) in db.rows("SELECT id FROM experiences")}
    db.close()
    return found


def test_a_namespace_that_is_to_be_named_automatically_is_used_and_explained(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RB_MCP_NAMESPACE", "auto")
    for name in ("objects", "refs"):
        (tmp_path / "work" / ".git" / name).mkdir(parents=True)
    (tmp_path / "work" / ".git" / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    remote = '[remote "origin"]\n\turl = https://ada:hunter2@github.com/acme/shop.git\n'
    (tmp_path / "work" / ".git" / "config").write_text(remote, encoding="utf-8")
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path / "work"))
    (tmp_path / "one.json").write_text(json.dumps({"task": TASK, "trajectory": STEPS}), encoding="utf-8")
    assert run("record", str(tmp_path / "one.json"))[0] == 0
    [kept] = json.loads(run("list", "--experiences", "--json")[1])
    assert kept["namespace"] == "acme-shop"
    told = {one["what"]: one["finding"] for one in json.loads(run("doctor", "--json")[1])}
    assert told["namespace"].startswith("acme-shop (RB_MCP_NAMESPACE is auto: after the remote 'origin'")
    assert "hunter2" not in str(told)


def test_the_doctor_says_when_a_namespace_holds_more_than_recall_was_measured_with(
    run: Run, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bank.exists()
    assert "limits" not in run("doctor")[1]
    monkeypatch.setattr("rb_mcp.commands.upkeep.MOST", 0)
    code, out, _ = run("doctor")
    assert code == 0
    assert "default has 1 active strategies, over 0: rb-mcp consolidate -n default" in out
