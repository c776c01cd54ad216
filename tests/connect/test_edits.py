"""Random configurations: ours goes in and comes out, and nothing else ever changes."""

from __future__ import annotations

import copy
import json
import re
import tempfile
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rb_mcp.connect import CLIENTS, jsonc
from rb_mcp.connect.client import Place
from rb_mcp.connect.edits import JsonHooks, JsonServer, Note, TomlServer, hooks
from rb_mcp.connect.entry import Entry
from rb_mcp.connect.files import plan
from rb_mcp.errors import ConfigurationError

ENTRY = Entry("/opt/bin/rb-mcp", env={"RB_MCP_NAMESPACE": "shop"})
EVENTS = {"prompt": "UserPromptSubmit", "stop": "Stop", "end": "SessionEnd"}
SERVER = JsonServer(ENTRY, more={"type": "stdio"})
HOOKS = JsonHooks("claude-code", hooks(ENTRY, "claude-code", EVENTS, lambda _: {"type": "command"}))  # pyright: ignore[reportArgumentType] - its keys are moments

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-99, 99) | WORDS
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3))
OTHER = st.dictionaries(st.sampled_from("abcde"), st.dictionaries(WORDS, SCALARS, max_size=2), max_size=3)
GROUPS = st.lists(
    st.fixed_dictionaries({"hooks": st.lists(st.fixed_dictionaries({"command": WORDS}), max_size=2)}), max_size=3
)
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "mcpServers": OTHER,
        "hooks": st.dictionaries(st.sampled_from(["Stop", "PreToolUse", "SessionEnd"]), GROUPS, max_size=3),
        "theme": ANYTHING,
        "z": ANYTHING,
    },
)
GAPS = st.lists(
    st.sampled_from(["", " ", "\n", "\n  ", "\t", "/* a, } */", '// b { "\n', "/* \n */", "\n    // c\n"]), max_size=2
).map("".join)


@st.composite
def written(draw: st.DrawFn, configs: st.SearchStrategy[Any] = CONFIGS) -> str:
    """A configuration as people write it: blanks, comments and commas anywhere they may be."""

    def write(value: Any) -> str:
        if not isinstance(value, dict | list):
            return json.dumps(value, ensure_ascii=draw(st.booleans()))
        keyed = cast("dict[str, Any]", value) if isinstance(value, dict) else None
        members: list[str] = []
        pairs = keyed.items() if keyed is not None else enumerate(cast("list[Any]", value))
        for key, inner in pairs:
            name = f"{json.dumps(key)}{draw(GAPS)}:{draw(GAPS)}" if keyed is not None else ""
            members.append(draw(GAPS) + name + write(inner) + draw(GAPS))
        text = ",".join(members) + ("," + draw(GAPS) if members and draw(st.booleans()) else "") or draw(GAPS)
        return f"{{{text}}}" if isinstance(value, dict) else f"[{text}]"

    config = draw(configs)
    plain = draw(st.sampled_from(["own", 2, "\t", None]))
    text = draw(GAPS) + write(config) + draw(GAPS) if plain == "own" else json.dumps(config, indent=plain)  # pyright: ignore[reportArgumentType] - not "own" here
    text = draw(st.sampled_from(["", "\ufeff"])) + text + draw(st.sampled_from(["", "\n"]))
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def without_ours(config: dict[str, Any]) -> dict[str, Any]:
    """What is left when ours is taken away by hand, with what holds nothing then."""
    config = copy.deepcopy(config)
    config.get("mcpServers", {}).pop("rb", None)
    for event, groups in [*config.get("hooks", {}).items()]:
        config["hooks"][event] = [
            group for group in groups if not any("rb-mcp" in h["command"] for h in group["hooks"])
        ]
        if not config["hooks"][event]:
            del config["hooks"][event]
    return {key: value for key, value in config.items() if value or key not in {"mcpServers", "hooks"}}


def comments(text: str) -> list[str]:
    strings = r'"(?:[^"\\]|\\.)*"'
    return [c.strip() for c in re.findall(rf"{strings}|(//[^\n]*|/\*.*?\*/)", text, re.DOTALL) if c]


