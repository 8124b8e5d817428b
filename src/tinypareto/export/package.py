"""Interface of an export format: the package that it receives and the files that it returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tinypareto.codegen import ModelInfo
from tinypareto.codegen.prefix import DEFAULT
from tinypareto.export.fill_template import text
from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph
from tinypareto.resources import Limits, Resources
from tinypareto.tasks.score import Score

Files = Mapping[str, str | bytes]
"""File contents by path, with slashes, relative to the exported folder."""


@dataclass(frozen=True)
class ImportedAbout:
    """Facts about a network that another tool trained and quantized.

    Attributes:
        file: Name of its file; any text.
        comparison: Result of the comparison with the model's own runtime, in words.
        version: Version of tinypareto.
    """

    file: str
    comparison: str
    version: str
    revision: ClassVar[int] = 0
    facts: ClassVar[Mapping[str, Any]] = {}

    @property
    def title(self) -> str:
        """Heading of its README."""
        return self.file

    @property
    def sentence(self) -> str:
        """The network in one sentence, without a full stop."""
        return f"The int8 network of {self.file}"

    @property
    def details(self) -> str:
        """More about it, in a few words."""
        return f"read by tinypareto {self.version}"


@dataclass(frozen=True)
class About:
    """Facts about a network and the search that found it.

    Attributes:
        net: Network family.
        dataset: Name of the data set; any text.
        trial: Trial number.
        kind: Score by which the search compared networks, such as accuracy.
        score: Score of the int8 network on the test split.
        score_float: Score of the float network on the test split.
        score_search: Score of the int8 network on the data that steered the search.
        select_on: "validation" or "test".
        selection: The data that steered the search, in words.
        limits: Resource limits of the search.
        used: Resources measured by the search, including code and stack if it had a board.
        board: Board of the search; empty if it had none.
        seed: Seed of the search; None if it is unknown.
        version: Version of tinypareto.
    """

    net: str
    dataset: str
    trial: int
    kind: Score
    score: float
    score_float: float
    score_search: float
    select_on: str
    selection: str
    limits: Limits
    used: Resources
    board: str
    seed: int | None
    version: str

    @property
    def title(self) -> str:
        """Heading of its README."""
        return f"{self.net} on {self.dataset}, trial {self.trial}"

    @property
    def sentence(self) -> str:
        """The network in one sentence, without a full stop."""
        return f"An int8 network for {self.dataset}"

    @property
    def details(self) -> str:
        """More about it, in a few words."""
        score = f"{self.kind.title} on the test split {self.score:.4f}"
        return f"{self.net}, trial {self.trial}, {score}"

    @property
    def revision(self) -> int:
        """Last part of the version of a library that contains the network."""
        return self.trial

    @property
    def facts(self) -> Mapping[str, Any]:
        """Numbers to store beside a model, by name."""
        return {"seed": self.seed, self.kind.name: self.score}


@dataclass(frozen=True)
class Package:
    """A network to export.

    Attributes:
        graph: The integer network.
        info: Names, including those of the classes, and input scaling.
        name: Identifier for the names of files, libraries and packages.
        about: Facts for the README and for manifests.
        series: Whether the network takes series rather than images.
        cases: Recorded inputs, int8 [n, height, width, channels], n >= 1.
        origin: Origin of the recorded inputs, in words.
        raw: One raw value per input channel, for the worked example.
        prefix: Prefix of the names in the C; see `codegen.prefix`.
    """

    graph: Graph
    info: ModelInfo
    name: str
    about: About | ImportedAbout
    series: bool
    cases: NDArray[np.int8]
    origin: str
    raw: tuple[float, ...]
    prefix: str = DEFAULT

    @property
    def outputs(self) -> NDArray[np.int8]:
        """Outputs of the network for the recorded inputs, int8 [n, classes]."""
        return interpreter.run(self.graph, self.cases)

    @property
    def program(self) -> str:
        """Name of the example program."""
        return "estimate" if self.info.quantities else "classify"

    def text(self, name: str, **values: object) -> str:
        """Fill in a template for this network, see `fill_template.text`."""
        quantities, words = bool(self.info.quantities), {**self._words, **values}
        return text(name, self.prefix, quantities=quantities, **words)

    def filled(self, instructions: str) -> str:
        """Instructions with the words for the program and the answer."""
        for key, word in self._words.items():
            instructions = instructions.replace(f"@{key}@", word)
        return instructions

    @property
    def _words(self) -> Mapping[str, str]:
        answer = "values" if self.info.quantities else "class"
        return {"PROGRAM": self.program, "TITLE": self.program.title(), "ANSWER": answer}

    @property
    def version(self) -> str:
        """Version of a library that contains the network; it differs for each trial."""
        return f"1.0.{self.about.revision}"


@dataclass(frozen=True)
class Format:
    """An export format.

    Attributes:
        summary: One line for the list of formats, without a full stop.
        files: Returns the files of the format, except README.md and LICENSE.
        use: Returns instructions for building and running the files, as Markdown for the README.
    """

    summary: str
    files: Callable[[Package], Files]
    use: Callable[[Package], str]
