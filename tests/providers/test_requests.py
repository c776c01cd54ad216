"""What is sent to each service, field by field, and what is learned from its rejections."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from providers.services import ANTHROPIC, GOOGLE, KEY, OPENAI, chat, claude, gemini, make_chat, make_claude, make_gemini
from wire import Answer, Wire

from rb_mcp.errors import ConfigurationError, ProviderError, Refused, Unavailable
from rb_mcp.providers import open_model
from rb_mcp.providers.openai import OpenAIModel
from rb_mcp.work import Prompt

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"items": {"type": "array", "maxItems": 3, "items": {"type": "string"}}},
    "required": ["items"],
}
PROMPT = Prompt("You judge.", "Was it done?", SCHEMA, temperature=0.0, most_tokens=700)


# Claude


async def test_claude_is_sent_a_cached_system_part_a_schema_and_no_temperature(wire: Wire) -> None:
    wire.answer(Answer(claude("{}")))
    await make_claude(wire.url).complete(PROMPT)
    [request] = wire.requests
    shape = request.body.pop("output_config")["format"]
    assert request.body == {
        "model": "claude-haiku-5-5",
        "max_tokens": 700,
        "system": [{"type": "text", "text": "You judge.", "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "Was it done?"}],
    }
    assert shape["type"] == "json_schema"
    assert request.headers["anthropic-version"] > "2026"
    assert "x-api-key" not in request.headers


async def test_claude_is_sent_only_as_much_of_a_schema_as_it_takes(wire: Wire) -> None:
    wire.answer(Answer(claude("{}")))
    await make_claude(wire.url).complete(PROMPT)
    schema = wire.requests[0].body["output_config"]["format"]["schema"]
    assert schema["additionalProperties"] is False
    assert "maxItems" not in schema["properties"]["items"]
    assert "maxItems: 3" in schema["properties"]["items"]["description"]


async def test_an_older_claude_is_sent_the_temperature_under_the_version_that_had_one(wire: Wire) -> None:
    wire.answer(Answer(claude("{}")))
    for model, temperature in (("claude-haiku-4-5", None), ("claude-new", True)):
        await make_claude(wire.url, model, temperature=temperature).complete(PROMPT)
    await make_claude(wire.url, "claude-haiku-4-5", temperature=False).complete(PROMPT)
    assert [request.body.get("temperature") for request in wire.requests] == [0.0, 0.0, None]
    assert [request.headers["anthropic-version"] == "2023-06-01" for request in wire.requests] == [True, True, False]


async def test_claude_may_be_granted_a_long_answer(wire: Wire) -> None:
    wire.answer(Answer(claude("{}")))
    await make_claude(wire.url).complete(Prompt("s", "u", most_tokens=64_000))
    assert wire.requests[0].body["max_tokens"] == 64_000


async def test_claude_is_called_with_our_key_whatever_the_environment_and_the_disk_hold(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "default.json").write_text(json.dumps({"base_url": "http://127.0.0.1:9"}))
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("ANTHROPIC_PROFILE", "default")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "another")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "another")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    wire.answer(Answer(claude("yes")))
    assert await make_claude(wire.url).complete(PROMPT) == "yes"
    assert wire.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert "another" not in str(wire.requests[0].headers)


async def test_a_long_wait_is_handed_on_and_not_slept(wire: Wire) -> None:
    for service in (ANTHROPIC, GOOGLE, OPENAI):
        wire.requests.clear()
        wire.answer(Answer(service.rejection("busy"), 429, {"Retry-After": "120", "x-should-retry": "true"}))
        with anyio.fail_after(20), pytest.raises(Unavailable) as raised:
            await service.make(wire.url).complete(PROMPT)
        assert raised.value.retry_after == 120
        assert len(wire.requests) == 1


# Gemini


async def test_gemini_is_sent_a_schema_room_to_think_and_no_temperature(wire: Wire) -> None:
    wire.answer(Answer(gemini("{}")))
    await make_gemini(wire.url).complete(PROMPT)
    [request] = wire.requests
    assert request.body["contents"] == [{"role": "user", "parts": [{"text": "Was it done?"}]}]
    assert request.body["systemInstruction"]["parts"] == [{"text": "You judge."}]
    assert request.body["generationConfig"] == {
        "maxOutputTokens": 4_700,
        "responseMimeType": "application/json",
        "responseJsonSchema": SCHEMA,
    }
    assert request.headers["x-server-timeout"] == "60", "the SDK takes milliseconds"


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("gemini-2.5-flash", True),
        ("gemini-3-pro", True),
        ("gemini-3.5-flash", True),
        ("gemini-3.6-flash", False),
        ("gemini-3.50-flash", False),
        ("gemini-4-flash", False),
    ],
)
async def test_gemini_is_sent_the_temperature_while_it_takes_one(wire: Wire, model: str, sent: bool) -> None:
    wire.answer(Answer(gemini("{}")))
    await make_gemini(wire.url, model).complete(PROMPT)
    assert ("temperature" in wire.requests[0].body["generationConfig"]) is sent


async def test_what_gemini_thought_is_not_what_it_said(wire: Wire) -> None:
    parts = [{"text": "let me see", "thought": True}, {"text": "it "}, {"text": "was"}]
    wire.answer(Answer({"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]}))
    assert await make_gemini(wire.url).complete(PROMPT) == "it was"


async def test_the_wait_gemini_asks_for_stands_in_the_body(wire: Wire) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17s"}]
    wire.answer(Answer({"error": {"code": 429, "message": "Quota exceeded", "details": details}}, 429))
    with pytest.raises(Unavailable, match="Quota exceeded") as raised:
        await make_gemini(wire.url).complete(PROMPT)
    assert raised.value.retry_after == 17


async def test_gemini_is_called_with_our_key_whatever_the_environment_holds(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in {
        "GOOGLE_API_KEY": "another",
        "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_CLOUD_PROJECT": "another",
        "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(variable, value)
    wire.answer(Answer(gemini("yes")))
    assert await make_gemini(wire.url).complete(PROMPT) == "yes"
    assert wire.requests[0].headers["x-goog-api-key"] == KEY
    assert wire.requests[0].path == GOOGLE.path


async def test_gemini_on_google_cloud_is_called_as_the_project(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("who I am")
    credentials = {
        "type": "external_account",
        "audience": "tests",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{wire.url}/token",
        "credential_source": {"file": str(tmp_path / "token")},
    }
    (tmp_path / "credentials.json").write_text(json.dumps(credentials))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "credentials.json"))
    token = {"access_token": "passed", "token_type": "Bearer", "expires_in": 3600, "issued_token_type": "t"}
    environ = {
        "GOOGLE_GENAI_USE_VERTEXAI": "True",
        "GOOGLE_CLOUD_PROJECT": "project",
        "GOOGLE_CLOUD_LOCATION": "europe-west4",
        "GOOGLE_VERTEX_BASE_URL": wire.url,
        "GEMINI_API_KEY": "not to be used",
    }
    wire.answer(Answer(token), Answer(gemini("yes")))
    model = open_model("google:gemini-3.8-flash", environ)
    assert await model.complete(PROMPT) == "yes"
    assert await model.complete(PROMPT) == "yes"
    paths = [request.path for request in wire.requests]
    place = "/v1beta1/projects/project/locations/europe-west4/publishers/google"
    assert paths == ["/token"] + [f"{place}/models/gemini-3.8-flash:generateContent"] * 2
    assert wire.requests[1].headers["authorization"] == "Bearer passed"
    assert "x-goog-api-key" not in wire.requests[1].headers


async def test_google_cloud_without_credentials_says_how_to_get_them(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    environ = {"GOOGLE_GENAI_USE_VERTEXAI": "1", "GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_VERTEX_BASE_URL": wire.url}
    with pytest.raises(ProviderError, match="gcloud auth application-default login"):
        await open_model("google", environ).complete(PROMPT)
    with pytest.raises(ConfigurationError, match="GOOGLE_CLOUD_PROJECT is not set"):
        open_model("google", {"GOOGLE_GENAI_USE_VERTEXAI": "1"})


async def test_google_cloud_takes_a_key_where_there_is_no_project(wire: Wire) -> None:
    environ = {"GOOGLE_GENAI_USE_VERTEXAI": "1", "GOOGLE_API_KEY": KEY, "GOOGLE_VERTEX_BASE_URL": wire.url}
    wire.answer(Answer(gemini("yes")))
    assert await open_model("google", environ).complete(PROMPT) == "yes"
    assert wire.requests[0].path == "/v1beta1/publishers/google/models/gemini-3.8-flash:generateContent"
    assert wire.requests[0].headers["x-goog-api-key"] == KEY


# Servers that speak OpenAI's protocol


async def test_a_chat_server_is_sent_both_parts_a_schema_and_a_temperature(wire: Wire) -> None:
    wire.answer(Answer(chat("{}")))
    await make_chat(wire.url).complete(PROMPT)
    assert wire.requests[0].body == {
        "model": "local",
        "messages": [{"role": "system", "content": "You judge."}, {"role": "user", "content": "Was it done?"}],
        "max_tokens": 700,
        "temperature": 0.0,
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}},
    }


@pytest.mark.parametrize("status", [400, 422, 500])
async def test_a_chat_server_is_asked_for_json_as_it_can_and_that_is_remembered(wire: Wire, status: int) -> None:
    no = Answer(OPENAI.rejection("'response_format.type' must be 'text'"), status)
    wire.answer(no, no, Answer(chat("yes")))
    model = make_chat(wire.url)
    assert await model.complete(PROMPT) == "yes"
    assert await model.complete(PROMPT) == "yes"
    sent = [request.body.get("response_format") for request in wire.requests]
    assert [shape and shape["type"] for shape in sent] == ["json_schema", "json_object", None, None]
    assert sent[1]["schema"] == SCHEMA


async def test_calls_side_by_side_learn_once(wire: Wire) -> None:
    no = Answer(OPENAI.rejection("no json_schema here"), 400, delay=1.0)
    wire.answer(no, no, no, Answer(chat("yes")))
    model = make_chat(wire.url)
    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(model.complete, PROMPT)
    await model.complete(PROMPT)
    kinds = [request.body["response_format"]["type"] for request in wire.requests]
    assert kinds == ["json_schema"] * 3 + ["json_object"] * 4


async def test_a_chat_server_in_trouble_is_not_asked_in_other_ways(wire: Wire) -> None:
    wire.answer(Answer(OPENAI.rejection("out of memory"), 500))
    with pytest.raises(Unavailable):
        await make_chat(wire.url).complete(PROMPT)
    assert len(wire.requests) == 1


async def test_a_chat_model_that_names_another_limit_gets_that(wire: Wire) -> None:
    said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    wire.answer(Answer(OPENAI.rejection(said), 400), Answer(chat("yes")))
    model = make_chat(wire.url)
    for _ in range(2):
        assert await model.complete(PROMPT) == "yes"
    limits = [(request.body.get("max_tokens"), request.body.get("max_completion_tokens")) for request in wire.requests]
    assert limits == [(700, None), (None, 700), (None, 700)]


async def test_a_server_of_ones_own_needs_no_key(wire: Wire) -> None:
    wire.answer(Answer(chat("yes")))
    assert await OpenAIModel("local", base_url=f"{wire.url}/v1").complete(PROMPT) == "yes"
    assert "authorization" not in wire.requests[0].headers


async def test_a_text_in_parts_is_one_text(wire: Wire) -> None:
    parts = [{"type": "text", "text": "it "}, {"type": "text", "text": "was"}]
    wire.answer(Answer({"choices": [{"message": {"content": parts}}]}))
    assert await make_chat(wire.url).complete(PROMPT) == "it was"


async def test_a_filter_in_front_of_a_chat_model_is_a_refusal(wire: Wire) -> None:
    wire.answer(Answer({"error": {"message": "filtered", "code": "content_filter"}}, 400))
    with pytest.raises(Refused, match="declined to read the prompt"):
        await make_chat(wire.url).complete(PROMPT)


# All of them

TAKES = [
    pytest.param(make_claude, claude, "`temperature` is deprecated for this model.", id="anthropic"),
    pytest.param(make_gemini, gemini, "Unsupported sampling parameter: temperature", id="google"),
]


@pytest.mark.parametrize(("make", "says", "said"), TAKES)
async def test_a_temperature_that_is_rejected_is_left_out_from_then_on(
    wire: Wire, make: Any, says: Any, said: str
) -> None:
    wire.answer(Answer({"error": {"message": said}}, 400), Answer(says("yes")))
    model = make(wire.url, temperature=True)
    for _ in range(2):
        assert await model.complete(PROMPT) == "yes"
    assert ["'temperature'" in str(request.body) for request in wire.requests] == [True, False, False]
    assert all("maxItems" in str(request.body) for request in wire.requests)


async def test_a_temperature_that_a_chat_model_rejects_is_left_out_from_then_on(wire: Wire) -> None:
    wire.answer(Answer(OPENAI.rejection("Unsupported value: 'temperature'"), 400), Answer(chat("yes")))
    model = make_chat(wire.url)
    for _ in range(2):
        assert await model.complete(PROMPT) == "yes"
    assert ["temperature" in request.body for request in wire.requests] == [True, False, False]


SHAPES = [
    pytest.param(make_claude, claude, "output_config.format: not supported by this model", id="anthropic"),
    pytest.param(make_gemini, gemini, "Invalid JSON payload: Unknown name responseJsonSchema", id="google"),
]


@pytest.mark.parametrize(("make", "says", "said"), SHAPES)
async def test_a_schema_that_is_rejected_is_left_out_from_then_on(wire: Wire, make: Any, says: Any, said: str) -> None:
    wire.answer(Answer({"error": {"message": said}}, 400), Answer(says("yes")))
    model = make(wire.url)
    for _ in range(2):
        assert await model.complete(PROMPT) == "yes"
    assert ["maxItems" in str(request.body) for request in wire.requests] == [True, False, False]
    assert "Was it done?" in str(wire.requests[-1].body)


async def test_what_was_already_left_out_is_not_a_reason_to_ask_again(wire: Wire) -> None:
    for make in (make_claude, make_gemini):
        wire.requests.clear()
        wire.answer(Answer({"error": {"message": "temperature and response_schema and output_config"}}, 400))
        with pytest.raises(ProviderError, match="trying again does not mend this"):
            await make(wire.url, temperature=True).complete(PROMPT)
        assert len(wire.requests) == 2


async def test_a_reply_that_ignores_the_schema_is_returned_as_it_is(wire: Wire) -> None:
    for service in (ANTHROPIC, GOOGLE, OPENAI):
        wire.answer(Answer(service.says("# Memory Item 1\nin words")))
        assert await service.make(wire.url).complete(PROMPT) == "# Memory Item 1\nin words"
