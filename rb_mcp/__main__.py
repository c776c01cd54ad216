"""`rb-mcp`, and `python -m rb_mcp`.

A hook does not go by way of the command line's library: that and the settings are read inside its own boundary, since
a client takes a status of 2 for a verdict on the prompt.
"""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run a hook, or else the command line."""
    if sys.argv[1:2] == ["hook"] and not {"-h", "--help"} & set(sys.argv):
        from rb_mcp.hooks.run import main as run_hook  # noqa: PLC0415 - the client waits for a hook

        run_hook(sys.argv[2:])
    from rb_mcp.cli import main as run_command  # noqa: PLC0415 - see above

    run_command()


if __name__ == "__main__":
    main()
