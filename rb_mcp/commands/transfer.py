"""What comes into the bank from files, and what goes out: record, export, import."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from rb_mcp import archive
from rb_mcp.commands.terminal import as_json, print_json, print_table, progress, with_bank
from rb_mcp.errors import InvalidInput, RbMcpError
from rb_mcp.memory import intake
from rb_mcp.memory.importing import let_in
from rb_mcp.transcripts import FORMATS, Unreadable, read
from rb_mcp.types import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from rb_mcp.archive import Record
    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank


@click.command
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--format", "format_", default="auto", show_default=True, type=click.Choice(["auto", *FORMATS]))
@click.option("--namespace", "-n", default="", help="Where to record; RB_MCP_NAMESPACE otherwise.")
@as_json
@click.pass_obj
def record(settings: Settings, files: tuple[Path, ...], format_: str, namespace: str, json_: bool) -> None:
    """Record the trajectories in FILES ('-' for stdin), whatever known format they are in.

    What is there already is not recorded twice. A broken file or line is reported and does not stop the rest. The
    outcome is the one that the file states: a reward, a test run; else it is unknown.
    """
    where = intake.namespace(namespace, settings.namespace)
    results = with_bank(settings, lambda bank: _record_all(bank, files, format_, where))
    if json_:
        print_json([{"file": file, **counts, "errors": errors} for file, counts, errors in results])
    else:
        kinds = ("recorded", "already there", "success", "failure", "unknown")
        rows = [(file, *(counts[kind] for kind in kinds), len(errors)) for file, counts, errors in results]
        print_table(("file", *kinds, "errors"), rows, "Nothing.")
        for file, _, errors in results:
            for error in errors:
                click.echo(f"{file}: {error}", err=True)
        shortened = sum(counts["shortened"] for _, counts, _ in results)
        if shortened:
            click.echo(f"{shortened} were longer than the bank takes: shortened in the middle, with a mark")
        waiting = sum(counts["awaiting_distillation"] for _, counts, _ in results)
        if waiting:
            click.echo(f"{waiting} wait for their distillation: rb-mcp list --waiting")
        queued = sum(counts["queued"] for _, counts, _ in results)
        if queued:
            click.echo(f"{queued} are queued for the model: rb-mcp distil, or a server that runs")
    if any(errors for _, _, errors in results):
        sys.exit(1)


async def _record_all(
    bank: ReasoningBank, files: tuple[Path, ...], format_: str, namespace: str
) -> list[tuple[str, Counter[str], list[str]]]:
    results: list[tuple[str, Counter[str], list[str]]] = []
    for path in files:
        counts, errors = Counter[str](), list[str]()
        try:
            with _opened(path, "surrogateescape") as file, progress(read(file, format_), path.name) as found:
                for one in found:
                    if isinstance(one, Unreadable):
                        errors.append(f"{one.where}: {one.why}")
                        continue
                    receipt = await bank.record(one.trajectory, one.verdict, one.items, "", namespace)
                    counts["recorded" if receipt.new else "already there"] += 1
                    counts[receipt.experience.verdict.outcome] += 1
                    counts["shortened"] += one.shortened
                    if receipt.new and receipt.experience.status in {"awaiting_distillation", "queued"}:
                        counts[receipt.experience.status] += 1
        except (OSError, RbMcpError) as error:
            errors.append(str(error))
        results.append((str(path), counts, errors))
    return results


def _opened(path: Path, errors: str = "strict") -> AbstractContextManager[TextIO]:
    return nullcontext(sys.stdin) if str(path) == "-" else path.open(encoding="utf-8-sig", errors=errors)


@click.command
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default="-")
@click.pass_obj
def export(settings: Settings, file: Path) -> None:
    """Write the whole bank to FILE as JSONL: ids, provenance and vectors kept."""

    def to(out: TextIO) -> int:
        def write(record: Record) -> None:
            try:
                out.write(archive.dump(record) + "\n")
            except OSError as error:  # here, lest it be taken for the bank's
                if isinstance(error, BrokenPipeError):
                    raise click.Abort from error  # whoever read the output has had enough
                raise InvalidInput("FILE", f"{file} cannot be written ({error})") from error

        return with_bank(settings, lambda bank: bank.store.export(write))

    if str(file) == "-":
        to(sys.stdout)
        return
    # Beside the target first: an export that fails half-way does not destroy the one before.
    part = file.with_name(file.name + ".part")
    with part.open("w", encoding="utf-8") as out:
        count = to(out)
    part.replace(file)
    click.echo(f"{count} records are in {file}.")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--own", is_flag=True, help="It is your own bank, moved: keep whose work everything is.")
@as_json
@click.pass_obj
def import_(settings: Settings, file: Path, own: bool, json_: bool) -> None:
    """Take in an exported bank: all of it or, when a line is wrong, nothing. Twice changes nothing.

    What comes in is marked as imported: of it at most one strategy stands in a recall until it has proven itself here,
    and `rb-mcp forget --imported MARK` takes it all back.
    """
    mark = "" if own else new_id("imp")
    with _opened(file) as lines:
        records = archive.parse(_decoded(file, lines))
        counts = with_bank(
            settings,
            lambda bank: bank.store.load(let_in(records, bank.redactor, mark, review_all=bank.review_all)),
        )
    if json_:
        print_json({**counts, "imported": mark})
    else:
        marked = f" as {mark}" if mark else ""
        click.echo(f"Imported{marked}: " + ", ".join(f"{number} {kind}" for kind, number in counts.items()) + ".")


def _decoded(file: Path, lines: TextIO) -> Iterator[str]:
    try:
        yield from lines
    except UnicodeDecodeError as error:
        raise InvalidInput("FILE", f"{file} is not UTF-8 ({error})") from error
