"""Gemini, through the google-genai SDK: by key, or as a project on Google Cloud.

The SDK is imported, and a client made, when a call needs it; a connection lives as long as the call. Not covered:
streaming, tools, context caching (the service caches what requests have in common by itself), client certificates.
"""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import anyio
import anyio.to_thread
import httpx2

from rb_mcp.errors import ConfigurationError, Malformed, ProviderError, Refused, Unavailable
from rb_mcp.providers.endpoint import Endpoint, at, elements, require, sendable, text_in, web_address

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from google.auth.credentials import Credentials
    from google.auth.exceptions import GoogleAuthError
    from google.genai.client import AsyncClient, Client
    from google.genai.errors import APIError

    from rb_mcp.work import Prompt

DEFAULT = "gemini-3.8-flash"
"""The model when none is named."""

HOSTED = "https://generativelanguage.googleapis.com"

_TAKES_TEMPERATURE = re.compile(r"gemini-(1|2|3(\.[0-5])?-)")
"""Models from before sampling parameters were withdrawn, which was with gemini-3.6."""

_THINKING = 4_000
"""Tokens granted on top of the answer's: these models think first, and what they think counts as output."""

_NAMED = {
    "temperature": re.compile(r"temperature|top_?p|top_?k|sampling", re.IGNORECASE),
    "schema": re.compile(r"response_?(json_?)?schema|response_?mime_?type|json mode", re.IGNORECASE),
}
"""What may be left out of a request → how a rejection names it."""

_DECLINED = {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "MODEL_ARMOR"}

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


@dataclass
class GoogleAccount:
    """As whom the service is called: a key, or a project on Google Cloud (`vertex`) with its own credentials."""

    api_key: str = field(default="", repr=False)
    vertex: bool = False
    project: str = ""
    location: str = ""
    base_url: str = ""
    _credentials: Credentials | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        require("google.genai", "google")
        self.api_key = self.api_key.strip()
        if self.vertex and not (self.project or self.api_key):
            raise ConfigurationError("GOOGLE_CLOUD_PROJECT is not set; GOOGLE_GENAI_USE_VERTEXAI needs a project")
        if not self.vertex and not self.api_key:
            raise ConfigurationError("GEMINI_API_KEY is not set; set it to a key of the Gemini API")
        if self.base_url:
            variable = "GOOGLE_VERTEX_BASE_URL" if self.vertex else "GOOGLE_GEMINI_BASE_URL"
            self.base_url = web_address(self.base_url, variable)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> GoogleAccount:
        """Read the variables that Google's own tools read.

        Raises:
            ConfigurationError: when there is neither a key nor a project, or the SDK is not installed.
        """
        flag = environ.get("GOOGLE_GENAI_USE_ENTERPRISE") or environ.get("GOOGLE_GENAI_USE_VERTEXAI") or ""
        vertex = flag.lower() in {"true", "1"}
        return cls(
            api_key=environ.get("GOOGLE_API_KEY") or environ.get("GEMINI_API_KEY") or "",
            vertex=vertex,
            project=environ.get("GOOGLE_CLOUD_PROJECT", "") if vertex else "",
            location=environ.get("GOOGLE_CLOUD_LOCATION", "") if vertex else "",
            base_url=environ.get("GOOGLE_VERTEX_BASE_URL" if vertex else "GOOGLE_GEMINI_BASE_URL", ""),
        )

    def endpoint(self, name: str, setting: str) -> Endpoint:
        """Return what messages call it."""
        key_variable = "GOOGLE_APPLICATION_CREDENTIALS" if self.vertex and self.project else "GEMINI_API_KEY"
        url_variable = "GOOGLE_VERTEX_BASE_URL" if self.vertex else "GOOGLE_GEMINI_BASE_URL"
        return Endpoint(name, setting, key_variable, url_variable, self.api_key)

    @asynccontextmanager
    async def connected(self, endpoint: Endpoint, deadline: float) -> AsyncGenerator[AsyncClient]:
        """Connect for one call, all of which has to be done within the deadline.

        Raises:
            Unavailable: when it is not, the connection fails, or the service asks for patience.
            ProviderError: when the service rejects the request, or there are no credentials.
        """
        http, client = await anyio.to_thread.run_sync(self._client, deadline, abandon_on_cancel=True)
        from google.auth.exceptions import GoogleAuthError, TransportError  # noqa: PLC0415 - loaded when used
        from google.genai.errors import APIError  # noqa: PLC0415 - loaded when used

        try:
            with anyio.fail_after(deadline):
                async with http:
                    yield client.aio
        except APIError as error:
            raise endpoint.rejection(error.code, *_answer(error)) from error
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise endpoint.slow(deadline) from error
        except (httpx2.RequestError, TransportError) as error:
            raise endpoint.unreachable(error) from error
        except GoogleAuthError as error:
            raise _no_credentials(error) from error

    def _client(self, deadline: float) -> tuple[httpx2.AsyncClient, Client]:
        """Return a client, and the connection it uses: without one of ours the SDK looks for other HTTP libraries."""
        try:
            from google import auth, genai  # noqa: PLC0415 - loaded when used
            from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415 - loaded when used
            from google.genai import types  # noqa: PLC0415 - loaded when used
        except ImportError as error:
            raise ProviderError(
                f"google.genai cannot be loaded ({error}); run: pip install --force-reinstall 'rb-mcp[google]'"
            ) from error
        if self.vertex and self.project and self._credentials is None:
            try:
                self._credentials = cast("Credentials", auth.default(scopes=[_SCOPE])[0])  # pyright: ignore[reportUnknownMemberType]
            except GoogleAuthError as error:
                raise _no_credentials(error) from error
        http = httpx2.AsyncClient(timeout=deadline)
        options = types.HttpOptions(
            base_url=self.base_url or (None if self.vertex else HOSTED),
            timeout=max(1, round(deadline * 1_000)),  # milliseconds
            httpx_async_client=http,
        )
        if self.vertex and self.project:
            return http, genai.Client(
                vertexai=True,
                project=self.project,
                location=self.location or "global",
                credentials=self._credentials,
                http_options=options,
            )
        return http, genai.Client(vertexai=self.vertex, api_key=self.api_key, http_options=options)


