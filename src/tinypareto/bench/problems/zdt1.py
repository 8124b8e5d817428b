"""ZDT1 (Zitzler 2000): ten inputs, two objectives, a convex front."""

import numpy as np

from tinypareto.bench.problem import Problem


def zdt1() -> Problem:
    """Build ZDT1; its front f1 = 1 - sqrt(f0) dominates 120 2/3 relative to (11, 11)."""
    from tinypareto.bench.problems.botorch import ZDT1, TestFunction

    return TestFunction(ZDT1(dim=10), np.zeros(2), 120.0 + 2.0 / 3.0)
