"""Settings are read from the environment, and a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from rb_mcp.config import Settings, unknown_variables
from rb_mcp.errors import ConfigurationError


def test_defaults_need_nothing() -> None:
    settings = Settings.from_environ({})
    assert (settings.namespace, settings.embedder, settings.prompts) == ("default", "use+minilm", None)
    assert settings.bank.name == "bank.db"
    assert settings.bank.is_absolute()
    assert Settings.from_environ({"RB_MCP_BANK": "", "RB_MCP_NAMESPACE": ""}) == settings


def test_each_variable_is_taken(tmp_path: Path) -> None:
    environ = {
        "RB_MCP_BANK": str(tmp_path / "b.db"),
        "RB_MCP_NAMESPACE": "web",
        "RB_MCP_EMBEDDER": "hashing",
        "RB_MCP_PROMPTS": str(tmp_path),
        "RB_MCP_MODEL": "anthropic:claude-haiku-5-5",
        "RB_MCP_JUDGES": "3",
        "RB_MCP_BUDGET": "50",
        "RB_MCP_REDACT": "Personal",
        "RB_MCP_HOLDOUT": "0.1",
        "RB_MCP_REVIEW": "All",
        "ANTHROPIC_API_KEY": "k",
        "HOME": "h",
    }
    settings = Settings.from_environ(environ)
    bank = tmp_path.resolve() / "b.db"
    model = "anthropic:claude-haiku-5-5"
    assert settings == Settings(bank, "web", "hashing", tmp_path, model, 3, 50, "personal", 0.1, "all")
    assert settings.credentials == {"ANTHROPIC_API_KEY": "k"}
    assert "ANTHROPIC_API_KEY" not in repr(settings)
    assert set(Settings.variables()) == {name for name in environ if name.startswith("RB_MCP_")}
    assert Settings.from_environ({"RB_MCP_BANK": "~/b.db"}).bank == Path.home() / "b.db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RB_MCP_JUDGES", "0"),
        ("RB_MCP_JUDGES", "many"),
        ("RB_MCP_BUDGET", "-1"),
        ("RB_MCP_REDACT", "some"),
        ("RB_MCP_HOLDOUT", "0.6"),
        ("RB_MCP_REVIEW", "some"),
        ("RB_MCP_HOLDOUT", "nan"),
        ("RB_MCP_HOLDOUT", "10%"),
        ("RB_MCP_NAMESPACE", "a b"),
        ("RB_MCP_BANK", "mysql://x/y"),
        ("RB_MCP_PROMPTS", "/nowhere/at/all"),
    ],
)
def test_a_value_that_cannot_be_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Settings.from_environ({name: value})


def test_a_misspelt_variable_is_found() -> None:
    assert unknown_variables({"RB_MCP_BANKS": "x", "RB_MCP_BANK": "y", "HOME": "z"}) == ["RB_MCP_BANKS"]
