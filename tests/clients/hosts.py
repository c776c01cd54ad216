"""The three clients: how each is started without a person, and under which names it offers tools to its model.

Each is told in its environment, on its command line or in the settings it has before it is connected, what there would
be on a person's machine: a key (the stand-in takes any), where its model is, that it may run commands, and to send no
telemetry and look for no updates. What `rb-mcp connect` writes is not touched.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gemini_api
import messages_api
import responses_api
from standin import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from standin import Api

SERVER = "rb"
"""The name under which `rb-mcp connect` enters the server."""


@dataclass(frozen=True)
class Host:
    """One client.

    `command` takes the prompt, the stand-in's address, and whether the last session in the folder goes on;
    `environment` that address.
    """

    name: str
    program: str
    api: Api
    command: Callable[[str, str, bool], list[str]]
    environment: Callable[[str], dict[str, str]]
    tool: Callable[[str], str]
    """The name of one of our tools, as the model sees it."""
    shell: Callable[[str], Call]
    """What the model calls to run a command line."""
    settings: tuple[str, str] = ("", "")
    """A file in the home, and what is in it before the client is connected."""
    discovery: Call | None = None
    """What the model calls to see those tools that the client does not offer at once."""


def _claude_command(prompt: str, _: str, goes_on: bool) -> list[str]:
    # Nobody is there to be asked, and root may not skip permissions.
    return ["-p", prompt, *["--continue"] * goes_on, "--allowedTools", "Bash", f"mcp__{SERVER}"]


def _claude_environment(url: str) -> dict[str, str]:
    return {
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "stand-in",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_ERROR_REPORTING": "1",
        "DISABLE_TELEMETRY": "1",
    }


def _codex_command(prompt: str, url: str, goes_on: bool) -> list[str]:
    provider = f'{{name="stand-in",base_url="{url}/v1",wire_api="responses",env_key="STAND_IN_KEY"}}'
    settings = [
        "model_provider=stand-in",
        "model=gpt-5.5",
        f"model_providers.stand-in={provider}",
        "analytics.enabled=false",
        "check_for_update_on_startup=false",
        "feedback.enabled=false",
        "features.plugins=false",  # else it fetches a list of them
    ]
    overrides = [part for setting in settings for part in ("-c", setting)]
    # A hook of Codex runs once a person has looked at it, in its own screen for that; there is no screen here.
    trust = ["--dangerously-bypass-hook-trust", "--skip-git-repo-check", "--sandbox", "danger-full-access"]
    return ["exec", *overrides, *trust, *["resume", "--last"] * goes_on, prompt]


def _gemini_command(prompt: str, _: str, goes_on: bool) -> list[str]:
    resumed = ["--resume", "latest"] * goes_on
    return [*resumed, "--skip-trust", "--yolo", "--model", "gemini-2.5-pro", "--prompt", prompt]


def _gemini_environment(url: str) -> dict[str, str]:
    return {
        "GEMINI_API_KEY": "stand-in",
        "GEMINI_CLI_NO_RELAUNCH": "true",
        "GEMINI_TELEMETRY_ENABLED": "false",
        "GOOGLE_GEMINI_BASE_URL": url,
    }


_GEMINI_SETTINGS = {
    "security": {"auth": {"selectedType": "gemini-api-key"}},
    "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
    "privacy": {"usageStatisticsEnabled": False},
    "telemetry": {"enabled": False},
}


HOSTS = (
    Host(
        "claude-code",
        "claude",
        messages_api.answer,
        _claude_command,
        _claude_environment,
        lambda tool: f"mcp__{SERVER}__{tool}",
        lambda line: Call("Bash", {"command": line, "description": "Run it"}),
        discovery=Call("ToolSearch", {"query": f"select:mcp__{SERVER}__contrast_trajectories"}),
    ),
    Host(
        "codex",
        "codex",
        responses_api.answer,
        _codex_command,
        lambda _: {"STAND_IN_KEY": "stand-in"},
        lambda tool: f"mcp__{SERVER}.{tool}",
        lambda line: Call("exec_command", {"cmd": line}),
        discovery=Call("tool_search", {"query": "recall, record and contrast strategies and trajectories"}),
    ),
    Host(
        "gemini",
        "gemini",
        gemini_api.answer,
        _gemini_command,
        _gemini_environment,
        lambda tool: f"mcp_{SERVER}_{tool}",
        lambda line: Call("run_shell_command", {"command": line, "description": "Run it"}),
        (".gemini/settings.json", json.dumps(_GEMINI_SETTINGS)),
    ),
)
