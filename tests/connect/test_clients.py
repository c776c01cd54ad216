"""`rb-mcp connect CLIENT` on real files in a home of its own, for every client."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rb_mcp.cli import main
from rb_mcp.connect import CLIENTS, entry, jsonc

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

APPS = ".config"
SERVERS = {
    "claude-code": ".claude.json",
    "claude-desktop": f"{APPS}/Claude/claude_desktop_config.json",
    "cursor": ".cursor/mcp.json",
    "vscode": f"{APPS}/Code/User/mcp.json",
    "codex": ".codex/config.toml",
    "gemini": ".gemini/settings.json",
}
HOOKS = {
    "claude-code": ".claude/settings.json",
    "cursor": ".cursor/hooks.json",
    "codex": ".codex/hooks.json",
    "gemini": ".gemini/settings.json",
}
NOTES = {"claude-code": ".claude/CLAUDE.md", "codex": ".codex/AGENTS.md", "gemini": ".gemini/GEMINI.md"}

JSON_SERVERS = """\
{
    // what I need every day
    "theme": "dark",   "empty": {},
    "%s": {
        "files": { "command": "npx", "args": ["-y", "files"] }, // mine
        "git": {
            "command": "git-mcp" /* the old one */
        }   // and no comma here
    },
    "last": [1, 2,
             3]
}
"""
GROUPED_HOOKS = """\
{
\t"permissions": {"allow": ["Bash(ls:*)"]},
\t"hooks": {
\t\t"%s": [
\t\t\t{"matcher": "", "hooks": [{"type": "command", "command": "say done", "timeout": 5}]}, // loud
\t\t],
\t},
}"""
FLAT_HOOKS = '{"version": 1, "hooks": {"stop": [{"command": "./mine.sh"}], "afterFileEdit": []}}'
TOML = """\
# my settings
model = "gpt"   # the usual

[mcp_servers.files]
command = "npx" # mine
args = [ "-y",
         "files" ]

[profiles.fast]
model = "small"

