"""The MCP surface, one file a primitive: tools, resources, prompts; `app.py` joins and runs them."""
