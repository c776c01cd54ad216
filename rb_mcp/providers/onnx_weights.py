"""The tensors in an ONNX file: as much of the format (protobuf) as it takes to read a graph's initializers.

Not covered: the graph itself, tensors in a file of their own, and fields that are packed in other ways than
`raw_data`. A file that ends in the middle raises `IndexError`: hold it against a checksum first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_GRAPH = 7
"""Of a ModelProto."""
_INITIALIZER = 5
"""Of a GraphProto."""
_DIMS, _DATA_TYPE, _NAME, _RAW_DATA = 1, 2, 8, 9
"""Of a TensorProto."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""Wire types of protobuf."""


@dataclass(frozen=True)
class Tensor:
    """An array of numbers, little-endian, row by row."""

    name: str
    shape: tuple[int, ...]
    data_type: int
    """As the format numbers them: 1 is float32, 3 is int8."""
    data: memoryview


def initializers(model: bytes) -> Iterator[Tensor]:
    """Yield the tensors that are stored in an ONNX model, in the order of the file; nothing is copied."""
    for graph in _parts(memoryview(model), _GRAPH):
        for initializer in _parts(graph, _INITIALIZER):
            yield _tensor(initializer)


def _tensor(message: memoryview) -> Tensor:
    name, shape, data_type, data = "", list[int](), 0, memoryview(b"")
    for field, value in _fields(message):
        if isinstance(value, int):
            if field == _DIMS:
                shape.append(value)
            elif field == _DATA_TYPE:
                data_type = value
        elif field == _NAME:
            name = bytes(value).decode()
        elif field == _RAW_DATA:
            data = value
    return Tensor(name, tuple(shape), data_type, data)


def _parts(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """Yield the messages in the field `wanted`."""
    for field, value in _fields(message):
        if field == wanted and not isinstance(value, int):
            yield value


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield the number and the value of each field: an integer, or the bytes of anything else."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, wire_type = key >> 3, key & 7
        if wire_type == _VARINT:
            value, at = _varint(message, at)
            yield field, value
            continue
        if wire_type == _BYTES:
            length, at = _varint(message, at)
        elif wire_type in {_FIXED32, _FIXED64}:
            length = 4 if wire_type == _FIXED32 else 8
        else:
            raise ValueError(f"wire type {wire_type} is not one of protobuf 3")
        yield field, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the integer that starts at a place, and the place after it."""
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return value, at
        shift += 7
