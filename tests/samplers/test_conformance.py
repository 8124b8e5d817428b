"""Optuna's own suites for samplers."""

import dataclasses
from collections.abc import Callable

import pytest
from optuna.samplers import BaseSampler
from optuna.testing.pytest_samplers import (
    BasicSamplerTestCase,
    MultiObjectiveSamplerTestCase,
    RelativeSamplerTestCase,
)

from tinypareto.samplers import ARSSampler
from tinypareto.solvers import DEFAULT

QUICK = dataclasses.replace(
    DEFAULT, raw=200, ars=dataclasses.replace(DEFAULT.ars, directions=8, updates=2)
)


class TestARSSampler(BasicSamplerTestCase, RelativeSamplerTestCase, MultiObjectiveSamplerTestCase):
    @pytest.fixture
    def sampler(self) -> Callable[[], BaseSampler]:
        return lambda: ARSSampler(seed=0, preset=QUICK, n_startup_trials=2)
