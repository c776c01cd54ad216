"""`RB_MCP_NAMESPACE=auto`: what the namespace is called, wherever somebody works."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from rb_mcp import workplace
from rb_mcp.config import NAMESPACE, Settings

if TYPE_CHECKING:
    from pathlib import Path

HASHED = r"-[0-9a-f]{8}"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of whoever works; nothing above it is looked at."""
    folder = (tmp_path / "home").resolve()
    folder.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    return folder


def repository(folder: Path, config: str = "", git: str = ".git") -> Path:
    """Lay out what git keeps of a repository."""
    own = folder / git
    for name in ("objects", "refs"):
        (own / name).mkdir(parents=True)
    (own / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    (own / "config").write_text(config, encoding="utf-8")
    return folder


def origin(url: str) -> str:
    return f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {url}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'


def named(folder: Path, **environ: str) -> str:
    settings = Settings.from_environ({"RB_MCP_NAMESPACE": "auto", "CLAUDE_PROJECT_DIR": str(folder), **environ})
    assert NAMESPACE.fullmatch(settings.namespace), settings.namespace
    assert settings.namespace_reason
    return settings.namespace


def called(home: Path, url: str) -> str:
    """Return what a repository with this remote is called."""
    config = repository(home / "work") / ".git" / "config"
    config.write_text(origin(url), encoding="utf-8")
    name = named(home / "work")
    shutil.rmtree(home / "work")
    return name


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/web-shop.git",
        "https://github.com/acme/web-shop",
        "https://github.com/Acme/Web-Shop/",
        "https://github.com:443/acme/web-shop.git",
        "git@github.com:acme/web-shop.git",
        "github.com:acme/web-shop.git",
        "ssh://git@github.com/acme/web-shop.git",
        "https://x-access-token:ghs_secret@github.com/acme/web-shop.git",
        '"https://user:p@ss/word#?@github.com/acme/web-shop.git?token=secret"',
        '"git@github.com:acme/web-shop.git" ; the one that is meant',
        'git@github.com:"acme/web-shop".git # the one that is meant',
        "git@github.com:acme/\\\n  web-shop.git".replace("\n  ", "\n"),
    ],
)
def test_every_address_of_one_repository_gives_one_name(home: Path, url: str) -> None:
    assert called(home, url) == "acme-web-shop"


@pytest.mark.parametrize(
    "urls",
    [
        ("git@github.com:a-b/c", "git@github.com:a/b-c"),
        (
            "git@github.com:a/b",
            "git@gitlab.com:a/b",
            "git@git.example.com:a/b",
            "https://host/x/a/b",
            "https://host/y/a/b",
        ),
        ("git@github.com:a/b+c", "git@github.com:a/b~c", "git@github.com:a/b-c"),
        ("https://github.com/a/" + 70 * "b", "https://github.com/a/" + 71 * "b"),
        ("/srv/git/one/shop.git", "/srv/git/two/shop.git", "file:///srv/git/three/shop.git", "../shop.git"),
        ("C:\\work\\shop", "C:\\play\\shop", "D:/code/shop"),
        ("https://github.com/工具/仓库", "https://github.com/工具/其他"),
    ],
)
def test_no_two_repositories_share_a_name(home: Path, urls: tuple[str, ...]) -> None:
    names = [called(home, url) for url in urls]
    assert len(set(names)) == len(urls), names
    assert [called(home, url) for url in urls] == names


def test_a_name_that_looks_like_one_with_a_hash_gets_one_too(home: Path) -> None:
    hashed = called(home, "git@gitlab.com:a/b")
    assert re.fullmatch(f"a-b{HASHED}", hashed)
    assert called(home, f"git@github.com:{hashed.replace('-', '/', 1)}") != hashed


@pytest.mark.parametrize(
    "url",
    [
        "https://joe:hunter2@host.example/secret.git",
        "https://hunter2@host.example/x",
        "https://joe:hunter2/7@host.example/x",
        "joe:hunter2@host.example:x.git",
        "https://joe:hunter2@[::1/a/b",
        "https://host.example/a/b?token=hunter2",
        "https://host.example/a/b#hunter2",
        "https://joe:hunter2@",
    ],
)
def test_no_credential_of_an_address_reaches_the_name_or_the_reason(home: Path, url: str) -> None:
    repository(home / "work", origin(url))
    for said in workplace.namespace({"CLAUDE_PROJECT_DIR": str(home / "work")}):
        assert "hunter2" not in said
        assert "joe" not in said


@pytest.mark.parametrize("url", ["git@host:shared.git", "https://github.com/shared", "/shared", "git@host:default"])
def test_nothing_is_called_as_a_namespace_with_a_meaning(home: Path, url: str) -> None:
    assert re.fullmatch(f".+{HASHED}", called(home, url))
    assert re.fullmatch(f"shared{HASHED}", named(repository(home / "shared")))
    assert re.fullmatch(f"default{HASHED}", named(repository(home / "default")))


