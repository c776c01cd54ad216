"""Settings: read once from `RB_MCP_*` by whoever starts the process, and passed down from there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import platformdirs

from rb_mcp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rb_mcp.redaction import Redaction

NAMESPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What a namespace may be called."""

MOST_WITHHELD = 0.5
"""The share of recalls: half compares best, more would only forgo help."""


_NO_VARIABLES = {"credentials", "namespace_reason"}
_PROVIDERS = ("ANTHROPIC_", "GEMINI_", "GOOGLE_", "OPENAI_")


def _default_bank() -> Path:
    return platformdirs.user_data_path("rb-mcp", appauthor=False) / "bank.db"


@dataclass(frozen=True)
class Settings:
    """How this process behaves. Each field is one `RB_MCP_` variable of the same name in capitals."""

    bank: Path = field(default_factory=_default_bank)
    """`RB_MCP_BANK`: the file that holds the bank. Default: `bank.db` in the user's data folder."""

    namespace: str = "default"
    """`RB_MCP_NAMESPACE`: where records go and recalls look when a call names no namespace. `auto`: named after the git
    repository of the working folder, `default` where there is none; `rb-mcp doctor` says which, and why."""

    embedder: str = "use+minilm"
    """`RB_MCP_EMBEDDER`: who turns tasks into vectors. `use`, `minilm` (for English alone) and `use+minilm`
    (both) ship with the package and need no network, `google:MODEL` and `openai:MODEL` are services."""

    prompts: Path | None = None
    """`RB_MCP_PROMPTS`: a folder whose Markdown files replace the shipped prompts of the same name."""

    model: str = ""
    """`RB_MCP_MODEL`: who judges and distils. `anthropic:MODEL`, `google:MODEL`, `openai:MODEL` (any compatible
    server, by `OPENAI_BASE_URL`), `client` (the MCP client's own), `agent` (the calling agent). Default: a provider
    whose key is in the environment, else the client's model if it lends one, else the agent."""

    judges: int = 1
    """`RB_MCP_JUDGES`: how many judgements a majority is taken of, where no evidence decides."""

    budget: int = 1_000
    """`RB_MCP_BUDGET`: how many calls to a model a day (UTC) the bank may make, all its servers together."""

    redact: Redaction = "secrets"
    """`RB_MCP_REDACT`: what is cut out of text before it is stored or a model sees it. `secrets`, `personal` (secrets,
    and e-mail addresses, card numbers and IBANs that are valid), `off`."""

    holdout: float = 0.0
    """`RB_MCP_HOLDOUT`: the share of the recalls that are answered as if nothing had been found, by chance, from 0
    to 0.5. What comes of those tasks is what `rb-mcp stats` compares with: 0.1 costs little and takes long, 0.5 is
    the quickest. Default: 0, nothing is withheld and nothing can be said."""

    review: Literal["off", "all"] = "off"
    """`RB_MCP_REVIEW`: `all` holds every new strategy until a person lets it in (`rb-mcp list --held`, `restore`); what
    only confirms one that is active counts for it, in the words that were let in. `off`: only what the gate objects to
    is held."""

    credentials: Mapping[str, str] = field(default_factory=dict[str, str], repr=False, compare=False)
    """The variables of providers (`ANTHROPIC_API_KEY`, `GEMINI_API_KEY`, `OPENAI_BASE_URL`, ...), as they are."""

    namespace_reason: str = field(default="", compare=False)
    """Why the namespace is called what it is, where it was not named."""

    @classmethod
    def variables(cls) -> list[str]:
        """Return the names of the variables that are settings."""
        return sorted(f"RB_MCP_{name.upper()}" for name in cls.__dataclass_fields__ if name not in _NO_VARIABLES)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings.

        Raises:
            ConfigurationError: when a variable has a value that cannot be.
        """
        namespace, reason = environ.get("RB_MCP_NAMESPACE") or "default", ""
        if namespace.strip().lower() == "auto":
            from rb_mcp import workplace  # noqa: PLC0415 - only for who asks; a server's start must not pay for it

            namespace, reason = workplace.namespace(environ)
        if not NAMESPACE.fullmatch(namespace):
            raise ConfigurationError(f"RB_MCP_NAMESPACE is {namespace!r}; use 1 to 64 letters, digits, '.', '_' or '-'")
        bank, prompts = environ.get("RB_MCP_BANK"), environ.get("RB_MCP_PROMPTS")
        if bank and "://" in bank:
            raise ConfigurationError(f"RB_MCP_BANK is {bank!r}; this release keeps the bank in a file: give a path")
        if prompts and not Path(prompts).expanduser().is_dir():
            raise ConfigurationError(f"RB_MCP_PROMPTS is {prompts!r}, which is not a folder")
        redact = environ.get("RB_MCP_REDACT", "").strip().lower() or "secrets"
        if redact not in ("secrets", "personal", "off"):
            raise ConfigurationError(f"RB_MCP_REDACT is {redact!r}; give secrets, personal or off")
        review = environ.get("RB_MCP_REVIEW", "").strip().lower() or "off"
        if review not in ("off", "all"):
            raise ConfigurationError(f"RB_MCP_REVIEW is {review!r}; give off or all")
        return cls(
            bank=Path(bank).expanduser().resolve() if bank else _default_bank(),
            namespace=namespace,
            embedder=environ.get("RB_MCP_EMBEDDER") or "use+minilm",
            prompts=Path(prompts).expanduser() if prompts else None,
            model=environ.get("RB_MCP_MODEL", "").strip(),
            judges=_number(environ, "RB_MCP_JUDGES", 1, 1, 9),
            budget=_number(environ, "RB_MCP_BUDGET", 1_000, 0, 1_000_000),
            redact=redact,
            holdout=_share(environ, "RB_MCP_HOLDOUT"),
            review=review,
            credentials={name: value for name, value in environ.items() if name.startswith(_PROVIDERS)},
            namespace_reason=reason,
        )


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return the variables that look like settings of ours and are not: misspelt, or of another release."""
    return sorted(name for name in environ if name.startswith("RB_MCP_") and name not in Settings.variables())


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ConfigurationError(f"{name} is {text!r}; give a whole number from {least} to {most}")
    return int(text)


def _share(environ: Mapping[str, str], name: str) -> float:
    text = environ.get(name, "").strip() or "0"
    if not re.fullmatch(r"0?\.\d+|0", text, re.ASCII) or float(text) > MOST_WITHHELD:
        raise ConfigurationError(f"{name} is {text!r}; give a share from 0 (withhold nothing) to 0.5, such as 0.1")
    return float(text)
