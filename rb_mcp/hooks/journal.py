"""Where hooks say what failed: a small file in the user's log folder, redacted like the server's log.

Two files of 256 KB at most. On stderr only where asked for: clients show it to people who did not ask.
"""

from __future__ import annotations

import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

from rb_mcp.server.log import LONGEST_RECORD, Log

_SIZE = 256_000


def log_file() -> Path:
    """Return where it is."""
    return Path(platformdirs.user_log_path("rb-mcp", appauthor=False)) / "hooks.log"


def note(doing: str, error: BaseException, *, aloud: bool = False) -> None:
    """Write down what failed at what.

    Raises:
        OSError: when it cannot be written.
    """
    mode = os.environ.get("RB_MCP_REDACT", "").strip().lower()
    log = Log("personal" if mode == "personal" else "off" if mode == "off" else "secrets")
    text = f"{log.plain(doing)}: {log.traced(error)}"[:LONGEST_RECORD]
    file = log_file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
    handlers: list[logging.Handler] = [RotatingFileHandler(file, maxBytes=_SIZE, backupCount=1, encoding="utf-8")]
    if aloud:
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        handler.handle(logging.LogRecord("rb_mcp.hooks", logging.ERROR, __file__, 0, text, (), None))
        handler.close()
