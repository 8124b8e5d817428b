"""Arrays from Python, and values that a network cannot take."""

from typing import Any

import numpy as np
import pytest
import torch

from tinypareto.data import load
from tinypareto.data.dataset import Dataset
from tinypareto.errors import DataError

X = np.random.default_rng(0).normal(size=(6, 2, 9)).astype(np.float32)
Y = np.arange(6) % 2


@pytest.mark.parametrize(
    "convert",
    [np.ndarray.tolist, torch.from_numpy, lambda a: torch.tensor(a * 1.0, requires_grad=True)],
    ids=["lists", "tensors", "with gradient"],
)
def test_lists_and_tensors_are_arrays(convert: Any) -> None:
    data = load(Dataset("made", convert(X), convert(Y), convert(X), convert(Y), ["a", "b"]))  # type: ignore[arg-type]
    np.testing.assert_array_equal(data.x_train, X)
    assert data.y_test.dtype == np.int64
    assert data.y_test.tolist() == Y.tolist()
    assert data.class_names == ("a", "b")


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        ([[[1.0, 2.0]], [[1.0]]], "made: X_train is no array"),
        (X * 1e-40, "channel 0 of X_train only spans"),
        (X * 1e35, "X_train has values beyond 1e+30"),
        (None, "made: X_train has shape []"),
        ("text", "made: X_train has shape []"),
    ],
)
def test_other_values_are_refused_in_one_line(x: Any, reason: str) -> None:
    with pytest.raises(DataError) as refusal:
        load(Dataset("made", x, Y, X, Y, ("a", "b")))
    assert reason in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_ragged_groups_are_refused() -> None:
    with pytest.raises(DataError, match="groups has shape"):
        load(Dataset("made", X, Y, X, Y, ("a", "b"), groups=np.arange(5)))
    held = np.ones(5, bool)
    with pytest.raises(DataError, match="validation has shape"):
        load(Dataset("made", X, Y, X, Y, ("a", "b"), validation=held))
