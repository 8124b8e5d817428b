"""C2-DTLZ2 (Jain 2014): DTLZ2 of which only some regions of the front are feasible."""

import numpy as np

from tinypareto.bench.problem import Problem


def c2dtlz2() -> Problem:
    """Build C2-DTLZ2 with 12 inputs, 2 objectives, 1 constraint; BoTorch found the best volume."""
    from tinypareto.bench.problems.botorch import C2DTLZ2, TestFunction

    function = C2DTLZ2(dim=12, num_objectives=2)
    return TestFunction(function, np.zeros(2), function.max_hv)
