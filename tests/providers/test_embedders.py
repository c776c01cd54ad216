"""What every embedder promises: unit vectors, in order, the same for the same text."""

from __future__ import annotations

import math

import pytest

from rb_mcp.errors import ConfigurationError
from rb_mcp.providers import EMBEDDERS, open_embedder

pytestmark = pytest.mark.anyio
TEXTS = ["Fix the parser", "取消订单", "", "!?", "word " * 3_000, "Fix the parser"]


@pytest.mark.parametrize("name", [name for name in EMBEDDERS if name not in {"google", "openai"}])
async def test_texts_become_unit_vectors_in_order(name: str) -> None:
    embedder = open_embedder(name)
    vectors = await embedder.embed(TEXTS)
    assert len(vectors) == len(TEXTS)
    for vector in vectors:
        assert vector.embedder == embedder.name
        assert len(vector.values) == embedder.dimensions
        assert math.isclose(sum(value * value for value in vector.values), 1.0, abs_tol=1e-4)
    assert sum(a * b for a, b in zip(vectors[0].values, vectors[-1].values, strict=True)) > 0.9999
    assert await embedder.embed([]) == []
    assert len(await embedder.embed(TEXTS[:1], purpose="query")) == 1
    mean, deviation = embedder.background.mean, embedder.background.deviation
    assert 0 < mean < 0.5
    assert 0 < deviation < 0.5


async def test_the_default_embedder_sees_meaning_across_languages() -> None:
    one, twin, other = await open_embedder("use").embed(
        ["Cancel the customer's flight and refund it", "取消客户的航班预订并退款", "Bake a chocolate cake"]
    )

    def cosine(a: list[float], b: list[float]) -> float:
        return sum(x * y for x, y in zip(a, b, strict=True))

    assert cosine(list(one.values), list(twin.values)) > 0.6
    assert cosine(list(one.values), list(other.values)) < 0.3


async def test_an_unknown_embedder_is_named() -> None:
    with pytest.raises(ConfigurationError, match="RB_MCP_EMBEDDER is 'none'"):
        open_embedder("none")
