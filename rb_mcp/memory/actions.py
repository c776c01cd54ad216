"""An action of a trajectory read as what it does: which tool or programme, on which files, changing or only looking.

Actions come as calls of tools (`Edit({"file_path": …})`, `Bash({"command": …})`, `apply_patch(*** Begin Patch …)`), as
shell commands, as commands of SWE-agent (`edit 3:4 …`), as browser actions (`click('227')`) and as plain words. A shell
command is read part by part behind the usual wrappers (`sudo`, `uv run`, `npx`). Not covered: what a script does.
"""

from __future__ import annotations

import itertools
import json
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST = 20_000
"""Characters of an action that are read."""
_LONGEST_COMMAND = 4_000
_CALL = re.compile(r"([A-Za-z_][\w.:-]{0,100})\((.*)\)\s*\Z", re.DOTALL)
_HEREDOC = re.compile(r"<<-?[ \t]{0,3}['\"]?(\w+)['\"]?[^\n]{0,300}\n")
_WRAPPERS = re.compile(
    r"(?:\w+=\S*|sudo|time|command|exec|env|nohup|xvfb-run|timeout(?: -\S+)? \S+|nice|npx|bunx|bundle exec"
    r"|(?:pnpm|yarn) exec"
    r"|pnpm dlx|(?:uv|poetry|pipenv|hatch|pdm|rye|conda) run|coverage run|then|do|else|!) "
)
_SUBCOMMANDS = frozenset({
    "git", "npm", "pnpm", "yarn", "bun", "cargo", "go", "docker", "docker-compose", "podman", "kubectl", "helm",
    "terraform", "tofu", "gradle", "gradlew", "mvn", "mvnw", "pip", "pip3", "pipx", "uv", "poetry", "conda",
    "dotnet", "swift", "xcodebuild", "rails", "rake", "bundle", "gem", "composer", "php", "artisan", "apt",
    "apt-get", "brew", "dnf", "yum", "apk", "systemctl", "aws", "gcloud", "az", "gh", "make", "just", "ninja",
    "cmake", "flutter", "dart", "deno", "ansible", "mix", "stack", "cabal", "zig", "bazel", "sbt", "alembic",
    "prisma", "vercel", "nx", "turbo", "lerna",
})  # fmt: skip
"""Programmes whose first word says what they do."""
_MODULES = {
    "pytest",
    "unittest",
    "pip",
    "mypy",
    "ruff",
    "black",
    "flake8",
    "pylint",
    "venv",
    "build",
    "coverage",
    "tox",
    "nox",
}
"""Modules of Python that are programmes of their own."""
_INTERPRETERS = re.compile(r"(?:python|pypy|node|ruby|perl|php|bash|sh|zsh|deno|ts-node|tsx|lua|Rscript|julia)[\d.]*\Z")
_ASIDE = frozenset({
    "cd", "export", "source", ".", "set", "echo", "true", "false", "sleep", "pushd", "popd", "printf", "unset",
    "alias", "exit", ":", "[", "test", "fi", "done", "read",
})  # fmt: skip
"""What prepares a command, or says something."""
LOOKING = frozenset({
    "ls", "cat", "head", "tail", "less", "more", "grep", "egrep", "rg", "ag", "ack", "find", "fd", "tree", "pwd",
    "which", "whereis", "type", "file", "stat", "wc", "sort", "uniq", "diff", "cmp", "du", "df", "ps", "env",
    "printenv", "id", "whoami", "uname", "date", "history", "man", "nl", "awk", "jq", "yq", "xxd", "hexdump",
    "strings", "readlink", "realpath", "basename", "dirname", "lsof", "netstat", "ss", "top", "open", "goto",
    "scroll_up", "scroll_down", "find_file", "search_dir", "search_file", "view", "noop", "scroll", "hover",
    "think", "Read", "Grep", "Glob", "LS", "NotebookRead", "TodoWrite", "TodoRead", "WebFetch", "WebSearch",
    "BashOutput", "Task", "read_file", "list_directory", "list_dir", "glob", "grep_search",
    "search_file_content", "codebase_search", "file_search", "read_many_files", "view_image", "update_plan",
    "write_stdin", "web_search", "tab_focus", "go_back", "go_forward", "screenshot", "calculate",
})  # fmt: skip
_LOOKING_CALLS = re.compile(
    r"(?:get|list|search|find|look_?up|read|fetch|view|describe|check|query|show)(?:_|[A-Z]|\Z)"
)
_LOOKING_SUBCOMMANDS = frozenset({
    "status", "diff", "log", "show", "branch", "blame", "remote", "ls", "list", "view", "outdated", "why",
    "info", "describe", "get", "logs", "images", "inspect", "freeze", "search", "version", "explain", "top",
    "ps", "rev-parse", "ls-files", "grep", "help", "doctor",
})  # fmt: skip
EDITING = frozenset({
    "Edit", "MultiEdit", "Write", "NotebookEdit", "apply_patch", "replace", "write_file", "edit_file",
    "create_file", "str_replace_based_edit_tool", "str_replace_editor", "search_replace",
    "insert_edit_into_file", "delete_file", "edit", "create", "insert", "str_replace", "patch", "write_to_file",
    "replace_in_file", "apply_diff",
})  # fmt: skip
_EDITORS_LOOK = {"view"}
_CHANGING = re.compile(
    r"\bsed (?:-[a-zA-Z]+ )*-i|\bsed -\w*i|\bperl -\w*p?i|(?<![0-9&>=-])>{1,2} ?(?![&>])"
    r"(?!/dev/)[\w./~$\"']|\btee \S|\bgit (?:apply|checkout|restore|revert|stash|reset)"
    r"|(?:^|[;&|\n]\s*)(?:mv|cp|rm|mkdir|touch|chmod|chown|ln|patch|truncate|install) "
)
_PATH_KEYS = (
    "file_path",
    "path",
    "notebook_path",
    "filename",
    "absolute_path",
    "target_file",
    "filePath",
    "file",
    "relative_workspace_path",
)
_OLD_KEYS = ("old_string", "old_str", "oldString", "search")
_NEW_KEYS = (
    "new_string",
    "new_str",
    "newString",
    "content",
    "file_text",
    "new_source",
    "replacement",
    "code_edit",
    "replace",
    "diff",
    "patch",
)
_QUERY_KEYS = ("pattern", "query", "symbol", "regex", "search_term", "glob")
_PATCH_FILE = re.compile(
    r"^(?:\*\*\* (?:Update|Add|Delete) File: |\+\+\+ (?:b/)?|diff --git a/)(\S[^\n\t]{0,300}?)(?: "
    r"b/[^\n]{1,300})?$",
    re.MULTILINE,
)
_PATH = re.compile(
    r"(?<![\w:/])(?:[\w@.~$+-]{0,80}/)*[\w@.+-]{1,100}\.[A-Za-z][A-Za-z0-9]{0,7}(?![\w(/])|(?<![\w:/])(?:~"
    r"|\.{1,2})?/[\w@.+-]{1,80}(?:/[\w@.+-]{1,80})*"
)
_RANGE = re.compile(r"edit \d+:\d+\n")
_SENTENCE = re.compile(r"[A-Z][a-z']+(?: |,|\Z)|.{0,400}[a-z)][.?!](?:\s|\Z)")
_FEW_WORDS = 3
_TOLD_EDIT = re.compile(r"(?:Edit|Change|Create|Write|Update|Replace|Delete|Add|Remove|Move|Rename) ")


