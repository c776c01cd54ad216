"""Vectors are computed on one thread, and who else computes in this process keeps theirs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

THREADS = """
import ctypes, sys
def threads():
    library = ctypes.CDLL(sys.modules["numpy._core._multiarray_umath"].__file__)
    return library.scipy_openblas_get_num_threads64_()
"""


def run(program: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    subprocess.run([sys.executable, "-c", THREADS + program], env=environment, check=True)


def test_numpy_has_one_thread_where_an_embedder_imports_it() -> None:
    run(
        "from rb_mcp.providers.blas import single_blas_thread\n"
        "with single_blas_thread():\n    import numpy\n"
        "import os; assert os.environ['OPENBLAS_NUM_THREADS'] == '1'\n"
    )


@pytest.mark.skipif(sys.platform != "linux" or os.cpu_count() == 1, reason="the library of numpy for Linux is asked")
def test_numpy_that_was_imported_before_has_one_thread_inside_and_its_own_after() -> None:
    run(
        "import numpy\n"
        "before = threads(); assert before > 1\n"
        "from rb_mcp.providers.blas import single_blas_thread\n"
        "with single_blas_thread():\n    assert threads() == 1\n"
        "assert threads() == before\n"
    )
