"""Error signatures: what counts as an error that happened, and which errors are the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rb_mcp.memory.signatures import ALIKE, MOST, alike, likeness, signatures

CORPORA = Path(__file__).parent.parent / "corpora"

SAME = [
    (
        (
            'Traceback (most recent call last):\n  File "/a/b.py", line 3, in <module>\n    import yaml\n'
            "ModuleNotFoundError: No module named 'yaml'"
        ),
        "E   ModuleNotFoundError: No module named 'requests'",
    ),
    (
        "error[E0382]: borrow of moved value: `x`\n --> src/main.rs:3:5\nerror: could not compile `a` due to 1 error",
        "error[E0382]: borrow of moved value: `queue`\n  --> lib/pool.rs:41:9",
    ),
    (
        "src/a.ts(3,5): error TS2304: Cannot find name 'foo'.",
        "app/page.tsx:12:8 - error TS2304: Cannot find name 'render'.",
    ),
    (
        "npm ERR! code ERESOLVE\nnpm ERR! ERESOLVE unable to resolve dependency tree\nnpm ERR! Found: react@18.2.0",
        "npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree",
    ),
    ("bash: foo: command not found", "zsh: command not found: kubectl"),
    ("sh: 1: foo: not found", "/bin/sh: line 3: bar: command not found"),
    ("cat: /x/y.txt: No such file or directory", "cat: notes.md: Datei oder Verzeichnis nicht gefunden"),
    ("rm: no se puede borrar 'x': Permiso denegado", "rm: cannot remove '/y': Permission denied"),
    ("./main.go:5:2: undefined: fooBar", "pkg/x/y.go:51:20: undefined: newClient"),
    (
        "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:",
        "panic: runtime error: index out of range [12] with length 12",
    ),
    (
        (
            'Exception in thread "main" java.lang.RuntimeException: x\n\tat a.b(C.java:3)\n'
            "Caused by: java.net.ConnectException: Connection refused\n\tat z"
        ),
        "Caused by: java.net.ConnectException: Connection refused",
    ),
    (
        "a.rb:3:in `foo': undefined method `bar' for nil:NilClass (NoMethodError)",
        "lib/x.rb:88:in `call': undefined method `name' for nil:NilClass (NoMethodError)",
    ),
    (
        "PHP Fatal error:  Uncaught Error: Call to undefined function foo() in /x.php:3",
        "PHP Fatal error:  Uncaught Error: Call to undefined function mb_trim() in /srv/y.php:31",
    ),
    (
        "Unhandled exception. System.InvalidOperationException: Sequence contains no elements\n   at X",
        "System.InvalidOperationException: Sequence contains no elements",
    ),
    (
        'Error from server (NotFound): pods "x" not found',
        'Error from server (NotFound): pods "web-7f" not found',
    ),
    (
        "TimeoutError: locator.click: Timeout 30000ms exceeded.",
        "playwright._impl._errors.TimeoutError: Page.click: Timeout 5000ms exceeded.",
    ),
    (
        "curl: (60) SSL certificate problem: certificate has expired",
        (
            "requests.exceptions.SSLError: HTTPSConnectionPool(host='a.b', port=443): Max retries exceeded with url: /"
            " (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate"
            " verify failed:"
            " certificate has expired (_ssl.c:1007)')))"
        ),
    ),
    (
        'psql: error: connection to server at "localhost" (::1), port 5432 failed: Connection refused',
        (
            'sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at "10.0.0.4", port 5433'
            " failed: Connection refused"
        ),
    ),
    ('{"error": "user not found"}', "Error: user not found"),
    (
        '{"error": {"code": "rate_limit", "message": "Too many requests"}}',
        '{"error": {"code": "rate_limit", "message": "Too many requests"}, "request_id": "r1"}',
    ),
    ("错误:无法连接到数据库", "错误: 无法连接到数据库"),
    ("エラー: ファイルが見つかりません", "エラー：ファイルが見つかりません"),
    ("Fehler: Datei konnte nicht geöffnet werden", "FEHLER: Datei konnte nicht geöffnet werden"),
    ("2026-11-01 10:00:00,123 ERROR app.db: connection to 10.0.0.1 lost", "[ERROR] connection to 10.9.0.2 lost"),
]

DIFFERENT = [
    ("TypeError: 'NoneType' object is not iterable", "TypeError: 'int' object is not iterable"),
    ("error[E0382]: borrow of moved value: `x`", "error[E0502]: cannot borrow `x` as mutable"),
    ("KeyError: 'a'", "ValueError: 'a'"),
    ("curl: (6) Could not resolve host: a.b", "curl: (28) Operation timed out after 5000 milliseconds"),
    ("cat: x: No such file or directory", "cat: x: Permission denied"),
    ("Error: user not found", "Error: gift card balance is not enough"),
    ("fatal: not a git repository", "fatal: refusing to merge unrelated histories"),
    ("HTTP/1.1 404 Not Found", "HTTP/1.1 401 Unauthorized"),
]

NOT_HAPPENED = [
    "tests/test_errors.py::test_error_is_raised PASSED\n===== 3 passed in 0.12s =====",
    (
        "PASS src/e.test.ts\n  ✓ throws TypeError: when null\n\n  console.error\n    Error: Not implemented: "
        "navigation\n"
        "        at module.exports (x.js:9:1)\n\nTests:       2 passed, 2 total"
    ),
    "abc1234 Fix error: division by zero\ndef5678 fatal: handle missing repo",
    "2026-11-01 10:00:00 INFO  error handler: ready\n2026-11-01 10:00:03 WARN  Retrying after error: timeout",
    'src/a.py:12:    raise ValueError("bad")\nsrc/a.py:40:        except ConnectionError as error:',
    "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@\n def f():\n+error: foo\n+ValueError: bar",
    "# Changelog\n\n## 1.2.0\n- Fix `TypeError: x is not a function`\n\n## 1.1.0\n\nerror: message improved",
    "Found 0 errors. Watching for file changes.",
    'error: "Invalid email"\npassword: "Wrong"',
    '{"error": null, "data": [1, 2]}',
    '{"title": "App", "error": "Something went wrong", "cancel": "Cancel", "retry": "Retry"}',
    "The service returns an error: the client must retry.",
    "errors.py\nerror_handler.py\nfatal.log",
    ">>> int('x')\nTraceback (most recent call last):\n    ...\nValueError: invalid literal",
    "  12→def f():\n  13→    raise ValueError('x')\n  14→Error: foo\n  15→fatal: x\n  16→error: y",
    'console.error("Error: could not connect");\nthrow new Error(`fatal: ${x}`);\n} catch (error) {',
    "class FooError(Exception):\n    pass\n",
    "import os\n\nEXPECTED = '''\nTraceback (most recent call last):\nValueError: x\n'''\ndef f():\n    pass\n",
    "warning: unused variable: `error`\n --> src/main.rs:3:9\n    Finished dev target(s) in 0.5s",
    "added 120 packages in 3s\n\nfound 0 vulnerabilities",
    "google.auth.exceptions.TransportError: if an error occurred while the metadata was read",
    "error:\n  goto out;",
    "",
]


@pytest.mark.parametrize(("text", "elsewhere"), SAME)
def test_the_same_error_elsewhere_is_recognised(text: str, elsewhere: str) -> None:
    keys, others = [error.key for error in signatures(text)], [error.key for error in signatures(elsewhere)]
    assert keys
    assert others
    assert likeness(keys, others) >= ALIKE


@pytest.mark.parametrize(("text", "other"), DIFFERENT)
def test_different_errors_stay_apart(text: str, other: str) -> None:
    keys, others = [error.key for error in signatures(text)], [error.key for error in signatures(other)]
    assert keys
    assert others
    assert likeness(keys, others) == 0


@pytest.mark.parametrize("text", NOT_HAPPENED)
def test_the_word_alone_is_no_error(text: str) -> None:
    assert signatures(text) == ()


def test_the_deepest_cause_comes_first() -> None:
    text = (
        "[INFO] building\njava.lang.IllegalStateException: context\n\tat a.B.c(B.java:3)\n"
        "Caused by: java.lang.RuntimeException: wrapped\n\tat a.D.e(D.java:9)\n"
        "Caused by: java.io.FileNotFoundException: settings\n\tat a.F.g(F.java:1)"
    )
    assert signatures(text)[0].line == "Caused by: java.io.FileNotFoundException: settings"


def test_of_chained_tracebacks_the_last_line_comes_first() -> None:
    text = (
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    x()\nKeyError: 'a'\n\n"
        "The above exception was the direct cause of the following exception:\n\n"
        'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\n    y()\nConfigError: no key'
    )
    assert [error.key.split()[0] for error in signatures(text)] == ["configerror", "keyerror"]


def test_what_only_follows_from_another_error_is_left_out() -> None:
    text = "a.c:3:5: error: expected ';' before 'return'\nmake: *** [Makefile:3: all] Error 1"
    assert [error.key for error in signatures(text)] == ["error expected * before *"]
    assert signatures("make: *** [Makefile:3: all] Error 1")


def test_of_a_compiler_the_first_error_comes_first() -> None:
    text = "a.c:3:5: error: expected ';' here\nb.c:4:1: error: unknown type name 'x'\na.c:9:5: error: expected ';' here"
    assert [error.line for error in signatures(text)] == text.split("\n")[:2]


def test_at_most_three_and_each_line_is_short() -> None:
    text = "\n".join(f"src/a.ts({n},1): error TS{2300 + n}: Cannot find {'x' * 500}" for n in range(9))
    found = signatures(text)
    assert len(found) == MOST
    assert all(len(error.line) <= 200 for error in found)


def test_a_failed_command_without_a_telling_line_has_its_last_one() -> None:
    text = "Deploying to staging\nThe quota of the project is used up\n"
    assert signatures(text) == ()
    assert signatures(text, failed=True)[0].line == "The quota of the project is used up"
    assert signatures(f"Exit code 3\n{text}") == signatures(text, failed=True)


def test_a_message_inside_prose_counts_where_a_failure_is_known() -> None:
    text = "Since the update I get `TypeError: fetch is not a function` when I log in."
    assert signatures(text) == ()
    assert signatures(text, failed=True)[0].key.startswith("typeerror ")


def test_the_output_inside_an_answer_is_read() -> None:
    answer = json.dumps({"stdout": "", "stderr": "ls: cannot access '/x': No such file or directory", "exit_code": 2})
    assert signatures(answer)[0].key == "enoent ls no such file or directory"


def test_likeness_is_between_nought_and_one_and_symmetric() -> None:
    keys = [error.key for text, elsewhere in SAME for error in (*signatures(text), *signatures(elsewhere))]
    for key in keys:
        assert alike(key, key) == 1
        assert all(0 <= alike(key, other) <= 1 and alike(key, other) == alike(other, key) for other in keys)


def _rows(name: str) -> list[dict[str, Any]]:
    path = CORPORA / name
    if not path.exists():
        pytest.skip(f"{name} is not there")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


def test_most_errors_find_their_remedy_among_a_hundred() -> None:
    rows = _rows("failures.jsonl")
    stored = [[error.key for error in signatures(row["first"]["output"])] for row in rows]
    nearest = 0
    for number, row in enumerate(rows):
        keys = [error.key for error in signatures(row["again"])]
        scores = [likeness(keys, others) for others in stored]
        nearest += scores[number] > 0 and scores[number] == max(scores) and scores.count(max(scores)) == 1
    assert nearest >= 0.9 * len(rows)


def test_texts_without_an_error_meet_none() -> None:
    texts = [row["text"] for row in _rows("no_failures.jsonl")]
    assert sum(bool(signatures(text)) for text in texts) <= 0.02 * len(texts)


@pytest.mark.parametrize(
    "unit", ["a.", " ", "'", "1.", "error: ", "(", "a/b", "Error: x\n", "[", "a:1:", "{", "E   x\n", "0x", "x=", "\n"]
)
def test_a_megabyte_of_anything_is_read_in_a_second(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    assert len(signatures(text, failed=True)) <= MOST
