"""The command line as a person and as a program uses it."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from conftest import SHARED_DATA
from samples import LESSON, OTHER_LESSON, OTHER_STEPS, REWORDED, STEPS, TASK, UNRELATED
from wire import Answer, served

from rb_mcp.cli import COMMANDS, main
from rb_mcp.demo import FROM_SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

RECORD: dict[str, Any] = {"task": TASK, "trajectory": STEPS, "outcome": "success", "strategies": [LESSON]}


def chat(said: object) -> Answer:
    """What a model said, as an OpenAI-compatible server sends it."""
    message = {"role": "assistant", "content": json.dumps(said)}
    return Answer({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("RB_MCP_BANK", str(tmp_path / "bank.db"))
    monkeypatch.setenv("RB_MCP_EMBEDDER", "hashing")

    def run(*words: str, typed: str = "", bank: str = "") -> tuple[int, str, str]:
        """Run a command line and return its exit status and what it printed."""
        monkeypatch.setattr(sys, "argv", ["rb-mcp", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        if bank:
            monkeypatch.setenv("RB_MCP_BANK", str(tmp_path / bank))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(str(ended.value.code)), out, err

    return run


@pytest.fixture
def ids(run: Run, tmp_path: Path) -> tuple[str, str]:
    """A bank with one record: the ids of its experience and of its strategy."""
    (tmp_path / "one.json").write_text(json.dumps(RECORD), encoding="utf-8")
    assert run("record", str(tmp_path / "one.json"))[0] == 0
    return json.loads(run("list", "--experiences", "--json")[1])[0]["id"], json.loads(run("list", "--json")[1])[0]["id"]


def test_every_command_explains_itself(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in out
        code, text, _ = run(name, "--help")
        assert code == 0
        assert len(text.splitlines()) > 4


def test_files_are_recorded_and_reported_one_by_one(run: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.json"
    good.write_text("\n".join(json.dumps(RECORD | {"task": f"{TASK} {n}"}) for n in range(3)), encoding="utf-8-sig")
    bad.write_text("{ broken", encoding="utf-8")
    code, out, err = run("record", str(good), str(bad), str(tmp_path / "missing.json"), str(good), "--json")
    assert code == 1
    assert err == ""
    first, broken, missing, again = json.loads(out)
    assert (first["recorded"], first["success"], first["errors"]) == (3, 3, [])
    assert "not JSON" in broken["errors"][0]
    assert "No such file" in missing["errors"][0]
    assert again["already there"] == 3


def test_a_program_can_record_through_a_pipe(run: Run) -> None:
    code, out, _ = run("record", "-", "--namespace", "web", typed=json.dumps(RECORD))
    assert code == 0
    assert re.search(r"-\s+1\s+0\s+1\s+0\s+0\s+0", out)
    assert "web" in run("stats")[1]


def test_what_waits_for_its_distillation_is_listed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps({"task": TASK, "trajectory": OTHER_STEPS, "outcome": "failure"}), encoding="utf-8")
    assert "1 wait for their distillation" in run("record", str(path))[1]
    assert TASK in run("list", "--waiting")[1]


def test_lists_are_tables_for_people_and_json_for_programs(run: Run, ids: tuple[str, str]) -> None:
    experience, strategy = ids
    table = run("list")[1]
    assert table.splitlines()[0].split() == ["id", "namespace", "from", "standing", "helped", "support", "title"]
    assert LESSON["title"] in table
    [listed] = json.loads(run("list", "--json", "--active")[1])
    assert (listed["id"], listed["item"]["content"]) == (strategy, LESSON["content"])
    assert run("list", "--held")[1] == "No strategies.\n"
    assert json.loads(run("list", "-n", "elsewhere", "--json")[1]) == []
    assert TASK in run("show", experience)[1]
    assert "41 passed" in run("show", experience)[1]
    assert experience in run("show", strategy)[1]
    assert (
        json.loads(run("show", experience, "--json")[1])["attempts"][0]["trajectory"]["steps"][0]["action"] == "pytest"
    )


def test_a_person_edits_retires_and_restores(run: Run, ids: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, strategy = ids
    assert run("edit", strategy, "--title", "A better title") == (0, f"{strategy} is changed.\n", "")
    assert "A better title" in run("show", strategy)[1]
    assert run("edit", strategy, "--title", "A better title")[1] == "Nothing changed.\n"
    assert run("edit", strategy, "--content", " ")[0] == 2
    monkeypatch.setenv("EDITOR", f'{sys.executable} -c "import sys,re; p=sys.argv[1]; s=open(p).read(); '
                       "open(p,'w').write(s.replace('A better title','From the editor'))\"")  # fmt: skip
    assert run("edit", strategy)[0] == 0
    assert "From the editor" in run("show", strategy)[1]
    assert LESSON["content"] in run("show", strategy)[1]
    run("retire", strategy, "--reason", "it misled")
    assert "it misled" in run("list", "--retired")[1]
    assert run("list", "--active")[1] == "No strategies.\n"
    run("restore", strategy)
    assert "From the editor" in run("list", "--active")[1]


def test_forgetting_asks_first(run: Run, ids: tuple[str, str]) -> None:
    experience, strategy = ids
    assert run("forget", experience, typed="n\n")[0] == 130
    assert run("show", experience)[0] == 0
    assert run("forget", experience, "--yes")[1] == "Erased: 1 strategies, 1 experiences.\n"
    code, _, err = run("show", experience)
    assert code == 2
    assert "not known" in err
    assert run("show", strategy)[0] == 2
    assert run("forget")[0] == 2
    assert run("forget", "exp_1", "--namespace", "x", "--yes")[0] == 2
    assert json.loads(run("forget", "-n", "default", "-y", "--json")[1])["experiences"] == 0


def test_an_export_imports_into_another_bank_and_twice_changes_nothing(
    run: Run, ids: tuple[str, str], tmp_path: Path
) -> None:
    del ids
    file = tmp_path / "bank.jsonl"
    assert "2 records" in run("export", str(file))[1]
    assert not file.with_name("bank.jsonl.part").exists()
    assert json.loads(run("import", "--own", str(file), "--json", bank="new.db")[1]) == {
        "experiences": 1, "strategies": 1, "recalls": 0, "already there": 0, "imported": "",
    }  # fmt: skip
    assert run("export")[1] == file.read_text(encoding="utf-8")
    assert json.loads(run("import", str(file), "--json")[1])["already there"] == 2
    assert run("export")[1] == file.read_text(encoding="utf-8")


def test_a_recall_explains_why_each_experience_came_or_did_not(run: Run, ids: tuple[str, str], tmp_path: Path) -> None:
    experience, strategy = ids
    other = tmp_path / "other.json"
    other.write_text(json.dumps(RECORD | {"task": UNRELATED, "strategies": [OTHER_LESSON]}), encoding="utf-8")
    run("record", str(other))
    assert strategy in run("recall", REWORDED)[1]
    explained = json.loads(run("recall", REWORDED, "--json")[1])
    fates = {one["task"]: one["fate"] for one in explained["considered"]}
    assert fates == {TASK: "recalled", UNRELATED: "below the floor"}
    text = run("recall", REWORDED, "--explain")[1]
    assert re.search(rf"{experience}(\s+0\.\d\d){{5}}\s+recalled", text)
    assert re.search(r"compared: task and lesson \(no kind was given\), by hashing-64; floor 0\.\d\d", text)
    foreign = run("recall", REWORDED, "--client", "cursor", "--json")[1]
    assert json.loads(foreign)["strategies"], "what was recorded on the command line is the owner's for every client"
    assert json.loads(run("stats", "--json")[1])["default"]["recalls"] == 0, "looking is no recall"


def test_the_plan_of_a_recall_is_printed_with_its_parts_sides_floor_and_errors(
    run: Run, ids: tuple[str, str], tmp_path: Path
) -> None:
    del ids
    other = tmp_path / "other.json"
    other.write_text(json.dumps(RECORD | {"task": UNRELATED, "strategies": [OTHER_LESSON]}), encoding="utf-8")
    run("record", str(other))
    error = "E   ModuleNotFoundError: No module named 'yaml'"
    kind = "an automated check fails"
    whole = run("recall", REWORDED, "--kind", kind, "--context", error, "--explain")[1]
    assert re.search(r"^compared: task, lesson and kind, by hashing-64; floor 0\.\d\d$", whole, re.MULTILINE)
    assert "errors looked up: modulenotfounderror no module *" in whole
    assert "recalled in" not in whole
    assert re.search(r"experience\s+similarity\s+task\s+lesson\s+kind\s+touched\s+what became of it", whole)
    parted = run("recall", f"{TASK}, then {UNRELATED}", "--explain")[1]
    assert f"recalled in 2 parts: {TASK} | {UNRELATED}" in parted
    assert "part 1: recalled" in parted
    assert "part 2: recalled" in parted
    told = json.loads(run("recall", f"{TASK}, then {UNRELATED}", "--context", error, "--json")[1])
    assert told["parts"] == [TASK, UNRELATED]
    assert told["errors"] == ["modulenotfounderror no module *"]
    assert {one["part"] for one in told["considered"]} == {1, 2}
    assert told["considered"][0]["similarity"].keys() == {"total", "task", "lesson", "kind", "touched"}


def test_a_recall_on_the_command_line_names_what_is_wrong_in_a_sentence(run: Run, ids: tuple[str, str]) -> None:
    del ids
    for option, value in (("-k", "11"), ("-k", "-1"), ("--kind", "x" * 301), ("--context", "x" * 40_001)):
        code, out, err = run("recall", TASK, option, value)
        assert (code, out) == (2, "")
        assert option.strip("-") in err
        assert len(err) < 300


def test_what_an_import_brought_is_marked_and_can_be_taken_back(run: Run, ids: tuple[str, str], tmp_path: Path) -> None:
    experience, strategy = ids
    run("restore", strategy)
    file = tmp_path / "bank.jsonl"
    run("export", str(file))
    mark = json.loads(run("import", str(file), "--json", bank="new.db")[1])["imported"]
    shown = run("show", strategy)[1]
    assert mark in shown
    assert "A person let it in" not in shown, "that was a person elsewhere"
    assert json.loads(run("show", experience, "--json")[1])["origin"]["imported"] == mark
    assert run("forget", "--imported", mark, "--yes")[1] == "Erased: 1 strategies, 1 experiences.\n"
    assert mark.encode() not in (tmp_path / "new.db").read_bytes()


def test_what_a_client_recorded_since_a_moment_is_taken_back_and_no_more(run: Run, ids: tuple[str, str]) -> None:
    experience, _ = ids
    assert run("forget", "--client", "cursor", "--yes")[1] == "Erased: 0 strategies, 0 experiences.\n"
    assert run("forget", "--since", "2999-01-01", "--yes")[1] == "Erased: 0 strategies, 0 experiences.\n"
    assert run("forget", "--client", "rb-mcp", "--since", "2999-01-01", "-y")[1].startswith("Erased: 0 ")
    assert run("show", experience)[0] == 0
    assert run("forget", "--from-experience", experience, "--yes")[1] == "Erased: 1 strategies, 1 experiences.\n"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "empty"),
        (['{"record":"rb-mcp","format":99}'], "newer release"),
        (['{"record":"strategy"}'], "line 1"),
        (['{"record":"rb-mcp","format":1}', "{"], "line 2"),
        (['{"record":"rb-mcp","format":1}', '{"record":"recall","id":7}'], "line 2"),
        (['{"record":"rb-mcp","format":1,"more":1}'], "more"),
        (["[" * 10_000], "line 1"),
    ],
)
def test_an_import_of_something_else_is_refused_by_its_line(
    run: Run, tmp_path: Path, lines: list[str], said: str
) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    code, out, err = run("import", str(file))
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert run("list", "--experiences")[1] == "No experiences.\n"


def test_stats_count_by_namespace(run: Run, ids: tuple[str, str]) -> None:
    del ids
    run("record", "-", "-n", "web", typed=json.dumps(RECORD | {"strategies": [OTHER_LESSON]}))
    table = run("stats")[1].partition("\n\n")[0]
    rows = {line.split()[0]: line.split()[1:] for line in table.splitlines()[1:]}
    assert rows["default"][:4] == ["1", "0", "1/0/0", "1/0/0"]
    assert set(rows) == {"default", "web", "(all)"}
    assert json.loads(run("stats", "--json", "-n", "web")[1])["web"]["strategies"] == {"active": 1}


def test_the_doctor_says_what_is_wrong_and_the_way_out(
    run: Run, ids: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del ids
    code, out, _ = run("doctor")
    assert code == 0, out
    for part in ("SQLite 3.", "sqlite-vec", "mode 0600", "hashing-64", "in step"):
        assert part in out
    monkeypatch.setenv("RB_MCP_BANKS", "x")
    monkeypatch.setenv("RB_MCP_EMBEDDER", "use")
    (tmp_path / "bank.db").chmod(0o644)
    code, out, _ = run("doctor", "--json")
    wrong = {finding["what"]: finding["finding"] for finding in json.loads(out) if not finding["well"]}
    assert code == 1
    assert "RB_MCP_BANKS" in wrong["setting"]
    assert "chmod 600" in wrong["file"]
    assert "rb-mcp reindex" in wrong["vectors"]
    assert run("reindex")[1].startswith("2 texts were embedded; the bank is bound to use-")
    assert "vectors" not in run("doctor")[1]
    (tmp_path / "broken.db").write_bytes(b"junk" * 500)
    code, out, _ = run("doctor", bank="broken.db")
    assert code == 1
    assert "not a bank" in out
    code, out, _ = run("doctor", bank="none.db")
    assert "not there yet" in out
    assert not (tmp_path / "none.db").exists()


def test_used_wrongly_is_2_and_could_not_is_1(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("nonsense")[0] == 2
    assert run("list", "--limit", "0")[0] == 2
    (tmp_path / "broken.db").write_bytes(b"junk" * 500)
    code, out, err = run("list", bank="broken.db")
    assert (code, out) == (1, "")
    assert err.startswith("rb-mcp: ")
    assert len(err.splitlines()) == 1
    monkeypatch.setenv("RB_MCP_NAMESPACE", "a b")
    assert run("list")[0] == 2


def test_a_model_works_off_what_waits_and_what_it_cannot_do_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [{"task": f"{TASK} {n}", "trajectory": STEPS, "outcome": "success", "evidence": "seen"} for n in range(3)]
    run("record", "-", typed="\n".join(json.dumps(record) for record in records))
    code, _, err = run("distil")
    assert code == 2
    assert "RB_MCP_MODEL" in err
    with served() as wire:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{wire.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        monkeypatch.setenv("RB_MCP_MODEL", "openai:small")
        later = json.dumps({"task": TASK, "trajectory": OTHER_STEPS})
        assert "1 are queued for the model" in run("record", "-", "-n", "later", typed=later)[1]
        run("forget", "-n", "later", "--yes")
        wire.answer(
            chat({"items": [LESSON]}),
            Answer({"error": {"message": "no such model"}}, 404),
            chat({"items": [OTHER_LESSON]}),
        )
        code, out, _ = run("distil", "--json")
        assert code == 1
        told = json.loads(out)
        assert told["distilled"] == 2
        [left] = told["left"]
        assert left["state"] == "dead"
        assert "no such model" in left["reason"] or "404" in left["reason"]
        assert "(dead: openai:small" in run("list", "--waiting")[1]
        code, out, _ = run("doctor")
        assert code == 1
        assert "rb-mcp distil --retry" in out
        assert "openai:small" in out
        assert run("distil")[0] == 1, "what was given up stays so until it is asked for"
        wire.answer(chat({"items": []}))
        assert run("distil", "--retry")[1] == "1 distilled.\n"
    assert run("list", "--waiting")[1] == "No experiences.\n"
    assert len(json.loads(run("list", "--json")[1])) == 2


def test_the_demo_with_a_model_is_distilled_by_it_end_to_end(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with served() as wire:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{wire.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        learned, chosen = chat({"items": [FROM_SUCCESS]}), chat({"best": 2, "reason": "it ran"})
        wire.answer(learned, learned, learned, chosen, learned)
        code, out, _ = run("demo", "--model", "openai:small")
    assert code == 0, out
    assert "openai:small distils" in out
    assert f"added: {FROM_SUCCESS['title']}" in out
    assert "with memory: 2 steps; without: 6 steps" in out


def test_the_demo_shows_that_memory_saves_steps(run: Run) -> None:
    code, out, _ = run("demo")
    assert code == 0
    assert "awaiting_distillation" in out
    assert "with memory: 2 steps; without: 6 steps" in out
    assert "scripted" in out


def test_output_can_be_cut_short_by_whoever_reads_it(ids: tuple[str, str]) -> None:
    del ids
    with subprocess.Popen(
        [sys.executable, "-m", "rb_mcp", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the data sets are not part of the project")
def test_72_real_trajectories_are_recorded_listed_moved_and_contrasted(run: Run, tmp_path: Path) -> None:
    path = str(SHARED_DATA / "tau_bench_airline" / "sample_18tasks_x4trials.jsonl")
    [counts] = json.loads(run("record", path, "--json")[1])
    assert (counts["recorded"], counts["success"], counts["failure"], counts["errors"]) == (72, 29, 43, [])
    listed = json.loads(run("list", "--experiences", "--limit", "100", "--json")[1])
    assert len(listed) == 72
    groups: dict[str, list[str]] = {}
    for experience in listed:
        groups.setdefault(experience["task"], []).append(experience["id"])
    assert sorted(len(group) for group in groups.values()) == [4] * 18
    exported = run("export")[1]
    (tmp_path / "all.jsonl").write_text(exported, encoding="utf-8")
    run("import", "--own", str(tmp_path / "all.jsonl"), bank="moved.db")
    assert run("export")[1] == exported
    script = f"""
