"""What installs the server with one click: made from one source, and by the rules of those who read it."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from rb_mcp import __version__
from rb_mcp.cli import COMMANDS
from rb_mcp.config import Settings
from rb_mcp.connect import CLIENTS, claude_code, entry
from rb_mcp.connect.bundles import UVX, buttons, files, markdown

ROOT = Path(__file__).parents[2]
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
SERVER = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))


def made(path: str) -> Any:
    return json.loads(files()[path])


def test_the_files_in_the_repository_are_those_that_are_made_today() -> None:
    for path, content in files().items():
        assert (ROOT / path).read_text(encoding="utf-8") == content, f"{path}: run python3 dev.py bundle"
    for folder in ("plugin", "mcpb", ".claude-plugin"):
        there = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert {path for path in there if "__pycache__" not in path} <= {*files()}


def test_name_version_and_description_are_the_project_s() -> None:
    for path in ("plugin/.claude-plugin/plugin.json", "mcpb/manifest.json"):
        assert made(path)["name"] == SERVER["packages"][0]["identifier"]
        assert made(path)["version"] == __version__
        assert f'description = "{made(path)["description"]}"' in PROJECT
        assert f'license = "{made(path)["license"]}"' in PROJECT


def test_every_bundle_starts_the_published_package_as_the_registry_does() -> None:
    [package] = SERVER["packages"]
    arguments = [argument["value"] for argument in package["packageArguments"]]
    started = made("plugin/.mcp.json")["mcpServers"][entry.NAME]
    assert started == {"command": package["runtimeHint"], "args": [package["identifier"], *arguments]}
    assert f'"{package["identifier"]}[anthropic]=={__version__}"' in files()["mcpb/pyproject.toml"]


def test_the_plugin_follows_the_rules_of_its_validator() -> None:
    plugin, [listed] = made("plugin/.claude-plugin/plugin.json"), made(".claude-plugin/marketplace.json")["plugins"]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", plugin["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", plugin["version"])
    assert plugin["author"]["name"]
    assert (listed["name"], listed["source"]) == (plugin["name"], "./plugin")
    assert len(files()["plugin/README.md"].split()) >= 40
    hooks = made("plugin/hooks/hooks.json")
    assert {*hooks} == {"description", "hooks"}
    assert [*hooks["hooks"]] == [*claude_code.EVENTS.values()]
    for moment, [group] in zip(claude_code.EVENTS, hooks["hooks"].values(), strict=True):
        [hook] = group["hooks"]
        assert hook["type"] == "command"
        assert hook["command"] == f"uvx rb-mcp hook {moment} --client claude-code"
    [skill] = [content for path, content in files().items() if path.endswith("SKILL.md")]
    name, description = re.findall(r"^(?:name|description): (.+)$", skill.split("---")[1], re.MULTILINE)
    assert f"plugin/skills/{name}/SKILL.md" in files()
    assert len(description) <= 1024
    assert "recall_strategies" in skill


def test_the_mcpb_manifest_follows_the_rules_of_its_schema() -> None:
    manifest = made("mcpb/manifest.json")
    assert manifest["manifest_version"] == "0.4", "of the published ones only this knows uv"
    known = {
        "manifest_version", "name", "display_name", "version", "description", "long_description", "author", "icon",
        "server", "tools_generated", "prompts_generated", "keywords", "license", "compatibility", "user_config",
    }  # fmt: skip
    assert {*manifest} <= known
    assert {"name", "version", "description", "author", "server"} <= {*manifest}
    assert {*manifest["server"]} == {"type", "entry_point", "mcp_config"}
    assert manifest["server"]["type"] == "uv"
    assert f"mcpb/{manifest['server']['entry_point']}" in files()
    assert {*manifest["server"]["mcp_config"]} <= {"command", "args", "env", "platform_overrides"}
    assert {*manifest["compatibility"]["platforms"]} <= {"darwin", "win32", "linux"}
    for name, option in manifest["user_config"].items():
        assert {*option} <= {"type", "title", "description", "required", "default", "sensitive"}
        assert option["type"] in {"string", "number", "boolean", "directory", "file"}
        assert option.get("sensitive", False) is name.endswith("_key")
    env = manifest["server"]["mcp_config"]["env"]
    assert {*env.values()} == {f"${{user_config.{name}}}" for name in manifest["user_config"]}
    assert {*env} <= {*Settings.variables(), "ANTHROPIC_API_KEY"}


def test_what_the_mcpb_leaves_empty_counts_as_not_set() -> None:
    env = made("mcpb/manifest.json")["server"]["mcp_config"]["env"]
    assert Settings.from_environ(dict.fromkeys(env, "")) == Settings.from_environ({})


def test_the_buttons_say_what_they_install() -> None:
    vscode = urlsplit(buttons()["vscode"])
    assert (vscode.scheme, vscode.netloc, vscode.path) == ("https", "insiders.vscode.dev", "/redirect")
    scheme, asked = parse_qs(vscode.query)["url"][0].split("?")
    assert scheme == "vscode:mcp/install"
    assert json.loads(unquote(asked)) == {"name": entry.NAME, **UVX.server()}
    cursor = urlsplit(buttons()["cursor"])
    assert (cursor.scheme, cursor.netloc) == ("https", "cursor.com")
    asked = parse_qs(cursor.query)
    assert asked["name"] == [entry.NAME]
    assert json.loads(base64.b64decode(asked["config"][0])) == UVX.server()
    for client, link in buttons().items():
        assert f"[Install in {CLIENTS[client].title}]({link})" in markdown()


def test_the_readme_has_the_buttons_of_today() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert markdown() in readme
    for client in CLIENTS:
        assert f"rb-mcp connect {client}" in readme or f"`{client}`" in readme


def test_the_commands_that_are_written_down_are_there() -> None:
    assert {"serve", "connect", "hook"} <= {*COMMANDS}
