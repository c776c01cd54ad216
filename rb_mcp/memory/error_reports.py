"""Error reports: the lines and answers in which a command's or tool's output says that an error happened.

That an error happened is judged by the shape of a line (`error_shapes.py`), never by the word: source code, diffs,
numbered listings, results of a search, documents, entries of a log below ERROR and the output of tests that passed are
passed over. A text that is one JSON object is read as the answer of a tool.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from rb_mcp.memory import error_shapes
from rb_mcp.memory.error_keys import KEPT_NUMBER
from rb_mcp.memory.error_shapes import CAUSE, CONSEQUENCE, LOGGED, LONGEST_LINE, PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rb_mcp.memory.error_shapes import Shape

_HEAD, _TAIL = 40_000, 160_000
"""Characters at the beginning and the end of a text that are read: causes stand at the end, or, of compilers, first."""
_MOST_PARTS = 3
"""Errors of one answer."""


@dataclass(frozen=True)
class Report:
    """A line that reports an error, with how telling it is and where it stands."""

    rank: int
    order: int
    head: str
    message: str
    line: str


_ANSI = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]|\x1b\][^\x07\n]{0,200}\x07|[\x00\x07\x08\x0e\x0f]")
_EXIT = re.compile(
    r"^(?:Exit [Cc]ode:? |Process exited with code |<returncode>|\[exit code:? |exit status )(?!0\b)-?[0-9]{1,10}\b",
    re.MULTILINE,
)
_EXIT_LINE = re.compile(
    r"^(?:Exit [Cc]ode:? -?\d+|Process exited with code \d+|</?returncode>|</?output>|\(Open file: .*|\(Current dir"
    r"ectory: .*|bash-\$|Output:|Wall time: .*|Chunk ID: .*|Command (?:failed|exited) with exit code \d+.*"
    r"|user: .*)\s*$"
)
_LETTERS = re.compile(r"[^\W\d_]{2}")
_PREFIX = re.compile(
    # What others put before a line: CI and build systems, compose, workers, pytest, boxes of terraform, quotations.
    r"(?:(?:[^\t\n]{1,60}\t[^\t\n]{1,80}\t)?\d{4}-\d\d-\d\dT[\d:.]+Z +(?!\S{0,20}(?:info|debug|warn|INFO"
    r"|DEBUG|WARN))|#\d+ +[\d.]+ +|[\w.-]{1,40} +\| |│ ?|\| |remote: |E {3,}|stderr: |\[stderr\] ?"
    r"|\[\d\] |\[stdout\] ?|> (?=\S)|\$ (?=\S*: ))"
)
_STAMP = re.compile(
    r"\[?\d{1,4}[-/.]\w{2,3}[-/.]\d{2,4}[T ]\d\d:[\d:.,]+(?:Z| ?[+-]\d\d:?\d\d| [A-Z]{2,5}| [A-Z][a-z]+/\w+)?\]?:? +"
    r"(?:\[\d+(?:-\d+)?\]:? )?(?:[\w-]+@[\w-]+ )?"
)
"""A date before a line, as PHP and PostgreSQL write it, with process, user and database."""
_LEVEL = re.compile(
    # An entry of a log: a date or a time, or a name in brackets, and then the level.
    r"\[?(?:\d{4}[-/.]\d\d[-/.]\d\d[T ]?)?(?:\d\d:\d\d(?::\d\d)?[\d.,]{0,8}(?:Z| ?[+-]\d\d:?\d\d)?)?\]?[ -]{0,4}"
    r"(?:\[[\w.:/ -]{1,60}\] {0,2}|[\w.]{1,60}[: ] ?|- ){0,3}?"
    r"[\[(<|]?(?P<level>TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|FATAL|CRITICAL|SEVERE|EMERG|ALERT"
    r"|PANIC|trace|debug|"
    r"info|notice|warn(?:ing)?|error|fatal|critical|emerg)[\])>|:]{0,2}(?=\W)(?P<rest>.*)"
)
_DATED = re.compile(r"\[?(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d:\d\d:\d\d|[A-Z][a-z]{2} +\d{1,2} \d\d:|[EWIF]\d{4} \d\d:)")
_NAMED = re.compile(
    r"(?!Warning +[A-Z]\w+ +\d)(?:DEBUG|INFO|NOTICE|WARN(?:ING)?|TRACE)\b|\[(?:DEBUG|INFO|NOTICE|WARN"
    r"(?:ING)?|TRACE)\]",
    re.IGNORECASE,
)
_PYTHON_LOG = re.compile(
    r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)(?::| {1,4})[\w.]{1,80}:(?:[\w.]{1,60}:\d+ )?"
    r"(?P<rest>.*)"
)
_FIELDS = re.compile(
    r"(?:^|\s|\{)\"?level\"?[=:] ?\"?(?P<level>\w+)\"?.{0,400}?\"?(?:msg|message|err|error)\"?[=:] ?\""
    r"(?P<rest>[^\"]+)"
)
_LEADING = re.compile(
    r"(?:\[[^\]\n]{1,60}\] ?|[\w.$-]{1,80}: {1,2}(?=\S)|[\w.$/-]{1,80} - |\d+#\d+: |\*\d+ |[-:|] ?|\s)"
)
_HUNK = re.compile(r"diff --git |@@ -\d+|--- (?:a/|/dev/null)|\*\*\* (?:Begin Patch|Update File|Add File)|Index: ")
_IN_HUNK = re.compile(r"[-+ \\]|@@|\*\*\*|diff |index |similarity |rename |new file|deleted file|\s*\Z")
_NUMBERED = re.compile(r"\s{0,7}(\d{1,6})(?:[:→\t|]| {2}|:\t)")
_SEARCHED = re.compile(r"[^\s:]{1,200}[:-]\d{1,6}[:-](?:\s{2,}|\t|(?=[^\s\d])(?!in [`'‘]))")
_CODE = re.compile(
    r"(?:import [\w.{*]|from \S+ import |(?:async )?def \w|class \w|@\w+[\w.]*(?:\(|\s*$)|(?:async "
    r")?function[ *]\w|(?:const|let|var) [\w{\[]"
    r"|export |package \w|(?:public|private|protected|internal) |(?:pub(?:\(\w+\))? )?(?:fn|struct|enum"
    r"|trait|mod) \w|use [\w:]+|#include"
    r"|impl\b|func [\w(]|type \w+ |namespace |using \w|if __name__|#!/|module\.exports|describe\(|test\("
    r"|it\(|interface \w|SELECT |CREATE "
    r"|<\?php|require ['\"]|#define|\}\s*else|resource \"|variable \")"
)
_CODE_END = re.compile(r"(?:[)\]}]+[;,]?|'''|\"\"\"\)?|EOF|end|`+;?)\s*\Z")
_HEADING = re.compile(
    r"#{1,6} (?![\w-]*[./][\w./-]*\s*\Z|command-line-arguments)\S|={3,}\s*\Z|(?:NAME|SYNOPSIS|DESCRIPTION"
    r"|OPTIONS)\s*\Z"
)
_REPORT = re.compile(
    r"#{1,6} .{0,40}(?:steps|reproduc|expected|actual|environment|traceback|stack ?trace|error|describe"
    r"|what happened|logs?\b"
    r"|version|output|bug|context|current behavio|issue)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:[-*•+]|\d{1,2}[.)]) ")
_FEWEST_CODE_LINES, _FEWEST_HEADINGS, _FEWEST_NUMBERED = 2, 2, 4
_CLOSING = re.compile(
    r"(?:=+ )?(?:\d+ (?:passed|failed|errors?|skipped|deselected|warnings?|xfailed|xpassed)(?:, )?)+.{0,60}"
    r"|Tests:? .{0,80}\btotal|test result: .{0,200}|OK(?: \(.{0,80}\))?|FAILED \(.{0,80}\)|\[?(?:INFO"
    r"|ERROR)?\]? ?BUILD \w+.{0,30}"
    r"|\d+ (?:examples?|runs|tests?), .{0,80}|[ \t]*\d+ passing.{0,30}|[ \t]*\d+ failing.{0,30}|[ℹ#] fail "
    r"\d+|(?:Passed|Failed)! .{0,100}"
    r"|[ \t]*Tests +\d.{0,80}|\d+% tests passed.{0,80}|[ \t]*Executed \d+ tests?.{0,100}|Tests run: .{0,80}"
)
_NOT_PASSED = re.compile(
    r"[1-9]\d* (?:failed|errors?|failures?|failing)|FAIL|fail [1-9]|Failed!|(?:Failures|Errors): [1-9]|, "
    r"0 passed"
)
_COLON = re.compile(r": {1,2}(?=\S)")
_FEWEST_WORDS = 3
_SENTENCE_END = re.compile(r"[a-z]{2,}\. (?:The|This|It|We|You|If|When|To|So|That|In|For|A)\b")
_EXCEPTION = re.compile(
    rf"(?:[^\s#/]{{0,3}} )?(?P<head>{error_shapes.CLASS})(?: ?\[(?P<code>\w{{3,50}})\])?(?::(?: "
    rf"(?P<message>.*))?)?$"
)
_EMPTY_MESSAGE = re.compile(
    r"^\s*\d+ validation errors? for|^\s*\(most recent call last\)|went wrong:?\s*$|^\s*Message:\s*$"
)
_PROGRAM = re.compile(r"(?:exec )?[\w./\\+-]{1,80}(?:\[\d+\])?:(?: |$)|[^\W\d_]{2,20}: ")
_SENTENCE = re.compile(r"[a-z]{2,} [a-z]{2,} [a-z]{2,} [a-z]{2,}")
_LONGEST_SIGN_BEHIND = 160
_SHELLS = {"bash", "sh", "zsh", "dash", "fish", "ksh", "-bash", "env", "/bin/sh", "line", "sudo", "exec"}
_OF_SHELLS = {
    "command not found",
    "unsuccessful interpreter",
    "not recognized",
    "exec format error",
    "argument list too long",
}
_FRAME = re.compile(
    r"\s+at [\w$.<\[(/@]|\s*File \"[^\"]{1,300}\", line \d+|\s+from \S+:\d+:in |\s*❯ |#\d+ +[\w0/]"
    r"|\s+\.\.\. \d+ more|\s+in .{1,200}:line \d+"
)
_FRAMES_WITHIN = 5
_LEAD_IN = re.compile(r"^npm (?:ERR!|error) ?|^\d+: ")
_SAYS_NOTHING = re.compile(r"Description:|\w+: v?[\d.]+|--- \w+|Call log:")
_TIMED_OUT = re.compile(r"^(?:[\w.]{1,60}: )?Timeout \d+ms exceeded")
_OBSTACLE = re.compile(
    r"intercepts pointer events|is not (?:visible|enabled|stable|editable|attached)|outside of the "
    r"viewport|was detached|strict mode|is hidden"
    r"|resolved to \d+ elements"
)
"""Why a browser could not act on an element."""
_MAPPING = re.compile(r"\s*[\"']?[\w.-]{1,60}[\"']?: ?\S")
_OF_PROGRAMS = re.compile(
    r"\s*(?:hint|fatal|warning|warn|note|help|error|detail|details|hint|line|caused by|info|context"
    r"|statement|remote)\b",
    re.IGNORECASE,
)
_INLINE = re.compile(rf"\b(?P<head>{error_shapes.CLASS}): (?P<message>[^`\n]{{3,200}})|`(?P<quoted>[^`\n]{{8,300}})`")
_LONGEST_JSON = 200_000
_ERROR_KEYS = (
    "error",
    "errors",
    "err",
    "exception",
    "error_message",
    "errorMessage",
    "error_code",
    "errorCode",
    "fault",
)
_MESSAGE_KEYS = (
    "message",
    "msg",
    "errmsg",
    "detail",
    "details",
    "error",
    "reason",
    "description",
    "title",
    "error_description",
    "text",
    "errorMessage",
)
_CODE_KEYS = (
    "code",
    "errcode",
    "type",
    "name",
    "kind",
    "errorCode",
    "error_code",
    "status",
    "statusCode",
    "status_code",
    "Code",
)
_OUTPUT_KEYS = ("stderr", "output", "stdout", "content", "result")
_EXIT_KEYS = ("exit_code", "exitCode", "returncode", "return_code", "exitStatus", "exit_status")
_BESIDE = frozenset({
    "status", "statuscode", "status_code", "code", "message", "msg", "detail", "details", "success", "ok",
    "data", "result", "path", "timestamp", "requestid", "request_id", "error_description", "traceid", "trace_id",
    "type", "title", "instance", "reason", "hint", "retryable", "retry_after", "documentation_url", "iserror",
    "id", "jsonrpc", "stack", "name", "description", "suggestion", "command", "tool", "context", "meta",
    "error_code", "errorcode", "errors", "error", "exception", "field", "params", "exit_code", "output",
    "stdout", "stderr",
})  # fmt: skip
"""Keys that stand beside `error` in an answer, as opposed to a file of texts."""
_FEW_TEXTS, _FEW_KEYS = 1, 4
_BAD = re.compile(
    r"(?:error|failed|failure|fail|fatal|rejected|denied|unauthorized|timeout|exception)\Z", re.IGNORECASE
)
_HTTP_ERROR = range(400, 600)
_SUCCESSES = {0, 1, *range(200, 400)}
_LINES_OF_JSON = 20_000


def reports(text: str, *, failed: bool = False) -> list[Report]:
    """Return what a text reports, the most telling first; what only follows from something else only if nothing else.

    `failed`: as for `signatures.signatures`.
    """
    text = _ANSI.sub("", text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n{text[-_TAIL:]}")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    failed = failed or bool(_EXIT.search(text))
    answer = _answer(text)
    if answer is not None:
        reported = list(_of_json(answer, failed=failed))
    else:
        lines = text.split("\n")
        reported = list(_of_lines(lines, failed=failed))
        if not reported and failed:
            reported = [*_of_prose(text)] or [*_last_line(lines)]
    reported.sort(key=lambda report: (report.rank, report.order))
    telling = [report for report in reported if report.rank < CONSEQUENCE]
    return telling or reported


def _of_lines(lines: Sequence[str], *, failed: bool) -> Iterator[Report]:
    """Yield the lines that report an error; `failed`: where the text as a whole says nothing against it."""
    skipped = _skipped(lines, failed=failed)
    tracebacks = _Tracebacks(lines)
    for number, raw in enumerate(lines):
        if skipped[number]:
            continue
        traced = tracebacks.ending(number)
        if traced is not None:
            yield from traced
            continue
        if not raw or not _LETTERS.search(raw, 0, LONGEST_LINE):
            continue
        report = _of_line(lines, number, failed=failed)
        if report:
            yield report


def _of_line(lines: Sequence[str], number: int, *, failed: bool) -> Report | None:
    """Return what one line reports, if it reports an error."""
    line = _bare(lines[number])
    if _SEARCHED.match(line) or _EXIT_LINE.match(line) or not line:
        return None
    logged = _logged(line)
    if logged == "":
        return None
    stamp = _STAMP.match(line)
    line = line[stamp.end() :] if stamp and line[stamp.end() :] else line
    if not logged and line.lstrip().startswith("{"):
        return next(iter(_of_json_line(line, number)), None)
    indented = line[0] in " \t"
    stripped = line.strip()
    if indented and _BULLET.match(stripped) and not stripped.startswith(("- E", "- F", "+ FullyQ", "+ Category")):
        return None
    entries = [logged] if logged else [stripped, *_remainders(stripped)]
    for entry, text in enumerate(entries):
        report = _shaped(lines, number, text, indented=indented, failed=failed)
        if not report and not _CODE.match(text):
            report = _of_system(text, number, indented=indented)
        if not report and entry and text.startswith("{"):
            report = next(iter(_of_json_line(text, number)), None)
        if report and (not entry or report.rank == CAUSE):
            return report
    return Report(LOGGED, number, "error", logged, line) if logged and not _harmless(logged) else None


def _remainders(line: str) -> Iterator[str]:
    """Yield what stands behind a colon that follows several words: an error quoted at the end of a sentence."""
    if _CODE.match(line) or _BULLET.match(line) or line.endswith((";", ",", "{")):
        return
    for colon in list(_COLON.finditer(line[:LONGEST_LINE]))[:4]:
        rest = line[colon.end() :]
        if len(line[: colon.start()].split()) >= _FEWEST_WORDS and not _SENTENCE_END.search(rest):
            yield rest


def _shaped(lines: Sequence[str], number: int, line: str, *, indented: bool, failed: bool) -> Report | None:
    """Return what a line reports by the first shape it has."""
    exception = _EXCEPTION.match(line)
    if exception and _TIMED_OUT.search(exception["message"] or ""):
        exception, line = None, line[line.index(": ") + 2 :]
    report = _exception(lines, number, exception, trusted=failed or not indented) if exception else None
    if report:
        return report
    if lines[number].startswith("E   ") and not lines[max(0, number - 1)].startswith("E  ") and not exception:
        return Report(CAUSE, number, "assertionerror" if line.startswith("assert ") else "error", line, line)
    if line.startswith("* What went wrong"):  # of Gradle: the last of the reasons it gives is the deepest
        reason = _deepest_reason(lines, number)
        return Report(_rank(reason, CAUSE), number, "gradle", reason, reason) if reason else None
    if not error_shapes.ANY.match(line):
        return None
    following = lines[number + 1].lstrip() if number + 1 < len(lines) else ""
    for shape in error_shapes.SHAPES:
        if (indented and not (shape.indented or failed)) or not following.startswith(shape.followed_by):
            continue
        match = shape.pattern.match(line)
        if match:
            return _matched(lines, number, line, shape, match)
    return None


def _exception(lines: Sequence[str], number: int, exception: re.Match[str], *, trusted: bool) -> Report | None:
    """Return what a line that begins with the class of an exception reports; `trusted`: its place speaks for it."""
    framed = _followed_by_frames(lines, number)
    head, message = exception["head"], exception["message"] or ""
    if not (trusted or framed or "." in head or _ends_deeper(lines, number)) or _harmless(message):
        return None
    announces = exception[0].endswith(":") and "::" in head and bool(_next_line(lines, number))
    if not (message or framed or announces):
        return None
    if not message.strip() or _EMPTY_MESSAGE.search(message):
        message = f"{message} {_next_line(lines, number)}"
    return Report(_rank(message, CAUSE if framed else PLAIN), number, head, message, exception[0])


def _matched(lines: Sequence[str], number: int, line: str, shape: Shape, match: re.Match[str]) -> Report | None:
    """Return what a line that has a shape reports."""
    groups = match.groupdict()
    message = (groups["message"] if "message" in groups else match[0]) or ""
    if not message.strip() and shape.rank == CAUSE:
        message = _reason(lines, number, line)
        line = f"{line} {message}"
    if shape.rank != CAUSE and _harmless(message.strip()):
        return None
    if shape.rank == PLAIN and _in_mapping(lines, number):
        return None
    if message.rstrip().endswith(":") or _EMPTY_MESSAGE.search(message):
        message = f"{message} {_next_line(lines, number)}"
    if message.lower().startswith("timeout"):
        message = f"{message} {_obstacle(lines, number)}"
    code = groups.get("code")
    message = f"{KEPT_NUMBER}{code} {message}" if code else message
    order = number if shape.order == "first" else -number
    return Report(_rank(message, shape.rank), order, groups.get("head") or shape.head, message, line)


def _obstacle(lines: Sequence[str], number: int) -> str:
    """Return what a browser's log says, below a line, of the element it waited for."""
    below = (_OBSTACLE.search(raw[:LONGEST_LINE]) for raw in lines[number : number + 20])
    return next((obstacle[0] for obstacle in below if obstacle), "")


