"""Claude, through Anthropic's SDK.

The SDK is imported, and a client made, when a call needs it; a connection lives as long as the call. The fixed part
of a prompt is marked for caching, which the service does from about a thousand tokens on. Not covered: streaming,
tools, extended thinking, other ways to sign in than a key.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from rb_mcp.errors import ConfigurationError, Malformed, ProviderError, Refused
from rb_mcp.providers.endpoint import Endpoint, at, elements, require, sendable, text_in, web_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anthropic import AsyncAnthropic

    from rb_mcp.work import Prompt

DEFAULT = "claude-haiku-5-5"
"""The model when none is named."""

_TAKES_TEMPERATURE = re.compile(r"claude-(3|(haiku|sonnet|opus)-4)")
"""Models from before sampling parameters were withdrawn; under later versions of the API they are an error."""

_EARLIER_VERSION = "2023-06-01"
"""Of the API: the last one under which a temperature may be sent."""

_NAMED = {
    "temperature": re.compile(r"temperature|top_p|top_k|sampling"),
    "schema": re.compile(r"output_config|output_format|json_schema|structured output", re.IGNORECASE),
}
"""What may be left out of a request → how a rejection names it."""


class AnthropicModel:
    """One Claude model, under one key.

    `temperature` says whether the model takes one; by its name where that is not said. What the service rejects by
    name, a temperature or the output format, is left out from then on.
    """

    def __init__(
        self,
        model: str = DEFAULT,
        *,
        api_key: str,
        base_url: str = "",
        deadline: float = 60.0,
        temperature: bool | None = None,
    ) -> None:
        require("anthropic", "anthropic")
        if not api_key.strip():
            raise ConfigurationError("ANTHROPIC_API_KEY is not set; set it to a key of the Anthropic API")
        self.name = f"anthropic:{model}"
        self._model = model
        self._endpoint = Endpoint(self.name, "RB_MCP_MODEL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", api_key.strip())
        self._base_url = web_address(base_url or "https://api.anthropic.com", "ANTHROPIC_BASE_URL")
        self._deadline = deadline
        takes = bool(_TAKES_TEMPERATURE.match(model)) if temperature is None else temperature
        self._left_out: set[str] = set() if takes else {"temperature"}

    @classmethod
    def from_environ(cls, model: str, environ: Mapping[str, str]) -> AnthropicModel:
        """Return the model called `model`, or the default one, under the key in `ANTHROPIC_API_KEY`.

        Raises:
            ConfigurationError: when there is no key, or the SDK is not installed.
        """
        key, url = environ.get("ANTHROPIC_API_KEY", ""), environ.get("ANTHROPIC_BASE_URL", "")
        return cls(model or DEFAULT, api_key=key, base_url=url)

    async def complete(self, prompt: Prompt) -> str:
        """Return the text of the reply; see `LanguageModel`, also for what is raised."""
        client = await anyio.to_thread.run_sync(self._client, abandon_on_cancel=True)
        try:
            with anyio.fail_after(self._deadline):
                async with client:
                    return self._text(await self._send(client, prompt))
        except TimeoutError as error:
            raise self._endpoint.slow(self._deadline) from error

    def _client(self) -> AsyncAnthropic:
        try:
            from anthropic import (  # noqa: PLC0415 - two seconds, paid by whoever calls a model
                AsyncAnthropic,
                DefaultAsyncHttpxClient,
            )
        except ImportError as error:
            raise ProviderError(
                f"anthropic cannot be loaded ({error}); run: pip install --force-reinstall 'rb-mcp[anthropic]'"
            ) from error
        return AsyncAnthropic(
            api_key=self._endpoint.key,
            base_url=self._base_url,
            timeout=self._deadline,
            max_retries=0,
            # What is in a prompt goes where the settings say and nowhere else.
            http_client=DefaultAsyncHttpxClient(timeout=self._deadline, follow_redirects=False),
        )

    async def _send(self, client: AsyncAnthropic, prompt: Prompt) -> str:
        """Return the body of the reply, as it came: the SDK reads pages of HTML and half a JSON as something else."""
        from anthropic import (  # noqa: PLC0415 - as above
            APIConnectionError,
            APIStatusError,
            APITimeoutError,
            omit,
            transform_schema,
        )

        while True:
            parts = {"temperature": prompt.temperature, "schema": prompt.schema}
            sent = {part for part, value in parts.items() if value is not None} - self._left_out
            system = sendable(prompt.system) if prompt.user else ""
            try:
                reply = await client.messages.with_raw_response.create(
                    model=self._model,
                    max_tokens=prompt.most_tokens,
                    system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}]
                    if system
                    else omit,
                    messages=[{"role": "user", "content": sendable(prompt.user or prompt.system)}],
                    # The service takes a part of JSON schema only; the rest becomes words in it.
                    output_config={"format": {"type": "json_schema", "schema": transform_schema(prompt.schema or {})}}
                    if "schema" in sent
                    else omit,
                    extra_body={"temperature": prompt.temperature} if "temperature" in sent else None,
                    extra_headers={"anthropic-version": _EARLIER_VERSION} if "temperature" in sent else None,
                )
            except APIStatusError as error:
                body = error.response.text
                named = {part for part in sent if _NAMED[part].search(body)}
                if error.status_code == HTTPStatus.BAD_REQUEST and named:
                    self._left_out |= named
                    continue
                raise self._endpoint.rejection(error.status_code, body, error.response.headers) from error
            except APITimeoutError as error:
                raise self._endpoint.slow(self._deadline) from error
            except APIConnectionError as error:
                raise self._endpoint.unreachable(error) from error
            return reply.http_response.text

    def _text(self, body: str) -> str:
        reply = self._endpoint.document(body)
        stop = text_in(reply.get("stop_reason"))
        if stop == "refusal":
            details = [text_in(at(reply, "stop_details", part)) for part in ("category", "explanation")]
            why = self._endpoint.quote(": ".join(filter(None, details)))
            raise Refused(f"{self.name} declined to answer" + (f" ({why})" if why else ""))
        if stop in {"max_tokens", "model_context_window_exceeded"}:
            raise Malformed(f"{self.name} was cut off: {stop}")
        blocks = elements(reply.get("content"))
        text = "".join(text_in(at(block, "text")) for block in blocks if at(block, "type") == "text")
        if not text.strip():
            raise Malformed(f"{self.name} answered without a text" + (f": {stop}" if stop else ""))
        return text
