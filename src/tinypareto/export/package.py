"""What every export format gets, and what it gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.codegen import ModelInfo
from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph
from tinypareto.resources import Limits, Resources

Files = Mapping[str, str | bytes]
"""Content by path, with slashes, relative to the exported folder."""


@dataclass(frozen=True)
class About:
    """What is known of a network and of the search that found it.

    Attributes:
        net: Network family.
        dataset: Name of the data set; any text.
        trial: Number within its study.
        accuracy: Top-1 of the int8 network on the test split, in [0, 1].
        accuracy_float: The same of the float network.
        accuracy_search: Of the int8 network on the data that steered the search.
        select_on: "validation" or "test".
        selection: The data that steered the search, in words.
        limits: Of the search.
        used: What the search measured; code and stack included where it had a board.
        board: Of the search; empty where it had none.
        seed: Of the search; None where it is not known.
        version: Of tinypareto.
    """

    net: str
    dataset: str
    trial: int
    accuracy: float
    accuracy_float: float
    accuracy_search: float
    select_on: str
    selection: str
    limits: Limits
    used: Resources
    board: str
    seed: int | None
    version: str


@dataclass(frozen=True)
class Package:
    """A network to take home.

    Attributes:
        graph: The integer network.
        info: Names and input scaling, class names included.
        name: From an allow-list; names files, libraries and packages.
        about: For people.
        series: Whether it takes series; otherwise images.
        cases: Recorded inputs, int8 [n, height, width, channels], n >= 1.
        origin: Where they came from, in words.
        raw: One raw value for each input channel, for the worked example.
    """

    graph: Graph
    info: ModelInfo
    name: str
    about: About
    series: bool
    cases: NDArray[np.int8]
    origin: str
    raw: tuple[float, ...]

    @property
    def outputs(self) -> NDArray[np.int8]:
        """What the network gives for the recorded inputs, int8 [n, classes]."""
        return interpreter.run(self.graph, self.cases)

    @property
    def version(self) -> str:
        """Of a library that holds it: another one for each trial."""
        return f"1.0.{self.about.trial}"


@dataclass(frozen=True)
class Format:
    """A way to export.

    Attributes:
        summary: For the list of formats, without a full stop.
        files: What it writes, README.md and LICENSE aside.
        use: How to build and run it, as Markdown for the README.
    """

    summary: str
    files: Callable[[Package], Files]
    use: Callable[[Package], str]
