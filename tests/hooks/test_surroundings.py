"""What goes along with a prompt that no model words: repository, branch, and the files just worked on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rb_mcp.hooks.event import Event
from rb_mcp.hooks.surroundings import MOST_FILES, at_hand

if TYPE_CHECKING:
    from pathlib import Path


def _repository(folder: Path, head: str = "ref: refs/heads/fix-login\n") -> Path:
    git = folder / ".git"
    for name in ("objects", "refs"):
        (git / name).mkdir(parents=True)
    (git / "HEAD").write_text(head)
    return folder


def _event(folder: Path, transcript: Path | None = None) -> Event:
    return Event("s1", str(folder), "do it", str(transcript or ""), again=False)


def test_repository_and_branch_are_told_from_a_folder_within(tmp_path: Path) -> None:
    inside = _repository(tmp_path / "shop") / "src"
    inside.mkdir()
    assert at_hand(_event(inside)) == "repository shop, branch fix-login"


def test_a_checkout_of_a_single_commit_has_no_branch(tmp_path: Path) -> None:
    assert at_hand(_event(_repository(tmp_path / "shop", "0" * 40))) == "repository shop"


def test_a_worktree_tells_its_own_branch(tmp_path: Path) -> None:
    main = _repository(tmp_path / "shop")
    own = main / ".git" / "worktrees" / "hot"
    own.mkdir(parents=True)
    (own / "HEAD").write_text("ref: refs/heads/hotfix\n")
    (own / "commondir").write_text("../..\n")
    tree = tmp_path / "hot"
    tree.mkdir()
    (tree / ".git").write_text(f"gitdir: {own}\n")
    assert at_hand(_event(tree)) == "repository hot, branch hotfix"


def test_the_files_that_tools_were_given_last_come_first(tmp_path: Path) -> None:
    transcript = tmp_path / "session.jsonl"
    folder = tmp_path / "work"
    folder.mkdir()
    rows: list[object] = [{"input": {"file_path": str(folder / f"src/part{number}.py")}} for number in range(12)]
    rows.append({"arguments": json.dumps({"path": "docs/guide.md"})})
    rows.append({"patch": "*** Begin Patch\n*** Update File: src/last.py\n@@"})
    transcript.write_text("\n".join(json.dumps(row) for row in rows))
    [line] = at_hand(_event(folder, transcript)).splitlines()
    files = line.removeprefix("files just touched: ").split(", ")
    assert files[:3] == ["src/last.py", "docs/guide.md", "src/part11.py"]
    assert len(files) == MOST_FILES


def test_nothing_is_told_where_there_is_nothing(tmp_path: Path) -> None:
    assert at_hand(_event(tmp_path, tmp_path / "none.jsonl")) == ""
