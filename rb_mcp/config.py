"""Settings: read once from `RB_MCP_*` by whoever starts the process, and passed down from there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from rb_mcp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What a namespace may be called."""


def _default_bank() -> Path:
    return platformdirs.user_data_path("rb-mcp", appauthor=False) / "bank.db"


@dataclass(frozen=True)
class Settings:
    """How this process behaves. Each field is one `RB_MCP_` variable of the same name in capitals."""

    bank: Path = field(default_factory=_default_bank)
    """`RB_MCP_BANK`: the file that holds the bank. Default: `bank.db` in the user's data folder."""

    namespace: str = "default"
    """`RB_MCP_NAMESPACE`: where records go and recalls look when a call names no namespace."""

    embedder: str = "use"
    """`RB_MCP_EMBEDDER`: who turns tasks into vectors. `use` ships with the package and needs no network."""

    prompts: Path | None = None
    """`RB_MCP_PROMPTS`: a folder whose Markdown files replace the shipped prompts of the same name."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings.

        Raises:
            ConfigurationError: when a variable has a value that cannot be.
        """
        namespace = environ.get("RB_MCP_NAMESPACE") or "default"
        if not NAMESPACE.fullmatch(namespace):
            raise ConfigurationError(f"RB_MCP_NAMESPACE is {namespace!r}; use 1 to 64 letters, digits, '.', '_' or '-'")
        bank, prompts = environ.get("RB_MCP_BANK"), environ.get("RB_MCP_PROMPTS")
        if bank and "://" in bank:
            raise ConfigurationError(f"RB_MCP_BANK is {bank!r}; this release keeps the bank in a file: give a path")
        if prompts and not Path(prompts).expanduser().is_dir():
            raise ConfigurationError(f"RB_MCP_PROMPTS is {prompts!r}, which is not a folder")
        return cls(
            bank=Path(bank).expanduser().resolve() if bank else _default_bank(),
            namespace=namespace,
            embedder=environ.get("RB_MCP_EMBEDDER") or "use",
            prompts=Path(prompts).expanduser() if prompts else None,
        )


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return the variables that look like settings of ours and are not: misspelt, or of another release."""
    known = {f"RB_MCP_{name.upper()}" for name in Settings.__dataclass_fields__}
    return sorted(name for name in environ if name.startswith("RB_MCP_") and name not in known)
