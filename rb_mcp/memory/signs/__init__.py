"""Signs that an item is no strategy, one file a kind; `orders.py` asks them all."""
