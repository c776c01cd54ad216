"""What any client can rely on, in both protocol eras, asked by a client in memory: no Node, no port, no process.

Not covered: the wire, which run.py checks with other people's clients, and what the tools learn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import jsonschema
import pytest
from mcp import MCPError
from mcp.types import PromptReference, ResourceTemplateReference, TextContent, TextResourceContents
from samples import LESSON, OTHER_STEPS, STEPS, TASK

from rb_mcp import __version__

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from conftest import Caller
    from mcp import Client

    from rb_mcp.config import Settings

pytestmark = pytest.mark.anyio

PROTOCOLS = {"auto": "2026-07-28", "legacy": "2025-11-25"}
RULE, INSTRUCTIONS, TOOL_LIST = 512, 1024, 7680
"""What hosts show at least of the instructions, what they may show, and what three tools may cost in bytes."""

TITLES = {
    "recall_strategies": "Recall strategies",
    "record_trajectory": "Record a trajectory",
    "contrast_trajectories": "Contrast attempts at one task",
}
PROMPTS = {
    "solve_with_memory",
    "judge",
    "extract_success",
    "extract_failure",
    "self_contrast",
    "self_refine",
    "best_of_n",
}
TEMPLATES = {
    "rb://{namespace}/strategies/page/{page}",
    "rb://{namespace}/strategies/{strategy_id}",
    "rb://{namespace}/experiences/{experience_id}",
}

SUCCESS: dict[str, Any] = {"trajectory": STEPS, "outcome": "success", "evidence": "41 passed"}
FAILURE: dict[str, Any] = {"trajectory": OTHER_STEPS, "outcome": "failure", "evidence": "1 failed"}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("recall_strategies", {"task": "nothing like it was ever recorded"}),
    ("record_trajectory", {"task": TASK, "trajectory": STEPS}),
    ("record_trajectory", {"task": TASK, **FAILURE}),
    ("record_trajectory", {"task": TASK, **SUCCESS, "strategies": [LESSON]}),
    ("recall_strategies", {"task": TASK, "k": 10}),
    ("contrast_trajectories", {"task": TASK, "attempts": [SUCCESS, FAILURE]}),
    (
        "contrast_trajectories",
        {"task": TASK, "attempts": [SUCCESS, FAILURE], "strategies": [LESSON], "best": "1: it works"},
    ),
]
"""In this order: between them the answers are empty, pending and full."""


@pytest.fixture
async def call(
    connect: Callable[[Settings], AbstractAsyncContextManager[Caller]], settings: Settings
) -> AsyncIterator[Caller]:
    async with connect(settings) as caller:
        yield caller


@pytest.fixture
def client(call: Caller) -> Client:
    return call.client


def nodes(schema: object) -> Iterator[dict[str, Any]]:
    """Every object inside a schema, and the schema itself."""
    if isinstance(schema, dict):
        node = cast("dict[str, Any]", schema)
        yield node
        schema = list(node.values())
    if isinstance(schema, list):
        for inner in cast("list[object]", schema):
            yield from nodes(inner)


async def test_the_server_says_who_it_is_and_speaks_the_protocol_of_the_era(client: Client, era: str) -> None:
    assert client.protocol_version == PROTOCOLS[era]
    info = client.server_info
    assert info
    assert (info.name, info.title, info.version) == ("rb-mcp", "ReasoningBank", __version__)
    offered = client.server_capabilities
    assert offered.tools
    assert offered.prompts
    assert offered.resources


async def test_the_instructions_are_short_and_begin_with_the_whole_rule(client: Client) -> None:
    instructions = client.instructions
    assert instructions
    assert len(instructions) < INSTRUCTIONS
    rule = instructions.partition("\n\n")[0]
    assert len(rule) <= RULE
    mentioned = [rule.find(word) for word in [*TITLES, "next_step"]]
    assert min(mentioned) >= 0
    assert mentioned == sorted(mentioned)


async def test_there_are_three_tools_with_fixed_names_titles_and_hints(client: Client) -> None:
    tools = (await client.list_tools()).tools
    assert {tool.name: tool.title for tool in tools} == TITLES
    for tool in tools:
        hints = tool.annotations
        assert hints
        assert hints.read_only_hint is (tool.name == "recall_strategies")
        assert (hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint) == (False, True, False)
        assert tool.description
        assert tool.output_schema


async def test_the_two_tools_of_every_task_are_always_loaded_and_the_third_is_not(client: Client) -> None:
    tools = (await client.list_tools()).tools
    loaded = {tool.name for tool in tools if tool.meta == {"anthropic/alwaysLoad": True}}
    assert loaded == {"recall_strategies", "record_trajectory"}
    assert not tools[2].meta


async def test_the_tool_list_is_small_and_its_schemas_are_plain(client: Client) -> None:
    listed = await client.list_tools()
    assert len(listed.model_dump_json(by_alias=True, exclude_none=True).encode()) < TOOL_LIST
    for tool in listed.tools:
        for node in [*nodes(tool.input_schema), *nodes(tool.output_schema)]:
            assert not {"$ref", "$defs", "anyOf", "oneOf", "allOf"} & set(node)
            assert node.get("type") != "null"
            assert not isinstance(node.get("type"), list)
        assert tool.input_schema["required"] == ["task"]


async def test_structured_content_is_what_the_output_schema_says_and_the_text_holds_it_too(
    call: Caller, client: Client
) -> None:
    schemas = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
    seen: set[str] = set()
    for tool, arguments in CALLS:
        answer = await call(tool, **arguments)
        schema = schemas[tool]
        assert schema
        jsonschema.validate(answer, schema, jsonschema.Draft202012Validator)
        assert set(answer) == set(schema["properties"])
        for part in ("recall_id", "experience_id", "text", "next_step"):
            assert answer.get(part, "") in call.text
        for strategy in answer["strategies"]:
            assert strategy["id"] in call.text
        seen.add(answer.get("status", "found" if answer.get("strategies") else "nothing"))
    assert {"nothing", "found", "distilled", "awaiting_distillation"} <= seen


async def test_every_prompt_is_given_by_its_name_with_the_material_in_it(call: Caller, client: Client) -> None:
    recorded = await call("record_trajectory", task=TASK, **SUCCESS, strategies=[LESSON])
    prompts = (await client.list_prompts()).prompts
    assert {prompt.name for prompt in prompts} == PROMPTS
    for prompt in prompts:
        assert prompt.title
        assert TASK in await prompt_text(client, prompt.name, task=TASK)
        for argument in prompt.arguments or []:
            if argument.name in {"experience_id", "experience_ids"}:
                text = await prompt_text(client, prompt.name, **{argument.name: recorded["experience_id"]})
                assert TASK in text
                assert STEPS[-1]["observation"] in text


async def prompt_text(client: Client, name: str, **arguments: str) -> str:
    (message,) = (await client.get_prompt(name, arguments)).messages
    assert message.role == "user"
    assert isinstance(message.content, TextContent)
    assert "${" not in message.content.text
    return message.content.text


async def test_every_resource_and_every_template_can_be_read(call: Caller, client: Client) -> None:
    recorded = await call("record_trajectory", task=TASK, **SUCCESS, strategies=[LESSON])
    values = {
        "namespace": "default",
        "page": "1",
        "strategy_id": recorded["strategies"][0]["id"],
        "experience_id": recorded["experience_id"],
    }
    resources = [resource.uri for resource in (await client.list_resources()).resources]
    assert resources == ["rb://bank"]
    templates = {template.uri_template for template in (await client.list_resource_templates()).resource_templates}
    assert templates == TEMPLATES
    expected = {"rb://bank": "rb://default/strategies/page/1"}
    expected |= {template.format(**values): LESSON["title"] for template in templates}
    for uri, part in expected.items():
        (content,) = (await client.read_resource(uri)).contents
        assert isinstance(content, TextResourceContents)
        assert content.mime_type == "text/markdown"
        assert part in content.text


@pytest.mark.parametrize(
    "uri",
    [
        "rb://nothing",
        "rb://default/strategies/str_0000000000000000",
        "rb://default/experiences/exp_0000000000000000",
        "rb://default/strategies/page/0",
        "rb://default/strategies/page/first",
        "rb://no%20name/strategies/page/1",
        "rb://default/experiences/..%2F..%2Fbank",
        "file:///bank.db",
        "not a uri",
    ],
)
async def test_an_unknown_resource_is_an_error_and_the_server_goes_on(client: Client, uri: str) -> None:
    with pytest.raises(MCPError) as caught:
        await client.read_resource(uri)
    assert caught.value.error.code == -32602
    assert (await client.read_resource("rb://bank")).contents


async def test_an_unknown_tool_is_an_error_that_names_it_and_the_server_goes_on(call: Caller) -> None:
    assert "forget_everything" in await call.refused("forget_everything")
    assert await call("recall_strategies", task=TASK)


async def test_a_missing_argument_is_an_answer_that_names_it(call: Caller) -> None:
    assert (await call.refused("record_trajectory", outcome="success")).startswith("task: ")


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("no_such_prompt", {}, "no_such_prompt"),
        ("solve_with_memory", {}, "task: it is missing"),
        ("solve_with_memory", {"task": " "}, "task: it is empty"),
        ("judge", {"experience_id": "exp_0000000000000000"}, "experience_id"),
        ("judge", {"transcript": "x"}, "transcript"),
    ],
)
async def test_a_prompt_that_cannot_be_given_is_refused_in_a_sentence_and_the_server_goes_on(
    client: Client, name: str, arguments: dict[str, str], said: str
) -> None:
    with pytest.raises(MCPError) as caught:
        await client.get_prompt(name, arguments)
    assert caught.value.error.code == -32602
    assert said in caught.value.error.message
    assert (await client.get_prompt("judge")).messages


async def test_ids_and_namespaces_are_completed(call: Caller, client: Client) -> None:
    recorded = await call("record_trajectory", task=TASK, **SUCCESS, strategies=[LESSON])
    prompt = PromptReference(name="judge")
    template = ResourceTemplateReference(uri="rb://{namespace}/strategies/{strategy_id}")
    for ref, name, begun, expected in (
        (prompt, "experience_id", "exp_", recorded["experience_id"]),
        (template, "strategy_id", "", recorded["strategies"][0]["id"]),
        (template, "namespace", "def", "default"),
    ):
        found = await client.complete(ref, {"name": name, "value": begun})
        assert found.completion.values == [expected]
    assert (await client.complete(prompt, {"name": "task", "value": "x"})).completion.values == []
