"""Start the server; pyproject.toml beside this says where it comes from."""

from rb_mcp.cli import main

main()
