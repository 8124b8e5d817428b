"""Reproduces the tables and figures of Deutel 2023; each is one file, and one line below.

The folder `paper/` holds the figures that the paper printed (arXiv 2305.14109v2), for comparison.
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
    """Look up an experiment by its name.

    Raises:
        ConfigError: There is no experiment of that name.
    """
    return lookup("experiment", name, EXPERIMENTS)
