"""Settings → a bank: which store, embedder, model and prompts it is joined from, and whose work it keeps."""

from __future__ import annotations

import getpass
import os
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from rb_mcp.errors import ConfigurationError
from rb_mcp.memory.bank import ReasoningBank
from rb_mcp.memory.distillation import Distiller, Metered
from rb_mcp.memory.holdout import Holdout
from rb_mcp.memory.retrieval import Retriever
from rb_mcp.memory.trust import OWNER
from rb_mcp.providers import model_in_environ, open_embedder, open_model
from rb_mcp.redaction import Redactor
from rb_mcp.stores import open_store
from rb_mcp.templates import Prompts
from rb_mcp.types import Origin

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rb_mcp.config import Settings


def build_bank(settings: Settings) -> ReasoningBank:
    """Join the seams as the settings say; nothing is opened or loaded before the first call."""
    store, clock = open_store(settings)
    retriever = Retriever(store, open_embedder(settings.embedder, settings.credentials))
    prompts = Prompts(settings.prompts)
    distiller = None
    if name := named_model(settings):
        model = Metered(open_model(name, settings.credentials), store, settings.budget, clock)
        distiller = Distiller(
            model, store, prompts, settings.judges, retriever.embedder, review_all=settings.review == "all"
        )
    return ReasoningBank(
        store,
        retriever,
        prompts,
        clock,
        settings.namespace,
        distiller,
        asks_client=settings.model != "agent",
        origin=Origin(account(), OWNER),
        redactor=Redactor(settings.redact),
        holdout=Holdout(settings.holdout),
        review_all=settings.review == "all",
    )


def account() -> str:
    """Return the name of the account that runs this process, or its number where it has no name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid()) if hasattr(os, "getuid") else ""


def named_model(settings: Settings) -> str:
    """Return which provider's model is at hand: the one that is set, else one whose key is there and that opens."""
    if settings.model in {"client", "agent"}:
        return ""
    if settings.model:
        return settings.model
    name = model_in_environ(settings.credentials)
    with suppress(ConfigurationError):  # a key for another purpose is no request for a model; doctor names the model
        if name:
            open_model(name, settings.credentials)
            return name
    return ""


@asynccontextmanager
async def open_bank(settings: Settings) -> AsyncGenerator[ReasoningBank]:
    """Build a bank for the time of the block, and close its store after it."""
    bank = build_bank(settings)
    try:
        yield bank
    finally:
        await bank.store.close()
