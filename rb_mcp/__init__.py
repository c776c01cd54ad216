"""ReasoningBank over MCP: recall what earlier tasks taught, record what this one did, contrast attempts."""

__version__ = "0.1.0"
