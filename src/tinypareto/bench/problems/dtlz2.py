"""DTLZ2 (Deb 2002): six inputs, three objectives, the front an eighth of a sphere."""

import numpy as np

from tinypareto.bench.problem import Problem


def dtlz2() -> Problem:
    """Build DTLZ2; its front has the hypervolume 1.1^3 - pi / 6 relative to (1.1, 1.1, 1.1)."""
    from tinypareto.bench.problems.botorch import DTLZ2, TestFunction

    return TestFunction(DTLZ2(dim=6, num_objectives=3), np.zeros(3), 1.1**3 - np.pi / 6)
