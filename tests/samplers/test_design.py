"""The first trials: a given one, and parameters that share a level."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from tinypareto.errors import ConfigError
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.samplers.startup import around_level

LAYERS = [f"sparsity/{i}" for i in range(12)]
SPACE: dict[str, BaseDistribution] = {
    **{name: FloatDistribution(0.0, 0.95) for name in LAYERS},
    "lr": FloatDistribution(1e-4, 1.0, log=True),
    "epochs": IntDistribution(1, 9),
    "net": CategoricalDistribution(("conv", "dense", "rocket")),
}
UNPRUNED = dict.fromkeys(LAYERS, 0.0)


def start(trials: int = 10, **arguments: Any) -> list[dict[str, Any]]:
    """Parameters of the first trials."""
    study = optuna.create_study(sampler=ARSSampler(0, **arguments))
    return [study.ask(dict(SPACE)).params for _ in range(trials)]


def sparsities(rows: list[dict[str, Any]]) -> np.ndarray:
    return np.array([[row[name] for name in LAYERS] for row in rows])


@pytest.mark.parametrize("space", [SPACE, None])
def test_the_first_trial_is_the_center_but_for_what_is_given(
    space: Mapping[str, BaseDistribution] | None,
) -> None:
    first = start(1, space=space, first=UNPRUNED)[0]
    assert first == {**UNPRUNED, "lr": pytest.approx(1e-2), "epochs": 5, "net": "conv"}
    assert start(1, space=space, first={"net": "rocket"})[0]["net"] == "rocket"


@pytest.mark.parametrize("space", [SPACE, None])
def test_levels_reach_nearly_unpruned_networks_and_some_rows_stay_independent(
    space: Mapping[str, BaseDistribution] | None,
) -> None:
    rows = sparsities(start(space=space, levels=LAYERS))
    assert rows.mean(axis=1).min() < 0.1
    assert rows.mean(axis=1).max() > 0.8
    apart = np.ptp(rows, axis=1) > 0.5 * 0.95
    np.testing.assert_array_equal(np.flatnonzero(apart), [3, 7])


def test_without_levels_ten_independent_sparsities_never_come_near_zero() -> None:
    assert sparsities(start(space=SPACE)).mean(axis=1).min() > 0.2


@examples(max_examples=50, deadline=None)
@given(st.integers(0, 2**31))
def test_draws_around_a_level_stay_in_the_unit_interval(seed: int) -> None:
    rng = np.random.default_rng(seed)
    level = rng.random((4, 1))
    gathered = around_level(rng.random((4, 6)), level)
    assert gathered.min() >= 0.0
    assert gathered.max() <= 1.0
    assert np.abs(gathered - level).max() <= 0.25
    assert (np.abs(gathered - level) <= np.minimum(level, 1.0 - level)).all()


def test_a_first_point_beyond_a_limit_moves_its_level_as_little_as_it_must() -> None:
    def size(params: Mapping[str, np.ndarray]) -> np.ndarray:
        sparsity = np.stack([params[n] for n in LAYERS], axis=1)
        return np.asarray(1.0 - sparsity.mean(axis=1, keepdims=True))

    known = KnownObjectives((), size, further=(0.5,))
    rows = start(space=SPACE, first=UNPRUNED, levels=LAYERS, known=known)
    assert rows[0]["lr"] == pytest.approx(1e-2)
    assert 0.5 <= rows[0][LAYERS[0]] < 0.51
    assert (sparsities(rows).mean(axis=1) >= 0.5).all()
    assert len({tuple(row.values()) for row in rows}) == 10


def test_a_first_point_beyond_a_limit_that_no_level_keeps_is_replaced() -> None:
    known = KnownObjectives((), lambda p: p["lr"][:, None], further=(1e-3,))
    row = start(1, space=SPACE, first=UNPRUNED, levels=LAYERS, known=known)[0]
    assert row["lr"] <= 1e-3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"first": {"lrr": 1.0}}, "first: unknown parameter 'lrr'; did you mean 'lr'"),
        ({"first": {"lr": 2.0}}, r"first: got lr = 2.0, wanted it in FloatDistribution\("),
        ({"first": {"net": "tree"}}, "first: got net = 'tree', wanted it in Categorical"),
        ({"first": ["lr"]}, r"first: got \['lr'\], wanted values by parameter name"),
        ({"levels": "lr"}, "levels: got 'lr', wanted names of parameters"),
        ({"levels": ["deep"]}, "levels: unknown parameter 'deep'"),
        ({"levels": ["net"]}, "levels: got net, a category; wanted numeric parameters"),
    ],
)
def test_wrong_names_and_values_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ARSSampler(0, space=SPACE, **arguments)
