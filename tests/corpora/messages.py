"""What no client should send, and what it is answered: lines of stdin, and requests over HTTP.

`META` stands for what the era of the connection wants in `_meta`, `ID` for an id of the case's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

PARSE, INVALID, UNKNOWN, PARAMS, VERSION = -32700, -32600, -32601, -32602, -32022
RESULT = 0
"""Stands for an answer that is no error of the protocol; a tool may still have refused."""

OWN = "ID"
"""Stands for the id of the case."""

ENVELOPE: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
METAS: dict[str, dict[str, Any]] = {"2025-11-25": {}, "2026-07-28": ENVELOPE}


@dataclass(frozen=True)
class Line:
    """A line, and its answers: the id and the code of each."""

    name: str
    sent: bytes
    answers: tuple[tuple[Any, int], ...] = ()
    eras: tuple[str, ...] = tuple(METAS)

    def bytes(self, era: str, id_: int) -> bytes:
        """Return what is sent in an era."""
        return self.sent.replace(b"META", json.dumps(METAS[era]).encode()).replace(b'"ID"', str(id_).encode())


def _no_json(name: str, sent: bytes) -> Line:
    return Line(name, sent, ((None, PARSE),))


def _nobodys(name: str, sent: bytes, code: int = INVALID) -> Line:
    return Line(name, sent, ((None, code),))


def _own(name: str, sent: bytes, code: int, *eras: str) -> Line:
    return Line(name, sent, ((OWN, code),), eras or tuple(METAS))


def _call(name: str, method: str, params: str, code: int, *eras: str) -> Line:
    more = f", {params}" if params else ""
    text = f'{{"jsonrpc":"2.0","id":"ID","method":"{method}","params":{{"_meta":META{more}}}}}'
    return Line(name, text.encode("utf-8", "surrogateescape"), ((OWN, code),), eras or tuple(METAS))


def _list(id_: str) -> bytes:
    return f'{{"jsonrpc":"2.0","id":{id_},"method":"tools/list","params":{{"_meta":META}}}}'.encode()


def _said(params: str) -> bytes:
    return f'{{"jsonrpc":"2.0","method":"notifications/{params}}}'.encode()


def _with_id(name: str, text: str) -> Line:
    return Line(name, _list(text), ((json.loads(text), RESULT),))


def _recalled(name: str, task: bytes, code: int = RESULT) -> Line:
    head = b'{"jsonrpc":"2.0","id":"ID","method":"tools/call","params":{"_meta":META,"name":"recall_strategies",'
    return Line(name, head + b'"arguments":{"task":' + task + b"}}}", ((OWN, code),))


LEGACY, MODERN = METAS
DEEP = 100_000

ENVELOPES = [
    _no_json("a word", b"hello"),
    _no_json("half a message", b'{"jsonrpc":"2.0","id":1,"method"'),
    _no_json("single quotes", b"{'jsonrpc':'2.0','id':1,'method':'ping'}"),
    _no_json("a comma too many", b'{"jsonrpc":"2.0","id":1,"method":"ping",}'),
    _no_json("two messages on a line", b'{"jsonrpc":"2.0","id":1,"method":"ping"} {"id":2}'),
    _no_json("a comment", b'{"jsonrpc":"2.0","id":1,"method":"ping"} // please'),
    _no_json("a NUL byte", b"\0"),
    _no_json("a NUL byte in a text", b'{"jsonrpc":"2.0","id":1,"method":"pi\0ng"}'),
    _no_json("a bell in a text", b'{"jsonrpc":"2.0","id":1,"method":"pi\7ng"}'),
    _no_json("UTF-16", '{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-16")),
    _no_json("random bytes", bytes(set(range(256)) - {10, 13})),
    _no_json("half an escape", b'{"jsonrpc":"2.0","id":1,"method":"\\u12"}'),
    _no_json("half an emoji in what is no JSON", b'{"method":"\\ud83d"'),
    _no_json("lists in lists", b'{"params":' + b"[" * DEEP + b"]" * DEEP + b"}"),
    _no_json("objects in objects", b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    _no_json("objects never closed", b'{"a":' * DEEP),
    _no_json("half an emoji, deep down", b'{"a":' * DEEP + b'"\\ud83d"' + b"}" * DEEP),
    _no_json("NaN", b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"k":NaN}}'),
    _no_json("Infinity", b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"k":Infinity}}'),
    _no_json("minus Infinity", b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"k":-Infinity}}'),
    _no_json("a number of 5000 digits", b'{"jsonrpc":"2.0","id":' + b"9" * 5_000 + b',"method":"ping"}'),
    _no_json("hexadecimal", b'{"jsonrpc":"2.0","id":0x10,"method":"ping"}'),
    _nobodys("a batch", b'[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]'),
    _nobodys("an empty batch", b"[]"),
    _nobodys("half a batch", b'[{"jsonrpc":"2.0"'),
    _nobodys("a batch of batches", b"[" * DEEP),
    _nobodys("null", b"null"),
    _nobodys("true", b"true"),
    _nobodys("a number", b"42"),
    _nobodys("a text", b'"ping"'),
    _nobodys("nothing in it", b"{}"),
    _nobodys("no method, no id", b'{"jsonrpc":"2.0","params":{}}'),
    _own("an id and nothing else", b'{"jsonrpc":"2.0","id":"ID"}', INVALID),
    _own("no version", b'{"id":"ID","method":"ping"}', INVALID),
    _own("version 1.0", b'{"jsonrpc":"1.0","id":"ID","method":"ping"}', INVALID),
    _own("version as a number", b'{"jsonrpc":2.0,"id":"ID","method":"ping"}', INVALID),
    _own("version null", b'{"jsonrpc":null,"id":"ID","method":"ping"}', INVALID),
    _own("version as a list", b'{"jsonrpc":["2.0"],"id":"ID","method":"ping"}', INVALID),
    _own("method as a number", b'{"jsonrpc":"2.0","id":"ID","method":1}', INVALID),
    _own("method null", b'{"jsonrpc":"2.0","id":"ID","method":null}', INVALID),
    _own("method as an object", b'{"jsonrpc":"2.0","id":"ID","method":{}}', INVALID),
    _nobodys("id null", b'{"jsonrpc":"2.0","id":null,"method":"ping"}'),
    _nobodys("id true", b'{"jsonrpc":"2.0","id":true,"method":"ping"}'),
    _nobodys("id 1.5", b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}'),
    _nobodys("id beyond every number", b'{"jsonrpc":"2.0","id":1e999,"method":"ping"}'),
    _nobodys("id as a list", b'{"jsonrpc":"2.0","id":[1],"method":"ping"}'),
    _nobodys("id as an object", b'{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}'),
    _own("params as a list", b'{"jsonrpc":"2.0","id":"ID","method":"tools/list","params":[]}', PARAMS),
    _own("params as a text", b'{"jsonrpc":"2.0","id":"ID","method":"tools/list","params":"a"}', PARAMS),
    _own("params as a number", b'{"jsonrpc":"2.0","id":"ID","method":"tools/list","params":7}', PARAMS),
    _own("params false", b'{"jsonrpc":"2.0","id":"ID","method":"tools/list","params":false}', PARAMS),
    _nobodys("a notification without a version", b'{"method":"notifications/initialized"}'),
    _nobodys("a notification with a list", _said('initialized","params":[]'), PARAMS),
    _nobodys("an error that is a text", b'{"jsonrpc":"2.0","id":77,"error":"no"}'),
    _nobodys("an error without a code", b'{"jsonrpc":"2.0","id":77,"error":{"message":"no"}}'),
    _nobodys("a result that is a list", b'{"jsonrpc":"2.0","id":77,"result":[]}'),
    _nobodys("a result without a version", b'{"id":77,"result":{}}'),
    _nobodys("a result under no id", b'{"jsonrpc":"2.0","id":null,"result":{}}'),
]
"""What is no message in any era and over any transport."""

LINES = [
    *ENVELOPES,
    Line("an empty line", b""),
    Line("spaces", b"  \t "),
    Line("a carriage return", b"\r"),
    Line("a key twice: the last counts", _list('1,"id":4711'), ((4711, RESULT),)),
    Line("one id twice", _list('"ID"') + b"\n" + _list('"ID"'), ((OWN, RESULT), (OWN, RESULT))),
    Line("a byte order mark", b"\xef\xbb\xbf" + _list('"ID"'), ((OWN, RESULT),)),
    Line("CRLF", _list('"ID"') + b"\r", ((OWN, RESULT),)),
    Line("spaces around", b" \t" + _list('"ID"') + b" \t ", ((OWN, RESULT),)),
    Line("members nobody knows", _list('"ID","x":{"y":[1]}'), ((OWN, RESULT),)),
    _with_id("id 0", "0"),
    _with_id("id -7", "-7"),
    _with_id("id of 400 digits", "9" * 400),
    _with_id("id empty", '""'),
    _with_id("id of 10,000 characters", json.dumps("x" * 10_000)),
    _with_id("id with line breaks and quotes", json.dumps('a\n"b"\\\0\u2028👩‍💻')),
    Line("half an emoji for an id", _list('"\\ud83d"'), (("\ufffd", RESULT),)),
    _recalled("half an emoji in a text", b'"cut \\ud83d"'),
    _recalled("the other half", b'"cut \\ude00"'),
    _recalled("bytes that are not UTF-8", b'"cut \xf0\x9f\x92 \xff"'),
    _recalled("an escaped NUL", b'"a\\u0000b"'),
    _recalled("a task of lists in lists", b"[" * 150 + b"]" * 150),
    _recalled("a number beyond every number", b'"t","k":1e999'),
    _recalled("a number of 400 digits", b'"t","k":' + b"9" * 400),
    _recalled("ten thousand arguments", b'"t",' + b",".join(b'"a%d":1' % n for n in range(10_000))),
    _call("a method nobody knows", "memory/erase", "", UNKNOWN),
    _call("a method of a million letters", "x" * 1_000_000, "", UNKNOWN),
    _call("a method with half an emoji", "\\ud83d", "", UNKNOWN),
    _call("a method with nothing in it", "", "", UNKNOWN),
    _call("a notification with an id", "notifications/cancelled", '"requestId":1', UNKNOWN),
    _call("a call of no tool", "tools/call", "", PARAMS),
    _call("a call of a number", "tools/call", '"name":7', PARAMS),
    _call("a call with a list", "tools/call", '"name":"recall_strategies","arguments":["a"]', PARAMS),
    _call("a call with a text", "tools/call", '"name":"recall_strategies","arguments":"a"', PARAMS),
    _call("a call with null", "tools/call", '"name":"recall_strategies","arguments":null', RESULT),
    _call("a call of a tool nobody knows", "tools/call", '"name":"erase_everything","arguments":{}', RESULT),
    _call("a cursor that is a number", "tools/list", '"cursor":5', PARAMS),
    _call("a resource that is a number", "resources/read", '"uri":7', PARAMS),
    _call("a resource nobody knows", "resources/read", '"uri":"rb://x/y/z"', PARAMS),
    _call("a resource that is a path", "resources/read", '"uri":"file:///etc/passwd"', PARAMS),
    _call("a resource that climbs", "resources/read", '"uri":"rb://../experiences/%2e%2e%2fx"', PARAMS),
    _call("a resource that is no address", "resources/read", '"uri":"\\u0000"', PARAMS),
    _call("a prompt nobody knows", "prompts/get", '"name":"erase"', PARAMS),
    _call("a prompt without its task", "prompts/get", '"name":"solve_with_memory"', PARAMS),
    _call("a prompt with a number", "prompts/get", '"name":"judge","arguments":{"task":7}', PARAMS),
    _call("a completion of nothing", "completion/complete", "", PARAMS),
    _call("a completion of a list", "completion/complete", '"ref":[],"argument":{}', PARAMS),
    Line("_meta as a text", _list('"ID"').replace(b"META", b'"x"'), ((OWN, PARAMS),)),
    Line("_meta as a list", _list('"ID"').replace(b"META", b"[1]"), ((OWN, PARAMS),)),
    *[
        Line(
            f"a progress token {token}",
            _list('"ID"').replace(b"META", b'{"progressToken":%s}' % token.encode()),
            ((OWN, code),),
            (LEGACY,),
        )
        for token, code in [("[]", PARAMS), ("{}", PARAMS), ("1.5", PARAMS), ("null", PARAMS), ("9" * 50, RESULT)]
    ],
    Line(
        "params null", b'{"jsonrpc":"2.0","id":"ID","method":"tools/list","params":null}', ((OWN, RESULT),), (LEGACY,)
    ),
    _call(
        "a second handshake",
        "initialize",
        '"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}',
        RESULT,
        LEGACY,
    ),
    _call(
        "a version of 1999",
        "initialize",
        '"protocolVersion":"1999-01-01","capabilities":{},"clientInfo":{"name":"a","version":"1"}',
        RESULT,
        LEGACY,
    ),
    _call("a version that is a number", "initialize", '"protocolVersion":1,"capabilities":{}', PARAMS, LEGACY),
    _call("a handshake without anything", "initialize", "", PARAMS, LEGACY),
    _call("a handshake where there is none", "initialize", '"protocolVersion":"2025-06-18"', VERSION, MODERN),
    Line("the other era", _list('"ID"').replace(b"META", json.dumps(ENVELOPE).encode()), ((OWN, INVALID),), (LEGACY,)),
    Line("no envelope", _list('"ID"').replace(b"META", b"{}"), ((OWN, PARAMS),), (MODERN,)),
    Line(
        "an envelope of 1999",
        _list('"ID"').replace(b"META", json.dumps(ENVELOPE).encode()).replace(b"2026-07-28", b"1999-01-01"),
        ((OWN, VERSION),),
        (MODERN,),
    ),
    Line("cancelling nobody's request", _said('cancelled","params":{"requestId":987654}')),
    Line("cancelling without an id", _said('cancelled","params":{}')),
    Line("cancelling a list", _said('cancelled","params":{"requestId":[1]}')),
    Line("progress of nothing", _said('progress","params":{"progressToken":true,"progress":"half"}')),
    Line("a notification nobody knows", _said('erased"')),
    Line("ready twice", _said('initialized"') + b"\n" + _said('initialized"')),
    Line("an answer to nothing", b'{"jsonrpc":"2.0","id":987654,"result":{}}'),
    Line("an error to nothing", b'{"jsonrpc":"2.0","id":987654,"error":{"code":1,"message":"x"}}'),
    Line("an error under no id", b'{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}'),
]
"""What is sent on stdin, a case a line or two."""
