"""Any server that speaks OpenAI's protocol: OpenAI itself, llama.cpp, Ollama, vLLM and most gateways.

Written against the protocol, with the HTTP client that the MCP SDK brings along: nothing to install. Servers differ in
what they take, so what one rejects by name is asked for in another way, and remembered. Not covered: streaming,
tools, the Responses API, telling apart a limit on speed from an account without credit (both are 429).
"""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import httpx2

from rb_mcp.errors import ConfigurationError, Malformed, Refused
from rb_mcp.providers.endpoint import Endpoint, at, elements, embeddable, sendable, text_in, web_address
from rb_mcp.types import Background

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from rb_mcp.protocols import Purpose
    from rb_mcp.types import Embedding
    from rb_mcp.work import Prompt

HOSTED = "https://api.openai.com/v1"
"""Where OpenAI is; a server elsewhere may do without a key."""

_BATCH = 100
"""Texts in one request for vectors."""

_KNOWN = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
"""OpenAI's own embedding models → how many numbers a vector has."""

_REJECTS = {400, 422, 500}
"""With which statuses servers reject a part of a request."""

_FORMAT = re.compile(r"response_format|json_schema|json_object|grammar", re.IGNORECASE)


class OpenAIModel:
    """One model of one server. A server that is not OpenAI's needs a `base_url`, and often no key."""

    def __init__(self, model: str, *, api_key: str = "", base_url: str = "", deadline: float = 60.0) -> None:
        if not model:
            raise ConfigurationError("RB_MCP_MODEL names no model; give one the server has, as in openai:MODEL")
        self.name = f"openai:{model}"
        self._model = model
        self._server = _Server(self.name, "RB_MCP_MODEL", api_key, base_url, deadline)
        self._formats = ["json_schema", "json_object", ""]
        self._temperature = True
        self._limit = "max_tokens"

    @classmethod
    def from_environ(cls, model: str, environ: Mapping[str, str]) -> OpenAIModel:
        """Return the model called `model` at `OPENAI_BASE_URL`, under the key in `OPENAI_API_KEY`.

        Raises:
            ConfigurationError: when no model is named, or there is neither a key nor another server.
        """
        return cls(model, api_key=environ.get("OPENAI_API_KEY", ""), base_url=environ.get("OPENAI_BASE_URL", ""))

    async def complete(self, prompt: Prompt) -> str:
        """Return the text of the reply; see `LanguageModel`, also for what is raised."""
        async with self._server.connected() as server:
            while True:
                asked = self._request(prompt)
                reply = await server.post("/chat/completions", json=asked)
                if reply.is_success:
                    return self._text(self._server.endpoint.document(reply.text))
                if reply.status_code not in _REJECTS or not self._learn(asked, reply.text):
                    raise self._rejection(reply)

    def _request(self, prompt: Prompt) -> dict[str, object]:
        parts = [("system", prompt.system), ("user", prompt.user)] if prompt.user else [("user", prompt.system)]
        request: dict[str, object] = {
            "model": self._model,
            "messages": [{"role": role, "content": sendable(text)} for role, text in parts if text],
            self._limit: prompt.most_tokens,
        }
        if prompt.temperature is not None and self._temperature:
            request["temperature"] = prompt.temperature
        if prompt.schema is not None and self._formats[0] == "json_schema":
            schema = {"name": "answer", "schema": prompt.schema}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif prompt.schema is not None and self._formats[0]:
            # The schema is llama-cpp-python's own addition; a server that minds it gets a plain request next.
            request["response_format"] = {"type": "json_object", "schema": prompt.schema}
        return request

    def _learn(self, asked: dict[str, object], body: str) -> bool:
        """Return whether the rejection names a part of the request that can be asked for in another way."""
        if "max_completion_tokens" in body and "max_tokens" in asked:
            self._limit = "max_completion_tokens"
        elif "temperature" in asked and "temperature" in body:
            self._temperature = False
        elif "response_format" in asked and _FORMAT.search(body):
            # Of calls side by side only the first to hear of it moves on.
            if at(asked.get("response_format"), "type") == self._formats[0]:
                self._formats = self._formats[1:]
        else:
            return False
        return True

    def _rejection(self, reply: httpx2.Response) -> Exception:
        if reply.status_code == HTTPStatus.BAD_REQUEST and re.search(r"content_filter|content_policy", reply.text):
            return Refused(f"{self.name} declined to read the prompt ({self._server.endpoint.quote(reply.text)})")
        return self._server.endpoint.rejection(reply.status_code, reply.text, reply.headers)

    def _text(self, reply: dict[str, object]) -> str:
        choice = at(reply, "choices", 0)
        message, stop = at(choice, "message"), text_in(at(choice, "finish_reason"))
        refusal = text_in(at(message, "refusal"))
        if refusal or stop == "content_filter":
            raise Refused(f"{self.name} declined to answer ({self._server.endpoint.quote(refusal or stop)})")
        if stop == "length":
            raise Malformed(f"{self.name} was cut off: {stop}")
        content = at(message, "content")
        text = text_in(content) or "".join(text_in(at(part, "text")) for part in elements(content))
        if not text.strip():
            raise Malformed(f"{self.name} answered without a text" + (f": {stop}" if stop else ""))
        return text


