"""`rb-mcp hook EVENT`, from stdin to stdout: the boundary at which whatever fails becomes a line in the log.

The client waits for a hook, shows what it prints, and may take its exit status for a verdict (2 blocks a prompt). So
nothing that happens in here may reach it: exit 0 always, stdout all of an answer or nothing, and a deadline after
which the process ends wherever it is. What was acknowledged is in the bank by then, and what was not can be sent
again. Only the standard library is imported before the boundary.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

DEADLINES = {"prompt": 5.0, "stop": 20.0, "end": 20.0}
"""Event → seconds."""

LONGEST_INPUT = 4_000_000
"""Bytes of stdin; a prompt, and what stands around it."""


class Given(NamedTuple):
    """The command line."""

    event: str
    client: str
    verbose: bool


def main(arguments: Sequence[str]) -> NoReturn:
    """Run a hook and end the process with 0."""
    given = _given(arguments)
    seconds = DEADLINES.get(given.event, 5.0)

    def late() -> None:
        _note(given, TimeoutError(f"it took more than {seconds:g} s"))
        os._exit(0)

    clock = threading.Timer(seconds, late)
    clock.daemon = True
    clock.start()
    printed = b""
    try:
        answer = _answer(given)
        printed = b"" if answer is None else json.dumps(answer).encode() + b"\n"
    except BaseException as error:  # noqa: BLE001 - the outermost boundary: the client is to notice nothing, not even Ctrl-C
        _note(given, error)
    clock.cancel()
    try:
        os.write(1, printed)
    except OSError as error:  # nobody reads it any more
        _note(given, error)
    os._exit(0)  # whatever thread still waits for something is not waited for


def _given(arguments: Sequence[str]) -> Given:
    """Return what was given, and set what `--env NAME=VALUE` says: most clients have no other place for it."""
    client, event = "", ""
    words = iter(arguments)
    for word in words:
        option, _, value = word.partition("=")
        if option in {"--client", "--env"}:
            value = value or next(words, "")
        if option == "--client":
            client = value
        elif option == "--env":
            name, _, setting = value.partition("=")
            if name.startswith("RB_MCP_"):
                os.environ[name] = setting
        elif not word.startswith("-"):
            event = event or word
    return Given(event, client, "--verbose" in arguments)


def _answer(given: Given) -> dict[str, Any] | None:
    """Return what is to be printed, if anything.

    Raises:
        Exception: of any kind; `main` is the boundary.
    """
    from rb_mcp.errors import InvalidInput  # noqa: PLC0415 - a broken installation is no business of the client's

    if given.event not in DEADLINES:
        raise InvalidInput("EVENT", f"it is {given.event!r:.40}; give {', '.join(DEADLINES)}")
    fields = json.loads(sys.stdin.buffer.read(LONGEST_INPUT))
    if not isinstance(fields, dict):
        raise InvalidInput("stdin", "it is no JSON object")

    from rb_mcp.hooks import client_of  # noqa: PLC0415 - see above

    client = client_of(given.client, fields)  # pyright: ignore[reportUnknownArgumentType] - JSON
    event = client.event(fields)  # pyright: ignore[reportUnknownArgumentType] - JSON
    if event.folder and os.path.isdir(event.folder):  # noqa: PTH112 - pathlib is not loaded yet
        os.chdir(event.folder)  # where the namespace may be named after

    from rb_mcp.config import Settings  # noqa: PLC0415 - see above

    settings = Settings.from_environ(os.environ)
    if given.event == "prompt":
        from rb_mcp.hooks import prompt  # noqa: PLC0415 - see above

        return prompt.answer(client, event, settings)
    from rb_mcp.hooks import stop  # noqa: PLC0415 - reading transcripts is not the prompt's business

    return stop.answer(client, event, settings, asks=given.event == "stop")


def _note(given: Given, error: BaseException) -> None:
    """Write an error to the log; if even that fails there is nobody to tell."""
    try:
        from rb_mcp.hooks.journal import note  # noqa: PLC0415 - only when something failed

        note(f"hook {given.event} {given.client}", error, aloud=given.verbose)
    except Exception:  # noqa: BLE001, S110 - the outermost boundary
        pass
