"""What a model is given to do: a prompt, a job of the queue, and where a distillation stands."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rb_mcp.types import Experience


@dataclass(frozen=True)
class Prompt:
    """What a model is told: the part that never changes, the material of this call, and how to answer.

    `schema` is the JSON schema of the answer, for models that can be held to one; every reply is parsed as if
    none could. `temperature` is the paper's for this step, sent only where a model still takes one.
    """

    system: str
    user: str
    schema: dict[str, object] | None = None
    temperature: float | None = None
    most_tokens: int = 2_000

    def text(self) -> str:
        """Both parts as one."""
        return f"{self.system}\n\n{self.user}".strip()

    def signed(self, model: str) -> str:
        """Return which model by which prompt: of its fixed part, so that a changed wording can be told apart."""
        return f"{model} {hashlib.sha256(self.system.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Job:
    """An experience that a worker has taken up to distil, until the lease ends or another takes it."""

    experience: Experience
    token: int
    tries: int = 0
    """How often it brought a bad answer before."""
    waits: int = 0
    """How often no answer was to be had."""


@dataclass(frozen=True)
class Waiting:
    """Where the distillation of an experience stands: `dead` ones are given up, with the reason."""

    experience_id: str
    state: Literal["ready", "leased", "dead", "asked"]
    tries: int
    reason: str
