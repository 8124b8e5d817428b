"""The tables and figures of Deutel 2023, run again: one experiment is one file, and one line here.

The folder `paper/` holds what the paper printed (arXiv 2305.14109v2): facts to set ours beside.
"""

from tinypareto.registry import lookup
from tinypareto.reproduce import figure1, figure2, figure3, table1, table2
from tinypareto.reproduce.experiment import Experiment

EXPERIMENTS: dict[str, Experiment] = {
    "table1": table1.EXPERIMENT,
    "table2": table2.EXPERIMENT,
    "figure1": figure1.EXPERIMENT,
    "figure2": figure2.EXPERIMENT,
    "figure3": figure3.EXPERIMENT,
}


def find(name: str) -> Experiment:
    """The experiment of that name.

    Raises:
        ConfigError: There is none.
    """
    return lookup("experiment", name, EXPERIMENTS)
