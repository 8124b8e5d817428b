"""OSY (Osyczka 1995): six inputs, two objectives, six constraints."""

import numpy as np

from tinypareto.bench.problem import Problem


def osy() -> Problem:
    """Build OSY; the ends of its known front are (-274, 76) and about (-42, 4)."""
    from tinypareto.bench.problems.botorch import OSY, TestFunction

    return TestFunction(OSY(), np.array([-274.0, 4.0]), None)
