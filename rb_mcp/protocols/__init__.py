"""The seams: who embeds a text, who keeps the bank, what time it is.

Each is narrow over our own types, so that a second one is one file. A store never calls a model or an
embedder; an embedder never sees the bank; neither knows MCP.
"""

from rb_mcp.protocols.merging import Merging
from rb_mcp.protocols.models import Clock, Embedder, LanguageModel, Purpose
from rb_mcp.protocols.queue import Queue
from rb_mcp.protocols.store import Store
from rb_mcp.protocols.upkeep import Upkeep

__all__ = ["Clock", "Embedder", "LanguageModel", "Merging", "Purpose", "Queue", "Store", "Upkeep"]
