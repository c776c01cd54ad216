"""prompts/*.md → a Prompt ready to send.

A prompt file has two parts with a line `---` between them: what never changes (it can be cached, and an
agent that has the trajectory before it needs nothing else), and the material, with `${placeholders}`.
A user's own folder may hold files of the same names; each replaces the shipped one whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import Template

from rb_mcp.errors import ConfigurationError
from rb_mcp.work import Prompt

_HERE = Path(__file__).parent
SHIPPED = _HERE / "prompts" if (_HERE / "prompts").is_dir() else _HERE.parent / "prompts"
"""Inside the package in a wheel, beside it in a checkout."""

_MARK = "\n---\n"


@dataclass(frozen=True)
class Prompts:
    """The prompts of this process: the user's own where there are any, the shipped ones otherwise."""

    folder: Path | None = None

    def fill(self, name: str, **values: str) -> Prompt:
        """Return the prompt `name` with its placeholders filled.

        Raises:
            ConfigurationError: when the file cannot be read, or asks for something that is not given here.
        """
        path = self.path(name)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"the prompt {path} cannot be read: {error}") from error
        system, mark, user = text.partition(_MARK)
        if not mark and "${" in system:
            system, user = "", system
        try:
            return Prompt(system.strip(), Template(user).substitute(values).strip())
        except KeyError as error:
            given = ", ".join(f"${{{key}}}" for key in sorted(values)) or "none"
            raise ConfigurationError(
                f"the prompt {path} asks for ${{{error.args[0]}}}; its placeholders are {given}"
            ) from error
        except ValueError as error:
            raise ConfigurationError(f"the prompt {path} holds a '$' that starts no placeholder; write '$$'") from error

    def ask(
        self, name: str, answer: str, schema: dict[str, object], temperature: float | None = None, **values: str
    ) -> Prompt:
        """Return the prompt `name` for a model that answers by itself: with the form of the answer said.

        Raises:
            ConfigurationError: as `fill` does.
        """
        asked = self.fill(name, **values)
        form = self.fill(answer).text()
        return Prompt(f"{asked.system}\n\n{form}".strip(), asked.user, schema, temperature)

    def path(self, name: str) -> Path:
        """Return the file that `fill(name)` reads."""
        own = self.folder / f"{name}.md" if self.folder else None
        return own if own and own.is_file() else SHIPPED / f"{name}.md"
