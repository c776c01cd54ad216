"""What installs this server without a command line: a Claude Code plugin, an .mcpb bundle, buttons for editors.

All of it is made from `entry`, by `python3 dev.py bundle`, and lies in the repository; it starts the server by `uvx`,
which fetches the package. Run as a module it writes the files below the working folder.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rb_mcp import __version__
from rb_mcp.config import Settings
from rb_mcp.connect import CLIENTS, claude_code
from rb_mcp.connect.entry import DESCRIPTION, NAME, NOTE, Entry

UVX = Entry("uvx", ("rb-mcp",))
"""How the server is started where nothing is installed."""

_AUTHOR = {"name": "The rb-mcp authors"}
_KEYWORDS = ["agent-memory", "reasoningbank", "mcp"]
_PLUGIN_README = f"""\
# rb-mcp for Claude Code

{DESCRIPTION}. The plugin brings the MCP server `{NAME}` with three tools (recall before a task, record after it,
contrast several attempts), a skill that tells the agent when to use them, and three hooks that run by themselves:
when a prompt is sent, when the agent would stop, and when the session ends.

It needs [uv](https://docs.astral.sh/uv/), which fetches the package at the first start; nothing else is sent anywhere.
The bank is one file in your data folder, shared with every other client that you connect. If you have run
`rb-mcp connect claude-code`, undo that first (`--remove`), or every hook runs twice.

This folder is made by `python3 dev.py bundle`; do not edit it by hand.
"""
_SKILL = f"""\
---
name: task-strategies
description: Recall what earlier tasks of this kind taught, and record what this one teaches. Use it before planning \
any task of several steps (coding, browsing, operations), and once more when the task has ended, well or badly.
---

{NOTE}
"""
_BUNDLE_PROJECT = f"""\
[project]
name = "rb-mcp-bundle"
version = "{__version__}"
requires-python = ">=3.11"
dependencies = ["rb-mcp[anthropic]=={__version__}"]
"""
_BUNDLE_SERVER = '''\
"""Start the server; pyproject.toml beside this says where it comes from."""

from rb_mcp.cli import main

main()
'''


def files() -> dict[str, str]:
    """Return what the bundles consist of: text by path in the repository."""
    hooks = claude_code.hook_edit(UVX).put("")
    about = {"version": __version__, "description": DESCRIPTION, "author": _AUTHOR, "license": "Apache-2.0"}
    made = {
        ".claude-plugin/marketplace.json": {
            "name": "rb-mcp",
            "owner": _AUTHOR,
            "metadata": {"description": DESCRIPTION},
            "plugins": [{"name": "rb-mcp", "source": "./plugin", "description": DESCRIPTION}],
        },
        "plugin/.claude-plugin/plugin.json": {"name": "rb-mcp", **about, "keywords": _KEYWORDS},
        "plugin/.mcp.json": {"mcpServers": {NAME: UVX.server()}},
        "plugin/hooks/hooks.json": {"description": "Recall, remind, record.", **json.loads(hooks)},
        "mcpb/manifest.json": _manifest(about),
    }
    return {path: json.dumps(content, indent=2) + "\n" for path, content in made.items()} | {
        "plugin/README.md": _PLUGIN_README,
        "plugin/skills/task-strategies/SKILL.md": _SKILL,
        "mcpb/pyproject.toml": _BUNDLE_PROJECT,
        "mcpb/server.py": _BUNDLE_SERVER,
    }


def buttons() -> dict[str, str]:
    """Return, by client, the link that installs the server with one click; both ask before they do.

    A page that shows Markdown strips links of schemes such as `vscode:`, so both go by a page of the vendor's.
    """
    entry = UVX.server()
    packed = base64.b64encode(json.dumps(entry, separators=(",", ":")).encode()).decode()
    asked = quote(json.dumps({"name": NAME, **entry}, separators=(",", ":")), safe="")
    return {
        "vscode": f"https://insiders.vscode.dev/redirect?url={quote('vscode:mcp/install?' + asked, safe='')}",
        "cursor": f"https://cursor.com/en/install-mcp?name={NAME}&config={quote(packed, safe='')}",
    }


def markdown() -> str:
    """Return the buttons as a line of the README."""
    return " · ".join(f"[Install in {CLIENTS[client].title}]({link})" for client, link in buttons().items())


def _manifest(about: dict[str, Any]) -> dict[str, Any]:
    settings = {
        "RB_MCP_NAMESPACE": ("Namespace", "Where records go and recalls look; empty: default"),
        "RB_MCP_MODEL": (
            "Model",
            "Who judges and distils, such as anthropic:MODEL; empty: the agent, or a key's owner",
        ),
        "ANTHROPIC_API_KEY": ("Anthropic key", "Lets Claude judge and distil; nothing else needs it"),
    }
    return {
        "manifest_version": "0.4",
        "name": "rb-mcp",
        "display_name": "ReasoningBank",
        **about,
        "keywords": _KEYWORDS,
        "server": {
            "type": "uv",
            "entry_point": "server.py",
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--directory", "${__dirname}", "server.py"],
                "env": {name: f"${{user_config.{name.lower()}}}" for name in settings},
            },
        },
        "tools_generated": True,
        "prompts_generated": True,
        "compatibility": {"platforms": ["darwin", "win32", "linux"], "runtimes": {"python": ">=3.11"}},
        "user_config": {
            name.lower(): {
                "type": "string", "title": title, "description": description, "required": False, "default": "",
                **({"sensitive": True} if name not in Settings.variables() else {}),
            }
            for name, (title, description) in settings.items()
        },
    }  # fmt: skip


if __name__ == "__main__":
    for path, content in files().items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(content, encoding="utf-8", newline="\n")
