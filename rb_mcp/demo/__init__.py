"""`rb-mcp demo`: the main job, shown: fail, succeed, record both, contrast, recall, need fewer steps.

The server is the real one, started over stdio with a temporary bank. Scripted are the agent and, unless a model
is named to distil, the lessons it words.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import click

from rb_mcp.demo.workshop import PRICES, STOCK, Attempt, work

if TYPE_CHECKING:
    from mcp import Client

    from rb_mcp.config import Settings

FROM_FAILURE = {
    "title": "Look at the raw bytes of the input before changing the code that reads it",
    "description": "When a script fails on a column or key that is plainly there; not when the name is misspelt.",
    "content": "The cause can be invisible: a byte order mark at the start of a file becomes part of the first "
    "name. Print the first line with repr before trying repairs one after the other.",
}
FROM_SUCCESS = {
    "title": "Read files that may begin with a byte order mark with an encoding that drops it",
    "description": "When a table exported by another program cannot be read by its first column; not for binary data.",
    "content": "Open it with the utf-8-sig encoding, which reads files with and without the mark, and run the "
    "script again: the total it prints shows whether that was it.",
}
FROM_CONTRAST = {
    "title": "Repair how the data is read before how it is used",
    "description": "When several plausible repairs of a failing script compete and the error is about its data.",
    "content": "What set the good attempt apart is that it changed the encoding of the input; those that changed "
    "the code behind it only moved the error. Start at the file and work towards the result.",
}


@click.command
@click.option("--keep", is_flag=True, help="Leave the bank and the workshop to look at, and say where.")
@click.option("--model", default="", help="Who distils, as RB_MCP_MODEL spells it; the scripted agent otherwise.")
@click.pass_obj
def demo(settings: Settings, keep: bool, model: str) -> None:
    """Show the whole loop in half a minute, with no key and no network."""
    folder = Path(tempfile.mkdtemp(prefix="rb-mcp-demo-"))
    environ = {"RB_MCP_BANK": str(folder / "bank.db"), "RB_MCP_MODEL": model or "agent"}
    try:
        anyio.run(_demo, folder, {**(settings.credentials if model else {}), **environ}, model)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    if keep:
        click.echo(f"\nKept. To look at the bank: RB_MCP_BANK={folder / 'bank.db'} rb-mcp list")


async def _demo(folder: Path, environ: dict[str, str], model: str) -> None:
    from mcp import Client, StdioServerParameters  # noqa: PLC0415 - only this command pays for the SDK

    def lessons(*items: dict[str, str]) -> dict[str, object]:
        return {} if model else {"strategies": items}

    server = StdioServerParameters(command=sys.executable, args=["-m", "rb_mcp"], env=environ, cwd=folder)
    who = f"{model} distils" if model else "the words of its lessons are scripted too"
    click.echo(
        f"A real server over stdio with an empty bank; a scripted agent, whose commands are really run; {who}.\n"
    )
    async with Client(server, read_timeout_seconds=120) as client:
        _say("1", f"A task, with four steps at most: {PRICES.text}")
        none = await _call(client, "recall_strategies", task=PRICES.text)
        _indented(none["text"])
        first = _shown(work(PRICES, folder / "first", budget=4))

        _say(
            "2", f"Recorded as the failure it is, without lessons: {'the model is' if model else 'the agent is'} asked."
        )
        failed = await _record(client, first, recall_id=none["recall_id"])
        _indented(f"status: {failed['status']}")
        _listed(failed)
        if failed["next_step"]:
            _indented(f"{failed['next_step'].partition('.')[0]}. ...")
        if not model:
            _say("3", "The agent hands them in.")
            _listed(await _record(client, None, experience_id=failed["experience_id"], strategies=[FROM_FAILURE]))

        _say("4", "The same task again, with as many steps as it takes; recorded with its lesson.")
        second = _shown(work(PRICES, folder / "second", budget=9))
        done = await _record(client, second, PRICES.text, **lessons(FROM_SUCCESS))
        _listed(done)

        _say("5", "Both attempts side by side, by their ids: what made the difference, and which one to keep.")
        ids = [failed["experience_id"], done["experience_id"]]
        contrast = await _call(
            client, "contrast_trajectories", task=PRICES.text, experience_ids=ids, **lessons(FROM_CONTRAST)
        )
        _listed(contrast)
        _indented(f"best: {contrast['best']['experience_id']}, {contrast['best']['reason']}")

        _say("6", f"A new task of the same kind: {STOCK.text}")
        recalled = await _call(client, "recall_strategies", task=STOCK.text, k=3)
        _indented(recalled["text"])
        with_memory = _shown(work(STOCK, folder / "third", budget=9, memory=recalled["text"]))
        await _record(client, with_memory, STOCK.text, recall_id=recalled["recall_id"])

    without = work(STOCK, folder / "control", budget=9)
    _say("7", "The same new task without memory, for comparison (really run, not recorded).")
    _indented(f"with memory: {len(with_memory.steps)} steps; without: {len(without.steps)} steps")
    if not model and not (with_memory.succeeded and len(with_memory.steps) < len(without.steps)):
        raise click.ClickException("memory did not help here; that is not what this demonstration is meant to show")


async def _record(client: Client, attempt: Attempt | None, task: str = PRICES.text, **more: object) -> dict[str, Any]:
    arguments: dict[str, object] = {"task": task, **more}
    if attempt:
        outcome = "success" if attempt.succeeded else "failure"
        arguments |= {"trajectory": attempt.steps, "outcome": outcome, "evidence": attempt.evidence}
    return await _call(client, "record_trajectory", **arguments)


async def _call(client: Client, tool: str, **arguments: object) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    if result.is_error or result.structured_content is None:
        raise click.ClickException(f"{tool} answered: {result.content}")
    return result.structured_content


def _shown(attempt: Attempt) -> Attempt:
    for number, step in enumerate(attempt.steps, start=1):
        _indented(f"{number}. {step['thought']} $ {step['action']}\n   {step['observation']}")
    _indented(f"{'succeeded' if attempt.succeeded else 'gave up'} after {len(attempt.steps)} steps")
    return attempt


def _listed(answer: dict[str, Any]) -> None:
    for strategy in answer["strategies"]:
        _indented(f"{strategy['action']}: {strategy['title']}")


def _say(number: str, text: str) -> None:
    click.echo(click.style(f"{number}. {text}", bold=True))


def _indented(text: str) -> None:
    for line in text.splitlines():
        click.echo(f"   {line}")
