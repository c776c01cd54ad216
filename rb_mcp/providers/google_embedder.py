"""Google's embedding models, through the google-genai SDK; see `google.py` for how it is called.

Not covered: images and other inputs, task types beyond query and document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rb_mcp.errors import ConfigurationError, Malformed
from rb_mcp.providers.endpoint import embeddable
from rb_mcp.providers.google import GoogleAccount
from rb_mcp.types import Background

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rb_mcp.protocols import Purpose
    from rb_mcp.types import Embedding

DEFAULT = "gemini-embedding-001"
"""The model when none is named."""

_BATCH = 100
"""Texts in one request for vectors; the service takes no more."""

_TYPES: dict[Purpose, str] = {"query": "QUERY", "fragment": "QUERY", "document": "DOCUMENT"}
_PREFIXES = {"QUERY": "task: search result | query: ", "DOCUMENT": "title: none | text: "}
"""How the service has gemini-embedding-2 told what a text is for; it takes no task type."""


class GeminiEmbedder:
    """One embedding model, as `model` or `model@dimensions`: `gemini-embedding-001`, `gemini-embedding-2`.

    The background is an estimate; a bank of 30 experiences measures its own.
    """

    background = Background(0.3, 0.08, estimated=True)

    def __init__(self, model: str = DEFAULT, *, account: GoogleAccount, deadline: float = 30.0) -> None:
        name, _, wanted = model.partition("@")
        if wanted and not wanted.isdecimal():
            raise ConfigurationError(f"RB_MCP_EMBEDDER is 'google:{model}'; give dimensions as in {name}@768")
        self.dimensions = int(wanted or 768)
        self.name = f"google:{name}@{self.dimensions}"
        self._model = name
        self._account = account
        self._endpoint = account.endpoint(self.name, "RB_MCP_EMBEDDER")
        self._deadline = deadline

    @classmethod
    def from_environ(cls, model: str, environ: Mapping[str, str]) -> GeminiEmbedder:
        """Return the embedder called `model`, or the default one.

        Raises:
            ConfigurationError: see `GoogleAccount.from_environ`.
        """
        return cls(model or DEFAULT, account=GoogleAccount.from_environ(environ))

    async def embed(self, texts: Sequence[str], *, purpose: Purpose = "document") -> list[Embedding]:
        """Return one unit vector a text; see `Embedder`.

        Raises:
            ProviderError: of any kind, as for a model.
        """
        found: list[Embedding] = []
        asked = embeddable(texts)
        for start in range(0, len(asked), _BATCH):
            found += await self._embed(asked[start : start + _BATCH], purpose)
        return found

    async def _embed(self, texts: list[str], purpose: Purpose) -> list[Embedding]:
        async with self._account.connected(self._endpoint, self._deadline) as client:
            from google.genai import types  # noqa: PLC0415 - loaded when used

            typed = self._model == DEFAULT
            config = types.EmbedContentConfig(
                task_type=f"RETRIEVAL_{_TYPES[purpose]}" if typed else None, output_dimensionality=self.dimensions
            )
            prefix = "" if typed else _PREFIXES[_TYPES[purpose]]
            # One content each: a list of strings would become one vector for all of them.
            contents = [types.Content(parts=[types.Part(text=prefix + text)]) for text in texts]
            try:
                reply = await client.models.embed_content(  # pyright: ignore[reportUnknownMemberType]
                    model=self._model, contents=contents, config=config
                )
            except (ValueError, TypeError, AttributeError) as error:
                said = self._endpoint.quote(str(error))
                raise Malformed(f"{self.name} answered with something else than vectors ({said})") from error
        rows: list[object] = [row.values for row in reply.embeddings or []]
        return self._endpoint.vectors(rows, len(texts), self.dimensions)