import anyio, json, os, sys
from mcp import Client, StdioServerParameters
async def main():
    server = StdioServerParameters(command=sys.executable, args=["-m", "rb_mcp"], env=dict(os.environ))
    async with Client(server) as client:
        for task, ids in json.load(sys.stdin).items():
            answer = await client.call_tool("contrast_trajectories", {{
                "task": task, "experience_ids": ids, "strategies": [{LESSON!r}]}})
            assert not answer.is_error, answer.content
            print(json.dumps(answer.structured_content))
anyio.run(main)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(groups),
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 18
    assert {answer["status"] for answer in answers} == {"distilled"}
    rewards = {experience["id"]: experience["attempts"][0]["verdict"]["outcome"] for experience in listed}
    for answer, group in zip(answers, groups.values(), strict=True):
        solved = {id_ for id_ in group if rewards[id_] == "success"}
        assert (answer["best"]["experience_id"] in solved) if solved else (answer["best"]["experience_id"] == "")
    assert run("doctor")[0] == 0


def test_a_strategy_is_shared_with_every_namespace_and_taken_back(run: Run, ids: tuple[str, str]) -> None:
    experience, strategy = ids
    assert "No strategies" in run("list", "-n", "shared")[1]
    code, out, _ = run("share", strategy)
    assert code == 0
    assert TASK in out, "it is said what others can read"
    copy = json.loads(run("share", strategy, "--json")[1])["shared_as"]
    assert f"is shared as {copy}" in out
    assert json.loads(run("recall", TASK, "-n", "mail", "--json")[1])["strategies"][0]["id"] == copy
    assert f"copied from {strategy}" in run("show", copy)[1]
    assert f"shared with every namespace as {copy}" in run("show", strategy)[1]
    [stub] = json.loads(run("list", "--experiences", "-n", "shared", "--json")[1])
    for step in STEPS:
        assert step["action"] not in run("show", stub["id"])[1]
    assert f"Its copy {copy} in shared keeps its words" in run("edit", strategy, "--title", "Read before editing")[1]
    assert f"Its copy {copy} in shared is recalled" in run("retire", strategy)[1]
    code, _, err = run("share", strategy)
    assert code == 2
    assert "retired" in err
    assert run("share", "--undo", strategy)[1] == f"Erased from shared: {copy}.\n"
    assert "No experiences" in run("list", "--experiences", "-n", "shared")[1]
    code, _, err = run("share", "--undo", strategy)
    assert code == 2
    assert "not shared" in err
    run("restore", strategy)
    copy = json.loads(run("share", strategy, "--json")[1])["shared_as"]
    assert json.loads(run("share", "--undo", copy, "--json")[1]) == {"id": copy, "erased": [copy]}
    run("share", strategy)
    run("forget", experience, "--yes")
    assert "No strategies" in run("list")[1]


