"""Passwords on command lines, and in the files and statements that have a form of their own.

Options that are named for what they take (`--password x`) are told by their names, in `wording`.
"""

from __future__ import annotations

from rb_mcp.redaction.patterns import Pattern, Row
from rb_mcp.redaction.values import is_literal, is_password


def _after_colon(value: bytes) -> bool:
    return not value.startswith(b"//") and is_literal(value)


def _argument(value: bytes) -> bool:
    return not value.startswith(b"-") and is_password(value)


def _entry(value: bytes) -> bool:
    return not value.endswith(b":") and is_password(value)


COMMANDS = (
    Row(
        "password",
        (b"curl", b"wget", b"http", b"skopeo"),
        Pattern(
            r"\b(?:curl|https?|wget|skopeo)\b[^\n]*?[ \t](?:-u|--user|--proxy-user|-U|-a|--auth|--creds"
            r"|--(?:src|dest)-creds)(?:=|[ \t]*)[\"']?[\w.@+$%{}-]+:([^\s\"'|;]+)"
        ),
        _after_colon,
    ),
    Row(
        "password",
        (b"sshpass", b"mysql", b"mariadb", b"mongo", b"redis-cli", b"login", b"ldap", b"smbclient", b"rpcclient"),
        Pattern(
            r"\b(?:sshpass[ \t]+-p|(?:mysql|mariadb)\w*[ \t](?:[^\n]*?[ \t])?-p|mongo\w*[ \t][^\n]*?[ \t]-p[ \t]"
            r"|redis-cli[ \t](?:[^\n]*?[ \t])?-a[ \t]|(?:docker|podman|helm|az|oras|nerdctl|buildah|registry)"
            r"[^\n]*?[ \t]login[ \t][^\n]*?-p[ \t]"
            r"|ldap\w+[ \t][^\n]*?[ \t]-w[ \t]|(?:smbclient|rpcclient)[ \t][^\n]*?-U[ \t]*[\"']?[\w.\\/-]+%)"
            r"[ \t]*\\?[\"']?([^\s\"'|;]+)"
        ),
        _argument,
    ),
    Row(
        "password",
        (b"zip", b"7z", b"/p:", b"pass:", b"rar"),
        Pattern(
            r"(?:\b(?:un)?zip[ \t](?:[^\n]*?[ \t])?-P[ \t]*|\b(?:7z\w?|u?n?rar)[ \t][^\n]*?[ \t]-h?p"
            r"|[ \t]/p:|-pass(?:in|out)?[ \t]+pass:)[\"']?([^\s\"'|;]{3,})"
        ),
        is_password,
    ),
    Row(
        "password",
        (b"sudo", b"chpasswd", b"--stdin", b"-stdin"),
        Pattern(
            r"\b(?:echo|printf)[ \t]+(?:-[ne]+[ \t]+)?[\"']?(?:[\w.-]+:)?([^\s\"'|:\\]+)(?:\\n)?[\"']?[ \t]*\|[ \t]*"
            r"(?:sudo[ \t]+(?:-\w+[ \t]+)*(?:-\w*S|--stdin|chpasswd)|chpasswd"
            r"|passwd[ \t]+--stdin|[^\n|]*?--password-stdin)"
        ),
        is_password,
    ),
    Row(
        "password",
        (b"sudo",),
        Pattern(r"\bsudo[ \t]+(?:-\w+[ \t]+)*-\w*S\b[^\n]*?<<<[ \t]*[\"']?([^\s\"'|;]+)"),
        is_password,
    ),
    Row(
        "password",
        (b"machine", b"login", b"default"),
        Pattern(r"\b(?:login|machine|user)[ \t]+\S+\s+password[ \t]+([^\s\"']+)"),
        _entry,
    ),
    Row(
        "password",
        (b":5432:", b":*:", b":6432:", b":6543:", b":5433:"),
        Pattern(r"(?m:^)[ \t]*[\w.*-]+:(?:5432|5433|6432|6543|\*):[\w*.-]+:[\w*.-]+:((?:[^\s:]|\\:)+)(?m:$)"),
        is_literal,
    ),
    Row(
        "password",
        (b"requirepass", b"masterauth"),
        Pattern(r"(?i:\b(?:requirepass|masterauth))[ \t]+['\"]?([^\s'\"]+)"),
        is_password,
    ),
    Row(
        "password",
        (b"identified", b"password '"),
        Pattern(
            r"(?i:\bidentified[ \t]+(?:with[ \t]+\w+[ \t]+)?by"
            r"|\b(?:with|encrypted|set|user \S+)[ \t]+password)[ \t]+'([^'\n]+)'"
        ),
        is_password,
    ),
    Row(
        "password",
        (b"securestring", b"-asplaintext"),
        Pattern(
            r"(?i:convertto-securestring)[ \t]+(?:-(?:String|AsPlainText|Force)[ \t]+)*[\"']?([^\s\"'|;)-][^\s\"'|;)]*)"
        ),
        is_password,
    ),
    Row("api-key", (b"wandb login",), Pattern(r"\bwandb login[ \t]+(?:--\w+[ \t]+)*([0-9a-f]{40})\b"), is_literal),
    Row(
        "kubernetes-token",
        (b"kubeadm", b"--token"),
        Pattern(r"--token[ =]([a-z0-9]{6}\.[a-z0-9]{16})\b"),
        is_literal,
    ),
)
"""Places that a command, a file of credentials or a statement makes."""
