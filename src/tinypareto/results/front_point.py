"""One network of a front, and the limits that it keeps, as `front.json` holds them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tinypareto.resources import Resources
from tinypareto.tasks.score import Score

Fraction = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Error = Annotated[float, Field(ge=0)]
Time = Annotated[float, Field(gt=0)]


class FrontPoint(BaseModel):
    """One network of the front.

    Scores are those of the task. A classifier's are accuracies unless another metric steered the
    search, fractions in [0, 1], which `accuracy`, `accuracy_float` and `accuracy_search` give too.

    Attributes:
        number: Trial number within the study.
        params: The structure, settings and sparsities, by parameter name.
        score: Score of the int8 network on the test split.
        score_float: Score of the float network on the test split.
        score_search: Score of the int8 network on the data that steered the search.
        rom_bytes: Weights, biases and tables, as emitted.
        ram_bytes: The planned arena.
        flops: Two times the multiply-accumulates of one inference.
        latency_ms: Latency estimated on the search's board; None without an estimate.
        metrics: Figures of merit of the int8 network on the test split, by name; empty in files of
            version 0.1.
        never_found: Classes of which the int8 network finds no case of the test split.
        difference_error: Standard error of the difference between the best search score and this
            network's, in pairs on the same cases; None if it is not known.
        further_trainings: Trainings in the finals, whose answers are part of the search score.
        path: Folder of the trial within the result folder, such as "trials/0007".
    """

    model_config = ConfigDict(frozen=True)

    number: Count
    params: dict[str, int | float | str]
    score: float
    score_float: float
    score_search: float
    rom_bytes: Count
    ram_bytes: Count
    flops: Count
    latency_ms: Time | None = None
    metrics: dict[str, float] = {}
    never_found: tuple[str, ...] = ()
    difference_error: Error | None = None
    further_trainings: Count = 0
    path: str = Field(pattern=r"^trials/[0-9]{4,}$")

    @property
    def accuracy(self) -> float:
        """Top-1 of the int8 network on the test split."""
        return self.metrics.get("accuracy", self.score)

    @property
    def accuracy_float(self) -> float:
        """Top-1 of the float network on the test split."""
        return self.score_float

    @property
    def accuracy_search(self) -> float:
        """Top-1 of the int8 network on the data that steered the search."""
        return self.score_search

    def check_scores(self, score: Score) -> None:
        """Refuse scores that no network can have.

        Raises:
            ValueError: One is out of the task's range.
        """
        for value in (self.score, self.score_float, self.score_search):
            score.check(value)

    @property
    def resources(self) -> Resources:
        """Resources of the network."""
        return Resources(self.rom_bytes, self.ram_bytes, self.flops, self.latency_ms)


class FrontLimits(BaseModel):
    """Limits of the search."""

    model_config = ConfigDict(frozen=True)

    rom_bytes: Positive
    ram_bytes: Positive
    flops: Positive
    latency_ms: Time | None = None