def _deepest_reason(lines: Sequence[str], number: int) -> str:
    """Return the last of the reasons that Gradle gives below a line, each behind `>`."""
    reasons: list[str] = []
    for raw in lines[number + 1 : number + 15]:
        line = raw[:LONGEST_LINE].strip()
        if not line or line.startswith("* "):
            break
        reasons.append(line)
    return next(
        (line.lstrip("> ") for line in reversed(reasons) if line.startswith(">")), reasons[0] if reasons else ""
    )


def _of_system(line: str, number: int, *, indented: bool) -> Report | None:
    """Return what a line of the shape `program: …: message of the system` reports."""
    match = error_shapes.STRERROR.search(line) if not indented and _PROGRAM.match(line) else None
    if not match:
        return None
    prefix, suffix = line[: match.start()], line[match.end() :]
    if not _PROGRAM.match(prefix) or len(suffix) > _LONGEST_SIGN_BEHIND or _SENTENCE.search(suffix):
        return None
    program = prefix.split(":", 1)[0].strip().rsplit("/", 1)[-1].lower()
    text = match[0].lower()
    text = error_shapes.TRANSLATIONS.get(text, text)
    program = "" if program in _SHELLS or text in _OF_SHELLS else program
    return Report(CAUSE, number, error_shapes.ERRNO[text], f"{program} {text}", line)


