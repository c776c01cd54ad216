"""What comes back over the wire, in our terms: status and headers → errors, bodies → values, numbers → vectors.

Shared by the providers. Not covered: where a reply keeps its text, which is each provider's own, and trying again,
which is the queue's.
"""

from __future__ import annotations

import json
import math
import re
from array import array
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from rb_mcp.errors import ConfigurationError, Malformed, ProviderError, Unavailable
from rb_mcp.types import Embedding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LONGEST_WAIT = 600.0
"""Seconds: a provider that asks to be left alone for longer is asked again after this."""

LONGEST_TEXT = 2_000
"""Characters of a text that are embedded: servers differ in what they take, and what a task is about comes first."""

_SECRET = 8
"""Characters from which on a key is one to be kept."""

_LATER = {408, 409, 425, 429}
_NEVER = {501, 505}
"""Among the statuses from 500 on: what the server cannot do at all."""

_RETRY_DELAY = re.compile(r'"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"')


@dataclass(frozen=True)
class Endpoint:
    """Who is called, as the settings spell it, and what its user can set: the subject of every message."""

    name: str
    setting: str
    """The variable that chose it: `RB_MCP_MODEL` or `RB_MCP_EMBEDDER`."""
    key_variable: str
    url_variable: str
    key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not (self.key.isascii() and self.key.isprintable()):
            raise ConfigurationError(f"{self.key_variable} holds characters no key has; set it to the key alone")

    def document(self, body: str) -> dict[str, object]:
        """Return the JSON object that a reply is.

        Raises:
            Malformed: when it is none: a web page, half a document, a list.
        """
        try:
            value: object = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Malformed(f"{self.name} answered with something that is not JSON: {self.quote(body)!r}") from error
        if not isinstance(value, dict):
            raise Malformed(f"{self.name} answered with JSON of another shape: {self.quote(body)!r}")
        return cast("dict[str, object]", value)

    def rejection(self, status: int, body: str, headers: Mapping[str, str]) -> ProviderError:
        """Return the error that a status other than 200 stands for, with what to do about it."""
        said = self.quote(_message(body))
        answered = f"{self.name} answered {status}" + (f" ({said})" if said else "")
        if status in _LATER or (status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in _NEVER):
            return Unavailable(f"{answered}; it may answer later", asked_wait(headers, body))
        if status == HTTPStatus.BAD_REQUEST and re.search(r"api[ _]key", body, re.IGNORECASE):
            status = 401
        advice = {
            401: f"set {self.key_variable} to a valid key",
            402: "its account has no credit left",
            403: f"the key in {self.key_variable} may not use this model; check its rights",
            404: f"set {self.setting} to a model it has, and check {self.url_variable} if that is set",
            413: "the prompt is longer than it takes; hand in shorter texts",
        }.get(status)
        if advice is None:
            moved = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
            advice = f"set {self.url_variable} to where it is now" if moved else "trying again does not mend this"
        return ProviderError(f"{answered}: {advice}")

    def unreachable(self, error: Exception) -> Unavailable:
        """Return the error for a connection that failed."""
        return Unavailable(f"{self.name} is out of reach ({type(error).__name__}: {self.quote(str(error))})")

    def slow(self, seconds: float) -> Unavailable:
        """Return the error for a call that took longer than it may."""
        return Unavailable(f"{self.name} did not answer within {seconds:g} seconds")

    def quote(self, text: str) -> str:
        """Return the start of what it said, on one line, without the key."""
        line = " ".join(text.split())
        # Servers of one's own are given keys like "x", which are no secret and part of many a word.
        return (line.replace(self.key, "[key]") if len(self.key) >= _SECRET else line)[:200]

    def vectors(self, rows: Sequence[object], texts: int, dimensions: int) -> list[Embedding]:
        """Return one unit vector a text.

        Raises:
            Malformed: when there are more or fewer than texts, of another length, or not made of numbers.
        """
        if len(rows) != texts:
            raise Malformed(f"{self.name} answered with {len(rows)} vectors for {texts} texts")
        return [Embedding(self.name, self._unit(row, dimensions)) for row in rows]

    def _unit(self, row: object, dimensions: int) -> array[float]:
        try:
            values = [float(value) for value in elements(row) if isinstance(value, (int, float))]
        except OverflowError as error:
            raise Malformed(f"{self.name} answered with a vector of numbers too large for one") from error
        if len(values) != dimensions:
            raise Malformed(
                f"{self.name} answered with a vector of {len(values)} numbers, not {dimensions}; "
                f"{self.setting} may say how many there are, as in model@{len(values)}"
            )
        length = math.hypot(*values)
        if not length or not math.isfinite(length):
            raise Malformed(f"{self.name} answered with a vector that has no direction")
        return array("f", (value / length for value in values))


def at(value: object, *path: str | int) -> object:
    """Return what is found by walking keys and positions into decoded JSON; `None` where there is no such thing."""
    for step in path:
        if isinstance(step, str):
            value = cast("dict[str, object]", value).get(step) if isinstance(value, dict) else None
        else:
            value = elements(value)[step] if step < len(elements(value)) else None
    return value


def elements(value: object) -> list[object]:
    """Return the elements of a JSON list; none where it is something else."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text_in(value: object) -> str:
    """Return a JSON string; an empty one where it is something else."""
    return value if isinstance(value, str) else ""


def sendable(text: str) -> str:
    """Return the text as UTF-8 can carry it: halves of characters become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def embeddable(texts: Sequence[str]) -> list[str]:
    """Return the starts of the texts; a full stop for an empty one, which the services reject."""
    return [sendable(text[:LONGEST_TEXT]).strip() or "." for text in texts]


def asked_wait(headers: Mapping[str, str], body: str = "") -> float | None:
    """Return how many seconds a reply asks to be left alone, up to `LONGEST_WAIT`; `None` where it does not say."""
    seconds: float | None = None
    in_milliseconds, plain = headers.get("retry-after-ms"), headers.get("retry-after")
    delay = _RETRY_DELAY.search(body)
    try:
        if in_milliseconds:
            seconds = float(in_milliseconds) / 1000
        elif plain:
            seconds = float(plain)
        elif delay:
            seconds = float(delay[1])
    except ValueError:
        seconds = _until(plain or "")
    return None if seconds is None or math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_WAIT)


def require(module: str, extra: str) -> None:
    """Check that an SDK is installed, without importing it.

    Raises:
        ConfigurationError: when it is not, with the command that installs it.
    """
    try:
        found = find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise ConfigurationError(f"{module} is not installed; run: pip install 'rb-mcp[{extra}]'")


def web_address(url: str, variable: str) -> str:
    """Return a base URL without its last slash.

    Raises:
        ConfigurationError: when it is not one.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and url.isprintable()
    except ValueError:
        good = False
    if not good:
        raise ConfigurationError(f"{variable} is {url!r}; give an address that starts with http:// or https://")
    return url.rstrip("/")


def _until(date: str) -> float | None:
    try:
        when = parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return None
    return ((when if when.tzinfo else when.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()


def _message(body: str) -> str:
    """Return the sentence in the body of an error, wherever this service puts it, or the body."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return body
    value = at(value, 0) or value
    for path in (("error", "message"), ("error",), ("message",), ("detail",)):
        if found := text_in(at(value, *path)):
            return found
    return body
