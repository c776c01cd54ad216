"""What is sent for vectors, and what is made of the replies; the promises of all embedders are in their own suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from providers.services import KEY
from wire import Answer, Wire

from rb_mcp.errors import ConfigurationError, Malformed, ProviderError, Unavailable
from rb_mcp.protocols import Embedder
from rb_mcp.providers import open_embedder
from rb_mcp.providers.google import GoogleAccount
from rb_mcp.providers.google_embedder import GeminiEmbedder
from rb_mcp.providers.openai import OpenAIEmbedder

pytestmark = pytest.mark.anyio


def google(url: str, model: str = "gemini-embedding-001@3") -> Embedder:
    return open_embedder(f"google:{model}", {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": url})


def openai(url: str, model: str = "local@3") -> Embedder:
    return open_embedder(f"openai:{model}", {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{url}/v1"})


def test_both_are_embedders() -> None:
    both: list[Embedder] = [OpenAIEmbedder("m@3", api_key="k"), GeminiEmbedder(account=GoogleAccount(api_key="k"))]
    assert [embedder.dimensions for embedder in both] == [3, 768]


def google_rows(rows: list[Any]) -> Any:
    return {"embeddings": [{"values": row} for row in rows]}


def openai_rows(rows: list[Any]) -> Any:
    return {"data": [{"index": place, "embedding": row} for place, row in enumerate(rows)]}


BOTH = pytest.mark.parametrize(
    ("make", "says"), [pytest.param(google, google_rows, id="google"), pytest.param(openai, openai_rows, id="openai")]
)
Make = Callable[[str], Embedder]
Says = Callable[[list[Any]], Any]


@BOTH
async def test_vectors_come_in_order_and_with_length_one(wire: Wire, make: Make, says: Says) -> None:
    wire.answer(Answer(says([[3, 0, 4], [0, -2, 0]])))
    embedder = make(wire.url)
    vectors = await embedder.embed(["a", "b"])
    assert [list(vector.values) for vector in vectors] == [pytest.approx([0.6, 0, 0.8]), [0, -1, 0]]
    assert {vector.embedder for vector in vectors} == {embedder.name}
    assert embedder.dimensions == 3
    mean, deviation = embedder.background.mean, embedder.background.deviation
    assert 0 < deviation < mean < 0.5


@BOTH
async def test_no_text_is_no_request(wire: Wire, make: Make, says: Says) -> None:
    wire.answer(Answer(says([])))
    assert await make(wire.url).embed([]) == []
    assert wire.requests == []


@BOTH
async def test_many_texts_go_in_requests_of_a_hundred(wire: Wire, make: Make, says: Says) -> None:
    wire.answer(Answer(says([[1, 0, 0]] * 100)), Answer(says([[0, 1, 0]] * 20)))
    vectors = await make(wire.url).embed(["text"] * 120)
    assert [vector.values[0] for vector in vectors] == [1] * 100 + [0] * 20
    assert len(wire.requests) == 2


@BOTH
async def test_long_empty_and_broken_texts_can_be_sent(wire: Wire, make: Make, says: Says) -> None:
    wire.answer(Answer(says([[1, 0, 0]] * 3)))
    await make(wire.url).embed(["word " * 3_000, "  ", "half \ud800"])
    sent = str(wire.requests[0].body)
    assert len(sent) < 3_000
    assert "'.'" in sent
    assert "half ?" in sent


@BOTH
async def test_one_vector_for_all_texts_is_malformed(wire: Wire, make: Make, says: Says) -> None:
    wire.answer(Answer(says([[1, 0, 0]])))
    with pytest.raises(Malformed, match="1 vectors for 2 texts"):
        await make(wire.url).embed(["a", "b"])


@BOTH
@pytest.mark.parametrize("row", [[0, 0, 0], [1.5e308] * 3, [float("nan"), 0, 1]])
async def test_a_vector_without_a_direction_is_malformed(wire: Wire, make: Make, says: Says, row: list[float]) -> None:
    wire.answer(Answer(says([row])))
    with pytest.raises(Malformed, match="no direction"):
        await make(wire.url).embed(["a"])


async def test_a_number_no_vector_can_hold_is_malformed(wire: Wire) -> None:
    wire.answer(Answer(openai_rows([[10**400, 0, 0]])))
    with pytest.raises(Malformed, match="numbers too large"):
        await openai(wire.url).embed(["a"])


@BOTH
async def test_a_vector_of_another_length_says_what_to_set(wire: Wire, make: Make, says: Says) -> None:
    wire.answer(Answer(says([[1, 0, 0, 0]])))
    with pytest.raises(Malformed, match="RB_MCP_EMBEDDER may say how many there are, as in model@4"):
        await make(wire.url).embed(["a"])


@BOTH
@pytest.mark.parametrize("body", ["<html>Sign in</html>", '{"embeddings": [{"val', "[]", "{}", "", '{"data": 3}'])
async def test_a_reply_without_vectors_is_malformed(wire: Wire, make: Make, says: Says, body: str) -> None:
    assert says
    wire.answer(Answer(body))
    with pytest.raises(Malformed):
        await make(wire.url).embed(["a"])


@BOTH
async def test_failures_are_those_of_a_model(wire: Wire, make: Make, says: Says) -> None:
    assert says
    wire.answer(Answer({"error": {"message": "busy"}}, 429, {"Retry-After": "3"}))
    with pytest.raises(Unavailable) as raised:
        await make(wire.url).embed(["a"])
    assert raised.value.retry_after == 3
    wire.answer(Answer({"error": {"message": "no such model"}}, 404))
    with pytest.raises(ProviderError, match="set RB_MCP_EMBEDDER to a model it has"):
        await make(wire.url).embed(["a"])
    wire.answer(Answer("", cut=True))
    with pytest.raises(Unavailable):
        await make(wire.url).embed(["a"])


async def test_gemini_embedding_001_is_told_by_task_type_what_a_text_is_for(wire: Wire) -> None:
    wire.answer(Answer(google_rows([[1, 0, 0]] * 2)))
    embedder = google(wire.url)
    assert embedder.name == "google:gemini-embedding-001@3"
    await embedder.embed(["a", "b"])
    await embedder.embed(["a", "b"], purpose="query")
    await embedder.embed(["a", "b"], purpose="fragment")
    for request, task in zip(wire.requests, ("RETRIEVAL_DOCUMENT", "RETRIEVAL_QUERY", "RETRIEVAL_QUERY"), strict=True):
        assert request.path == "/v1/models/gemini-embedding-001:batchEmbedContents"
        assert request.headers["x-goog-api-key"] == KEY
        assert [part["content"]["parts"] for part in request.body["requests"]] == [[{"text": "a"}], [{"text": "b"}]]
        assert {part["taskType"] for part in request.body["requests"]} == {task}
        assert {part["outputDimensionality"] for part in request.body["requests"]} == {3}


async def test_gemini_embedding_2_is_told_in_words_and_given_one_content_a_text(wire: Wire) -> None:
    wire.answer(Answer(google_rows([[1, 0, 0]] * 2)))
    embedder = google(wire.url, "gemini-embedding-2@3")
    await embedder.embed(["a", "b"])
    await embedder.embed(["a", "b"], purpose="query")
    sent = [[part["content"]["parts"] for part in request.body["requests"]] for request in wire.requests]
    assert sent[0] == [[{"text": "title: none | text: a"}], [{"text": "title: none | text: b"}]]
    assert sent[1] == [[{"text": "task: search result | query: a"}], [{"text": "task: search result | query: b"}]]
    assert "taskType" not in str(wire.requests[0].body)


async def test_an_openai_server_is_sent_texts_and_dimensions_only_where_they_can_be_chosen(wire: Wire) -> None:
    wire.answer(Answer(openai_rows([[1, 0, 0]])))
    await openai(wire.url).embed(["a"], purpose="query")
    await openai(wire.url, "text-embedding-3-small@3").embed(["a"])
    assert [request.body for request in wire.requests] == [
        {"model": "local", "input": ["a"]},
        {"model": "text-embedding-3-small", "input": ["a"], "dimensions": 3},
    ]
    assert wire.requests[0].path == "/v1/embeddings"
    assert wire.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_rows_are_put_in_the_order_they_are_numbered(wire: Wire) -> None:
    rows = [{"index": 1, "embedding": [0, 1, 0]}, {"index": 0, "embedding": [1, 0, 0]}]
    wire.answer(Answer({"data": rows}))
    vectors = await openai(wire.url).embed(["a", "b"])
    assert [vector.values[0] for vector in vectors] == [1, 0]


def test_a_setting_opens_the_embedder_it_names() -> None:
    environ = {"GEMINI_API_KEY": "k", "OPENAI_API_KEY": "k"}
    assert open_embedder("google", environ).name == "google:gemini-embedding-001@768"
    assert open_embedder("google:gemini-embedding-2@3072", environ).dimensions == 3072
    assert open_embedder("openai:text-embedding-3-small", environ).dimensions == 1536
    assert open_embedder("openai:org/model:latest@1024", environ).name == "openai:org/model:latest@1024"
    for setting in ("openai", "openai:nomic-embed-text", "openai:nomic-embed-text@many", "openai:@768"):
        with pytest.raises(ConfigurationError, match="openai:nomic-embed-text@768"):
            open_embedder(setting, environ)
    with pytest.raises(ConfigurationError, match="gemini-embedding-001@768"):
        open_embedder("google:gemini-embedding-001@many", environ)
    with pytest.raises(ConfigurationError, match="RB_MCP_EMBEDDER is 'use:large'"):
        open_embedder("use:large")
    for name, variable in (("google", "GEMINI_API_KEY"), ("openai:m@3", "OPENAI_API_KEY")):
        with pytest.raises(ConfigurationError, match=f"{variable} is not set"):
            open_embedder(name)