def _bare(raw: str) -> str:
    """Return a line without what others put before it."""
    line = raw[:LONGEST_LINE].rstrip()
    for _ in range(3):
        prefix = _PREFIX.match(line)
        if not prefix:
            break
        line = line[prefix.end() :]
    return line


def _logged(line: str) -> str | None:
    """Return the message of an entry of a log; "" below the level of an error; None for no entry."""
    match = _PYTHON_LOG.match(line) or (_LEVEL.match(line) if _DATED.match(line) else None)
    if not match and "level" in line:
        match = _FIELDS.search(line)
    if not match:
        return "" if _NAMED.match(line.strip()) and not line.startswith("WARNING: Retrying") else None
    if match["level"].upper() not in {"ERROR", "ERR", "FATAL", "CRITICAL", "SEVERE", "EMERG", "ALERT", "PANIC"}:
        return ""
    rest = match["rest"].strip()
    for _ in range(4):
        leading = _LEADING.match(rest)
        if not leading or not rest[leading.end() :] or _EXCEPTION.match(rest):
            break
        rest = rest[leading.end() :]
    return rest


def _harmless(message: str) -> bool:
    return bool(error_shapes.HARMLESS.search(message[:LONGEST_LINE]))


def _rank(message: str, rank: int) -> int:
    return CONSEQUENCE if error_shapes.CONSEQUENCES.search(message[:LONGEST_LINE].strip()) else rank


