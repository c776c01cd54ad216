"""The loop, in the paper's words: retrieve, judge, extract, contrast, consolidate; `bank.py` joins them."""
