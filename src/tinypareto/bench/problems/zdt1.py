"""ZDT1 (Zitzler 2000): ten inputs, two objectives, a convex front."""

import numpy as np

from tinypareto.bench.problems.botorch import ZDT1, TestFunction


def zdt1() -> TestFunction:
    """Build ZDT1; its front f1 = 1 - sqrt(f0) dominates 120 2/3 relative to (11, 11)."""
    return TestFunction(ZDT1(dim=10), np.zeros(2), 120.0 + 2.0 / 3.0)