# the end, without a line end"""
EXISTING: dict[str, dict[str, str]] = {
    "claude-code": {
        ".claude.json": JSON_SERVERS % "mcpServers",
        ".claude/settings.json": GROUPED_HOOKS % "Stop",
        ".claude/CLAUDE.md": "# Mine\n\nUse tabs.",
    },
    "claude-desktop": {f"{APPS}/Claude/claude_desktop_config.json": JSON_SERVERS % "mcpServers"},
    "cursor": {".cursor/mcp.json": '{"mcpServers":{}}', ".cursor/hooks.json": FLAT_HOOKS},
    "vscode": {f"{APPS}/Code/User/mcp.json": JSON_SERVERS % "servers"},
    "codex": {
        ".codex/config.toml": TOML,
        ".codex/hooks.json": GROUPED_HOOKS % "Stop",
        ".codex/AGENTS.md": "Use tabs.\r\n\r\nNever commit.\r\n",
    },
    "gemini": {
        ".gemini/settings.json": (JSON_SERVERS % "mcpServers").replace("\n", "\r\n"),
        ".gemini/GEMINI.md": "\n",
    },
}
every_client = pytest.mark.parametrize("client", [*CLIENTS])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a project of nobody's."""
    home = tmp_path / "home"
    (tmp_path / "project").mkdir()
    home.mkdir()
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / APPS))
    monkeypatch.chdir(tmp_path / "project")
    return home


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:  # noqa: ARG001
    def run(*words: str) -> tuple[int, str, str]:
        """Run a command line with nobody at the terminal; return its exit status and what it printed."""
        monkeypatch.setattr(sys, "argv", ["rb-mcp", "connect", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(str(ended.value.code)), out, err

    return run


def lay(home: Path, client: str) -> dict[Path, bytes]:
    """Write what a user of a client has, and return it."""
    there: dict[Path, bytes] = {}
    for name, text in EXISTING[client].items():
        there[home / name] = text.encode()
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(there[home / name])
    return there


def held(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def bare(text: str) -> str:
    """A text without blanks, and without the commas that come behind what was last before."""
    return "".join(text.replace(",", "").split())


def config(path: Path) -> dict[str, Any]:
    text = path.read_bytes().decode()
    return tomllib.loads(text) if path.suffix == ".toml" else jsonc.read(text)


def server(home: Path, client: str) -> dict[str, Any]:
    key = {"vscode": "servers", "codex": "mcp_servers"}.get(client, "mcpServers")
    return config(home / SERVERS[client])[key]["rb"]


def hook_lines(home: Path, client: str) -> list[str]:
    """Return the command lines of our hooks."""
    found: list[str] = []
    for hooks in config(home / HOOKS[client])["hooks"].values():
        for hook in hooks:
            found += [each["command"] for each in [hook, *hook.get("hooks", [])] if "command" in each]
    return [line for line in found if entry.is_hook(line, client)]


@every_client
def test_where_nothing_was_the_client_gets_a_server_that_starts_this_program(client: str, home: Path, run: Run) -> None:
    code, out, _ = run(client, "--yes")
    assert code == 0
    assert "+++ " + str(home / SERVERS[client]) in out
    told = server(home, client)
    assert Path(told["command"]).is_absolute()
    assert told["args"][-1] == "serve"
    shown = subprocess.run(
        [told["command"], *told["args"][:-1], "--version"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.startswith("rb-mcp ")
    if client in HOOKS:
        moments = [shlex.split(line)[-4:] for line in hook_lines(home, client)]
        assert moments == [["hook", moment, "--client", client] for moment in ("prompt", "stop", "end")]
    if client in NOTES:
        assert "recall_strategies" in (home / NOTES[client]).read_text()


@every_client
def test_what_was_there_stays_and_a_copy_of_it_is_kept(client: str, home: Path, run: Run) -> None:
    there = lay(home, client)
    assert run(client, "--yes")[0] == 0
    for path, before in there.items():
        after = path.read_bytes()
        assert after != before
        for line in before.decode().splitlines() if path.suffix != ".json" or b"\n" in before else ():
            assert bare(line) in bare(after.decode())
        assert [kept.read_bytes() for kept in path.parent.glob(path.name + ".bak-rb-mcp*")] == [before]
    if client != "cursor":
        told = config(home / SERVERS[client])
        [servers] = [told[key] for key in ("mcpServers", "servers", "mcp_servers") if key in told]
        assert servers.pop("rb")
        assert servers["files"] == {"command": "npx", "args": ["-y", "files"]}
    if client in {"claude-code", "codex"}:
        stop = config(home / HOOKS[client])["hooks"]["Stop"]
        assert stop[0] == {"matcher": "", "hooks": [{"type": "command", "command": "say done", "timeout": 5}]}


@every_client
@pytest.mark.parametrize("before", ["nothing", "something"])
def test_a_second_run_has_nothing_to_change(client: str, before: str, home: Path, run: Run) -> None:
    if before == "something":
        lay(home, client)
    run(client, "--yes", "--env", "RB_MCP_HOLDOUT=0.1")
    after = held(home)
    code, out, _ = run(client, "--yes")
    assert (code, out) == (0, f"{CLIENTS[client].title}: nothing to change.\n")
    assert held(home) == after


@every_client
@pytest.mark.parametrize("scope", ["user", "project"])
def test_removing_gives_back_the_very_bytes(client: str, scope: str, home: Path, run: Run) -> None:
    if (client, scope) == ("claude-desktop", "project"):
        pytest.skip("it has none")
    there = lay(home, client) if scope == "user" else {}
    assert run(client, "--yes", "--scope", scope, "--env", "RB_MCP_HOLDOUT=0.1")[0] == 0
    assert run(client, "--yes", "--scope", scope, "--env", "RB_MCP_HOLDOUT=0.2")[0] == 0
    assert run(client, "--yes", "--scope", scope, "--remove")[0] == 0
    left = {path: data for path, data in held(home.parent).items() if ".bak-rb-mcp-" not in path.name}
    assert left == there
    assert run(client, "--remove")[1].endswith("nothing to change.\n")


@every_client
def test_files_it_made_itself_are_gone_after_removing(client: str, home: Path, run: Run) -> None:
    for _ in range(2):
        run(client, "--yes")
        code, out, _ = run(client, "--yes", "--remove")
        assert code == 0
        assert "deleted" in out
        assert held(home) == {}


@every_client
def test_what_others_put_in_meanwhile_stays_when_ours_goes(client: str, home: Path, run: Run) -> None:
    lay(home, client)
    run(client, "--yes")
    path = home / SERVERS[client]
    text = path.read_bytes().decode()
    if path.suffix == ".toml":
        path.write_text(text + '\n[mcp_servers.new]\ncommand = "new"\n')
    else:
        path.write_bytes(
            jsonc.put(text, ("servers" if client == "vscode" else "mcpServers", "new"), {"command": "new"}).encode()
        )
    assert run(client, "--yes", "--remove")[0] == 0
    after = path.read_bytes().decode()
    assert '"new"' in after
    assert "rb-mcp" not in after
    for line in EXISTING[client][SERVERS[client]].splitlines():
        if "//" in line or "#" in line:
            assert bare(line) in bare(after)


@every_client
def test_without_anybody_to_ask_it_only_shows(client: str, home: Path, run: Run) -> None:
    there = lay(home, client)
    code, out, err = run(client)
    assert code == 1
    assert "--yes" in err
    assert "+++ " in out
    code, dry, err = run(client, "--dry-run", "--yes")
    assert (code, dry) == (0, out)
    assert "dry run" in err
    assert held(home) == there


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("typed", "written"), [(b"y\n", True), (b"\n", False)])
def test_at_a_terminal_it_asks_first(typed: bytes, written: bool, home: Path) -> None:
    import pty  # noqa: PLC0415 - not on every system

    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "rb_mcp", "connect", "cursor"]
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs) as program:
        os.write(ours, typed)
        assert program.wait(60) == (0 if written else 1)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "Write this? [y/N]" in shown
    assert (home / ".cursor/mcp.json").exists() is written


@every_client
def test_a_broken_file_is_named_with_its_line_and_nothing_is_touched(client: str, home: Path, run: Run) -> None:
    there = lay(home, client)
    for name in {SERVERS[client], HOOKS.get(client, SERVERS[client])}:
        path = home / name
        path.write_bytes(
            there[path][:-1].replace(b"npx", b"\x00", 1) if path.suffix == ".toml" else b'{\n  "a": 1\n  "b": 2\n}\n'
        )
        broken = held(home)
        code, _, err = run(client, "--yes")
        assert code == 2
        assert str(path) in err
        assert ("line 5" if path.suffix == ".toml" else "line 3") in err
        assert run(client, "--yes", "--remove")[0] == 2
        assert held(home) == broken
        path.write_bytes(there[path])


@every_client
def test_a_link_stays_a_link_and_permissions_stay(client: str, home: Path, run: Run) -> None:
    there = lay(home, client)
    dotfiles = home.parent / "dotfiles"
    dotfiles.mkdir()
    for n, path in enumerate(there):
        path.chmod(0o600)
        target = path.rename(dotfiles / f"{n}{path.suffix}")
        path.symlink_to(target)
    assert run(client, "--yes")[0] == 0
    for path, before in there.items():
        assert path.is_symlink()
        assert path.read_bytes() != before
        assert path.stat().st_mode & 0o777 == 0o600
        assert [kept.stat().st_mode & 0o777 for kept in dotfiles.glob(path.resolve().name + ".bak*")] == [0o600]
    assert run(client, "--yes", "--remove")[0] == 0
    assert {path: path.read_bytes() for path in there} == there


def test_copies_of_what_was_there_are_never_written_over(home: Path, run: Run) -> None:
    lay(home, "cursor")
    path, kept = home / ".cursor/mcp.json", set[bytes]()
    for original in (b'{"mcpServers":{}}', b'{"mcpServers": {}}', b"{ }", b"{}", b""):
        path.write_bytes(original)
        kept.add(original)
        run("cursor", "--yes")
        assert kept <= {file.read_bytes() for file in path.parent.glob("mcp.json.bak-rb-mcp*")}
        run("cursor", "--yes", "--remove")
        assert path.read_bytes() == original


@every_client
def test_settings_reach_the_server_and_the_hooks_alike_and_are_kept(client: str, home: Path, run: Run) -> None:
    assert run(client, "--yes", "--env", "RB_MCP_BANK=my bank.db", "--env", "RB_MCP_NAMESPACE=shop")[0] == 0
    bank = str(home.parent / "project" / "my bank.db")  # a client starts us in any folder
    assert server(home, client)["env"] == {"RB_MCP_BANK": bank, "RB_MCP_NAMESPACE": "shop"}
    run(client, "--yes", "--env", "RB_MCP_NAMESPACE=", "--env", "RB_MCP_HOLDOUT=0.2")
    assert server(home, client)["env"] == {"RB_MCP_BANK": bank, "RB_MCP_HOLDOUT": "0.2"}
    if client in HOOKS:
        for line in hook_lines(home, client):
            *program, _, _, _, _ = shlex.split(line)
            told = subprocess.run([*program, "doctor", "--json"], capture_output=True, text=True, check=False).stdout
            assert bank in told, line


def test_a_setting_that_is_none_is_refused_by_name(home: Path, run: Run) -> None:
    for wrong in ("RB_MCP_BNAK=x", "PATH=x", "RB_MCP_BANK", "RB_MCP_HOLDOUT=7"):
        code, _, err = run("cursor", "--yes", "--env", wrong)
        assert code == 2
        assert wrong.split("=")[0] in err
    assert held(home) == {}


def test_a_command_takes_settings_as_hooks_give_them_and_refuses_what_is_none(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for pair, status in (("RB_MCP_BANK=" + str(home / "other.db"), 0), ("RB_MCP_BNAK=x", 2), ("RB_MCP_HOLDOUT=7", 2)):
        monkeypatch.setattr(os, "environ", dict(os.environ))
        monkeypatch.setattr(sys, "argv", ["rb-mcp", "--env", pair, "--env", "RB_MCP_EMBEDDER=hashing", "doctor"])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert ended.value.code == status, err
        assert (str(home / "other.db") in out) is (status == 0)


def test_a_setting_of_this_terminal_is_not_passed_on_in_silence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RB_MCP_NAMESPACE", "here")
    assert "--env RB_MCP_NAMESPACE=" in run("cursor", "--dry-run")[2]
    assert "RB_MCP_NAMESPACE" not in run("cursor", "--dry-run", "--env", "RB_MCP_NAMESPACE=here")[2]


@every_client
def test_what_the_user_added_to_our_entries_stays_when_they_are_brought_up_to_date(
    client: str, home: Path, run: Run
) -> None:
    run(client, "--yes")
    if client == "codex":
        path = home / SERVERS[client]
        path.write_text(path.read_text().replace("startup_timeout_sec = 30", "startup_timeout_sec = 99 # slow disk"))
    else:
        key = "servers" if client == "vscode" else "mcpServers"
        path = home / SERVERS[client]
        path.write_text(jsonc.put(path.read_text(), (key, "rb", "env"), {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}))
    assert run(client, "--yes", "--env", "RB_MCP_HOLDOUT=0.3")[0] == 0
    if client == "codex":
        assert "99 # slow disk" in path.read_text()
        assert server(home, client)["env"] == {"RB_MCP_HOLDOUT": "0.3"}
    else:
        assert server(home, client)["env"] == {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "RB_MCP_HOLDOUT": "0.3"}


def test_a_hook_s_limit_that_the_user_changed_stays_when_its_command_changes(home: Path, run: Run) -> None:
    run("claude-code", "--yes")
    path = home / HOOKS["claude-code"]
    path.write_text(path.read_text().replace('"timeout": 15', '"timeout": 99'))
    run("claude-code", "--yes", "--env", "RB_MCP_NAMESPACE=shop")
    [hook] = config(path)["hooks"]["UserPromptSubmit"][0]["hooks"]
    assert hook["timeout"] == 99
    assert "RB_MCP_NAMESPACE=shop" in hook["command"]


@every_client
def test_another_server_of_our_name_is_left_alone(client: str, home: Path, run: Run) -> None:
    path = home / SERVERS[client]
    path.parent.mkdir(parents=True, exist_ok=True)
    if client == "codex":
        path.write_text('[mcp_servers.rb]\ncommand = "ruby"\n')
    else:
        path.write_text(json.dumps({"servers" if client == "vscode" else "mcpServers": {"rb": {"command": "ruby"}}}))
    there = held(home)
    code, _, err = run(client, "--yes")
    assert code == 2
    assert "rb is another server" in err
    assert held(home) == there


def test_hooks_and_note_can_be_left_out(home: Path, run: Run) -> None:
    run("claude-code", "--yes", "--no-hooks", "--no-note")
    assert [*held(home)] == [home / ".claude.json"]
    run("gemini", "--yes", "--no-hooks")
    assert "hooks" not in config(home / ".gemini/settings.json")


def test_folders_that_a_variable_has_moved_are_found(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME"):
        monkeypatch.setenv(name, str(home / name))
    for client in ("claude-code", "codex", "gemini"):
        assert run(client, "--yes")[0] == 0
    assert {str(path.relative_to(home)) for path in held(home)} == {
        "CLAUDE_CONFIG_DIR/.claude.json", "CLAUDE_CONFIG_DIR/settings.json", "CLAUDE_CONFIG_DIR/CLAUDE.md",
        "CODEX_HOME/config.toml", "CODEX_HOME/hooks.json", "CODEX_HOME/AGENTS.md",
        "GEMINI_CLI_HOME/.gemini/settings.json", "GEMINI_CLI_HOME/.gemini/GEMINI.md",
    }  # fmt: skip


def test_a_project_has_files_of_its_own(home: Path, run: Run) -> None:
    for client in CLIENTS:
        code, _, err = run(client, "--yes", "--scope", "project")
        assert code == (2 if client == "claude-desktop" else 0), err
    project = home.parent / "project"
    assert {str(path.relative_to(project)) for path in held(project) if ".bak" not in path.name} == {
        ".mcp.json", ".claude/settings.json", "CLAUDE.md", ".cursor/mcp.json", ".cursor/hooks.json", "AGENTS.md",
        ".vscode/mcp.json", ".codex/config.toml", ".codex/hooks.json", ".gemini/settings.json", "GEMINI.md",
    }  # fmt: skip
    assert held(home) == {}


def test_keys_that_stand_beside_ours_are_not_shown(home: Path, run: Run) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
    path = home / ".cursor/mcp.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"mcpServers": {"git": {"command": "git-mcp", "env": {"TOKEN": token}}}}, indent=2))
    _, out, _ = run("cursor", "--yes")
    assert "git-mcp" in out or "TOKEN" in out
    assert token not in out
    assert token in path.read_text()


def test_what_to_paste_is_printed_for_any_client(home: Path, run: Run) -> None:
    code, out, _ = run("--print", "--env", "RB_MCP_NAMESPACE=shop")
    assert code == 0
    assert json.loads(out)["mcpServers"]["rb"]["env"] == {"RB_MCP_NAMESPACE": "shop"}
    code, out, _ = run("codex", "--print")
    assert "[mcp_servers.rb]" in out
    assert "UserPromptSubmit" in out
    assert held(home) == {}
    assert run()[0] == 2


def test_a_file_that_changes_between_showing_and_writing_is_not_overwritten(home: Path) -> None:
    from rb_mcp.connect.edits import Note  # noqa: PLC0415 - one test's
    from rb_mcp.connect.files import plan  # noqa: PLC0415 - one test's
    from rb_mcp.errors import ConfigurationError  # noqa: PLC0415 - one test's

    path = home / "CLAUDE.md"
    path.write_text("one\n")
    [change] = plan({path: [Note()]})
    path.write_text("two\n")
    with pytest.raises(ConfigurationError, match="changed by another program"):
        change.write()
    assert path.read_text() == "two\n"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this account")
def test_a_read_only_file_is_not_replaced(home: Path, run: Run) -> None:
    path = home / ".cursor/mcp.json"
    path.parent.mkdir()
    path.write_text("{}")
    path.chmod(0o400)
    code, _, err = run("cursor", "--yes")
    assert code == 2
    assert "read-only" in err
    assert path.read_text() == "{}"


def test_an_installation_that_will_be_gone_is_not_written_down(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(home / ".cache/uv/archive-v0/x"))
    code, _, err = run("cursor", "--yes")
    assert code == 2
    assert "uv tool install" in err
    assert held(home) == {}
