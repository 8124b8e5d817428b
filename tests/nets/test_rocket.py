from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tinypareto.nets.family import TrainingData
from tinypareto.nets.kernel_features import channel_sets, dilations
from tinypareto.nets.registry import NETS
from tinypareto.nets.spec import NetSpec
from tinypareto.quantize.calibrate import input_quant

SHAPE = (3, 40)


def waves(count: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Noise with a bump in one of the channels, at any position: the channel is the class."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(count, *SHAPE)) * 0.3, rng.integers(3, size=count)
    for case, label in enumerate(y):
        start = rng.integers(SHAPE[1] - 6)
        x[case, label, start : start + 6] += [1, -1, 2, -2, 1, -1]
    return x.astype(np.float32), y


def fitted(
    name: str, cache: dict[Any, Any] | None = None, seed: int = 0, **options: int
) -> torch.nn.Module:
    x, y = waves(60, 0)
    module, fit = NetSpec(name, options, SHAPE, 3).build(), NETS[name].fit
    assert fit is not None
    fit(module, TrainingData(x, y, input_quant(x), seed, {} if cache is None else cache))
    return module.eval()


def accuracy(module: torch.nn.Module) -> float:
    x, y = waves(200, 1)
    with torch.no_grad():
        return float((module(torch.from_numpy(x)).argmax(1).numpy() == y).mean())


def test_few_kernels_tell_waves_apart_at_any_position() -> None:
    assert accuracy(fitted("rocket", features=24)) > 0.9
    # Raw positions say nothing of a wave that may be anywhere.
    assert accuracy(fitted("linear")) < 0.7


@pytest.mark.parametrize("features", [8, 300])
def test_the_same_seed_gives_the_same_network(features: int) -> None:
    first, again = (fitted("rocket", features=features).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert len(first["kernels.kernel"]) == features
    other = fitted("rocket", seed=1, features=features).state_dict()
    assert not torch.equal(first["kernels.threshold"], other["kernels.threshold"])


def test_networks_of_one_part_of_the_data_share_their_candidates() -> None:
    cache: dict[Any, Any] = {}
    small = fitted("rocket", cache, features=20).state_dict()
    (choice,) = cache.values()
    fitted("rocket", cache, features=40)
    assert list(cache.values()) == [choice]
    fitted("rocket", cache, features=20, signals=2)
    assert len(cache) == 2
    # What was asked before changes nothing.
    again = fitted("rocket", cache, features=20).state_dict()
    assert all(torch.equal(small[name], again[name]) for name in small)


def test_more_features_than_candidates_are_all_drawn() -> None:
    module = fitted("rocket", features=4096)
    assert len(module.state_dict()["kernels.mean"]) == 4096


def test_constant_cases_are_fitted_too() -> None:
    module, fit = NetSpec("rocket", {"features": 8}, (1, 5), 2).build(), NETS["rocket"].fit
    assert fit is not None
    x = np.zeros((4, 1, 5), np.float32)
    fit(module, TrainingData(x, np.array([0, 1, 0, 1]), input_quant(x), 0, {}))
    assert torch.isfinite(module(torch.from_numpy(x))).all()


@pytest.mark.parametrize(("length", "count"), [(5, 4), (9, 4), (65, 8), (65, 32), (3000, 8)])
def test_kernels_of_every_dilation_fit_into_the_series(length: int, count: int) -> None:
    made = dilations(length, count)
    assert made[0] == 1
    assert len(made) <= count
    assert (np.diff(made) > 0).all()
    assert 8 * made[-1] < max(length, 9)


def test_there_are_no_more_sets_of_channels_than_there_can_be() -> None:
    assert [channel_sets(channels, 8) for channels in (1, 2, 3, 60)] == [1, 3, 7, 8]
