"""The feasible Pareto front that a search found."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    computed_field,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from tinypareto.data.summary import Summary
from tinypareto.errors import ResultFolderError
from tinypareto.nets.options import AUTO
from tinypareto.pareto import hypervolume, knee, nondominated
from tinypareto.resources import OBJECTIVES, SCORE, Limits, Objective
from tinypareto.results.front_point import (
    Count,
    Fraction,
    FrontLimits,
    FrontPoint,
    Positive,
)
from tinypareto.results.listed import LeastScore, rank_correlation
from tinypareto.results.recommend import recommend
from tinypareto.results.shown import as_frame, as_html, in_words, plotted
from tinypareto.tasks.baseline import Baseline
from tinypareto.tasks.registry import CLASSIFICATION, find_task
from tinypareto.tasks.task import DEFAULT, Task

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tinypareto.evaluation.network import Network

FORMAT: Literal[1] = 1
NO_LEAST = LeastScore()
REACH = 0.1
"""How far the search score of the recommended network may be from the best one, as an objective."""


class Front(BaseModel):
    """The feasible Pareto front of a search.

    Attributes:
        format: Version of the file's layout.
        dataset: Name of the data set.
        net: Name of the network family.
        limits: No listed network breaks one.
        objectives: Objectives of the front; limits hold for all resources that have one.
        hypervolume: Hypervolume of the listed networks in the objectives (1 - accuracy, resources /
            limits), with all ones as the reference point.
        search_hypervolume: Hypervolume with `score_search`, which the search maximized.
        select_on: "validation", or "test" (the paper's protocol: optimistic scores).
        selection: Description of the data that steered the search.
        selection_cases: Number of cases of this data; None in files of version 0.1.
        trials: Number of candidates, including infeasible and failed ones.
        baselines: Simple models on the same split; empty in files of version 0.1.
        min_score: Least search score of a listed network: the wish of the user, or the score of the
            most frequent class, which has to be exceeded; None in files of version 0.1.
        left_out: Number of feasible networks below it.
        rank_correlation: Spearman's rank correlation of `score_search` and `score` over all
            measured networks; None if there are too few, or in files of version 0.1.
        points: The networks, best `score_search` first ("front" in the file).
        folder: The result folder that the front was read from (not in the file).
        task: Key in `tinypareto.tasks.registry.TASKS`; files leave it out for classification.
        data: Description of the data as it was read; None in older files.
    """

    model_config = ConfigDict(frozen=True)

    format: Literal[1]
    dataset: str
    net: str
    limits: FrontLimits
    objectives: tuple[Objective, ...] = OBJECTIVES
    hypervolume: Fraction
    search_hypervolume: Fraction
    select_on: Literal["validation", "test"]
    selection: str
    selection_cases: Positive | None = None
    trials: Count
    baselines: tuple[Baseline, ...] = ()
    min_score: float | None = None
    left_out: Count = 0
    rank_correlation: Annotated[float, Field(ge=-1, le=1)] | None = None
    points: tuple[FrontPoint, ...] = Field(alias="front")
    folder: SkipJsonSchema[Path] = Field(default=Path(), exclude=True)
    task: SkipJsonSchema[str] = Field(default=DEFAULT, exclude=True)
    data: Summary | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_file(cls, content: Any) -> Any:
        """Give scores their generic names, whatever the task calls them."""
        if not isinstance(content, Mapping):
            return content
        score = find_task(str(content.get("task", DEFAULT))).score
        content = {**content}
        for key in ("front", "baselines"):
            if isinstance(rows := content.get(key), list):
                content[key] = [
                    score.from_file(row) if isinstance(row, Mapping) else row for row in rows
                ]
        if isinstance(names := content.get("objectives"), list):
            content["objectives"] = [SCORE if name == score.name else name for name in names]
        return content

    @model_serializer(mode="wrap")
    def _to_file(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        content: dict[str, Any] = handler(self)
        score = self.learning_task.score
        for key in content.keys() & {"front", "points", "baselines"}:
            content[key] = [score.to_file(row) for row in content[key]]
        if (names := content.get("objectives")) is not None:
            content["objectives"] = [score.name if name == SCORE else name for name in names]
        if self.data is None:
            content.pop("data", None)
        return content if self.task == DEFAULT else {**content, "task": self.task}

    @model_validator(mode="after")
    def _check_scores(self) -> Self:
        for point in self.points:
            point.check_scores(self.learning_task.score)
        for baseline in self.baselines:
            self.learning_task.score.check(baseline.score)
        return self

    @property
    def heading(self) -> str:
        """The data, and the net if there is one for all."""
        return self.dataset if self.net == AUTO else f"{self.net} on {self.dataset}"

    @property
    def learning_task(self) -> Task:
        """The task by its name."""
        return find_task(self.task)

    # mypy knows no decorated properties (python/mypy#1362).
    @computed_field  # type: ignore[prop-decorator]
    @property
    def knee(self) -> int | None:
        """Trial number of a compromise, None if no network is listed.

        The knee (see `pareto.knee`) of the error, such as 1 - `accuracy_search`, against the
        largest share of a limit. Only networks within `REACH` of the best count: a long tail of
        tiny networks with poor scores would pull the knee down.
        """
        score = self.learning_task.score
        reach = REACH * abs(score.best - score.worst)
        goodness = [score.goodness(point.score_search) for point in self.points]
        best = max(goodness, default=0.0)
        near = [p for p, good in zip(self.points, goodness, strict=True) if good >= best - reach]
        costs = [(score.objective(p.score_search), self._largest_share(p)) for p in near]
        return near[knee(costs)].number if near else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def recommended(self) -> int | None:
        """Trial number of the recommended network, None if no network is listed.

        The smallest network, by the largest share of a limit that it uses, whose search score
        cannot be told apart from the best; see `recommend`. Where networks were not compared in
        pairs, it is the smallest within one standard error of the best score, and the knee if not
        even the number of cases is known.
        """
        if self.points and all(p.difference_error is not None for p in self.points):
            # After finals the score of a network that was not in them is partly luck.
            tested = [p for p in self.points if p.further_trainings] or self.points
            return recommend(tested, self.learning_task.score, self._largest_share)
        if not self.points or self.selection_cases is None:
            return self.knee
        task, score = self.learning_task, self.learning_task.score
        best = max((p.score_search for p in self.points), key=score.goodness)
        least = score.goodness(best) - task.standard_error(best, self.selection_cases)
        near = [p for p in self.points if score.goodness(p.score_search) >= least]
        return min(near, key=self._largest_share).number

    def _largest_share(self, point: FrontPoint) -> float:
        """Largest share of a limit that a network uses."""
        return max(Limits(**self.limits.model_dump()).ratios(point.resources))

    @property
    def recommended_point(self) -> FrontPoint | None:
        """The recommended network."""
        number = self.recommended
        return next((point for point in self.points if point.number == number), None)

    @property
    def other_metrics(self) -> list[str]:
        """Names of the figures of merit that every network has beside the score."""
        known = [point.metrics.keys() for point in self.points]
        names = known[0] if known else ()
        score = self.learning_task.score.name
        return [name for name in names if name != score and all(name in one for one in known)]

    @property
    def best_baseline(self) -> Baseline | None:
        """The simple model of the best score, None if none was scored."""
        goodness = self.learning_task.score.goodness
        return max(self.baselines, key=lambda baseline: goodness(baseline.score), default=None)

    def __repr__(self) -> str:
        return in_words(self)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return as_html(self)

    def to_pandas(self) -> Any:
        """The networks as a data frame of pandas: a row for each, best search score first.

        Columns are the keys of a network in `front.json` (sizes in bytes, latency in
        milliseconds), `recommended`, further metrics, and the parameters by their names.

        Raises:
            ConfigError: pandas is not installed.
        """
        return as_frame(self)

    def plot(self, x: str = "rom", ax: "Axes | None" = None) -> "Axes":
        """Plot the score on the test split against a resource; a star is the recommended network.

        Args:
            x: "rom", "ram", "flops" or "latency".
            ax: Axes of matplotlib to draw on; new ones by default.

        Returns:
            The axes.

        Raises:
            ConfigError: matplotlib is not installed, or x is not a resource that is known.
        """
        return plotted(self, x, ax)

    def report(self, out: Path | None = None) -> Path:
        """Write the HTML report of the search; see `tinypareto.report.write_report`.

        Args:
            out: Path of the report; `report.html` in the result folder by default.

        Returns:
            Path of the report.

        Raises:
            ConfigError: plotly is not installed, or the study is in a shared database.
            ResultFolderError: The result folder is gone, or the file cannot be written.
        """
        from tinypareto.report import write_report

        return write_report(self.folder, out)

    def load(self, number: int) -> "Network":
        """Load the network of a listed trial.

        Raises:
            ResultFolderError: The trial is not listed, or its files are missing or damaged.
        """
        from tinypareto.results import measurement_file
        from tinypareto.results.model_file import load_network

        paths = {point.number: point.path for point in self.points}
        if number not in paths:
            listed = ", ".join(map(str, paths)) or "none"
            raise ResultFolderError(f"trial {number}: is not in the front; listed are: {listed}")
        folder = self.folder / paths[number]
        measurement_file.check(folder)
        return load_network(folder)

    def to_json(self) -> str:
        """The text of `front.json`."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"


def build_front(
    points: Iterable[FrontPoint],
    limits: Limits,
    objectives: tuple[Objective, ...] = OBJECTIVES,
    *,
    dataset: str,
    net: str,
    select_on: Literal["validation", "test"],
    selection: str,
    trials: int,
    folder: Path,
    selection_cases: int | None = None,
    task: Task = CLASSIFICATION,
    data: Summary | None = None,
    baselines: tuple[Baseline, ...] = (),
    least: LeastScore = NO_LEAST,
    difference_error: Callable[[int, int], float | None] | None = None,
) -> Front:
    """The front among evaluated networks.

    The search score decides which networks are in the front, so the score on the test split is not
    biased by the choice; a listed network can therefore be dominated on the test split.

    Args:
        points: Evaluated networks; those that exceed a limit are dropped.
        limits: Limits of the search.
        objectives: Objectives of the search.
        dataset: Name of the data set.
        net: Name of the network family.
        select_on: Kind of data that steered the search.
        selection: Description of this data.
        trials: Number of candidates.
        folder: The result folder.
        selection_cases: Number of cases of the data that steered the search.
        task: Task of the data set.
        data: Description of the data as it was read.
        baselines: Simple models on the same split.
        least: Bounds on the search score of a listed network.
        difference_error: Standard error of the difference between two trials' search scores.
    """
    points, score = list(points), task.score

    def minimized(value: float, point: FrontPoint) -> tuple[float, ...]:
        return limits.minimized(objectives, score.objective(value), point.resources)

    small = [p for p in points if limits.allow(p.resources)]
    feasible = [p for p in small if least.allows(score, p.score_search)]
    values = [minimized(p.score_search, p) for p in feasible]
    chosen = nondominated(values).tolist() if values else []
    kept = [p for p, keep in zip(feasible, chosen, strict=True) if keep]
    kept.sort(key=lambda p: (-score.goodness(p.score_search), p.rom_bytes, p.number))
    if difference_error is not None:
        errors = {p.number: difference_error(kept[0].number, p.number) for p in kept}
        kept = [p.model_copy(update={"difference_error": errors[p.number]}) for p in kept]
    return Front(
        format=FORMAT,
        dataset=dataset,
        net=net,
        limits=FrontLimits(**vars(limits)),
        objectives=objectives,
        hypervolume=_volume(minimized(p.score, p) for p in kept),
        search_hypervolume=_volume(minimized(p.score_search, p) for p in kept),
        select_on=select_on,
        selection=selection,
        selection_cases=selection_cases,
        trials=trials,
        baselines=baselines,
        min_score=least.strictest(score),
        left_out=len(small) - len(feasible),
        rank_correlation=rank_correlation(points),
        front=tuple(kept),
        folder=folder,
        task=task.name,
        data=data,
    )


def _volume(points: Iterable[tuple[float, ...]]) -> float:
    values = list(points)
    return hypervolume(values) if values else 0.0
