"""Test problems: each is one file, and one line below."""

from collections.abc import Callable

from tinypareto.bench.problem import Problem
from tinypareto.bench.problems.c2dtlz2 import c2dtlz2
from tinypareto.bench.problems.dtlz2 import dtlz2
from tinypareto.bench.problems.nasbench201 import NASBench201
from tinypareto.bench.problems.osy import osy
from tinypareto.bench.problems.passino import Passino
from tinypareto.bench.problems.re41 import re41
from tinypareto.bench.problems.re42 import RE42
from tinypareto.bench.problems.synthetic import TinyMLSynthetic
from tinypareto.bench.problems.zdt1 import zdt1

PROBLEMS: dict[str, Callable[[], Problem]] = {
    "dtlz2": dtlz2,
    "c2dtlz2": c2dtlz2,
    "zdt1": zdt1,
    "osy": osy,
    "re41": re41,
    "re42": RE42,
    "passino": Passino,
    "synthetic": TinyMLSynthetic,
}
"""Builder of each problem by its name. `NASBench201` is missing, as it needs a table."""

__all__ = ["PROBLEMS", "NASBench201", "Passino", "TinyMLSynthetic"]
