"""What every model promises, against the real SDKs and a server on the loopback."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import anyio
import pytest
from providers.services import ANTHROPIC, GOOGLE, KEY, OPENAI, SERVICES, Service
from wire import Answer, Wire, served

from rb_mcp.errors import ConfigurationError, Malformed, ProviderError, Refused, Unavailable
from rb_mcp.providers import MODELS, model_in_environ, open_model
from rb_mcp.providers.endpoint import LONGEST_WAIT, asked_wait
from rb_mcp.work import Prompt

pytestmark = pytest.mark.anyio

PROMPT = Prompt("You judge.", "Was it done?")


@pytest.fixture(params=SERVICES, ids=lambda service: service.name.partition(":")[0])
def service(request: pytest.FixtureRequest) -> Service:
    return request.param


async def test_a_reply_is_its_text(service: Service, wire: Wire) -> None:
    wire.answer(Answer(service.says("it was")))
    model = service.make(wire.url)
    assert model.name == service.name
    assert await model.complete(PROMPT) == "it was"
    [request] = wire.requests
    assert request.path == service.path
    name, value = service.key_header
    assert request.headers[name] == value
    assert "temperature" not in str(request.body)


async def test_half_a_character_in_a_prompt_is_sent_as_a_question_mark(service: Service, wire: Wire) -> None:
    wire.answer(Answer(service.says("yes")))
    await service.make(wire.url).complete(Prompt("a\ud800", "b\ud800"))
    assert "b?" in str(wire.requests[0].body)


async def test_a_prompt_of_one_part_is_what_the_user_says(service: Service, wire: Wire) -> None:
    wire.answer(Answer(service.says("yes")))
    model = service.make(wire.url)
    await model.complete(Prompt("all of it", ""))
    await model.complete(Prompt("", "all of it"))
    assert wire.requests[0].body == wire.requests[1].body
    assert "system" not in str(wire.requests[0].body)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_a_service_that_cannot_answer_now_is_asked_once(service: Service, wire: Wire, status: int) -> None:
    wire.answer(Answer(service.rejection("busy"), status, {"Retry-After": "7"}))
    with pytest.raises(Unavailable, match=rf"{service.name} answered {status} \(busy\)") as raised:
        await service.make(wire.url).complete(PROMPT)
    assert raised.value.retry_after == 7
    assert len(wire.requests) == 1


async def test_a_gateway_that_answers_with_a_page_is_unavailable(service: Service, wire: Wire) -> None:
    wire.answer(Answer("<html><h1>502 Bad Gateway</h1></html>", 502))
    with pytest.raises(Unavailable, match="502") as raised:
        await service.make(wire.url).complete(PROMPT)
    assert raised.value.retry_after is None


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "trying again does not mend this"),
        (401, "set {key} to a valid key"),
        (402, "no credit left"),
        (403, "the key in {key} may not use this model"),
        (404, "set RB_MCP_MODEL to a model it has, and check {url}"),
        (413, "the prompt is longer than it takes"),
        (422, "trying again does not mend this"),
        (501, "trying again does not mend this"),
    ],
)
async def test_a_rejection_says_what_to_do(service: Service, wire: Wire, status: int, advice: str) -> None:
    wire.answer(Answer(service.rejection("it will not do"), status))
    with pytest.raises(ProviderError) as raised:
        await service.make(wire.url).complete(PROMPT)
    assert type(raised.value) is ProviderError
    assert f"answered {status} (it will not do): " in str(raised.value)
    assert advice.format(key=service.key_variable, url=service.url_variable) in str(raised.value)
    assert len(wire.requests) == 1


async def test_a_bad_key_is_one_whatever_the_status(service: Service, wire: Wire) -> None:
    wire.answer(Answer(service.rejection("API key not valid. Please pass a valid API key."), 400))
    with pytest.raises(ProviderError, match=f"set {service.key_variable} to a valid key"):
        await service.make(wire.url).complete(PROMPT)


async def test_an_error_never_repeats_the_key(service: Service, wire: Wire) -> None:
    wire.answer(Answer(service.rejection(f"there is no key\n {KEY} here"), 401))
    with pytest.raises(ProviderError) as raised:
        await service.make(wire.url).complete(PROMPT)
    assert KEY not in str(raised.value)
    assert "there is no key [key] here" in str(raised.value)


async def test_a_server_that_moved_is_not_followed(service: Service, wire: Wire) -> None:
    with served() as elsewhere:
        elsewhere.answer(Answer(service.says("give me more")))
        wire.answer(Answer("", 307, {"Location": elsewhere.url}))
        with pytest.raises(ProviderError, match=f"answered 307.*: set {service.url_variable} to where it is now"):
            await service.make(wire.url).complete(PROMPT)
        assert elsewhere.requests == []


async def test_a_refusal_is_told_apart(service: Service, wire: Wire) -> None:
    for refusal in service.refusals:
        wire.answer(Answer(refusal))
        with pytest.raises(Refused, match=f"{service.name} declined"):
            await service.make(wire.url).complete(PROMPT)


async def test_half_an_answer_is_malformed(service: Service, wire: Wire) -> None:
    wire.answer(Answer(service.cut_off))
    with pytest.raises(Malformed, match="was cut off"):
        await service.make(wire.url).complete(PROMPT)


async def test_an_answer_without_a_text_is_malformed(service: Service, wire: Wire) -> None:
    for empty in service.empty:
        wire.answer(Answer(empty))
        with pytest.raises(Malformed, match="without a text"):
            await service.make(wire.url).complete(PROMPT)


@pytest.mark.parametrize(
    "body", ["<html>Sign in</html>", '{"content": [{"type": "te', "", "[]", '"text"', "null", "[" * 100_000, "\x00"]
)
async def test_a_reply_that_is_no_reply_is_malformed(service: Service, wire: Wire, body: str) -> None:
    wire.answer(Answer(body))
    with pytest.raises(Malformed, match="JSON"):
        await service.make(wire.url).complete(PROMPT)


async def test_a_page_that_calls_itself_json_is_malformed(service: Service, wire: Wire) -> None:
    wire.answer(Answer("<html>Sign in</html>", headers={"Content-Type": "application/json"}))
    with pytest.raises(Malformed, match="Sign in"):
        await service.make(wire.url).complete(PROMPT)


async def test_a_connection_lost_on_the_way_is_unavailable(service: Service, wire: Wire) -> None:
    wire.answer(Answer(service.says("it was"), cut=True))
    with pytest.raises(Unavailable, match="out of reach"):
        await service.make(wire.url).complete(PROMPT)


async def test_a_server_that_is_not_there_is_unavailable(service: Service) -> None:
    with served() as gone:
        url = gone.url
    with pytest.raises(Unavailable, match="out of reach"):
        await service.make(url).complete(PROMPT)


async def test_a_call_ends_at_its_deadline(service: Service, wire: Wire) -> None:
    wire.answer(Answer(service.says("late"), delay=30))
    model = service.make(wire.url, deadline=0.3)
    started = time.monotonic()
    with pytest.raises(Unavailable, match=r"did not answer within 0\.3 seconds"):
        await model.complete(PROMPT)
    assert time.monotonic() - started < 10
    assert len(wire.requests) == 1


async def test_a_reply_that_trickles_in_ends_at_the_deadline_too(service: Service, wire: Wire) -> None:
    wire.answer(Answer(service.says("very slow"), pace=0.1))
    with pytest.raises(Unavailable, match="did not answer within 1 seconds"):
        await service.make(wire.url, deadline=1).complete(PROMPT)


async def test_a_cancelled_call_returns_promptly_and_is_no_error(service: Service, wire: Wire) -> None:
    wire.answer(Answer(service.says("first")), Answer(service.says("late"), delay=30))
    model = service.make(wire.url)
    await model.complete(PROMPT)
    started = time.monotonic()
    with anyio.move_on_after(0.3) as scope:
        await model.complete(PROMPT)
    assert scope.cancelled_caught
    assert time.monotonic() - started < 5


async def test_calls_side_by_side_do_not_disturb_one_another(service: Service, wire: Wire) -> None:
    wire.answer(Answer(service.says("yes"), delay=0.05))
    model = service.make(wire.url)
    replies: list[str] = []

    async def call() -> None:
        replies.append(await model.complete(PROMPT))

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(call)
    assert replies == ["yes"] * 5


def test_a_model_outlives_the_loop_it_was_first_used_in(service: Service, wire: Wire) -> None:
    wire.answer(Answer(service.says("yes")))
    model = service.make(wire.url)
    assert [anyio.run(model.complete, PROMPT) for _ in range(2)] == ["yes", "yes"]


@pytest.mark.parametrize("address", ["localhost:8080", "ftp://x", "http://", "http://[", "http://a:b", "http://a\nb"])
def test_an_address_that_is_none_is_named(service: Service, address: str) -> None:
    with pytest.raises(ConfigurationError, match=service.url_variable):
        open_model(f"{service.name}", {service.key_variable: KEY, service.url_variable: address})


@pytest.mark.parametrize("key", ["with\nline", "schlüssel"])
def test_a_key_that_cannot_be_sent_is_named_and_not_shown(service: Service, key: str) -> None:
    with pytest.raises(ConfigurationError, match=service.key_variable) as raised:
        open_model(service.name, {service.key_variable: key})
    assert key not in str(raised.value)


def test_a_missing_key_is_named(service: Service) -> None:
    for environ in ({}, {service.key_variable: " "}):
        with pytest.raises(ConfigurationError, match=f"{service.key_variable} is not set"):
            open_model(service.name, environ)


def test_a_key_is_taken_without_what_surrounds_it(service: Service, wire: Wire) -> None:
    wire.answer(Answer(service.says("yes")))
    url = wire.url + ("/v1/" if service is OPENAI else "/")
    model = open_model(service.name, {service.key_variable: f" {KEY}\n", service.url_variable: url})
    assert anyio.run(model.complete, PROMPT) == "yes"
    assert wire.requests[0].headers[service.key_header[0]] == service.key_header[1]
    assert wire.requests[0].path == service.path


@pytest.mark.parametrize(("name", "module"), [("anthropic", "anthropic"), ("google", "google.genai")])
def test_a_missing_sdk_is_named_with_the_command_that_installs_it(
    name: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError, match=rf"pip install 'rb-mcp\[{name}\]'"):
        open_model(name, {"ANTHROPIC_API_KEY": KEY, "GEMINI_API_KEY": KEY})


@pytest.mark.parametrize("service", [ANTHROPIC, GOOGLE], ids=["anthropic", "google"])
async def test_an_sdk_that_is_broken_is_a_provider_that_cannot(
    service: Service, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = service.make(wire.url)
    for module in ("anthropic", "google.genai"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delattr("google.genai", raising=False)
    with pytest.raises(ProviderError, match="cannot be loaded"):
        await model.complete(PROMPT)


def test_no_sdk_is_imported_before_the_first_call() -> None:
    program = (
        "import sys; from rb_mcp.providers import MODELS, open_model, open_embedder\n"
        "environ = {'ANTHROPIC_API_KEY': 'k', 'GEMINI_API_KEY': 'k', 'OPENAI_API_KEY': 'k'}\n"
        "for name in MODELS: open_model(name + ':model', environ)\n"
        "open_embedder('google', environ); open_embedder('openai:m@3', environ)\n"
        "assert not {'anthropic', 'google.genai', 'google.auth', 'openai'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_setting_opens_the_model_it_names() -> None:
    environ = {"ANTHROPIC_API_KEY": "k", "GOOGLE_API_KEY": "k", "OPENAI_API_KEY": "k"}
    assert open_model("anthropic", environ).name == "anthropic:claude-haiku-5-5"
    assert open_model("anthropic:claude-opus-5-5", environ).name == "anthropic:claude-opus-5-5"
    assert open_model("google", environ).name == "google:gemini-3.8-flash"
    assert open_model("openai:qwen2.5:0.5b", environ).name == "openai:qwen2.5:0.5b"
    with pytest.raises(ConfigurationError, match="RB_MCP_MODEL names no model"):
        open_model("openai", environ)
    for setting in ("", "claude-haiku-5-5", "mistral:large"):
        with pytest.raises(ConfigurationError, match="it starts with one of anthropic, google, openai"):
            open_model(setting, environ)


def test_the_environment_says_whose_key_there_is() -> None:
    assert list(MODELS) == ["anthropic", "google", "openai"]
    assert model_in_environ({}) == ""
    assert model_in_environ({"ANTHROPIC_API_KEY": " ", "OPENAI_API_KEY": ""}) == ""
    assert model_in_environ({"ANTHROPIC_API_KEY": "k", "GEMINI_API_KEY": "k"}) == "anthropic"
    assert model_in_environ({"GEMINI_API_KEY": "k", "OPENAI_API_KEY": "k"}) == "google"
    assert model_in_environ({"GOOGLE_API_KEY": "k"}) == "google"
    assert model_in_environ({"OPENAI_API_KEY": "k"}) == "openai"
    assert model_in_environ({"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_CLOUD_PROJECT": "p"}) == "google"
    assert model_in_environ({"GOOGLE_CLOUD_PROJECT": "p"}) == ""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12),
        ("0.5", 0.5),
        ("0", 0),
        ("-3", 0),
        ("999999999", LONGEST_WAIT),
        ("inf", LONGEST_WAIT),
        ("1e400", LONGEST_WAIT),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("12 s", None),
        ("Mon, 99 Foo 2026 00:00:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0),
        ("Fri, 31 Dec 9999 23:59:59", LONGEST_WAIT),
    ],
)
def test_the_wait_a_service_asks_for_is_understood_and_capped(header: str, seconds: float | None) -> None:
    assert asked_wait({"retry-after": header}) == seconds


def test_the_wait_may_be_a_date_milliseconds_or_in_the_body() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 25 < (asked_wait({"retry-after": date}) or 0) <= 30
    assert asked_wait({"retry-after-ms": "1500", "retry-after": "2"}) == 1.5
    assert asked_wait({}, '{"error": {"details": [{"retryDelay": "17.5s"}]}}') == 17.5
    assert asked_wait({}) is None
