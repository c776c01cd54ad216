"""A server on the loopback, and an environment without anything that would lead elsewhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from wire import Wire, served

if TYPE_CHECKING:
    from collections.abc import Generator

_FOREIGN = ("ANTHROPIC_", "GOOGLE_", "GEMINI_", "OPENAI_", "CLOUDSDK_")


@pytest.fixture(scope="module")
def server() -> Generator[Wire]:
    with served() as wire:
        yield wire


@pytest.fixture
def wire(server: Wire, monkeypatch: pytest.MonkeyPatch) -> Wire:
    for variable in list(os.environ):
        if variable.upper().endswith("_PROXY") or variable.startswith(_FOREIGN):
            monkeypatch.delenv(variable)
    server.requests.clear()
    return server