def _next_line(lines: Sequence[str], number: int) -> str:
    """Return the next line that says something, without what stands before it."""
    for raw in lines[number + 1 : number + 9]:
        line = _LEAD_IN.sub("", _bare(raw).strip().lstrip("│|>-* "))
        if len(_LETTERS.findall(line)) > 1 and not _SAYS_NOTHING.fullmatch(line):
            return line
    return ""


def _reason(lines: Sequence[str], number: int, line: str) -> str:
    """Return what a line that only announces an error is followed by."""
    if line.startswith("Problem 1"):  # of Composer: the requirement that cannot be met, not who made it
        for raw in lines[number + 1 : number + 8]:
            if " -> " in raw:
                return raw.strip().lstrip("- ")
    return _next_line(lines, number)


def _followed_by_frames(lines: Sequence[str], number: int) -> bool:
    """Tell whether a stack trace follows a line."""
    return any(_FRAME.match(raw[:LONGEST_LINE]) for raw in lines[number + 1 : number + 1 + _FRAMES_WITHIN])


def _ends_deeper(lines: Sequence[str], number: int) -> bool:
    """Tell whether a line stands less deep than the one before it, as the last line of a quoted traceback does."""
    line_above = lines[number - 1] if number else ""
    depth, depth_above = (len(raw) - len(raw.lstrip()) for raw in (lines[number], line_above))
    return bool(line_above.strip()) and depth_above > depth


