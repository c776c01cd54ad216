"""What no client should send over HTTP, and what it is answered: a status, and an error where JSON-RPC applies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from corpora.messages import ENVELOPE, ENVELOPES, INVALID, PARAMS, PARSE, RESULT, UNKNOWN

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
BOTH = "application/json, text/event-stream"
LIMIT = 4 << 20
MODERN = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}


@dataclass(frozen=True)
class Asked:
    """A request, and what it is answered; the code of the error where there is to be one."""

    name: str
    status: int
    code: int | None = None
    method: str = "POST"
    path: str = "/mcp"
    headers: dict[str, str | None] = field(default_factory=dict[str, str | None])
    body: bytes = PING
    chunked: bool = False
    raw: bytes = b""
    """All of it, where it is not even a request."""

    def bytes(self, port: int) -> bytes:
        """Return what goes over the wire."""
        if self.raw:
            return self.raw.replace(b"PORT", str(port).encode())
        plain: dict[str, str | None] = {
            "Host": f"127.0.0.1:{port}",
            "Content-Type": "application/json",
            "Accept": BOTH,
            "Connection": "close",
        }
        plain["Transfer-Encoding" if self.chunked else "Content-Length"] = (
            "chunked" if self.chunked else str(len(self.body))
        )
        given = {name: value for name, value in (plain | self.headers).items() if value is not None}
        head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        parts = [self.body[at : at + 65_536] for at in range(0, len(self.body), 65_536)]
        body = (
            b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
            if self.chunked
            else self.body
        )
        return f"{self.method} {self.path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def _modern(method: str, meta: object = ENVELOPE, **more: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": meta, **more}}).encode()


def _headed(name: str, status: int, code: int | None = None, **headers: str | None) -> Asked:
    return Asked(name, status, code, headers={key.replace("_", "-"): value for key, value in headers.items()})


def _raw(name: str, sent: bytes, status: int) -> Asked:
    return Asked(name, status, raw=sent)


_HEAD = (
    b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: application/json\r\nAccept: %s\r\n" % BOTH.encode()
)

REQUESTS = [
    *[
        Asked(f"body: {line.name}", 400, line.answers[0][1], body=line.sent.replace(b'"ID"', b"1"))
        for line in ENVELOPES
    ],
    # methods
    *[
        Asked(verb, 405, INVALID, verb, body=b"")
        for verb in ("GET", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "BREW")
    ],
    Asked("HEAD", 405, None, "HEAD", body=b""),
    Asked("GET for a stream", 405, INVALID, "GET", headers={"Accept": "text/event-stream"}, body=b""),
    Asked("GET to resume a stream", 405, INVALID, "GET", headers={"Last-Event-ID": "7"}, body=b""),
    Asked("DELETE of a session", 405, INVALID, "DELETE", headers={"Mcp-Session-Id": "a" * 32}, body=b""),
    # what is sent, and what is taken
    _headed("no kind", 415, INVALID, Content_Type=None),
    _headed("an empty kind", 415, INVALID, Content_Type=""),
    _headed("plain text", 415, INVALID, Content_Type="text/plain"),
    _headed("a form", 415, INVALID, Content_Type="application/x-www-form-urlencoded"),
    _headed("a form of parts", 415, INVALID, Content_Type="multipart/form-data; boundary=x"),
    _headed("JSON's cousin", 415, INVALID, Content_Type="application/jsonp"),
    _headed("two kinds", 415, INVALID, Content_Type="text/plain, application/json"),
    _headed("JSON in capitals with a charset", 200, RESULT, Content_Type="APPLICATION/JSON; charset=utf-8"),
    _headed("nothing taken", 406, INVALID, Accept=""),
    _headed("no streams taken", 406, INVALID, Accept="application/json"),
    _headed("only streams taken", 406, INVALID, Accept="text/event-stream"),
    _headed("only pages taken", 406, INVALID, Accept="text/html"),
    _headed("anything taken", 200, RESULT, Accept="*/*"),
    # who is asked for, and by whose page
    _headed("another host", 421, INVALID, Host="evil.example"),
    _headed("a host that begins like this one", 421, INVALID, Host="127.0.0.1.evil.example:80"),
    _headed("a host without a port", 421, INVALID, Host="127.0.0.1"),
    _headed("an empty host", 421, INVALID, Host=""),
    _headed("a user at a host", 421, INVALID, Host="127.0.0.1@evil.example"),
    _headed("another page", 403, INVALID, Origin="https://evil.example"),
    _headed("no page", 403, INVALID, Origin="null"),
    _headed("a file", 403, INVALID, Origin="file://"),
    _headed("a page that begins like this one", 403, INVALID, Origin="http://localhost.evil.example"),
    # paths
    *[
        Asked(f"path {path[:30]}", 404, path=path)
        for path in ("/", "/MCP", "//mcp", "/mcp/x", "/sse", "/.env", "/mcp%00")
    ],
    Asked("path with a slash", 307, path="/mcp/"),
    Asked("path that climbs", 404, path="/mcp/../../etc/passwd"),
    Asked("path of 8,000 letters", 404, path="/" + "x" * 8_000),
    Asked("path with a question", 200, RESULT, path="/mcp?a=1&a=%00"),
    # sessions, which are not kept
    *[
        _headed(f"session {name}", 200, RESULT, Mcp_Session_Id=text)
        for name, text in (("unknown", "x" * 32), ("empty", ""), ("long", "x" * 10_000), ("odd", "../\xe9\t'"))
    ],
    # eras
    _headed("a version of 1999", 400, PARAMS, MCP_Protocol_Version="1999-01-01"),
    _headed("a version that is none", 400, PARAMS, MCP_Protocol_Version="\xff latest"),
    Asked("no envelope", 400, PARAMS, headers={**MODERN}, body=_modern("tools/list", {})),
    Asked(
        "an envelope of 1999",
        400,
        None,
        headers={**MODERN},
        body=_modern("tools/list", {**ENVELOPE, next(iter(ENVELOPE)): "1999-01-01"}),
    ),
    Asked("another method in the header", 400, None, headers={**MODERN}, body=_modern("prompts/list")),
    Asked("a method nobody knows", 404, UNKNOWN, headers={**MODERN, "Mcp-Method": "x/y"}, body=_modern("x/y")),
    Asked("a method nobody knows, older", 200, UNKNOWN, body=PING.replace(b"ping", b"x/y")),
    Asked(
        "a cursor that is a number", 200, PARAMS, body=PING.replace(b'"ping"', b'"tools/list","params":{"cursor":5}')
    ),
    Asked("a notification", 202, body=b'{"jsonrpc":"2.0","method":"notifications/initialized"}'),
    Asked("an answer to nothing", 202, body=b'{"jsonrpc":"2.0","id":9,"result":{}}'),
    Asked(
        "cancelling nothing",
        202,
        body=b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":[]}}',
    ),
    Asked("half an emoji", 200, RESULT, body=b'{"jsonrpc":"2.0","id":"\\ud83d","method":"ping"}'),
    Asked("a byte order mark", 200, RESULT, body=b"\xef\xbb\xbf" + PING),
    Asked(
        "bytes that are not UTF-8",
        200,
        RESULT,
        headers={**MODERN},
        body=_modern("tools/list", x="Q").replace(b"Q", b"\xff\xf0"),
    ),
    Asked("an id of 400 digits", 200, RESULT, body=PING.replace(b"1,", b"9" * 400 + b",")),
    # sizes
    Asked("no body", 400, PARSE, body=b""),
    Asked("a body of spaces", 400, PARSE, body=b" " * 1_000),
    Asked("a body in pieces", 200, RESULT, chunked=True),
    Asked("a body packed", 400, PARSE, headers={"Content-Encoding": "gzip"}, body=b"\x1f\x8b\x08\x00abc"),
    Asked("a body too long", 413, INVALID, body=b'"' + b"x" * LIMIT + b'"'),
    Asked("a body too long, in pieces", 413, INVALID, body=b'"' + b"x" * 2 * LIMIT + b'"', chunked=True),
    _headed("a body that is promised too long", 413, INVALID, Content_Length="99999999999999"),
    Asked("lists without end", 400, INVALID, body=b"[" + b"[]," * (LIMIT // 3 - 2)),
    Asked("a line of 500,000 letters in the head", 400, headers={"X-Long": "x" * 500_000}),
    # what is no request at all
    _raw("noise", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
    _raw("a line", b"hello\r\n\r\n", 400),
    _raw("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 404),
    _raw("no host", b"POST /mcp HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", 400),
    _raw("two lengths", _HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    _raw("a length below nothing", _HEAD + b"Content-Length: -1\r\n\r\n", 400),
    _raw("a length in words", _HEAD + b"Content-Length: two\r\n\r\n{}", 400),
    _raw("a piece without a size", _HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", 400),
    _raw("a coding nobody knows", _HEAD + b"Transfer-Encoding: brotli\r\n\r\n{}", 400),
    _raw("a socket", _HEAD + b"Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\n{}", 400),
]
"""What is sent to one server."""
