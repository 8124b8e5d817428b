"""A step of SGD by torch's autograd and by our steps, under pytest-benchmark.

pip install '.[speed]'
OMP_NUM_THREADS=1 python -m pytest -p no:xdist benchmarks/bench_training.py
"""

import time
from typing import Any

import pytest
import torch
from benchmarks.evaluation_profile import CASES, CLASSES, after, before, network

WAYS = {"before": before, "after": after}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("title", CASES)
def test_step(benchmark: Any, title: str, way: str) -> None:
    """One update of a network of which 60 % is removed; compare within a group."""
    torch.set_num_threads(1)
    name, settings, shape, count = CASES[title]
    x, y = torch.randn(count, *shape), torch.arange(count) % CLASSES
    benchmark.group = title
    benchmark._timer = time.thread_time
    benchmark(WAYS[way](network(name, settings, shape, 0.6), x, y))