def _in_mapping(lines: Sequence[str], number: int) -> bool:
    """Tell whether a line is an entry of a mapping (YAML, properties), as its neighbours are."""
    around = [raw for raw in (*lines[max(0, number - 1) : number], *lines[number + 1 : number + 2]) if raw.strip()]
    return (
        bool(around)
        and all(_MAPPING.match(raw) and not _OF_PROGRAMS.match(raw) for raw in around)
        and bool(_MAPPING.match(lines[number]))
    )


def _skipped(lines: Sequence[str], *, failed: bool) -> list[bool]:
    """Return of each line whether it quotes: code, a diff, a document, the output of tests that passed."""
    skipped = [False] * len(lines)
    code = [number for number, line in enumerate(lines) if _CODE.match(line)]
    numbered = [number for number, line in enumerate(lines) if _NUMBERED.match(line)]
    if len(numbered) >= _FEWEST_NUMBERED and len(numbered) * 2 > sum(1 for line in lines if line.strip()):
        for number in numbered:
            skipped[number] = True
    if len(code) >= _FEWEST_CODE_LINES:
        end = code[-1]
        for number in range(end, len(lines)):
            if _CODE_END.match(lines[number]):
                end = number
        skipped[: end + 1] = [True] * (end + 1)
    headings = [line for line in lines if _HEADING.match(line)]
    if len(headings) >= _FEWEST_HEADINGS and not failed and not any(_REPORT.match(line) for line in headings):
        return [True] * len(lines)
    in_hunk, start = False, 0
    for number, line in enumerate(lines):
        in_hunk = bool(_HUNK.match(line)) or (in_hunk and bool(_IN_HUNK.match(line)))
        skipped[number] = skipped[number] or in_hunk
        if _CLOSING.fullmatch(line[:LONGEST_LINE].strip()):
            if not _NOT_PASSED.search(line) and not failed:
                skipped[start : number + 1] = [True] * (number + 1 - start)
            start = number + 1
    return skipped


