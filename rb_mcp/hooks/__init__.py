"""The loop without the model's goodwill: what `rb-mcp hook EVENT` does when a client runs it.

A client that has hooks starts a command at a few points of a session, with JSON on stdin, and reads JSON from stdout.
One file a client says how: who it is, what it sends, how context is put before its model, how its agent is asked for
something. `prompt` recalls for the task that begins; `stop` records what became of it, and may ask for its lessons;
`end` records what is left when the session is over.

A hook stands in the client's way, so it is quick (no SDK, no model, no embedder is loaded), has a deadline, and fails
without a word: exit 0, nothing on stdout, a line in the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from rb_mcp.errors import InvalidInput
from rb_mcp.hooks import claude_code, codex, cursor, gemini

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rb_mcp.hooks.event import Event


class Client(Protocol):
    """How one client talks to its hooks."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """What it calls itself over MCP, so that what its hooks and what its agent record are of one origin."""
        ...

    @property
    def FORMAT(self) -> str:  # noqa: N802 - see above
        """Which of the formats of `transcripts` it writes; empty when none."""
        ...

    def recognises(self, fields: Mapping[str, Any]) -> bool:
        """Tell whether what stands on stdin is of this client."""
        ...

    def event(self, fields: Mapping[str, Any]) -> Event:
        """Return what happened.

        Raises:
            InvalidInput: naming the field that is of another kind.
        """
        ...

    def context(self, text: str) -> dict[str, Any] | None:
        """Return what puts a text before the model at the start of a task; none where the client has no way."""
        ...

    def ask(self, text: str) -> dict[str, Any]:
        """Return what makes the agent go on with a text instead of stopping."""
        ...


CLIENTS: dict[str, Client] = {"cursor": cursor, "codex": codex, "gemini": gemini, "claude-code": claude_code}
"""Name for `--client` → how it talks; without one they are asked in this order."""


def client_of(name: str, fields: Mapping[str, Any]) -> Client:
    """Return the client that is named, else the one whose JSON this is.

    Raises:
        InvalidInput: when there is none.
    """
    if name and name not in CLIENTS:
        raise InvalidInput("--client", f"it is {name!r:.40}; there are {', '.join(sorted(CLIENTS))}")
    found = CLIENTS.get(name) or next((one for one in CLIENTS.values() if one.recognises(fields)), None)
    if found is None:
        raise InvalidInput("stdin", f"it is of no known client; name one of {', '.join(sorted(CLIENTS))} by --client")
    return found
