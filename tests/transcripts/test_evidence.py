"""A session's last test run gives its outcome, where it says for certain how it ended; else it is unknown."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from trajectories import SAMPLES, bash, came_back, claude_session

from rb_mcp.transcripts import Recording, read
from rb_mcp.transcripts.evidence import evidence
from rb_mcp.types import Step, Trajectory

if TYPE_CHECKING:
    from rb_mcp.types import Verdict

PASSED = "41 passed in 0.29s"
FAILED = "1 failed, 40 passed in 0.31s"


def _run(command: str, printed: str) -> Step:
    return Step("", f"Bash({json.dumps({'command': command})})", printed)


def _session(text: str) -> Verdict:
    [found] = read(io.StringIO(text))
    assert isinstance(found, Recording)
    return found.verdict


def _of(*steps: Step) -> Verdict:
    return evidence(Trajectory("Mend the parser", steps))


@pytest.mark.parametrize(
    ("command", "printed", "outcome"),
    [
        ("pytest", f"===== {PASSED} =====", "success"),
        ("cd a && .venv/bin/python -m pytest -x tests/ 2>&1 | tail -5", PASSED, "success"),
        ("CI=1 timeout 60 uv run --no-sync pytest -q", f"F\n{FAILED}", "failure"),
        ("pytest", "==== 3 errors in 0.10s ====", "failure"),
        ("pytest", "==== 2 passed, 1 error in 0.10s ====", "failure"),
        ("pytest", "2 skipped in 0.1s", "unknown"),
        ("pytest", "no tests ran in 0.01s", "unknown"),
        ("python -m unittest -v", "Ran 3 tests in 0.001s\n\nOK (skipped=1)", "success"),
        ("python -m unittest", "Ran 3 tests in 0.001s\n\nFAILED (failures=1)", "failure"),
        ("python -m unittest", "Ran 0 tests in 0.000s\n\nOK", "unknown"),
        ("python manage.py test shop", "Ran 3 tests in 0.001s\n\nOK", "success"),
        ("cargo test --all", "test result: ok. 4 passed; 0 failed\n\ntest result: ok. 0 passed; 0 failed", "success"),
        ("cargo test", "test result: ok. 4 passed; 0 failed\ntest result: FAILED. 1 passed; 1 failed", "failure"),
        ("go test ./...", "ok  \texample.com/a\t0.012s\n?   \texample.com/b\t[no test files]", "success"),
        ("go test ./...", "--- FAIL: TestA (0.00s)\nFAIL\nFAIL\texample.com/a\t0.01s", "failure"),
        ("npm test", "Test Suites: 2 passed, 2 total\nTests:       5 passed, 5 total", "success"),
        ("npm run test:unit", "Test Suites: 1 failed, 2 total\nTests:       5 passed, 5 total", "failure"),
        ("npx vitest run", " Test Files  1 failed | 2 passed (3)\n      Tests  1 failed | 9 passed (10)", "failure"),
        ("yarn jest", "Tests:       5 passed, 5 total", "success"),
        ("pnpm test", "  12 passing (30ms)\n  1 failing", "failure"),
        ("node --test", "# tests 2\n# pass 2\n# fail 0", "success"),
        ("make test", "Exit code 2\nmake: *** [test] Error 1", "failure"),
        ("make -j4 test", "Exit code 0\ndone", "success"),
        ("set -o pipefail; make test 2>&1 | tee log", "Exit code 0\ndone", "success"),
        ("bash -lc 'make test && echo done'", "Exit code 0\ndone", "success"),
        ("make test", "done", "unknown"),
        ("tox -e py311", "  py311: OK\n  congratulations :) (3.2 seconds)", "success"),
        ("nox -s tests", "Exit code 1\nnox > Session tests failed.", "failure"),
        ("./gradlew :app:test", "BUILD SUCCESSFUL in 3s", "success"),
        ("mvn -q clean verify", "[INFO] Tests run: 4, Failures: 1, Errors: 0\n[INFO] BUILD FAILURE", "failure"),
        ("ctest --output-on-failure", "100% tests passed, 0 tests failed out of 12", "success"),
        ("ctest", "92% tests passed, 1 tests failed out of 12", "failure"),
        ("bundle exec rspec", "12 examples, 0 failures", "success"),
        ("bundle exec rspec", "0 examples, 0 failures", "unknown"),
        ("vendor/bin/phpunit", "OK (5 tests, 9 assertions)", "success"),
        ("dotnet test", "Passed!  - Failed:     0, Passed:     5", "success"),
    ],
)
def test_the_closing_line_or_the_exit_code_of_every_known_runner_is_understood(
    command: str, printed: str, outcome: str
) -> None:
    verdict = _of(_run(command, printed))
    assert verdict.outcome == outcome, verdict
    if outcome != "unknown":
        assert verdict.source == "evidence"
        assert command.split(maxsplit=1)[0] in verdict.reason


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("grep -rn pytest .", "Exit code 0\nci.yml: pytest"),
        ("pip install pytest", "Exit code 0\nSuccessfully installed"),
        ("cat pytest.ini && ls", f"Exit code 0\n{PASSED}"),
        ("echo 'run pytest'", "Exit code 0\nrun pytest"),
        ("git commit -m 'mended; pytest passes'", "Exit code 0\n1 file changed"),
        ("cat > run.sh <<'EOF'\npytest -q\nEOF", f"Exit code 0\n{PASSED}"),
        ("pytest --collect-only -q", "Exit code 0\n12 tests collected"),
        ("pytest --version", "Exit code 0\npytest 9"),
        ("mvn package -DskipTests verify", "BUILD SUCCESS"),
    ],
)
def test_what_only_mentions_a_runner_is_no_test_run(command: str, printed: str) -> None:
    assert _of(_run(command, printed)).outcome == "unknown"


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("pytest -q | grep -c passed", "Exit code 0\n0"),
        ("pytest -q; echo done", "Exit code 0\ndone"),
        ("pytest -q || true", "Exit code 0\n"),
        ("pytest -q &", "Exit code 0\n"),
        ("pytest -q", f"Exit code 1\n{PASSED}"),
        ("pytest -q", "Exit code 127\nbash: pytest: command not found"),
        ("pytest -q", "Exit code 124\n"),
        ("pytest -q", "Exit code 1\nExit code 0"),
        ("pytest -q -k 'one", "Exit code 0"),
        ("pytest a; pytest b", "Exit code 0"),
        ("set -o pipefail; pytest -q | tee log; date", "Exit code 0\nlog"),
        ("pytest -q", "Exit code " + "9" * 5_000),
        ("pytest -q", ""),
    ],
)
def test_an_exit_code_counts_only_where_it_is_that_of_the_tests(command: str, printed: str) -> None:
    assert _of(_run(command, printed)).outcome == "unknown"


def test_the_last_run_counts_and_its_line_is_quoted() -> None:
    assert _of(_run("pytest", FAILED), _run("pytest -q", PASSED)).reason == f"pytest -q: {PASSED}"
    assert _of(_run("pytest", PASSED), _run("pytest", FAILED)).outcome == "failure"
    assert _of(_run("pytest", FAILED), _run("ls", "a"), _run("pytest", "killed")).outcome == "unknown"
    assert _of(_run("ls", PASSED), Step("", "pytest passes now.", "")).outcome == "unknown"
    assert _of(_run("pytest", FAILED), _run("./all.sh", PASSED)).outcome == "unknown"
    assert _of(Step("", "pytest", FAILED), Step("edit"), Step("", "pytest -q", PASSED)).outcome == "success"


def test_what_was_edited_after_the_tests_ran_was_not_tested_unless_it_is_prose() -> None:
    code = Step("", 'Edit({"file_path": "/repo/parser.py", "new_string": "x"})', "edited")
    notes = Step("", 'Write({"file_path": "/repo/CHANGELOG.md", "content": "mended"})', "written")
    patch = Step("", "apply_patch(*** Begin Patch\n*** Update File: parser.py\n+x)", "Success")
    for printed, outcome in ((PASSED, "success"), (FAILED, "failure")):
        assert _of(_run("pytest", printed), notes).outcome == outcome
        for edit in (code, patch):
            assert _of(_run("pytest", printed), edit).outcome == "unknown"
            assert _of(_run("pytest", FAILED), edit, _run("pytest", printed)).outcome == outcome


def test_a_run_in_the_background_is_known_when_its_end_was_seen() -> None:
    started = Step("", 'exec_command({"cmd": "pytest -q"})', "Process running with session ID 7")
    assert _of(started).outcome == "unknown"
    polled = Step("", 'write_stdin({"session_id": 7})', f"Process exited with code 0\nOutput:\n{PASSED}")
    assert _of(started, polled).outcome == "success"


def test_words_about_tests_do_not_hide_the_run_before_them() -> None:
    assert _of(_run("pytest", PASSED), Step("", "pytest is green.", "")).outcome == "success"


@pytest.mark.parametrize(
    "said", ["That's wrong.", "It still fails on Windows", "no, this is not what I asked", "It doesn't work"]
)
def test_a_plain_correction_after_the_tests_passed_is_a_failure(said: str) -> None:
    corrected = Step("", "Mended.", f"user: {said}")
    verdict = _of(_run("pytest", PASSED), corrected)
    assert (verdict.outcome, verdict.source) == ("failure", "evidence")
    assert said.rstrip(".") in verdict.reason
    assert _of(_run("pytest", PASSED), corrected, _run("sed -i s/a/b/ x", "")).outcome == "unknown"
    assert _of(_run("pytest", PASSED), corrected, _run("pytest", PASSED)).outcome == "success"
    assert _of(Step("", "Mended.", f"user: {said}")).outcome == "unknown", "no test ran"


@pytest.mark.parametrize("said", ["Thanks!", "Does it still fail?", "If that's wrong, tell me", "Now add a still life"])
def test_what_is_no_plain_correction_changes_nothing(said: str) -> None:
    assert _of(_run("pytest", PASSED), Step("", "Mended.", f"user: {said}")).outcome == "success"


def test_a_session_that_breaks_off_states_no_outcome() -> None:
    turns = [("user", "Mend it"), ("assistant", bash("a", "pytest -q")), ("user", came_back("a", FAILED, failed=True))]
    ended = [*turns, ("assistant", "One fails; I cannot mend it.")]
    going_on = [*turns, ("assistant", bash("b", "sed -i s/a/b/ x"))]
    lost = [*ended, ("user", came_back("lost", "x")), ("assistant", "Done")]
    outcomes = [_session(claude_session(*session)).outcome for session in (turns, ended, going_on, lost)]
    assert outcomes == ["unknown", "failure", "unknown", "unknown"]
    before_a_call = claude_session(*ended).replace("end_turn", "tool_use")
    assert _session(before_a_call).outcome == "unknown"


def test_a_codex_session_that_ends_with_a_comment_broke_off() -> None:
    kept = [line for line in SAMPLES["codex"].text.splitlines() if "event_msg" not in line and "token_" not in line]
    assert _session("\n".join(kept)).outcome == "success"
    comment = kept[-1].replace('"role"', '"phase": "commentary", "role"')
    assert _session("\n".join([*kept[:-1], comment])).outcome == "unknown"


def test_the_tests_of_a_gemini_session_are_its_outcome() -> None:
    ran = {"name": "run_shell_command", "args": {"command": "pytest -q"}, "status": "success"}
    printed = {"functionResponse": {"response": {"output": "Output: 1 failed, 40 passed in 0.3s\nExit Code: 1"}}}
    session = {
        "sessionId": "g1",
        "projectHash": "4ea8",
        "messages": [
            {"id": "m1", "type": "user", "content": [{"text": "Mend the date parser"}]},
            {"id": "m2", "type": "gemini", "content": "", "toolCalls": [{"id": "k1", **ran, "result": [printed]}]},
            {"id": "m3", "type": "gemini", "content": "One fails."},
        ],
    }
    assert _session(json.dumps(session)).outcome == "failure"


def test_a_green_run_without_a_word_of_its_own_counts_by_what_the_client_says_of_it() -> None:
    turns = [
        ("user", "Mend it"),
        ("assistant", bash("a", "make test")),
        ("user", came_back("a", "cc -o t")),
        ("assistant", "ok"),
    ]
    [found] = read(io.StringIO(claude_session(*turns)))
    assert isinstance(found, Recording)
    assert (found.verdict.outcome, found.verdict.reason) == ("success", "make test: exit code 0")


def test_reading_a_session_loads_nothing_heavy() -> None:
    program = "import sys, rb_mcp.transcripts.claude_code, rb_mcp.transcripts.evidence; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"mcp", "anyio", "numpy", "pydantic", "apsw", "anthropic", "openai", "httpx2", "click"}