class _Tracebacks:
    """Python's tracebacks in a text: which line ends one, and what it reports."""

    _START = re.compile(r"(?P<indent>.{0,40}?)Traceback \(most recent call last\):\s*$")
    _FILE = re.compile(r"(?P<indent>[\s|E>]{0,20}?) {0,2}File \"[^\"]{1,300}\", line \d+(?:, in .*)?\s*$")
    _END = re.compile(rf"(?P<head>{error_shapes.CLASS}|[A-Za-z_][\w.]{{2,150}})(?P<colon>:\s*(?P<message>.*))?$")

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._indent: str | None = None
        self._skipped = False

    def ending(self, number: int) -> list[Report] | None:
        """Return what the traceback that a line belongs to reports: nothing before its end; None outside of one."""
        raw = self._lines[number][:LONGEST_LINE]
        start = self._START.match(raw) if "Traceback (most" in raw else None
        if start:
            self._indent = start["indent"]
            self._skipped = self._is_example(number)
            return []
        if self._indent is None:
            place = self._FILE.match(raw) if 'File "' in raw else None
            if place and number + 1 < len(self._lines):
                self._indent, self._skipped = place["indent"].rstrip(" ") if "|" in place["indent"] else "", False
                return []
            return None
        line = raw[len(self._indent) :] if raw.startswith(self._indent) else raw.lstrip()
        if not line.strip() or line[0] in " \t|+":
            return []
        self._indent = None
        end = self._END.match(line.rstrip())
        if not end or self._skipped:
            return None if not self._skipped else []
        message = end["message"] or ""
        if end["colon"] and (not message or _EMPTY_MESSAGE.search(message)):
            message = f"{message} {_next_line(self._lines, number)}"
        return [Report(_rank(message, CAUSE), -number, end["head"], message, line)]

    def _is_example(self, number: int) -> bool:
        """Tell whether the traceback at a line is an example in a docstring: behind a prompt, without frames."""
        line_above = next(
            (raw.strip() for raw in reversed(self._lines[max(0, number - 2) : number]) if raw.strip()), ""
        )
        line_below = self._lines[number + 1].strip() if number + 1 < len(self._lines) else ""
        return line_above.startswith((">>>", "...")) or line_below == "..."


