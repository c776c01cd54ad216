"""The commands of `rb-mcp`, by what they are about: serving, items, moving data, health."""
