"""Where the bank is kept: one module a backend, SQL migrations beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.stores.sqlite import SqliteStore, utc_now

if TYPE_CHECKING:
    from rb_mcp.config import Settings
    from rb_mcp.protocols import Clock


def open_store(settings: Settings) -> tuple[SqliteStore, Clock]:
    """Return the store that `RB_MCP_BANK` names, and the clock that its records are dated by."""
    return SqliteStore(settings.bank, utc_now), utc_now