@dataclass(frozen=True)
class Action:
    """What an action does: a shell command, or the call of a tool; of plain words, neither is set."""

    tool: str = ""
    command: str = ""
    paths: tuple[str, ...] = ()
    """Files named in it."""
    removed: str = ""
    inserted: str = ""
    """What an edit takes out and puts in; of a search, nothing."""
    query: str = ""
    """What is searched for."""
    arguments: tuple[tuple[str, str], ...] = ()
    """Names and values of a call's arguments, values as text."""
    text: str = ""
    """All of it, as it stands."""

    @property
    def edits(self) -> bool:
        """Whether it changes files."""
        return self.tool in EDITING or bool(self.command and _CHANGING.search(self.command))

    @property
    def looks(self) -> bool:
        """Whether it changes nothing, as far as one can tell by its name."""
        if self.edits:
            return False
        if self.command:
            return all(_part_looks(words) for words in parts(self.command))
        return not self.tool or self.tool in LOOKING or bool(_LOOKING_CALLS.match(self.tool.rsplit("__", 1)[-1]))

    @property
    def families(self) -> frozenset[str]:
        """The programmes with their subcommand (`git push`, `pytest`, `python repro.py`) or the tool it calls."""
        if not self.command:
            return frozenset({self.tool} if self.tool else ())
        families = [family(words) for words in parts(self.command)]
        telling = [name for name in families if name and name.split()[0] not in _ASIDE]
        return frozenset(telling or [name for name in families if name])

    def summary(self, limit: int) -> str:
        """Return it in one line of at most `limit` characters."""
        if self.edits and not self.command:
            place = short(self.paths[0]) if self.paths else ""
            removed, inserted = _line(self.removed), _line(self.inserted)
            place = f" {place}" if place else ""
            room = max(20, limit - len(place) - 20)
            if removed and inserted:
                return clipped(
                    f"edit{place}: `{clipped(removed, room // 2)}` → `{clipped(inserted, room // 2)}`", limit
                )
            return clipped(
                f"edit{place}: `{clipped(inserted or removed, room)}`" if inserted or removed else f"edit{place}", limit
            )
        return clipped(" ".join((self.text if self.tool else self.command or self.text).split()), limit)


