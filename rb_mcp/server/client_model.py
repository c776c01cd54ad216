"""The MCP client's own model, where it lends one (sampling): a provider of its own kind, for one call.

Older protocols have a way back to the client: it is asked, and the answer awaited. With 2026-07-28 the tool
returns its question and is called again with the answer, so a question here either finds its answer among
those the call brought, or ends the call by `Asked`. A prompt has to be the same on every round.

Not covered: whether the client's user lets it. A refusal is `Refused`; the caller falls to the next rung.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from typing import TYPE_CHECKING, Any, cast

import anyio
from mcp import MCPError
from mcp.shared.exceptions import MCPDeprecationWarning
from mcp.types import (
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    InputRequiredResult,
    SamplingMessage,
    TextContent,
)

from rb_mcp.errors import Malformed, Refused, Unavailable

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context

    from rb_mcp.memory.bank import ReasoningBank
    from rb_mcp.work import Prompt

PATIENCE = 40.0
"""Seconds that a client on an older protocol may take over one question."""
MODERN = "2026-07-28"


class Asked(Exception):  # noqa: N818 - no error: a question on its way
    """A question that the client has not answered yet."""

    def __init__(self, result: InputRequiredResult) -> None:
        super().__init__("the client is asked")
        self.result = result


class ClientModel:
    """The model behind one tool call."""

    name = "client"

    def __init__(self, context: Context[ReasoningBank, Any]) -> None:
        self._context = context
        self._answers: dict[str, str] = {}
        if context.request_state:
            self._answers = cast("dict[str, str]", json.loads(context.request_state))
        for key, answer in (context.input_responses or {}).items():
            if isinstance(answer, CreateMessageResult):
                self._answers[key] = _text(answer)

    @staticmethod
    def lent(context: Context[ReasoningBank, Any]) -> bool:
        """Tell whether the client lends its model to this call."""
        capabilities = context.client_capabilities
        if capabilities is None or capabilities.sampling is None:
            return False
        return _modern(context) or context.session.can_send_request

    @staticmethod
    def answered(context: Context[ReasoningBank, Any]) -> bool:
        """Tell whether this call brings answers to questions asked before."""
        return context.request_state is not None

    async def complete(self, prompt: Prompt) -> str:
        """Return the client's answer.

        Raises:
            Asked: when it has not been asked yet, and can only be asked by ending the call.
            Refused: when its user, or the client, says no.
            Unavailable: when it takes too long.
            Malformed: when the answer is no text.
        """
        params = CreateMessageRequestParams(
            messages=[SamplingMessage(role="user", content=TextContent(type="text", text=prompt.user))],
            system_prompt=prompt.system,
            max_tokens=prompt.most_tokens,
            temperature=prompt.temperature,
        )
        if _modern(self._context):
            key = hashlib.sha256(prompt.text().encode("utf-8", "replace")).hexdigest()[:16]
            if key not in self._answers:
                request = CreateMessageRequest(params=params)
                state = json.dumps(self._answers, ensure_ascii=False)
                raise Asked(InputRequiredResult(input_requests={key: request}, request_state=state))
            text = self._answers[key]
        else:
            text = await self._called_back(params)
        if not text.strip():
            raise Malformed("the client's model answered nothing")
        return text

    async def _called_back(self, params: CreateMessageRequestParams) -> str:
        try:
            with warnings.catch_warnings():  # there is no other way on these protocols
                warnings.simplefilter("ignore", MCPDeprecationWarning)
                asking = self._context.session.create_message(  # pyright: ignore[reportDeprecated]
                    messages=params.messages,
                    system_prompt=params.system_prompt,
                    max_tokens=params.max_tokens,
                    temperature=params.temperature,
                    related_request_id=self._context.request_id,
                )
            with anyio.fail_after(PATIENCE):
                answer = await asking
        except MCPError as error:
            raise Refused(f"the client did not lend its model: {error}") from error
        except TimeoutError as error:
            raise Unavailable(f"the client's model took longer than {PATIENCE:.0f} s") from error
        return _text(answer)


def _modern(context: Context[ReasoningBank, Any]) -> bool:
    return (context.protocol_version or "") >= MODERN


def _text(answer: CreateMessageResult) -> str:
    if answer.stop_reason == "maxTokens":
        raise Malformed("the client's model was cut off")
    blocks = answer.content if isinstance(answer.content, list) else [answer.content]
    return "\n".join(block.text for block in blocks if isinstance(block, TextContent))
