"""How the bank is, and work on the whole of it: stats, doctor, reindex, distil."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, cast

import click

from rb_mcp import __version__
from rb_mcp.commands.terminal import as_json, print_json, print_table, quiet, with_bank, within
from rb_mcp.config import unknown_variables
from rb_mcp.errors import ConfigurationError, RbMcpError
from rb_mcp.memory.distillation import Worker
from rb_mcp.templates import SHIPPED

if TYPE_CHECKING:
    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.types import Summary


@click.command
@within
@as_json
@click.pass_obj
def stats(settings: Settings, namespace: str | None, json_: bool) -> None:
    """Count what the bank holds and what came of its recalls, by namespace."""

    async def count(bank: ReasoningBank) -> list[tuple[str, Summary]]:
        whole = await bank.store.summary(None)
        names = whole.namespaces if namespace is None else (namespace,)
        parts = [(name, await bank.store.summary(name)) for name in names]
        return [*parts, ("(all)", whole)] if len(parts) > 1 else parts

    found = with_bank(settings, count)
    if json_:
        print_json({name: asdict(summary) for name, summary in found})
        return
    rows = [
        (
            name,
            sum(s.experiences.values()),
            s.experiences.get("awaiting_distillation", 0),
            "/".join(str(s.outcomes.get(kind, 0)) for kind in ("success", "failure", "unknown")),
            "/".join(str(s.strategies.get(kind, 0)) for kind in ("active", "held", "retired")),
            f"{s.answered}/{s.recalls}",
            f"{s.helped}/{s.credited}",
        )
        for name, s in found
    ]
    headings = (
        "namespace",
        "experiences",
        "waiting",
        "success/failure/unknown",
        "active/held/retired",
        "recalls answered",
        "went well",
    )
    print_table(headings, rows, "Nothing is recorded yet.")


@click.command
@as_json
@click.pass_obj
def doctor(settings: Settings, json_: bool) -> None:
    """Examine the installation and the bank; exit status 1 when something is wrong."""
    findings = with_bank(settings, lambda bank: _examine(settings, bank))
    if json_:
        print_json([{"what": what, "finding": finding, "well": well} for what, finding, well in findings])
    else:
        print_table(("", "what", "finding"), [("ok" if well else "!!", what, f) for what, f, well in findings], "")
    if not all(well for _, _, well in findings):
        sys.exit(1)


async def _examine(settings: Settings, bank: ReasoningBank) -> list[tuple[str, str, bool]]:
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
    if not settings.bank.exists():
        return [*findings, ("bank", f"{settings.bank} is not there yet; the first record makes it", True)]
    try:
        findings += await bank.store.check()
    except RbMcpError as error:
        return [*findings, ("bank", str(error), False)]
    bound = next((finding for what, finding, _ in findings if what == "bound to"), "")
    if bound and not bound.startswith(("no ", bank.retriever.embedder.name)):
        findings.append(("vectors", "the bank is bound to another embedder; recall is by text: rb-mcp reindex", False))
    return findings


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


@click.command
@within
@click.option("--retry", is_flag=True, help="Also what was given up.")
@as_json
@click.pass_obj
def distil(settings: Settings, namespace: str | None, retry: bool, json_: bool) -> None:
    """Let the model of RB_MCP_MODEL judge and distil what waits for it; exit status 1 when something is left."""

    async def run(bank: ReasoningBank) -> dict[str, object]:
        if bank.distiller is None:
            raise ConfigurationError("there is no model to distil with; set RB_MCP_MODEL, or a provider's key")
        await bank.store.enqueue(namespace, dead=retry)
        before = await bank.store.waiting()
        worker = Worker(bank.distiller, bank.queued)
        with click.progressbar(length=len(before), label="distilling", file=sys.stderr, hidden=quiet()) as bar:
            while await worker.step():
                bar.update(1)
        left = [one for one in await bank.store.waiting() if one.state != "asked"]
        return {
            "distilled": len(before) - len(left),
            "left": [{"experience_id": one.experience_id, "state": one.state, "reason": one.reason} for one in left],
        }

    result = with_bank(settings, run)
    left = cast("list[dict[str, str]]", result["left"])
    if json_:
        print_json(result)
    else:
        click.echo(f"{result['distilled']} distilled.")
        if left:
            rows = [(one["experience_id"], one["state"], one["reason"]) for one in left]
            print_table(("left", "state", "reason"), rows, "")
    if left:
        sys.exit(1)