class GeminiModel:
    """One Gemini model. What the service rejects by name is left out from then on, as with Claude."""

    def __init__(
        self, model: str = DEFAULT, *, account: GoogleAccount, deadline: float = 60.0, temperature: bool | None = None
    ) -> None:
        self.name = f"google:{model}"
        self._model = model
        self._account = account
        self._endpoint = account.endpoint(self.name, "RB_MCP_MODEL")
        self._deadline = deadline
        takes = bool(_TAKES_TEMPERATURE.match(model)) if temperature is None else temperature
        self._left_out: set[str] = set() if takes else {"temperature"}

    @classmethod
    def from_environ(cls, model: str, environ: Mapping[str, str]) -> GeminiModel:
        """Return the model called `model`, or the default one.

        Raises:
            ConfigurationError: see `GoogleAccount.from_environ`.
        """
        return cls(model or DEFAULT, account=GoogleAccount.from_environ(environ))

    async def complete(self, prompt: Prompt) -> str:
        """Return the text of the reply; see `LanguageModel`, also for what is raised."""
        async with self._account.connected(self._endpoint, self._deadline) as client:
            return self._text(await self._send(client, prompt))

    async def _send(self, client: AsyncClient, prompt: Prompt) -> str:
        """Return the body of the reply, as it came."""
        from google.genai import errors, types  # noqa: PLC0415 - loaded when used

        while True:
            parts = {"temperature": prompt.temperature, "schema": prompt.schema}
            sent = {part for part, value in parts.items() if value is not None} - self._left_out
            config = types.GenerateContentConfig(
                system_instruction=(sendable(prompt.system) or None) if prompt.user else None,
                max_output_tokens=prompt.most_tokens + _THINKING,
                temperature=prompt.temperature if "temperature" in sent else None,
                response_mime_type="application/json" if "schema" in sent else None,
                response_json_schema=prompt.schema if "schema" in sent else None,
                should_return_http_response=True,
            )
            try:
                reply = await client.models.generate_content(  # pyright: ignore[reportUnknownMemberType]
                    model=self._model, contents=sendable(prompt.user or prompt.system), config=config
                )
            except errors.ClientError as error:
                named = {part for part in sent if _NAMED[part].search(_answer(error)[0])}
                if error.code != HTTPStatus.BAD_REQUEST or not named:
                    raise
                self._left_out |= named
            else:
                return (reply.sdk_http_response.body if reply.sdk_http_response else None) or ""

    def _text(self, body: str) -> str:
        reply = self._endpoint.document(body)
        if blocked := text_in(at(reply, "promptFeedback", "blockReason")):
            raise Refused(f"{self.name} declined to read the prompt ({blocked})")
        stop = text_in(at(reply, "candidates", 0, "finishReason"))
        if stop in _DECLINED or stop.startswith("IMAGE_"):
            raise Refused(f"{self.name} declined to answer ({stop})")
        if stop == "MAX_TOKENS":
            raise Malformed(f"{self.name} was cut off: {stop}")
        parts = elements(at(reply, "candidates", 0, "content", "parts"))
        text = "".join(text_in(at(part, "text")) for part in parts if not at(part, "thought"))
        if not text.strip():
            raise Malformed(f"{self.name} answered without a text" + (f": {stop}" if stop else ""))
        return text


def _answer(error: APIError) -> tuple[str, Mapping[str, str]]:
    """Return body and headers of a rejection."""
    reply = cast("object", error.response)  # pyright: ignore[reportUnknownMemberType]
    return (reply.text, reply.headers) if isinstance(reply, httpx2.Response) else (str(error), {})


def _no_credentials(error: GoogleAuthError) -> ProviderError:
    if getattr(error, "retryable", False):
        return Unavailable(f"Google Cloud gave no access token ({error})")
    return ProviderError(
        f"Google Cloud gave no access token ({error}): run gcloud auth application-default login, "
        "or set GOOGLE_APPLICATION_CREDENTIALS to a file of credentials"
    )
