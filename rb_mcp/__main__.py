"""`rb-mcp`, and `python -m rb_mcp`.

A hook does not go by way of the command line's library: that and the settings are read inside its own boundary, since
a client takes a status of 2 for a verdict on the prompt.
"""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run a hook, or else the command line."""
    words = sys.argv[1:]
    at = 0
    while words[at : at + 1] == ["--env"]:
        at += 2
    if words[at : at + 1] == ["hook"] and not {"-h", "--help"} & set(words):
        from rb_mcp.hooks.run import main as run_hook  # noqa: PLC0415 - the client waits for a hook

        run_hook(words[:at] + words[at + 1 :])
    from rb_mcp.cli import main as run_command  # noqa: PLC0415 - see above

    run_command()


if __name__ == "__main__":
    main()
