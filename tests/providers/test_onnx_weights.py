"""The reader of ONNX files finds the tensors among everything else that such a file holds."""

from __future__ import annotations

import pytest

from rb_mcp.providers.onnx_weights import Tensor, initializers


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def text(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value


MATRIX = number(1, 2) + number(1, 300) + number(2, 3) + text(8, b"matrix_q") + text(9, b"\x01" * 600)
SCALAR = text(8, b"scale") + number(2, 1) + text(9, b"\x00\x00\x80\x3f")
OTHER_FIELDS = number(1, 8) + varint(15 << 3 | 5) + b"\x08\x08\x08\x08" + varint(16 << 3 | 1) + b"\x42" * 8


def test_tensors_are_found_in_order_with_shape_type_and_bytes() -> None:
    graph = text(1, b"a node") + text(5, MATRIX) + text(2, b"the name") + text(5, OTHER_FIELDS[2:] + SCALAR)
    model = OTHER_FIELDS + text(7, graph) + text(8, b"opset")
    matrix, scale = initializers(model)
    assert matrix == Tensor("matrix_q", (2, 300), 3, memoryview(b"\x01" * 600))
    assert scale == Tensor("scale", (), 1, memoryview(b"\x00\x00\x80\x3f"))


def test_a_file_without_a_graph_has_none() -> None:
    assert list(initializers(b"")) == []
    assert list(initializers(OTHER_FIELDS)) == []


def test_what_is_no_such_file_is_an_error() -> None:
    with pytest.raises(ValueError, match="wire type 7"):
        list(initializers(b"\x0f\x00"))
    with pytest.raises(IndexError):
        list(initializers(b"\x08\x80"))