def test_without_a_remote_the_folder_gives_the_name_and_two_of_one_name_differ(home: Path) -> None:
    one, two = repository(home / "a" / "My Shop!"), repository(home / "b" / "My Shop!", '[remote "fork"]\nurl = x/y\n')
    assert re.fullmatch(f"My-Shop{HASHED}", named(one))
    assert re.fullmatch(f"My-Shop{HASHED}", named(two))
    assert named(one) != named(two)
    assert re.fullmatch(f"repository{HASHED}", named(repository(home / "工具")))


def test_deep_inside_a_repository_and_through_a_link_it_is_the_same(home: Path) -> None:
    top = repository(home / "work", origin("git@github.com:acme/shop"))
    (top / "src" / "deep").mkdir(parents=True)
    (home / "link").symlink_to(top / "src", target_is_directory=True)
    assert named(top / "src" / "deep") == named(home / "link" / "deep") == named(top / ".git" / "refs") == "acme-shop"


def test_where_the_client_says_nothing_the_working_folder_counts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository(home / "work", origin("git@github.com:acme/shop")))
    assert Settings.from_environ({"RB_MCP_NAMESPACE": "auto"}).namespace == "acme-shop"
    assert named(home / "nowhere") == "acme-shop", "a folder that is not there is none"
    other = repository(home / "other", origin("git@github.com:acme/other"))
    assert named(other, GIT_DIR=str(home / "work" / ".git")) == "acme-other"
    assert Settings.from_environ({}).namespace == "default", "only who asks for it"


def test_no_repository_is_default_and_neither_home_nor_what_is_above_it_counts(home: Path) -> None:
    (home / "plain" / ".git").mkdir(parents=True)
    assert named(home / "plain") == "default", "an empty folder of that name is none"
    repository(home, origin("git@github.com:me/dotfiles"))
    repository(home.parent, origin("git@github.com:me/everything"))
    assert named(home) == named(home / "plain") == "default"
    assert str(home) in workplace.namespace({"CLAUDE_PROJECT_DIR": str(home)})[1]


def test_a_repository_that_cannot_be_read_is_default_with_the_reason(home: Path) -> None:
    (home / "work").mkdir()
    for text in ("gitdir: /nowhere/at/all/.git/worktrees/x", "gitdir: \0", "\xff"):
        (home / "work" / ".git").write_text(text, encoding="latin-1")
        name, reason = workplace.namespace({"CLAUDE_PROJECT_DIR": str(home / "work")})
        assert name == "default"
        assert "cannot be read" in reason


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ('[remote "origin"]\n\turl = git@github.com:a/one\n\turl = git@github.com:a/two\n', "a-two"),
        ('[remote "origin"]\nurl=git@github.com:a/b\n\tfetch = x\n  pushurl = y\n', "a-b"),
        ('[remote "origin"]\n[remote "origin"]\n\turl = git@github.com:a/b\n', "a-b"),
        ('[REMOTE "origin"] URL = git@github.com:a/b\n', "a-b"),
        ('\ufeff[remote "origin"]\r\n\turl = git@github.com:a/b\r\n', "a-b"),
        ('[remote "origin"]\n\tprune\n\turl = git@github.com:a/b\n[branch "x"]\n\turl = git@github.com:a/c\n', "a-b"),
        ('[remote "upstream"]\n\turl = git@github.com:a/x\n[remote "origin"]\n\turl = git@github.com:a/b\n', "a-b"),
        ('# [remote "origin"]\n[remote "Origin"]\n\turl = git@github.com:a/x\n', None),
        ('[remote "origin"]\n\tpushurl = git@github.com:a/x\n; url = git@github.com:a/y\n', None),
        ("[", None),
    ],
)
def test_a_configuration_is_read_as_git_reads_it(home: Path, config: str, name: str | None) -> None:
    top = repository(home / "work", config)
    assert named(top) == name if name else re.fullmatch(f"work{HASHED}", named(top))
    git = shutil.which("git")
    if git and config != "[":
        file = str(top / ".git" / "config")
        told = subprocess.run(
            [git, "config", "-f", file, "remote.origin.url"], capture_output=True, text=True, check=False
        )
        assert told.stdout == (f"git@github.com:{name.replace('-', '/')}\n" if name else "")


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_worktrees_share_a_name_and_submodules_have_their_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")

    def git(*words: str, at: Path = home) -> None:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "protocol.file.allow=always")
        subprocess.run([shutil.which("git") or "", *who, *words], cwd=at, check=True, capture_output=True)

    for name in ("shop", "part"):
        git("init", name)
        git("commit", "--allow-empty", "-m", "first", at=home / name)
    git("worktree", "add", str(home / "beside"), at=home / "shop")
    assert named(home / "beside") == named(home / "shop"), "without a remote, too"
    git("remote", "add", "origin", "git@github.com:acme/shop.git", at=home / "shop")
    git("submodule", "add", str(home / "part"), "inner", at=home / "shop")
    assert named(home / "beside") == named(home / "shop") == "acme-shop"
    assert re.fullmatch(rf"[a-z0-9_-]+part{HASHED}", named(home / "shop" / "inner"))
    git("clone", "--bare", str(home / "part"), "bare.git")
    git("worktree", "add", str(home / "of-bare"), at=home / "bare.git")
    assert named(home / "of-bare") == named(home / "bare.git")
