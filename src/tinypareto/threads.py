"""Threads of BLAS and torch: more of them wait for each other, and change the last digits."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Runs BLAS and torch on so many threads within, and as before afterwards.

    With several and small matrices, SciPy's L-BFGS spends ten times its own time on idle OpenBLAS
    workers where torch's share the cores (scipy#22438).
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        with threadpool_limits(count, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)