def difference(action: Action, reference: Action, limit: int) -> str:
    """Return what an action does otherwise than another call of the same tool: the arguments that differ; else all."""
    if action.command or not action.arguments or action.tool != reference.tool:
        return action.summary(limit)
    changed = [f"{name}={value}" for name, value in action.arguments if (name, value) not in reference.arguments]
    return clipped(f"{action.tool} with {', '.join(changed)}", limit) if changed else action.summary(limit)


def read(action: str) -> Action:
    """Return what an action does."""
    text = action[:_LONGEST].strip()
    call = _CALL.match(text)
    if not call:
        return _bare(text)
    tool, argument = call[1], call[2].strip()
    try:
        fields = cast("object", json.loads(argument)) if argument.startswith("{") else None
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        paths = tuple(dict.fromkeys(_PATCH_FILE.findall(argument)))
        return Action(tool, "", paths, *_patch_sides(argument), "", (), text)
    return _called(tool, cast("dict[str, object]", fields), text)


def parts(command: str) -> Iterator[list[str]]:
    """Yield the words of each part of a shell command; what a here-document holds is left out."""
    text = _without_heredocs(command[:_LONGEST_COMMAND]).replace("\\\n", " ").replace("\n", " ; ")
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        for token in lexer:
            if token and set(token) <= set("&|;()"):
                if words:
                    yield words
                words = []
            else:
                words.append(token)
    except ValueError:  # a quotation that does not close
        words = words or text.split()[:3]
    if words:
        yield words


def family(words: Sequence[str]) -> str:
    """Return a programme and, where it has them, its subcommand, script or module."""
    line = " ".join(words[:12]) + " "
    for _ in range(4):
        wrapper = _WRAPPERS.match(line)
        if not wrapper:
            break
        line = line[wrapper.end() :]
    names = line.split()
    if not names:
        return ""
    programme = re.sub(r"\.(?:exe|cmd|bat|ps1)\Z", "", names[0].rsplit("/", 1)[-1])
    rest = names[1:]
    if _INTERPRETERS.fullmatch(programme):
        if "-m" in rest[:-1]:
            module = rest[rest.index("-m") + 1 :]
            return (
                family(module)
                if module[0] in _MODULES
                else f"{programme.rstrip('0123456789.')} {module[0].split('.')[-1]}"
            )
        script = next((word for word in rest if not word.startswith("-")), "")
        name = "-c" if "-c" in rest or "-e" in rest else re.sub(r"\.\w{1,4}\Z", "", script.rsplit("/", 1)[-1])
        return f"{programme.rstrip('0123456789.')} {name}".strip()
    if programme in _SUBCOMMANDS:
        plain = [word for word in rest if not word.startswith("-")]
        deep = 2 if plain[:1] in (["run"], ["compose"], ["exec"], ["buildx"], ["stack"]) else 1
        return " ".join((programme, *plain[:deep]))
    return programme


def short(path: str, names: int = 3) -> str:
    """Return the last names of a path."""
    return "/".join(re.split(r"[/\\]", path)[-names:])


def clipped(text: str, limit: int) -> str:
    """Return text of at most `limit` characters, its end left out with an ellipsis."""
    return text if len(text) <= limit else f"{text[: max(0, limit - 1)].rstrip()}…"


def _bare(text: str) -> Action:
    """Return what a command typed as such does; words that are no command are only text."""
    line, _, rest = text.partition("\n")
    name = line.split(" ", 1)[0]
    if _RANGE.match(text):
        return Action("edit", "", (), "", rest.removesuffix("end_of_edit").strip(), "", (), text)
    if name in {
        "edit",
        "create",
        "insert",
        "str_replace_editor",
        "open",
        "find_file",
        "search_dir",
        "search_file",
        "submit",
        "goto",
    }:
        return _swe_agent(name, text)
    if _SENTENCE.match(line) and len(line.split()) > _FEW_WORDS and not re.match(r"\S*[/=]", line):
        return _told(line, text)
    return _commanded(text, text)


