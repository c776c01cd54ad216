"""The forward pass of a BERT encoder in numpy: numbers of tokens → the mean of their last states, at length one.

The shape is that of all-MiniLM-L6-v2: 6 layers of 384 dimensions, 12 heads, 1536 between. Weights stay the int8 they
come as and are made float32 a matrix at a time, computed with and forgotten: against float32 from the start this was
measured to take 25 MB less, and a fifth less CPU for a short text, since less goes through memory; for a long one the
same. Imports numpy: import this when it is used.

Not covered: batches. Short texts side by side would be padded to the longest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from rb_mcp.providers.onnx_weights import Tensor

    Floats = NDArray[np.float32]

_LAYERS = 6
_HEADS = 12
_EPSILON = np.float32(1e-12)

_FLOAT32, _INT8 = 1, 3
"""Types of tensors, as the format numbers them."""

_WORDS = "inner.embeddings.word_embeddings.weight"
_POSITIONS = "inner.embeddings.position_embeddings.weight"

_ROWS_AT_A_TIME = 32
"""Of the widest states: what the steps of their activation share then stays in the processor's cache."""

_ERF = tuple(map(np.float32, (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)))
_ERF_P = np.float32(0.3275911)
"""Abramowitz and Stegun 7.1.26: the error function to 1.5e-7, which numpy lacks."""


@dataclass(frozen=True)
class _Linear:
    """A linear layer; each column of its weights has a scale."""

    weight: NDArray[np.int8]
    scale: Floats
    bias: Floats

    def __call__(self, states: Floats) -> Floats:
        product = states @ self.weight.astype(np.float32)
        product *= self.scale
        product += self.bias
        return product


@dataclass(frozen=True)
class _Norm:
    weight: Floats
    bias: Floats

    def __call__(self, states: Floats) -> Floats:
        """Normalise each row, in place."""
        states -= states.mean(axis=1, keepdims=True)
        variance = np.einsum("ij,ij->i", states, states) / np.float32(states.shape[1])
        states /= np.sqrt(variance + _EPSILON)[:, None]
        states *= self.weight
        states += self.bias
        return states


@dataclass(frozen=True)
class _Layer:
    query_key_value: _Linear
    attention: _Linear
    attention_norm: _Norm
    intermediate: _Linear
    output: _Linear
    output_norm: _Norm

    def __call__(self, states: Floats) -> Floats:
        attended = self.attention(_attend(self.query_key_value(states)))
        attended += states
        states = self.attention_norm(attended)
        wide = self.intermediate(states)
        for start in range(0, len(wide), _ROWS_AT_A_TIME):
            _gelu(wide[start : start + _ROWS_AT_A_TIME])
        narrow = self.output(wide)
        narrow += states
        return self.output_norm(narrow)


class Bert:
    """The encoder, from the tensors of its ONNX file, which stay where they are.

    A tensor `w_q` of int8 stands there beside `w_scale`, a number a row or a column, and means their product. The
    matrices of the layers have no names of their own: they are taken in the order of the file.
    """

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        weights: dict[str, NDArray[np.int8]] = {}
        floats: dict[str, Floats] = {}
        for tensor in tensors:
            if tensor.data_type == _INT8:
                weights[tensor.name] = np.frombuffer(tensor.data, np.int8).reshape(tensor.shape)
            elif tensor.data_type == _FLOAT32:
                floats[tensor.name] = np.frombuffer(tensor.data, "<f4").reshape(tensor.shape)
        self._words, self._word_scales = weights.pop(f"{_WORDS}_q"), floats[f"{_WORDS}_scale"]
        self._positions = weights.pop(f"{_POSITIONS}_q") * floats[f"{_POSITIONS}_scale"]
        # The two texts of a pair have a vector each; there is only ever the first.
        self._positions += floats["inner.embeddings.token_type_embeddings.weight"][0]
        self._norm = _norm(floats, "inner.embeddings")
        matrices = ((weight, floats[name.removesuffix("q") + "scale"][0]) for name, weight in weights.items())
        self._layers = [_layer(floats, f"inner.encoder.layer.{number}", matrices) for number in range(_LAYERS)]

    def encode(self, tokens: Sequence[int]) -> Floats:
        """Return a unit vector."""
        states: Floats = self._words[tokens] * self._word_scales[tokens]
        states += self._positions[: len(tokens)]
        states = self._norm(states)
        for layer in self._layers:
            states = layer(states)
        mean: Floats = states.mean(axis=0)
        mean /= np.linalg.norm(mean)
        return mean


def _layer(floats: dict[str, Floats], name: str, matrices: Iterator[tuple[NDArray[np.int8], Floats]]) -> _Layer:
    inward = [next(matrices) for _ in range(3)]
    biases = [floats[f"{name}.attention.self.{part}.bias"] for part in ("query", "key", "value")]
    # What the scores are divided by, the root of the width of a head, is in the queries from here on.
    division = np.ones((3, 1), np.float32)
    division[0] = (inward[0][0].shape[1] / _HEADS) ** -0.5
    query_key_value = _Linear(
        np.concatenate([weight for weight, _ in inward], axis=1),
        (np.stack([scale for _, scale in inward]) * division).reshape(-1),
        (np.stack(biases) * division).reshape(-1),
    )
    attention, intermediate, output = (
        _Linear(*next(matrices), floats[f"{name}.{part}.dense.bias"])
        for part in ("attention.output", "intermediate", "output")
    )
    attention_norm, output_norm = (_norm(floats, f"{name}.{part}") for part in ("attention.output", "output"))
    return _Layer(query_key_value, attention, attention_norm, intermediate, output, output_norm)


def _norm(floats: dict[str, Floats], name: str) -> _Norm:
    return _Norm(floats[f"{name}.LayerNorm.weight"], floats[f"{name}.LayerNorm.bias"])


def _attend(joined: Floats) -> Floats:
    """Return, for each token and head, the mean of all values, weighed by how queries and keys agree."""
    length = len(joined)
    queries, keys, values = joined.reshape(length, 3, _HEADS, -1).transpose(1, 2, 0, 3)
    scores = queries @ keys.transpose(0, 2, 1)
    scores -= scores.max(axis=2, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=2, keepdims=True)
    return (scores @ values).transpose(1, 0, 2).reshape(length, -1)


def _gelu(states: Floats) -> None:
    """Multiply each number by the share of the normal distribution below it, in place."""
    scaled = np.abs(states)
    scaled *= np.float32(0.5**0.5)
    term = scaled * _ERF_P
    term += np.float32(1)
    np.reciprocal(term, out=term)
    tail = term * _ERF[0]
    for coefficient in _ERF[1:]:
        tail += coefficient
        tail *= term
    np.square(scaled, out=scaled)
    np.negative(scaled, out=scaled)
    np.exp(scaled, out=scaled)
    tail *= scaled
    # `tail` is 1 - erf|x|: below zero half of it is the share, above zero what is missing from one.
    tail *= np.float32(0.5)
    np.subtract(np.float32(1), tail, out=tail, where=states > 0)
    states *= tail
