"""The bank to read: its summary, a namespace's strategies page by page, one strategy, one experience."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from rb_mcp.errors import NotFound, RbMcpError
from rb_mcp.memory import intake
from rb_mcp.memory.rendering import strategy_text, trajectory_text

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from rb_mcp.memory.bank import ReasoningBank

_T = TypeVar("_T")

PAGE = 50
"""Strategies a page."""


def add_resources(server: MCPServer[ReasoningBank], bank: ReasoningBank) -> None:
    """Register the resources; texts are Markdown."""
    resources = Resources(bank)
    for uri, title, reading in (
        ("rb://bank", "The bank in numbers", resources.bank_summary),
        ("rb://{namespace}/strategies/page/{page}", "Strategies of a namespace", resources.strategies_page),
        ("rb://{namespace}/strategies/{strategy_id}", "One strategy and its origin", resources.one_strategy),
        ("rb://{namespace}/experiences/{experience_id}", "One experience in full", resources.one_experience),
    ):
        server.resource(uri, title=title, mime_type="text/markdown")(reading)


@dataclass(frozen=True)
class Resources:
    """What a client can read of a bank."""

    bank: ReasoningBank

    async def bank_summary(self) -> str:
        """What the bank holds, by namespace."""
        whole = await _answered(self.bank.store.summary(None))
        lines = ["# ReasoningBank", ""]
        for name in whole.namespaces:
            part = await _answered(self.bank.store.summary(name))
            kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(part.strategies.items())) or "none"
            lines.append(
                f"- {name}: experiences: {sum(part.experiences.values())}, strategies: {kinds}; "
                f"rb://{name}/strategies/page/1"
            )
        if not whole.namespaces:
            lines.append("Nothing is recorded yet.")
        lines += ["", f"Recalls: {whole.recalls}, of which {whole.answered} found something."]
        return "\n".join(lines)

    async def strategies_page(self, namespace: str, page: str) -> str:
        """Fifty strategies, newest first."""
        if not page.isdecimal() or not 1 <= int(page) <= 10**6:
            raise ResourceNotFoundError("page: give a number from 1")
        after = (int(page) - 1) * PAGE
        found = await _answered(self.bank.store.strategies(_namespace(namespace), after=after, limit=PAGE + 1))
        lines = [f"# Strategies of {namespace}, page {page}", ""]
        lines += [f"- {s.id} [{s.standing}] {s.item.title}: {s.item.description}" for s in found[:PAGE]]
        if len(found) > PAGE:
            lines += ["", f"More: rb://{namespace}/strategies/page/{int(page) + 1}"]
        return "\n".join(lines if found else [*lines, "None on this page."])

    async def one_strategy(self, namespace: str, strategy_id: str) -> str:
        """A strategy with its standing, its record of use and the experiences behind it."""
        found = await _answered(self.bank.store.strategies(_namespace(namespace), ids=[strategy_id]))
        if not found:
            raise ResourceNotFoundError(f"strategy_id: it is not known in namespace {namespace!r}")
        return strategy_text(found[0])

    async def one_experience(self, namespace: str, experience_id: str) -> str:
        """A task with every attempt at it, its verdicts and what it taught."""
        where = _namespace(namespace)
        experience = await _answered(self.bank.store.experience(experience_id, where))
        taught = await _answered(self.bank.store.strategies(where, of=[experience.id]))
        lines = [
            f"# {experience.task}",
            "",
            f"{experience.id}, {experience.status}, {experience.created_at:%Y-%m-%d %H:%M}",
        ]
        for number, attempt in enumerate(experience.attempts, start=1):
            verdict = attempt.verdict
            lines += [
                "",
                f"## Attempt {number}: {verdict.outcome} (by {verdict.judge or verdict.source})",
                verdict.reason,
            ]
            lines.append(trajectory_text(attempt.trajectory, budget=0))
        lines += ["", "## What it taught", *[f"- {s.id} [{s.standing}] {s.item.title}" for s in taught]]
        return "\n".join(lines)


def _namespace(text: str) -> str:
    try:
        return intake.namespace(text, "")
    except RbMcpError as error:
        raise ResourceNotFoundError(str(error)) from error


async def _answered(reading: Awaitable[_T]) -> _T:
    try:
        return await reading
    except NotFound as error:
        raise ResourceNotFoundError(str(error)) from error
    except RbMcpError as error:
        raise ResourceError(str(error)) from error
