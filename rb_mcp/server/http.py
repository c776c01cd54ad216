"""Streamable HTTP on this machine, with a door in front of the SDK's: what is no message gets a status and an error.

A body may have as many bytes as the longest trajectory has characters, and a little room around it: what a record
holds at most, as plain text. Reading a bad one of that size was measured to cost about 100 MB for a few seconds,
which is as much as a local client should be able to ask for; stdin takes more. Sessions are not kept, so there is
nothing that GET could stream or DELETE could end: both are answered with 405, as the protocol has it.

Not covered: authentication; see app.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from mcp.types import INVALID_REQUEST
from starlette.requests import Request
from starlette.responses import Response

from rb_mcp.server.wire import Refusal, mended, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH = "/mcp"
LOCAL = TransportSecuritySettings(
    allowed_hosts=["127.0.0.1:*", "localhost:*", "[::1]:*"],
    allowed_origins=["http://127.0.0.1:*", "http://localhost:*", "http://[::1]:*"],
)
"""Who may be asked for, and by pages of whom: this machine only."""
LONGEST_BODY = 4 << 20
_DRAINED = 16 * LONGEST_BODY
"""Bytes of a body too long that are still taken in and dropped: most clients read no answer before they have sent."""


async def serve(app: Callable[..., ASGIApp], host: str, port: int) -> None:
    """Serve the SDK's application until a signal comes.

    Raises:
        SystemExit: when the port cannot be had; the log says why.
    """
    inner = app(host=host, stateless_http=True, max_request_body_size=4 * LONGEST_BODY, transport_security=LOCAL)
    await uvicorn.Server(
        uvicorn.Config(Door(inner), host, port, log_config=None, access_log=False, ws="none", lifespan="on")
    ).serve()


class Door:
    """An ASGI application that lets only messages through to another one, at one path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._security = TransportSecurityMiddleware(LOCAL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        stranger = await self._security.validate_request(request)
        if stranger:
            said = Refusal(INVALID_REQUEST, bytes(stranger.body).decode())
            await _answer(said, stranger.status_code)(scope, receive, send)
            return
        refused = _refused_kind(request)
        if refused:
            await refused(scope, receive, send)
            return
        body = await _body(request, receive)
        if body is None:  # the client has gone
            return
        if isinstance(body, Refusal):
            await _answer(body, 413)(scope, receive, send)
            return
        found = read(body)
        if isinstance(found, Refusal):
            await _answer(found, 400)(scope, receive, send)
            return
        whole: list[Message] = [{"type": "http.request", "body": mended(body), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        kind = (b"content-type", b"application/json")  # names of kinds come in any case, and the SDK knows one
        headers = [kind if header[0] == kind[0] else header for header in scope["headers"]]
        await self._app({**scope, "headers": headers}, replay, send)


def _refused_kind(request: Request) -> Response | None:
    if request.method != "POST":
        said = Refusal(INVALID_REQUEST, f"{request.method}: only POST is served here, a message a request")
        return _answer(said, 405, Allow="POST")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return _answer(Refusal(INVALID_REQUEST, "Content-Type: send application/json"), 415)
    return None


async def _body(request: Request, receive: Receive) -> bytearray | Refusal | None:
    """Return the body, none beyond the limit held, or why it is too long; nothing when the client left."""
    body, size, more = bytearray(), 0, True
    declared = request.headers.get("content-length", "")
    while more and not (declared.isdecimal() and int(declared) > _DRAINED) and size <= _DRAINED:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(part)
        if size <= LONGEST_BODY:
            body += part
        else:
            body.clear()
    if not more and size <= LONGEST_BODY:
        return body
    return Refusal(
        INVALID_REQUEST,
        f"the body is longer than {LONGEST_BODY:,} bytes; shorten the longest observations, record each attempt on "
        "its own and contrast them by experience_ids, or connect over stdin and stdout, which takes more",
    )


def _answer(refusal: Refusal, status: int, **headers: str) -> Response:
    text = refusal.error().model_dump_json(by_alias=True, exclude_unset=True)
    return Response(text, status, headers, "application/json")
