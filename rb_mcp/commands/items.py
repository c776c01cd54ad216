"""What is in the bank, and what a person can do about it: list, show, edit, retire, restore, forget."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, cast

import click

from rb_mcp.commands.terminal import as_json, cut_end, print_json, print_table, with_bank, within
from rb_mcp.errors import InvalidInput
from rb_mcp.memory import intake
from rb_mcp.memory.redacting import redacted
from rb_mcp.memory.rendering import strategy_text, trajectory_text
from rb_mcp.types import SHARED

if TYPE_CHECKING:
    from datetime import datetime

    from rb_mcp.config import Settings
    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.types import Experience, MemoryItem, Standing, Status, Strategy


@click.command("list")
@within
@click.option("--held", "standing", flag_value="held", help="Those that wait for review, with the reason.")
@click.option("--retired", "standing", flag_value="retired", help="Those that are kept but not recalled.")
@click.option("--active", "standing", flag_value="active", help="Those that are recalled.")
@click.option("--experiences", is_flag=True, help="Experiences instead of strategies.")
@click.option("--waiting", is_flag=True, help="Experiences that wait for their distillation.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="How many, newest first.")
@as_json
@click.pass_obj
def list_(
    settings: Settings,
    namespace: str | None,
    standing: str | None,
    experiences: bool,
    waiting: bool,
    limit: int,
    json_: bool,
) -> None:
    """List strategies, or experiences, newest first."""
    if experiences or waiting:
        status: Status | None = "awaiting_distillation" if waiting else None
        found = with_bank(settings, lambda bank: bank.store.experiences(namespace, status=status, limit=limit))
        if json_:
            print_json([_experience(one) for one in found])
        else:
            jobs = {job.experience_id: job for job in with_bank(settings, lambda bank: bank.store.waiting())}
            why = {id_: f" ({job.state}: {job.reason})" for id_, job in jobs.items() if job.reason}
            rows = [
                (e.id, e.namespace, e.verdict.outcome, e.status, len(e.attempts), cut_end(e.task) + why.get(e.id, ""))
                for e in found
            ]
            print_table(("id", "namespace", "outcome", "status", "attempts", "task"), rows, "No experiences.")
        return
    kept = with_bank(
        settings,
        lambda bank: bank.store.strategies(namespace, standing=cast("Standing | None", standing), limit=limit),
    )
    if json_:
        print_json([_strategy(one) for one in kept])
        return
    rows = [
        (s.id, s.namespace, s.outcome, s.standing, f"{s.successes}/{s.uses}", len(s.evidence), s.item.title + _note(s))
        for s in kept
    ]
    headings = ("id", "namespace", "from", "standing", "helped", "support", "title")
    print_table(headings, rows, "No strategies.")


@click.command
@click.argument("id_", metavar="ID")
@as_json
@click.pass_obj
def show(settings: Settings, id_: str, json_: bool) -> None:
    """Show a strategy with its origin, or an experience in full."""

    async def look(bank: ReasoningBank) -> tuple[Strategy | None, Experience | None]:
        if id_.startswith("exp_"):
            return None, await bank.store.experience(id_, None)
        return await one_strategy(bank, id_), None

    strategy, experience = with_bank(settings, look)
    if strategy:
        print_json(_strategy(strategy)) if json_ else click.echo(strategy_text(strategy))
    if experience:
        print_json(_experience(experience)) if json_ else click.echo(_in_full(experience))


@click.command
@click.argument("id_", metavar="ID")
@click.option("--title", help="A new title.")
@click.option("--description", help="When it applies, and when not.")
@click.option("--content", help="What to do.")
@click.pass_obj
def edit(settings: Settings, id_: str, title: str | None, description: str | None, content: str | None) -> None:
    """Change the words of a strategy; without options, in your editor."""
    strategy = with_bank(settings, lambda bank: one_strategy(bank, id_))
    words = {"title": title, "description": description, "content": content}
    words = {name: getattr(strategy.item, name) if word is None else word for name, word in words.items()}
    if title is description is content is None:
        words = _edited(cast("dict[str, str]", words))
    item = intake.items([cast("dict[str, object]", words)], 1)[0]
    if item == strategy.item:
        click.echo("Nothing changed.")
        return
    changed = with_bank(settings, lambda bank: _reworded(bank, id_, item))
    click.echo(f"{id_} is changed.{_of_copies(changed, f'keeps its words until rb-mcp share {id_}')}")


@click.command
@click.argument("id_", metavar="ID")
@click.option("--reason", default="retired by hand", show_default=True, help="Kept with it.")
@click.pass_obj
def retire(settings: Settings, id_: str, reason: str) -> None:
    """Keep a strategy, but recall it no more."""
    retired = with_bank(
        settings, lambda bank: bank.store.revise(id_, None, standing="retired", note=intake.clean(reason))
    )
    copies = _of_copies(retired, f"is recalled until rb-mcp share --undo {id_}")
    click.echo(f"{id_} is retired; rb-mcp restore {id_} brings it back.{copies}")


@click.command
@click.argument("id_", metavar="ID")
@click.pass_obj
def restore(settings: Settings, id_: str) -> None:
    """Let a held or retired strategy be recalled again."""
    with_bank(settings, lambda bank: bank.store.revise(id_, None, standing="active"))
    click.echo(f"{id_} is active.")


@click.command
@click.argument("id_", metavar="[ID]", default="")
@click.option("--namespace", "-n", default="", help="Everything in this namespace.")
@click.option("--from-experience", default="", metavar="ID", help="An experience and all that it taught.")
@click.option("--since", type=click.DateTime(), help="Everything recorded since this moment, in local time.")
@click.option("--client", default="", help="Everything recorded through this program, as it calls itself.")
@click.option("--imported", default="", metavar="MARK", help="Everything that came with this import.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@as_json
@click.pass_obj
def forget(
    settings: Settings,
    id_: str,
    namespace: str,
    from_experience: str,
    since: datetime | None,
    client: str,
    imported: str,
    yes: bool,
    json_: bool,
) -> None:
    """Erase a strategy, an experience, or all that comes from a source, down to the raw bytes of the file.

    A source is a namespace, a moment since which, a client, an import; of several that are given all have to hold.
    With an experience goes what was learned from it alone, and every contrast it took part in. Backups and exports are
    outside the bank and keep what they hold.
    """
    id_ = id_ or from_experience
    source = {"namespace": namespace, "since": since, "client": client, "imported": imported}
    named = [f"{name} {value}" for name, value in source.items() if value]
    if bool(id_) == bool(named):
        raise InvalidInput("ID", "give one id, or a source: --namespace, --since, --client, --imported")
    if not yes and not click.confirm(f"Erase {id_ or ', '.join(named)} for good?"):
        raise click.Abort
    gone = with_bank(
        settings,
        lambda bank: bank.store.forget(
            namespace=namespace,
            experience_id=id_ if id_.startswith("exp_") else "",
            strategy_id="" if id_.startswith("exp_") else id_,
            since=since,
            client=client,
            imported=imported,
        ),
    )
    if json_:
        print_json(gone)
    else:
        click.echo("Erased: " + ", ".join(f"{number} {kind}" for kind, number in gone.items()) + ".")


async def one_strategy(bank: ReasoningBank, id_: str) -> Strategy:
    """Return a strategy, wherever it is.

    Raises:
        InvalidInput: when there is none of this id.
    """
    found = await bank.store.strategies(None, ids=[id_])
    if not found:
        raise InvalidInput("ID", f"{id_!r} is not known; rb-mcp list shows the ids")
    return found[0]


async def _reworded(bank: ReasoningBank, id_: str, item: MemoryItem) -> Strategy:
    return await bank.store.revise(id_, None, item=await redacted(item, bank.redactor))


def _edited(words: dict[str, str]) -> dict[str, str | None]:
    """Let a person change three texts in their editor: a heading a text."""
    text = click.edit("".join(f"# {name}\n{word}\n\n" for name, word in words.items()), extension=".md")
    found: dict[str, str | None] = dict(words)
    if text is not None:
        parts = dict.fromkeys(words, "")
        name = ""
        for line in text.splitlines():
            if line.startswith("# ") and line[2:].strip() in parts:
                name = line[2:].strip()
            elif name:
                parts[name] += line + "\n"
        found = {name: part.strip() for name, part in parts.items()}
    return found


def _of_copies(strategy: Strategy, what: str) -> str:
    return "".join(f" Its copy {copy.id} in {SHARED} {what}." for copy in strategy.shared_as)


def _note(strategy: Strategy) -> str:
    return f" ({strategy.note})" if strategy.note else ""


def _strategy(strategy: Strategy) -> dict[str, object]:
    used = {"uses": strategy.uses, "successes": strategy.successes}
    return {**asdict(strategy), **used, "created_at": strategy.created_at.isoformat()}


def _experience(experience: Experience) -> dict[str, object]:
    return {**asdict(experience), "created_at": experience.created_at.isoformat()}


def _in_full(experience: Experience) -> str:
    lines = [experience.task, f"{experience.id} in {experience.namespace}: {experience.status}"]
    if experience.members:
        lines.append(f"contrasts {', '.join(experience.members)}")
        lines.append(f"best: {experience.best or 'none'} ({experience.best_reason})")
    for number, attempt in enumerate(experience.attempts, start=1):
        verdict = attempt.verdict
        lines += [
            "",
            f"attempt {number}: {verdict.outcome} (by {verdict.judge or verdict.source}) {verdict.reason}".rstrip(),
        ]
        lines.append(trajectory_text(attempt.trajectory, budget=0))
    return "\n".join(lines)