class OpenAIEmbedder:
    """One embedding model of one server, as `model` or `model@dimensions`.

    A model that is not one of OpenAI's must say how many numbers its vectors have: the bank is bound to that before
    the first text is embedded. The background is an estimate; a bank of 30 experiences measures its own.
    """

    background = Background(0.15, 0.08, estimated=True)

    def __init__(self, model: str, *, api_key: str = "", base_url: str = "", deadline: float = 30.0) -> None:
        name, _, wanted = model.rpartition("@") if "@" in model else (model, "", "")
        if not name or not (wanted.isdecimal() or name in _KNOWN):
            raise ConfigurationError(
                f"RB_MCP_EMBEDDER is 'openai:{model}'; give a model and how many numbers its vectors have, "
                "as in openai:nomic-embed-text@768"
            )
        self.dimensions = int(wanted) if wanted else _KNOWN[name]
        self.name = f"openai:{name}@{self.dimensions}"
        self._request: dict[str, object] = {"model": name}
        if name.startswith("text-embedding-3") and self.dimensions != _KNOWN.get(name):
            self._request["dimensions"] = self.dimensions
        self._server = _Server(self.name, "RB_MCP_EMBEDDER", api_key, base_url, deadline)

    @classmethod
    def from_environ(cls, model: str, environ: Mapping[str, str]) -> OpenAIEmbedder:
        """Return the embedder at `OPENAI_BASE_URL`, under the key in `OPENAI_API_KEY`.

        Raises:
            ConfigurationError: when no model or no dimensions are named, or there is neither a key nor a server.
        """
        return cls(model, api_key=environ.get("OPENAI_API_KEY", ""), base_url=environ.get("OPENAI_BASE_URL", ""))

    async def embed(
        self,
        texts: Sequence[str],
        *,
        purpose: Purpose = "document",  # noqa: ARG002 - the protocol has no such thing
    ) -> list[Embedding]:
        """Return one unit vector a text; see `Embedder`.

        Raises:
            ProviderError: of any kind, as for a model.
        """
        found: list[Embedding] = []
        asked = embeddable(texts)
        for start in range(0, len(asked), _BATCH):
            found += await self._embed(asked[start : start + _BATCH])
        return found

    async def _embed(self, texts: list[str]) -> list[Embedding]:
        async with self._server.connected() as server:
            reply = await server.post("/embeddings", json={**self._request, "input": texts})
        if not reply.is_success:
            raise self._server.endpoint.rejection(reply.status_code, reply.text, reply.headers)
        rows = elements(self._server.endpoint.document(reply.text).get("data"))
        places = [at(row, "index") for row in rows]
        if sorted(place for place in places if isinstance(place, int)) == list(range(len(rows))):
            rows = [rows[places.index(place)] for place in range(len(rows))]
        return self._server.endpoint.vectors([at(row, "embedding") for row in rows], len(texts), self.dimensions)


class _Server:
    """Where requests go, for how long, and as whom."""

    def __init__(self, name: str, setting: str, api_key: str, base_url: str, deadline: float) -> None:
        if not (api_key.strip() or base_url):
            raise ConfigurationError(
                "OPENAI_API_KEY is not set; set it to a key of OpenAI, or OPENAI_BASE_URL to a server of your own"
            )
        self.endpoint = Endpoint(name, setting, "OPENAI_API_KEY", "OPENAI_BASE_URL", api_key.strip())
        self._base_url = web_address(base_url or HOSTED, "OPENAI_BASE_URL")
        self._deadline = deadline

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[httpx2.AsyncClient]:
        """Connect for one call, all of which has to be done within the deadline.

        Raises:
            Unavailable: when it is not, or the connection fails.
        """
        client = await anyio.to_thread.run_sync(self._client, abandon_on_cancel=True)
        try:
            with anyio.fail_after(self._deadline):
                async with client:
                    yield client
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise self.endpoint.slow(self._deadline) from error
        except httpx2.RequestError as error:
            raise self.endpoint.unreachable(error) from error

    def _client(self) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self.endpoint.key}"} if self.endpoint.key else {}
        return httpx2.AsyncClient(base_url=self._base_url, headers=headers, timeout=self._deadline)