def _told(line: str, text: str) -> Action:
    """Return what words say was done: an edit of a file they name, and the command behind the last semicolon."""
    path = _PATH.search(line)
    if not path or not _TOLD_EDIT.match(line):
        return Action(text=text)
    change, _, command = line[path.end() :].rpartition("; ")
    return Action("edit", command.strip() if change else "", (path[0],), "", (change or command).strip(": "), text=text)


def _swe_agent(name: str, text: str) -> Action:
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    paths = tuple(word for word in words[1:] if _PATH.fullmatch(word))
    if name == "edit" and len(words) > _FEW_WORDS - 1:
        return Action(name, "", paths, words[1], words[2], "", (), text)
    if name == "str_replace_editor":
        name = name if words[1:2] != ["view"] else "view"
        options = dict(itertools.pairwise(words))
        return Action(
            name,
            "",
            paths[:1],
            options.get("--old_str", ""),
            options.get("--new_str", options.get("--file_text", "")),
            "",
            (),
            text,
        )
    return Action(name, "", paths, "", "", " ".join(words[1:]) if name.startswith(("search", "find")) else "", (), text)


def _commanded(command: str, text: str) -> Action:
    paths = tuple(dict.fromkeys(match[0] for match in _PATH.finditer(command[:_LONGEST_COMMAND])))
    inserted = "".join(command[match.end() :] for match in [_HEREDOC.search(command)] if match)
    return Action("", command, paths, "", inserted, "", (), text)


def _called(tool: str, fields: dict[str, object], text: str) -> Action:
    command = fields.get("command", fields.get("cmd", fields.get("script")))
    if isinstance(command, list):
        words = [str(word) for word in cast("list[object]", command)]
        if words[:1] == ["apply_patch"]:
            return read(f"apply_patch({words[1] if len(words) > 1 else ''})")
        command = words[2] if len(words) > 2 and words[1] in {"-c", "-lc"} else shlex.join(words)  # noqa: PLR2004 - sh -c X
    if isinstance(command, str) and command and tool not in EDITING:
        return _commanded(command, text)
    if command in _EDITORS_LOOK:
        tool = "view"
    edits = fields.get("edits")
    if isinstance(edits, list) and edits and isinstance(edits[0], dict):
        fields = {**fields, **cast("dict[str, object]", edits[0])}
    paths = [str(fields[key]) for key in _PATH_KEYS if isinstance(fields.get(key), str)]
    removed, inserted = _first(fields, _OLD_KEYS), _first(fields, _NEW_KEYS)
    patch = next((field for field in fields.values() if isinstance(field, str) and _PATCH_FILE.search(field)), "")
    if patch:
        paths += _PATCH_FILE.findall(patch)
        removed, inserted = _patch_sides(patch)
    arguments = tuple((name, value if isinstance(value, str) else json.dumps(value)) for name, value in fields.items())
    return Action(
        tool, "", tuple(dict.fromkeys(paths)), removed, inserted, _first(fields, _QUERY_KEYS), arguments, text
    )


def _first(fields: dict[str, object], keys: Sequence[str]) -> str:
    return next((field for key in keys if isinstance(field := fields.get(key), str) and field), "")


def _patch_sides(patch: str) -> tuple[str, str]:
    """Return the lines a patch takes out and those it puts in."""
    lines = patch.split("\n")
    removed = [line[1:] for line in lines if line.startswith("-") and not line.startswith("---")]
    added = [line[1:] for line in lines if line.startswith("+") and not line.startswith("+++")]
    return "\n".join(removed), "\n".join(added)


def _without_heredocs(command: str) -> str:
    """Return a command without the contents of its here-documents."""
    for _ in range(5):
        start = _HEREDOC.search(command)
        if not start:
            break
        end = re.compile(rf"^\s{{0,20}}{re.escape(start[1])}\s*$", re.MULTILINE).search(command, start.end())
        head = command[: start.start()] + start[0][len(start[0].split("\n")[0]) :]
        command = head + (command[end.end() :] if end else "")
    return command


def _part_looks(words: Sequence[str]) -> bool:
    names = family(words).split()
    if not names or names[0] in _ASIDE or names[0] in LOOKING:
        return True
    if names[0] == "sed":
        return True  # without -i, or it would edit
    return len(names) > 1 and names[0] in _SUBCOMMANDS and names[1] in _LOOKING_SUBCOMMANDS


def _line(text: str) -> str:
    """Return a text in one line."""
    return " ".join(text[:2_000].split())
