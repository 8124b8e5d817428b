"""RE41 (Tanabe 2020), car side impact: seven inputs, four objectives."""

import numpy as np

from tinypareto.bench.problem import Problem

_IDEAL = (15.576004, 3.58525, 10.61064375, 0.0)
"""Ideal point of the RE suite."""


def re41() -> Problem:
    """Build RE41; the best volume is that of the suite's approximate front, as in BoTorch."""
    from tinypareto.bench.problems.botorch import CarSideImpact, TestFunction

    function = CarSideImpact()
    return TestFunction(function, np.array(_IDEAL), function.max_hv)
