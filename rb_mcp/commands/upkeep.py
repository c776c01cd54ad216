"""What keeps a bank well: doctor, backup, rebuild-index, reindex."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rb_mcp import __version__
from rb_mcp.commands.terminal import as_json, print_json, print_table, quiet, with_bank
from rb_mcp.config import unknown_variables
from rb_mcp.errors import RbMcpError, StoreError
from rb_mcp.memory.limits import MOST
from rb_mcp.memory.reindexing import reindex as embed_lacking
from rb_mcp.templates import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.tallies import Vectors

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
    named = f" (RB_MCP_NAMESPACE is auto: {settings.namespace_reason})" if settings.namespace_reason else ""
    findings.append(("namespace", f"{settings.namespace}{named}", True))
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
    if all(well for _, _, well in findings):
        findings += await _outgrown(bank)
    with suppress(RbMcpError):  # it was told above
        findings += _vectors(await bank.store.vectors(), bank.retriever.embedder.name)
    return findings


def _vectors(there: Vectors, mine: str) -> Iterator[tuple[str, str, bool]]:
    far = f"{there.embedded:,} of {there.texts:,} texts have a vector"
    if there.target:
        yield "moving", f"to {there.target}: {far}; servers that have it go on, or rb-mcp reindex", True
    elif there.bound and there.embedded < there.texts:
        yield "embedded", f"{far}; servers that have the embedder see to the others, or rb-mcp reindex", True
    if there.bound and mine not in {there.bound, there.target}:
        yield "vectors", "the bank is bound to another embedder; recall is by text: rb-mcp reindex", False


async def _outgrown(bank: ReasoningBank) -> list[tuple[str, str, bool]]:
    """Return which namespaces hold more than recall was measured with: worth knowing, and nothing is broken."""
    names = (await bank.store.summary(None)).namespaces
    active = {name: (await bank.store.summary(name)).strategies.get("active", 0) for name in names}
    return [
        ("limits", f"{name} has {count:,} active strategies, over {MOST:,}: rb-mcp consolidate -n {name}", True)
        for name, count in active.items()
        if count > MOST
    ]


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
@click.option("--background", is_flag=True, help="Leave the work to the servers that have this embedder.")
@click.option("--cancel", is_flag=True, help="Stay with the embedder the bank has, and delete what was made so far.")
@click.pass_obj
def reindex(settings: Settings, background: bool, cancel: bool) -> None:
    """Move the bank to the embedder of RB_MCP_EMBEDDER, and embed what lacks a vector.

    Until all is embedded the bank is recalled as before. When this is stopped, a server that has the same embedder goes
    on by itself, and so does the next rb-mcp reindex; rb-mcp doctor says how far it is.
    """
    if background and cancel:
        raise click.UsageError("--background begins a move and --cancel ends one; choose")

    async def run(bank: ReasoningBank) -> str:
        store, embedder = bank.store, bank.retriever.embedder
        if cancel:
            before = await store.vectors()
            await store.move("")
            return f"The bank stays with {before.bound or 'no embedder'}."
        await store.move(embedder.name)
        before = await store.vectors(embedder.name)
        if background:
            lacking = before.texts - before.embedded
            return f"{lacking:,} texts wait for a server that has {embedder.name}; rb-mcp doctor says how far it is."
        with click.progressbar(length=before.texts, label="embedding", file=sys.stderr, hidden=quiet()) as bar:
            done = await embed_lacking(store, embedder, lambda embedded: bar.update(embedded - bar.pos))
        now = await store.vectors(embedder.name)
        if now.bound != embedder.name:
            raise StoreError(f"the move to {embedder.name} was cancelled meanwhile")
        return f"{done:,} texts were embedded; the bank is bound to {now.bound}."

    click.echo(with_bank(settings, run))
