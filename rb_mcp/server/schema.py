"""Arguments as clients send them: plain schemas out, forgiving reading in, refusals as one sentence.

Clients differ: some drop every constraint of a schema, some send a list as JSON in a string, some send
`null` for what they leave out. What cannot be misunderstood is accepted; the rest is answered with the name
of the field and what to give instead.
"""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Annotated, Any, cast

from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from pydantic import BeforeValidator, ConfigDict, Field, ValidationError, with_config
from typing_extensions import TypedDict

from rb_mcp.errors import InvalidInput

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context


@with_config(ConfigDict(extra="forbid"))
class StepArgument(TypedDict, total=False):
    """One step; each part may be left out."""

    thought: str
    action: str
    observation: str


@with_config(ConfigDict(extra="forbid"))
class StrategyArgument(TypedDict, total=False):
    """One memory item, as an agent distilled it."""

    title: str
    description: str
    content: str
    same_as: str


def _listed(value: object, key: str) -> list[object]:
    """Read a list where a model sent one thing, JSON in a string, or text for an element.

    Raises:
        ValueError: when it is none of these.
    """
    given = _parsed(value)
    if isinstance(given, dict | str):
        given = [cast("object", given)]
    if not isinstance(given, list):
        raise ValueError("this is not a list")  # noqa: TRY004 - pydantic reports a ValueError as a wrong argument
    elements = [one for one in map(_parsed, cast("list[object]", given)) if one != ""]
    return [{key: one} if isinstance(one, str) else _nulls_dropped(one) for one in elements]


def _parsed(text: object) -> object:
    if not isinstance(text, str):
        return text
    if text.lstrip()[:1] not in {"[", "{"}:
        return text.strip()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _nulls_dropped(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {name: one for name, one in cast("dict[object, object]", value).items() if one is not None}


def _steps(value: object) -> object:
    return _listed(value, "observation")


def _strategies(value: object) -> object:
    return [_titled(one) for one in _listed(value, "content")]


def _titled(one: object) -> object:
    """Give a strategy that came as bare text its first line for a title."""
    item = cast("dict[str, object]", one if isinstance(one, dict) else {})
    content = item.get("content")
    if set(item) == {"content"} and isinstance(content, str):
        item["title"] = content.strip().partition("\n")[0][:100]
    return cast("object", one)


def _attempts(value: object) -> object:
    return _listed(value, "trajectory")


def _ids(value: object) -> object:
    given = _parsed(value)
    return given.replace(",", " ").split() if isinstance(given, str) else given


Steps = Annotated[list[StepArgument], BeforeValidator(_steps)]
Strategies = Annotated[list[StrategyArgument], BeforeValidator(_strategies)]
Ids = Annotated[list[str], BeforeValidator(_ids)]


@with_config(ConfigDict(extra="forbid"))
class AttemptArgument(TypedDict, total=False):
    """One attempt in full."""

    trajectory: Steps
    outcome: str
    evidence: str


Attempts = Annotated[list[AttemptArgument], BeforeValidator(_attempts)]

EXPECTED = {
    "task": "give the task as text",
    "kind": "give the kind of problem in one general line of text, or leave it out",
    "context": "give the error and the names of files as text, or leave it out",
    "k": "give a whole number from 1 to 10, or leave it out",
    "ids": "give a list of ids of strategies as text",
    "namespace": "give a name as text, or leave it out",
    "trajectory": "give a list of steps, each {thought, action, observation} with text in each",
    "outcome": "give success, failure or unknown",
    "evidence": "give the lines that show the outcome as text",
    "strategies": "give a list of {title, description, content} with text in each",
    "recall_id": "give the recall_id of an earlier answer as text",
    "experience_id": "give the experience_id of an earlier answer as text",
    "experience_ids": "give a list of ids as text",
    "attempts": "give a list of {trajectory, outcome, evidence}",
    "best": "give the number or the id of the best attempt as text, and the reason",
}


class PlainTool(Tool):
    """A tool with a plain schema, whose refusals are sentences for a model to act on."""

    def model_post_init(self, context: Any, /) -> None:  # noqa: ANN401 - pydantic's signature
        """Publish schemas without `$ref`, `anyOf` and titles."""
        super().model_post_init(context)
        paragraphs = inspect.cleandoc(self.description).split("\n\n")
        self.description = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
        self.parameters = inlined(self.parameters)
        if self.fn_metadata.output_schema:
            self.fn_metadata.output_schema = inlined(self.fn_metadata.output_schema)

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:  # noqa: ANN401 - the SDK's signature
        """Run the tool.

        Raises:
            ToolError: with a sentence that names the field and the way out.
            UnexpectedToolError: when it is not the caller's own fault.
        """
        known = self.parameters["properties"]
        for name in arguments:
            if name not in known:
                raise ToolError(f"{_short(name)}: there is no such argument; {self.name} takes {', '.join(known)}")
        given = {name: value for name, value in arguments.items() if value is not None}
        for name in self.parameters.get("required", []):
            if name not in given:
                raise ToolError(f"{name}: it is missing; {EXPECTED[name]}")
        try:
            return await super().run(given, context, convert_result)
        except UnexpectedToolError as error:
            if isinstance(error.__cause__, InvalidInput):
                raise ToolError(str(error.__cause__)) from error.__cause__
            raise
        except ToolError as error:
            cause = error.__cause__
            if isinstance(cause, ValidationError):
                raise ToolError(_sentence(cause)) from cause
            raise


def _sentence(error: ValidationError) -> str:
    """Return what is wrong with the first wrong argument, and what to give instead."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    argument = str(first["loc"][0])
    path = argument + "".join(f"[{part}]" if isinstance(part, int) else f".{_short(part)}" for part in first["loc"][1:])
    problem = (
        "there is no such field" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
    )
    return f"{path}: {problem}; {EXPECTED[argument]}"


def _short(name: str) -> str:
    return repr(name)[1:-1][:60]


def inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON schema with its references resolved and its titles left out: fewer tokens, every client."""
    definitions = schema.get("$defs", {})

    def plain(node: object, *, named: bool = False) -> Any:  # noqa: ANN401 - JSON
        if isinstance(node, list):
            return [plain(one) for one in cast("list[object]", node)]
        if not isinstance(node, dict):
            return node
        found = cast("dict[str, object]", node)
        if "$ref" in found:
            return plain(definitions[str(found["$ref"]).removeprefix("#/$defs/")])
        dropped = set[str]() if named else {"title", "$defs", "additionalProperties"}
        return {key: plain(one, named=key == "properties") for key, one in found.items() if key not in dropped}

    resolved: dict[str, Any] = plain(schema)
    for one in resolved.get("properties", {}).values():
        one.get("items", {}).pop("description", None)
    return resolved


def said(text: str) -> Any:  # noqa: ANN401 - pydantic's FieldInfo, as an annotation
    """Describe an argument."""
    return Field(description=text)
