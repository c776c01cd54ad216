"""A home of its own for every test, with a short path: a socket's address has some hundred bytes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hooked import Hooked

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.fixture
def hooked() -> Generator[Hooked]:
    with tempfile.TemporaryDirectory(prefix="rb") as folder:
        yield Hooked(Path(folder).resolve())
