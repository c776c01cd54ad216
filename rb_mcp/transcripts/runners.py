"""Test runners: which command runs tests, and whether what it printed says for certain how it ended.

A command is read as a shell would: what runs first in each part of it, behind the usual wrappers (`sudo`, `uv run`,
`npx`, …). What only mentions a runner (`grep pytest`, `pip install pytest`) is no run. Its closing line is what the
runner prints last; of several, one that tells of a failure counts. An exit code counts where the shell hands it on: not
behind a pipe, nor before another command.

Not covered: runners without a closing line of their own inside a script whose exit code is not known.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rb_mcp.types import Outcome

_WRAPPERS = re.compile(
    r"(?:(?:\w+=\S*|sudo|time|command|exec|env|nohup|xvfb-run|timeout(?: -\S+)* \S+|nice(?: -n ?\S+| -\S+)?"
    r"|npx|bunx|bundle exec|(?:pnpm|yarn) exec|pnpm dlx|(?:uv|poetry|pipenv|hatch|pdm|rye|conda|coverage) run(?: -\S+)*"
    r"|python[\d.]* -m coverage run(?: -\S+)*) )*(?:-m )?"
)
_RUNNER = re.compile(
    r"(?:\S*/)?(?:"
    r"(?:pytest|py\.test|nosetests|jest|vitest|mocha|ava|rspec|phpunit|tox|nox|ctest|minitest)(?![\w./=-])"
    r"|python[\d.]* (?:-\S+ )*-m (?:pytest|unittest|nose2?|tox|nox)\b"
    r"|python[\d.]* \S*(?:manage\.py test|runtests\.py)\b"
    r"|cargo (?:\+\S+ )?(?:nextest run|test|t)\b|(?:go|dotnet|swift|mix|sbt|bazel|deno|stack|cabal|rails|just) test\b"
    r"|zig build test\b|bun (?:run )?test\b|node (?:-\S+ )*--test\b|rake (?:test|spec)\b"
    r"|(?:npm|pnpm|yarn) (?:-\S+ )*(?:run )?(?:test|t)(?::\S+)?(?= |$)|(?:pnpm|yarn) (?:run )?(?:jest|vitest)\b"
    r"|make (?:-\S+ |\w+=\S+ )*(?:test|tests|check)\b"
    r"|gradlew?(?: \S+)* (?:\S*:)?(?:test|check)\b|mvnw?(?: \S+)* (?:test|verify)\b)"
)
_NO_RUN = re.compile(
    r" (?:--collect-only|--co|--version|--help|-h|--listTests|--list|--no-run|--dry-run|-V|-DskipTests)(?= |$)"
)
_LONGEST = 50_000
"""Characters of a command that are read."""
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1.*?^\s*\2\s*$", re.DOTALL | re.MULTILINE)
_CALL = re.compile(r"([\w.:-]{1,100})\((\{.*\})\)\Z", re.DOTALL)
_POLLS = {"write_stdin", "BashOutput", "TaskOutput"}
_EXIT = re.compile(r"^(?:Exit [Cc]ode:? |Process exited with code |<returncode>)(-?[0-9]{1,10})\b", re.MULTILINE)
_NO_VERDICT = {5, 124, 126, 127, 130, 137, 143}
"""Exit codes that tell of no test: none found (pytest), out of time, not startable, stopped from outside."""

_COUNTS = r"\d+ (?:passed|failed|errors?|skipped|deselected|xfailed|xpassed|warnings?|rerun|subtests passed)"
_NEVER = "(?!)"
_CLOSING: tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...] = tuple(
    (re.compile(line, re.MULTILINE), re.compile(bad) if bad else None)
    for line, bad in (
        # What the line looks like, and what in it tells of a failure: nothing ever, or (None) the line itself.
        (rf"^(?:=+ )?(?=.*\b[1-9]\d* (?:passed|failed|error))(?:{_COUNTS}(?:, )?)+(?: in [\d.]+ ?s.*)?(?: =+)?$",
         r"\b[1-9]\d* (?:failed|error)"),
        (r"^FAILED \((?:failures|errors|unexpected successes)=.*\)$", None),
        (r"^Ran [1-9]\d* tests? in [\d.]+s\s+OK\b.*$", _NEVER),
        (r"^test result: (?:ok\. (?=.*\b[1-9]\d* passed)|FAILED\.).*$", "FAILED"),
        (r"^[ \t]*Summary \[.*\] +[1-9]\d* tests? run: .*$", r"\b[1-9]\d* (?:failed|timed out)"),
        (r"^(?:FAIL|--- FAIL:|panic:)(?:\s.*)?$", None),
        (r"^ok\s+\S+\s+(?:\(cached\)|[\d.]+s)(?:\s.*)?$", _NEVER),
        (r"^[ \t]*(?:Tests|Test Suites|Test Files):? +(?=.*\b[1-9]\d* (?:passed|failed))\d.*$", r"\b[1-9]\d* failed"),
        (r"^[ \t]*[1-9]\d* failing\b.*$", None),
        (r"^[ \t]*[1-9]\d* passing\b.*$", _NEVER),
        (r"^(?:#|ℹ) fail [1-9]\d*$", None),
        (r"^(?:#|ℹ) pass [1-9]\d*$", _NEVER),
        (r"^[1-9]\d* (?:examples?|runs|tests?),.* \d+ failures?.*$", r"\b[1-9]\d* (?:failure|error)"),
        (r"^(?:FAILURES|ERRORS)!$", None),
        (r"^OK \([1-9]\d* tests?, \d+ assertions?\)$", _NEVER),
        (r"^(?:\[\w+\] )?BUILD (?:SUCCESSFUL|SUCCESS|FAILED|FAILURE)\b.*$", "FAIL"),
        (r"^(?:\[\w+\] )?Tests run: [1-9]\d*, Failures: \d+, Errors: \d+.*$", r"(?:Failures|Errors): [1-9]"),
        (r"^\d+% tests passed, \d+ tests? failed out of [1-9]\d*$", r", [1-9]\d* tests? failed"),
        (r"^[ \t]*(?:congratulations :\)|evaluation failed :\().*$", "failed"),
        (r"^(?:Passed|Failed)! +- Failed: .*$", "^Failed"),
        (r"^[ \t]*Executed [1-9]\d* tests?, with \d+ failures?.*$", "with [1-9]"),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A test run. `passes_on`: the shell hands on its exit code; else only its closing line tells."""

    command: str
    passes_on: bool


