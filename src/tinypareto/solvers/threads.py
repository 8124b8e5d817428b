"""One thread for small matrices: more of them wait for each other, and change the last digits."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


@contextmanager
def single_thread() -> Iterator[None]:
    """Runs BLAS and torch on one thread within, and as before afterwards.

    With several, SciPy's L-BFGS spends ten times its own time on idle OpenBLAS workers where
    torch's share the cores (scipy#22438).
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)
