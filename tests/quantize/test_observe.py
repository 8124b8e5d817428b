import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from tinypareto.quantize.observe import BATCH, BINS, Observed, observe

NUMBERS = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=40).filter(any)


@settings(max_examples=50, deadline=None)
@given(batches=st.lists(NUMBERS, min_size=1, max_size=4))
def test_batches_count_as_if_they_came_at_once(batches: list[list[float]]) -> None:
    """Every value is in a part whose centre is near: as far as the parts before were wide."""
    seen = Observed()
    for batch in batches:
        seen.add(torch.tensor(batch)[:, None])
    values = np.sort(np.array([value for batch in batches for value in batch], np.float32))
    assert (seen.low, seen.high) == (min(values[0], 0), max(values[-1], 0))
    assert seen.counts.sum() == len(values)
    counted = np.repeat(seen.centres, seen.counts.astype(int))
    width = (seen.high - seen.low) / BINS
    assert np.abs(counted - values).max() <= len(batches) * width


def test_means_are_those_of_the_first_batch() -> None:
    seen = Observed()
    seen.add(torch.tensor([[[1.0, 2.0], [0.0, 0.0]], [[3.0, 6.0], [0.0, 2.0]]]))
    seen.add(torch.full((1, 2, 2), 100.0))
    assert seen.means.tolist() == [3.0, 0.5]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_stays_in_the_range(value: float) -> None:
    seen = Observed()
    seen.add(torch.tensor([[1.0], [value]]))
    seen.add(torch.tensor([[2.0]]))
    assert not np.isfinite(seen.high - seen.low)


def test_all_cases_of_the_named_tensors_are_looked_at() -> None:
    x = np.zeros((2 * BATCH + 1, 2), np.float32)
    x[-1] = 3.0, -1.0
    layer = nn.Linear(2, 2, bias=False)
    nn.init.eye_(layer.weight)
    seen = observe(nn.Sequential(layer, nn.ReLU()), x, ["0", "1"])
    assert {name: (one.low, one.high) for name, one in seen.items()} == {"0": (-1, 3), "1": (0, 3)}
