"""`python -m rb_mcp` is `rb-mcp`."""

from rb_mcp.cli import main

main()