def _of_prose(text: str) -> Iterator[Report]:
    """Yield the messages quoted inside prose."""
    for match in _INLINE.finditer(text[:_HEAD]):
        if match["quoted"]:
            yield from _of_lines([match["quoted"]], failed=False)
        elif not _CODE.match(match[0]):
            yield Report(PLAIN, match.start(), match["head"], match["message"].split(". ")[0], match[0])


def _last_line(lines: Sequence[str]) -> Iterator[Report]:
    """Yield the last line that says something, of a command that is known to have failed."""
    for raw in reversed(lines[-200:]):
        line = _bare(raw).strip()
        if len(re.findall(r"[^\W\d_]{2,}", line)) < 2 or _EXIT_LINE.match(line):  # noqa: PLR2004 - two words say something
            continue
        if not _CODE.match(line) and not _NUMBERED.match(raw) and not _SEARCHED.match(line) and line[0] not in "+-@}{":
            yield Report(CONSEQUENCE, 0, "error", line, line)
        return


def _answer(text: str) -> object:
    """Return a text that is one JSON object or list; None for anything else."""
    stripped = text.strip()
    if not stripped or stripped[0] not in "{[" or stripped[-1] not in "}]" or len(stripped) > _LONGEST_JSON:
        return None
    try:
        return json.loads(stripped)
    except (ValueError, RecursionError):
        return None


def _of_json(answer: object, *, failed: bool) -> Iterator[Report]:
    """Yield what an answer reports at its top level."""
    if isinstance(answer, list):
        parts = cast("list[object]", answer)
        if len(parts) == 1 or (parts and all(_field(part, ("type",)) == "text" for part in parts)):
            for part in parts[:5]:
                yield from _of_json(part, failed=failed)
        return
    if not isinstance(answer, dict):
        return
    fields = cast("dict[str, object]", answer)
    exits = [
        value for key in _EXIT_KEYS if isinstance(value := fields.get(key, _field(fields.get("metadata"), (key,))), int)
    ]
    failed = failed or any(exits) or fields.get("isError") is True or fields.get("is_error") is True
    for key in _ERROR_KEYS:
        value = fields.get(key)
        if value not in (None, False, "", 0, [], {}) and _is_answer(fields, value):
            yield from _of_error(value, fields)
            return
    status = fields.get("status", fields.get("statusCode", fields.get("status_code")))
    unsuccessful = (
        fields.get("success") is False
        or fields.get("ok") is False
        or (isinstance(status, str) and bool(_BAD.match(status)))
    )
    unsuccessful = (
        unsuccessful
        or (isinstance(status, int) and status in _HTTP_ERROR)
        or set(fields) == {"detail"}
        or _is_envelope(fields)
        or (failed and "message" in fields)
    )
    if unsuccessful:
        yield from _of_error(fields, fields)
        return
    texts = [value for key in (*_OUTPUT_KEYS, "text") if (value := fields.get(key))]
    for value in texts:
        if isinstance(value, str) and not (exits and not failed):
            yield from _of_text(value, failed=failed)
        elif isinstance(value, list):
            yield from _of_json(cast("object", value), failed=failed)


