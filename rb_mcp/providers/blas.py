"""Matrix products on one thread.

With two BLAS threads on a busy machine each small matrix product waits on a spin lock: one vector was measured to cost
10 to 20 times as much.

Not covered: a numpy that somebody else imported before, on Windows or over another library than OpenBLAS.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
_EXTENSIONS = ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath")
"""What of numpy is linked with the library: in release 2, in release 1."""
_PREFIXES_AND_SUFFIXES = (("scipy_", "64_"), ("", "64_"), ("scipy_", ""), ("", ""))
"""Of the library's functions, as it was built."""


@contextmanager
def single_blas_thread() -> Generator[None]:
    """Compute on one thread inside, and on as many as before afterwards.

    Where numpy is not imported yet, it will have one from the start, unless the environment says how many.
    """
    for variable in _VARIABLES:
        os.environ.setdefault(variable, "1")
    library = _openblas()
    if library is None:
        yield
        return
    count_threads, set_threads = library
    before = count_threads()
    set_threads(1)
    try:
        yield
    finally:
        set_threads(before)


def _openblas() -> tuple[Callable[[], int], Callable[[int], object]] | None:
    """Return how the library behind numpy is asked for its number of threads and is set one; `None` without any."""
    for name in _EXTENSIONS:
        file = getattr(sys.modules.get(name), "__file__", None)
        if not file:
            continue
        library = ctypes.CDLL(file)
        for prefix, suffix in _PREFIXES_AND_SUFFIXES:
            count_threads = getattr(library, f"{prefix}openblas_get_num_threads{suffix}", None)
            set_threads = getattr(library, f"{prefix}openblas_set_num_threads{suffix}", None)
            if count_threads and set_threads:
                return count_threads, set_threads
    return None
