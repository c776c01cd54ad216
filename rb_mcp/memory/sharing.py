"""What one project learned → the namespace `shared`, from which every other one recalls too.

The owner decides that, so the copy is approved; the gate still looks, at the words and at every task they came from,
for what another project cannot use or must not see. Other namespaces see the strategy and the text of those tasks;
never a step of a trajectory. Not covered: how it is kept (`stores/sharing.py`), and taking it back, which is to forget
the copy, the strategy or an experience behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread

from rb_mcp.errors import InvalidInput
from rb_mcp.memory.gate import objection
from rb_mcp.redaction import Redactor
from rb_mcp.types import SHARED

if TYPE_CHECKING:
    from rb_mcp.protocols import Store
    from rb_mcp.types import Strategy


async def share(strategy: Strategy, store: Store) -> tuple[Strategy, list[str]]:
    """Copy a strategy into `shared`; return the copy, and the tasks that can be read there from now on.

    Raises:
        InvalidInput: when it is not recalled itself, or is nothing for others to recall; says why.
    """
    if strategy.namespace == SHARED:
        raise InvalidInput("ID", f"{strategy.id!r} is in the namespace {SHARED!r} already")
    if strategy.standing != "active":
        note = f" ({strategy.note})" if strategy.note else ""
        raise InvalidInput("ID", f"{strategy.id!r} is {strategy.standing}{note}; share one that is active")
    if not strategy.evidence:
        raise InvalidInput("ID", f"no experience stands behind {strategy.id!r}, so no task would lead to it")
    ids = [evidence.experience_id for evidence in strategy.evidence]
    tasks = [(await store.experience(id_, strategy.namespace)).task for id_ in ids]
    reason = await anyio.to_thread.run_sync(_objection, strategy, tasks)
    if reason:
        raise InvalidInput("ID", f"{strategy.id!r} cannot be shared: {reason} (rb-mcp edit {strategy.id})")
    return await store.share(strategy), list(dict.fromkeys(tasks))


def _objection(strategy: Strategy, tasks: list[str]) -> str:
    """Return why the words of a strategy should not leave their namespace, or nothing."""
    redactor = Redactor()  # whatever RB_MCP_REDACT lets into the namespace itself
    if any(redactor(text) != text for text in (strategy.item.text(), *tasks)):
        return "a secret stands in it or in the task it came from"
    return next((reason for task in tasks if (reason := objection(strategy.item, task))), "")
