"""C2-DTLZ2 (Jain 2014): DTLZ2 of which only some regions of the front are feasible."""

import numpy as np

from tinypareto.bench.problems.botorch import C2DTLZ2, TestFunction


def c2dtlz2() -> TestFunction:
    """Twelve inputs, two objectives, one constraint; the best volume is BoTorch's, by NSGA-II."""
    function = C2DTLZ2(dim=12, num_objectives=2)
    return TestFunction(function, np.zeros(2), function.max_hv)