@given(written())
@settings(max_examples=60, deadline=None)
def test_ours_goes_into_any_json_and_out_again_and_nothing_else_changes(text: str) -> None:
    before = jsonc.read(text)
    put = HOOKS.put(SERVER.put(text))
    after = jsonc.read(put)
    assert after["mcpServers"].pop("rb") == {"type": "stdio", **ENTRY.server()}
    lines = [hook["command"] for groups in after["hooks"].values() for group in groups for hook in group["hooks"]]
    assert [line for line in lines if "rb-mcp" in line] == [line for line in lines if line in _ours()]
    assert {*_ours()} <= {*lines}
    assert without_ours(after) == without_ours(before)
    assert sorted(comments(put)) == sorted(comments(text))
    assert HOOKS.put(SERVER.put(put)) == put
    taken = HOOKS.take(SERVER.take(put))
    assert "rb-mcp" not in taken
    assert without_ours(jsonc.read(taken)) == without_ours(before)
    assert sorted(comments(taken)) == sorted(comments(text))
    assert HOOKS.take(SERVER.take(taken)) == taken


def _ours() -> list[str]:
    return [ENTRY.hook(moment, "claude-code") for moment in ("prompt", "stop", "end")]


@given(st.sampled_from([*CLIENTS]), st.data())
@settings(max_examples=60, deadline=None)
def test_connecting_and_removing_gives_any_file_back_to_the_byte(client: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        place = Place("user", home, home, home, {})
        edits = CLIENTS[client].edits(place, ENTRY)
        for path in edits:
            kind = {".toml": tomls(), ".md": WORDS}.get(path.suffix, written())
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.draw(kind).encode())
        before = {path: path.read_bytes() for path in edits}
        for change in plan(edits):
            change.write()
        assert plan(edits) == []
        for change in plan(CLIENTS[client].edits(place, Entry("/new/rb-mcp"))):
            change.write()
        for change in plan(edits, remove=True):
            change.write()
        assert {path: path.read_bytes() for path in edits} == before


@given(ANYTHING)
def test_a_file_of_another_shape_is_refused_or_kept(value: Any) -> None:
    for config in (value, {"mcpServers": value}, {"hooks": value}, {"hooks": {"Stop": value}}):
        try:
            put = HOOKS.put(SERVER.put(json.dumps(config)))
        except ConfigurationError:
            continue
        assert isinstance(config, dict)
        assert without(jsonc.read(put)) == without(config)  # pyright: ignore[reportUnknownArgumentType] - it is anything


def without(config: dict[str, Any]) -> str:
    """Everything but ours, as text."""
    text = json.dumps(config)
    for ours in (
        {"type": "stdio", **ENTRY.server()},
        *({"hooks": [{"command": c, "type": "command"}]} for c in _ours()),
    ):
        text = text.replace(json.dumps(ours), "")
    return re.sub(r'[\[\]{},: ]|"(mcpServers|rb|hooks|Stop|UserPromptSubmit|SessionEnd)"', "", text)


@given(st.text(max_size=40) | st.text('{}[]",:/* \n01atrue', max_size=20))
@settings(max_examples=200)
def test_reading_agrees_with_json_where_it_is_json_and_never_fails_otherwise(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        expected = ...
    try:
        found = jsonc.read(text)
    except ConfigurationError as error:
        found, said = ..., str(error)
        if "twice" in said or "NaN" in text or "Infinity" in text:  # which Python alone reads
            expected = ...
        if not re.match(r"line \d+: ", said):
            raise
    assert expected in (..., found)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"a": 1\n"b": 2}', 2),
        ("{\n\n'a': 1}", 3),
        ('{"a": 1}\n}', 2),
        ('{"a":\n01}', 2),
        ('{"a": "x\n"}', 1),
        ("{\n/* never ends", 2),
        ('{"a": 1,\n"a": 2}', 2),
        ("\n" + "[" * 5_000, 2),
    ],
)
def test_what_is_no_json_is_named_by_its_line(text: str, line: int) -> None:
    with pytest.raises(ConfigurationError, match=rf"^line {line}: "):
        jsonc.read(text)


def test_a_comment_stays_beside_what_it_is_about() -> None:
    text = '{\n  "a": [\n    1 // one\n  ], /* the a */ // really\n  "b": 2 // two\n}\n'
    put = jsonc.put(jsonc.put(text, ("c",), 3), ("a", 1), 5)
    assert put == ('{\n  "a": [\n    1, // one\n    5\n  ], /* the a */ // really\n  "b": 2, // two\n  "c": 3\n}\n')
    assert jsonc.take(jsonc.take(put, ("c",)), ("a", 1)) == text