def test_the_same_words_of_two_namespaces_are_shared_once(run: Run, ids: tuple[str, str]) -> None:
    run("record", "-", "--namespace", "web", typed=json.dumps(RECORD))
    [other] = json.loads(run("list", "-n", "web", "--json")[1])
    run("share", ids[1])
    assert "holds the same words already" in run("share", other["id"])[1]
    assert len(json.loads(run("list", "-n", "shared", "--json")[1])) == 1


def test_where_a_person_reviews_all_everything_new_is_held_until_it_is_restored(
    run: Run, tmp_path: Path, ids: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("export", str(tmp_path / "bank.jsonl"))
    monkeypatch.setenv("RB_MCP_REVIEW", "all")
    second = RECORD | {"task": "Change a customer's booking", "strategies": [OTHER_LESSON]}
    run("record", "-", typed=json.dumps(second))
    [held] = json.loads(run("list", "--held", "--json")[1])
    assert held["item"]["title"] == OTHER_LESSON["title"]
    assert "waits for a person" in run("list", "--held")[1]
    assert [one["id"] for one in json.loads(run("list", "--active", "--json")[1])] == [ids[1]], "it was there before"
    run("restore", held["id"])
    assert "No strategies" in run("list", "--held")[1]
    run("import", str(tmp_path / "bank.jsonl"), bank="other.db")
    assert "waits for a person" in run("list", "--held", bank="other.db")[1]