def command_of(action: str) -> str:
    """Return the shell command of an action, or nothing: a call with a `command` or `cmd`, or a bare line."""
    call = _CALL.match(action)
    if not call:
        return action if "\n" not in action else ""
    try:
        arguments = cast("dict[str, object]", json.loads(call[2]))
    except (ValueError, RecursionError):
        return ""
    command = arguments.get("command", arguments.get("cmd"))
    if isinstance(command, list):
        words = [str(word) for word in cast("list[object]", command)]
        return words[2] if len(words) > 2 and words[1] in {"-c", "-lc"} else shlex.join(words)  # noqa: PLR2004 - sh -c X
    return command if isinstance(command, str) else ""


def is_call(action: str) -> bool:
    """Tell whether an action is the call of a tool, and not words."""
    return _CALL.match(action) is not None


def is_poll(action: str) -> bool:
    """Tell whether an action only asks how a command is going on."""
    call = _CALL.match(action)
    return bool(call and call[1] in _POLLS)


def runs_tests(action: str) -> bool:
    """Tell whether an action runs tests."""
    return run_of(action) is not None


def run_of(action: str) -> Run | None:
    """Return the test run that an action is, if it is one."""
    command = command_of(action)[:_LONGEST]
    handing_on = ("", "&&", "|") if "set -o pipefail" in command else ("", "&&")
    found, passes_on = False, True
    for words, after in _parts(command):
        if words[:1] in (["bash"], ["sh"]) and len(words) > 2 and words[1] in {"-c", "-lc"}:  # noqa: PLR2004 - sh -c X
            inner = run_of(words[2])
            found, passes_on = found or inner is not None, passes_on and (inner is None or inner.passes_on)
        else:
            line = " ".join(words)
            line = line[cast("re.Match[str]", _WRAPPERS.match(line)).end() :]
            found = found or (_RUNNER.match(line) is not None and not _NO_RUN.search(line))
        passes_on = passes_on and (not found or after in handing_on)
    return Run(command, passes_on) if found else None


def result(run: Run, seen: str) -> tuple[Outcome, str]:
    """Return how a test run ended, and what says so; `unknown` where nothing does, or two things disagree."""
    outcome, line = closing_line(seen)
    exits = set(_EXIT.findall(seen))
    code = int(exits.pop()) if len(exits) == 1 else None  # of several, who knows which one is meant
    if code is not None and code in _NO_VERDICT and not outcome:
        return "unknown", f"exit code {code}"
    failed = code is not None and code != 0
    if outcome == "success" and failed:
        return "unknown", f"{line}, but exit code {code}"
    if outcome:
        return outcome, line
    if failed:
        return "failure", f"exit code {code}"
    if code == 0 and run.passes_on:
        return "success", "exit code 0"
    return "unknown", "nothing says how it ended"


def closing_line(seen: str) -> tuple[Outcome | None, str]:
    """Return what the closing lines of test runners in an output say, and the line; of several, the one that failed."""
    success = ""
    for pattern, bad in _CLOSING:
        for found in pattern.finditer(seen):
            line = found[0].strip()
            if bad is None or bad.search(line):
                return "failure", line
            success = success or line
    return ("success", success) if success else (None, "")


def _parts(command: str) -> Iterator[tuple[list[str], str]]:
    """Yield the words of each part of a shell command, with the operator after it."""
    text = _HEREDOC.sub("", command).replace("\\\n", " ").replace("\n", "\n;\n")  # a comment swallows its line's end
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    try:
        for token in lexer:
            if not set(token) <= set("&|;()") or not token:
                words.append(token)
            elif words:
                yield words, token
                words = []
    except ValueError:  # a quotation that does not close: only a closing line can tell
        yield words, "|"
        return
    if words:
        yield words, ""