@pytest.mark.parametrize(
    ("text", "put"),
    [
        ("", '{\n  "a": {\n    "b": 1\n  }\n}\n'),
        ("{}", '{\n  "a": {\n    "b": 1\n  }\n}'),
        ('{"z": 0}', '{"z": 0, "a": {"b": 1}}'),
        ('{"a":{},"z":0}', '{"a":{"b": 1},"z":0}'),
        ('{\n\t"z": 0\n}', '{\n\t"z": 0,\n\t"a": {\n\t\t"b": 1\n\t}\n}'),
        ('{\r\n    "a": {"c": 2},\r\n}', '{\r\n    "a": {"c": 2, "b": 1},\r\n}'),
        ('{\n  "a": {\n    "c": 2,\n  }\n}', '{\n  "a": {\n    "c": 2,\n    "b": 1,\n  }\n}'),
        ("{ // none yet\n}", '{ // none yet\n  "a": {\n    "b": 1\n  }\n}'),
    ],
)
def test_what_is_put_in_looks_like_what_is_there_and_comes_out_to_the_letter(text: str, put: str) -> None:
    assert jsonc.put(text, ("a", "b"), 1) == put
    assert jsonc.take(put, ("a", "b")) == {"": "{}\n", '{"a":{},"z":0}': '{"z":0}'}.get(text, text)


TABLES = [
    "# a comment\n", 'model = "gpt" # usual\n', "[profiles.fast]\nx = [1,\n  2]\n", '[[agents]]\nname = "a"\n',
    '[mcp_servers.git]\ncommand = "git"   # mine\n', '[mcp_servers.files.env]\nA = """\n[mcp_servers.rb]\n"""\n',
    "[notice]\n\n\n", "mcp_servers = { web = { command = 'w' } } # inline\n", "mcp_servers.dot.command = 'd'\n",
    "[mcp_servers]\n", "\n", "  [indented]\n  y = 1\n",
]  # fmt: skip


@st.composite
def tomls(draw: st.DrawFn) -> str:
    """A TOML document made of parts, in any order that is TOML."""
    parts = draw(st.lists(st.sampled_from(TABLES), max_size=5, unique=True))
    text = "".join(parts)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        text = parts[0]
    text = text[:-1] if draw(st.booleans()) else text
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@given(tomls())
@settings(max_examples=60, deadline=None)
def test_ours_goes_into_any_toml_and_out_again_and_nothing_else_changes(text: str) -> None:
    edit = TomlServer(ENTRY, more={"startup_timeout_sec": 30})
    before = tomllib.loads(text)
    put = edit.put(text)
    assert tomllib.loads(put) == before | {
        "mcp_servers": before.get("mcp_servers", {}) | {"rb": {"startup_timeout_sec": 30, **ENTRY.server()}}
    }
    assert re.findall(r"#[^\r\n]*", put) == re.findall(r"#[^\r\n]*", text)
    assert edit.put(put) == put
    assert edit.settings(put) == ENTRY.env
    changed = TomlServer(Entry("/new/rb-mcp")).put(put)
    assert tomllib.loads(changed)["mcp_servers"]["rb"]["command"] == "/new/rb-mcp"
    taken = tomllib.loads(edit.take(changed))
    assert taken == {key: value for key, value in before.items() if value or key != "mcp_servers"}


@given(st.text(st.characters(exclude_characters="\r", codec="utf-8")), st.sampled_from(["\n", "\r\n"]))
def test_a_note_goes_into_any_text_and_comes_out_to_the_letter(text: str, newline: str) -> None:
    text = text.replace("\n", newline)
    put = Note().put(text)
    assert put.startswith(text)
    assert Note().put(put) == put
    taken = Note().take(put)
    assert taken.rstrip("\r\n") == text.rstrip("\r\n")
    assert taken == text or not text.endswith("\n")
    old = put.replace("Task strategies", "An older text")
    assert Note().put(old + "more\n") == put + "more\n"


def test_a_note_with_one_of_its_ends_missing_is_refused_with_the_line() -> None:
    put = Note().put("one\n")
    with pytest.raises(ConfigurationError, match=r"^line 3: "):
        Note().put(put.replace("<!-- rb-mcp: end -->", ""))
    with pytest.raises(ConfigurationError, match="delete them"):
        Note().take(put + put)
