import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tinypareto.training.epoch_order import EpochOrder

strata = st.lists(st.integers(0, 4), min_size=2, max_size=60).map(
    lambda labels: np.unique(np.array(labels), return_inverse=True)[1].astype(np.int64)
)


@given(strata, st.floats(0, 1), st.integers(0, 99))
def test_an_epoch_has_as_many_cases_and_uses_each_about_as_often_as_it_weighs(
    labels: NDArray[np.int64], balance: float, seed: int
) -> None:
    order = EpochOrder(labels, balance, seed).draw()
    assert torch.equal(order, EpochOrder(labels, balance, seed).draw())
    weights = np.bincount(labels)[labels] ** -balance
    used = np.bincount(order.numpy(), minlength=len(labels))
    assert len(order) == len(used) == len(labels)
    assert (np.abs(used - weights / weights.mean()) < 1 + 1e-9).all()


@given(strata, st.integers(0, 99))
def test_without_balance_every_case_comes_once(labels: NDArray[np.int64], seed: int) -> None:
    order = EpochOrder(labels, 0.0, seed)
    epochs = [order.draw(), order.draw()]
    shuffle = torch.Generator().manual_seed(seed)
    assert all(torch.equal(e, torch.randperm(len(labels), generator=shuffle)) for e in epochs)


def test_equally_frequent_classes_need_no_balance() -> None:
    order = EpochOrder(np.arange(21) % 3, 1.0, 0).draw()
    assert sorted(order.tolist()) == list(range(21))


@pytest.mark.parametrize(("balance", "share"), [(0.5, 0.25), (1.0, 0.5)])
def test_shares_of_classes(balance: float, share: float) -> None:
    labels = np.repeat([0, 1], [900, 100])
    order = EpochOrder(labels, balance, 0)
    drawn = torch.cat([order.draw() for _ in range(20)]).numpy()
    assert labels[drawn].mean() == pytest.approx(share, abs=0.01)
