"""What keeps a bank well: doctor, backup, rebuild-index, reindex."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rb_mcp import __version__
from rb_mcp.commands.terminal import as_json, print_json, print_table, with_bank
from rb_mcp.config import unknown_variables
from rb_mcp.errors import RbMcpError
from rb_mcp.templates import SHIPPED

if TYPE_CHECKING:
    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank

_SHOWN = ("experiences", "attempts", "strategies", "recalls")
"""Of what a backup holds, what a person would count."""


@click.command
@click.option("--verify", is_flag=True, help="Also read the bank to the last row: digests, structure, indexes.")
@as_json
@click.pass_obj
def doctor(settings: Settings, verify: bool, json_: bool) -> None:
    """Examine the installation and the bank; exit status 1 when something is wrong."""
    findings = with_bank(settings, lambda bank: _examine(settings, bank, verify))
    if json_:
        print_json([{"what": what, "finding": finding, "well": well} for what, finding, well in findings])
    else:
        print_table(("", "what", "finding"), [("ok" if well else "!!", what, f) for what, f, well in findings], "")
    if not all(well for _, _, well in findings):
        sys.exit(1)


async def _examine(settings: Settings, bank: ReasoningBank, verify: bool) -> list[tuple[str, str, bool]]:
    python = ".".join(map(str, sys.version_info[:3]))
    findings = [("rb-mcp", f"{__version__} on Python {python}, {sys.platform}", True)]
    findings += [
        ("setting", f"{name} is set, but there is no such setting", False) for name in unknown_variables(os.environ)
    ]
    try:
        vector = (await bank.retriever.embedder.embed(["is it there?"]))[0]
        findings.append(("embedder", f"{vector.embedder}, {len(vector.values)} dimensions", True))
    except RbMcpError as error:
        findings.append(("embedder", str(error), False))
    model = (
        bank.distiller.model.name if bank.distiller else settings.model or "none: the client's, or the calling agent"
    )
    findings.append(("model", model, True))
    own = [path.stem for path in sorted(SHIPPED.glob("*.md")) if bank.prompts.path(path.stem) != path]
    findings.append(("prompts", f"your own: {', '.join(own)}" if own else "as shipped", True))
    lock = settings.bank.with_name(settings.bank.name + "-lock")
    if not settings.bank.exists() and not lock.exists():  # with a lock, one was there: opening it tells
        return [*findings, ("bank", f"{settings.bank} is not there yet; the first record makes it", True)]
    for look in (bank.store.check, bank.store.verify) if verify else (bank.store.check,):
        try:
            findings += await look()
        except RbMcpError as error:
            findings.append(("bank", str(error), False))
    bound = next((finding for what, finding, _ in findings if what == "bound to"), "")
    if bound and not bound.startswith(("no ", bank.retriever.embedder.name)):
        findings.append(("vectors", "the bank is bound to another embedder; recall is by text: rb-mcp reindex", False))
    return findings


@click.command
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Also when FILE is there already.")
@as_json
@click.pass_obj
def backup(settings: Settings, file: Path, replace: bool, json_: bool) -> None:
    """Write a verified copy of the whole bank to FILE, while servers go on writing.

    The copy is a bank: to restore it, end the servers, delete the bank with its -wal file and put the copy in its
    place, or point RB_MCP_BANK at it. Never copy the bank's file itself: what is in its log would be missing.
    """
    held = with_bank(settings, lambda bank: bank.store.backup(file, replace=replace))
    if json_:
        print_json({"file": str(file), "bytes": file.stat().st_size, "rows": held})
    else:
        counts = ", ".join(f"{held[kind]:,} {kind}" for kind in _SHOWN)
        click.echo(f"{file} holds {counts} ({file.stat().st_size:,} bytes), verified.")


@click.command("rebuild-index")
@click.pass_obj
def rebuild_index(settings: Settings) -> None:
    """Make the text and vector indexes anew from the tables, also when they are damaged; no model is asked."""
    with_bank(settings, lambda bank: bank.store.rebuild())
    click.echo("The indexes are made anew.")


@click.command
@click.pass_obj
def reindex(settings: Settings) -> None:
    """Bind the bank to the embedder of RB_MCP_EMBEDDER and make its indexes anew; safe to stop and repeat."""

    async def run(bank: ReasoningBank) -> int:
        embedder = bank.retriever.embedder
        done = 0
        todo = await bank.store.reindex(embedder.name, embedder.dimensions)
        while todo:
            vectors = await embedder.embed([task for _, task in todo])
            done += len(todo)
            click.echo(f"{done} embedded", err=True)
            pairs = [(id_, vector) for (id_, _), vector in zip(todo, vectors, strict=True)]
            todo = await bank.store.reindex(embedder.name, embedder.dimensions, pairs)
        return done

    click.echo(f"{with_bank(settings, run)} experiences were embedded; the indexes are made anew.")