def _of_json_line(line: str, number: int) -> Iterator[Report]:
    """Yield what an answer on a line of its own reports."""
    answer = _answer(line) if len(line) < _LINES_OF_JSON else None
    if isinstance(answer, dict):
        for report in _of_json(cast("object", answer), failed=False):
            yield Report(report.rank, number, report.head, report.message, report.line)


def _of_text(text: str, *, failed: bool) -> Iterator[Report]:
    """Yield what a text inside an answer reports."""
    lines = text[-_TAIL:].split("\n")
    reported = list(_of_lines(lines, failed=failed))
    yield from reported or (_last_line(lines) if failed else ())


def _is_envelope(fields: dict[str, object]) -> bool:
    """Tell whether an answer has a code other than that of a success beside a message and no data."""
    code = fields.get("code", fields.get("errcode", fields.get("status")))
    message = fields.get("message", fields.get("msg", fields.get("errmsg")))
    if set(fields) <= {"message", "documentation_url", "status"} and "documentation_url" in fields:
        return True  # GitHub's
    return (
        isinstance(code, int)
        and code not in _SUCCESSES
        and isinstance(message, str)
        and not fields.get("data", fields.get("result"))
    )


def _is_answer(fields: dict[str, object], value: object) -> bool:
    """Tell whether an object with `error` in it is an answer, and not a file of texts or settings."""
    if isinstance(value, (dict, list)):
        return isinstance(value, list) or bool(_field(cast("object", value), _MESSAGE_KEYS + _CODE_KEYS))
    strange = [other for key, other in fields.items() if key.lower() not in _BESIDE and key not in _ERROR_KEYS]
    texts = sum(isinstance(other, str) for other in strange)
    return isinstance(value, (str, bool)) and texts <= _FEW_TEXTS and len(strange) <= _FEW_KEYS


def _of_error(value: object, fields: dict[str, object]) -> Iterator[Report]:
    """Yield the code and the message of an error inside an answer."""
    if isinstance(value, list):
        for part in cast("list[object]", value)[:_MOST_PARTS]:
            yield from _of_error(part, fields)
        return
    if isinstance(value, dict):
        message, code = _field(cast("object", value), _MESSAGE_KEYS), _field(cast("object", value), _CODE_KEYS)
    else:
        message = value if isinstance(value, str) else _field(fields, _MESSAGE_KEYS[:3])
        code = _field(fields, _CODE_KEYS) if not _BAD.match(_field(fields, _CODE_KEYS)) else ""
        described = _field(fields, ("message", "detail", "error_description"))
        message = f"{message}: {described}" if described and described != message else message
    lines = message.split("\n")
    inner = next(iter(_of_lines(lines, failed=False)), None) if message else None
    if inner and inner.head != "error":
        yield Report(CAUSE, 0, inner.head, f"{inner.message}", inner.line)
    elif message or code:
        code = code if not _BAD.match(code) else ""
        message = inner.message if inner else lines[0]
        yield Report(CAUSE, 0, "error", f"{code} {message}", f"{code}: {message}" if code else message)


def _field(value: object, keys: Sequence[str]) -> str:
    """Return the first of some keys of an object that has a text or a number, as text."""
    if not isinstance(value, dict):
        return ""
    fields = cast("dict[str, object]", value)
    for key in keys:
        field = fields.get(key)
        if isinstance(field, str) and field.strip():
            return field.strip()
        if isinstance(field, int) and not isinstance(field, bool):
            return str(field)
        if isinstance(field, dict) and (inner := _field(cast("object", field), keys)):
            return inner
    return ""
