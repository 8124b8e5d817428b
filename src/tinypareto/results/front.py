"""The feasible Pareto front that a search found, and its file `front.json`."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, computed_field
from pydantic.json_schema import SkipJsonSchema

from tinypareto.atomic_files import write_atomic
from tinypareto.errors import ResultFolderError
from tinypareto.pareto import hypervolume, knee, nondominated
from tinypareto.resources import OBJECTIVES, Limits, Objective, Resources

if TYPE_CHECKING:
    from tinypareto.evaluation.network import Network

FILE = "front.json"
FORMAT: Literal[1] = 1
REACH = 0.1
"""Search accuracy that the recommended network may lack to the best one."""

Fraction = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Time = Annotated[float, Field(gt=0)]


class FrontPoint(BaseModel):
    """One network of the front; accuracies are fractions.

    Attributes:
        number: Trial number within the study.
        params: The settings and sparsities, by parameter name.
        accuracy: Top-1 of the int8 network on the test split.
        accuracy_float: Top-1 of the float network on the test split.
        accuracy_search: Top-1 of the int8 network on the data that steered the search.
        rom_bytes: Weights, biases and tables, as emitted.
        ram_bytes: The planned arena.
        flops: Two times the multiply-accumulates of one inference.
        latency_ms: Estimated on the search's board; None where it was not.
        path: Folder of the trial within the result folder, such as "trials/0007".
    """

    model_config = ConfigDict(frozen=True)

    number: Count
    params: dict[str, int | float]
    accuracy: Fraction
    accuracy_float: Fraction
    accuracy_search: Fraction
    rom_bytes: Count
    ram_bytes: Count
    flops: Count
    latency_ms: Time | None = None
    path: str = Field(pattern=r"^trials/[0-9]{4,}$")

    @property
    def resources(self) -> Resources:
        """What the network needs."""
        return Resources(self.rom_bytes, self.ram_bytes, self.flops, self.latency_ms)


class FrontLimits(BaseModel):
    """The limits of the search."""

    model_config = ConfigDict(frozen=True)

    rom_bytes: Positive
    ram_bytes: Positive
    flops: Positive
    latency_ms: Time | None = None


class Front(BaseModel):
    """The feasible Pareto front of a search.

    Attributes:
        format: Version of the file's layout.
        dataset: Name of the data set.
        net: Name of the network family.
        limits: No listed network breaks one.
        objectives: What the front is in; the limits hold for all resources that have one.
        hypervolume: Of the listed networks in the objectives (1 - accuracy, resources / limits),
            against ones.
        search_hypervolume: The same with `accuracy_search`, which is what the search maximised.
        select_on: "validation", or "test" (the paper's protocol: optimistic accuracies).
        selection: The data that steered the search, in words.
        trials: Candidates that were asked for, infeasible and failed ones included.
        points: The networks, best `accuracy` first ("front" in the file).
        folder: The result folder that it was read from (not in the file).
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
    trials: Count
    points: tuple[FrontPoint, ...] = Field(alias="front")
    folder: SkipJsonSchema[Path] = Field(default=Path(), exclude=True)

    # mypy knows no decorated properties (python/mypy#1362).
    @computed_field  # type: ignore[prop-decorator]
    @property
    def knee(self) -> int | None:
        """Trial number of the recommended compromise, None where no network is listed.

        The knee (see `pareto.knee`) of 1 - `accuracy_search` against the largest share of a limit,
        among the networks within `REACH` of the best: a long tail of tiny networks that answer
        wrong would pull it down.
        """
        best = max((point.accuracy_search for point in self.points), default=0.0)
        near = [point for point in self.points if point.accuracy_search >= best - REACH]
        limits = Limits(**self.limits.model_dump())
        costs = [(1 - p.accuracy_search, max(limits.ratios(p.resources))) for p in near]
        return near[knee(costs)].number if near else None

    def load(self, number: int) -> "Network":
        """The network of a listed trial.

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
) -> Front:
    """The front among evaluated networks.

    The search accuracy decides which networks are in it, so that `accuracy` on the test split
    stays an honest figure; a listed network can therefore be dominated on the test split.

    Args:
        points: Evaluated networks; those that break a limit are dropped.
        limits: Of the search.
        objectives: Of the search.
        dataset: Name of the data set.
        net: Name of the network family.
        select_on: What steered the search.
        selection: The same in words.
        trials: Candidates that were asked for.
        folder: The result folder.
    """
    feasible = [p for p in points if limits.allow(p.resources)]
    values = [limits.minimised(objectives, p.accuracy_search, p.resources) for p in feasible]
    chosen = nondominated(values).tolist() if values else []
    kept = [p for p, keep in zip(feasible, chosen, strict=True) if keep]
    return Front(
        format=FORMAT,
        dataset=dataset,
        net=net,
        limits=FrontLimits(**vars(limits)),
        objectives=objectives,
        hypervolume=_volume(limits.minimised(objectives, p.accuracy, p.resources) for p in kept),
        search_hypervolume=_volume(
            limits.minimised(objectives, p.accuracy_search, p.resources) for p in kept
        ),
        select_on=select_on,
        selection=selection,
        trials=trials,
        front=tuple(sorted(kept, key=lambda p: (-p.accuracy, p.rom_bytes, p.number))),
        folder=folder,
    )


def trial_path(number: int) -> str:
    """Folder of a trial, relative to the result folder."""
    return f"trials/{number:04d}"


def write_front(front: Front) -> None:
    """Write `front.json` into the front's folder."""
    write_atomic(front.folder / FILE, front.to_json())


def read_front(folder: Path) -> Front:
    """Read `front.json` from a result folder.

    Raises:
        ResultFolderError: The folder is missing, is not a result folder, or was written by another
            version.
    """
    if not folder.is_dir():
        raise ResultFolderError(f"{folder}: no such folder; give a folder that a search wrote")
    try:
        text = (folder / FILE).read_bytes()
    except FileNotFoundError:
        raise ResultFolderError(
            f"{folder}: no {FILE} in it; give a folder that a search wrote, or start one with "
            "tinypareto search"
        ) from None
    except OSError as cause:
        raise ResultFolderError(f"{folder / FILE}: cannot be read ({cause.strerror})") from cause
    try:
        front = Front.model_validate_json(text)
    except ValidationError as cause:
        raise ResultFolderError(_refusal(folder / FILE, cause)) from cause
    return front.model_copy(update={"folder": folder})


def _refusal(path: Path, cause: ValidationError) -> str:
    errors = cause.errors(include_url=False)
    for error in errors:
        if error["loc"] == ("format",) and isinstance(error["input"], int):
            return (
                f"{path}: has format {error['input']}, this version reads {FORMAT}; "
                "use the version of tinypareto that wrote it"
            )
    where = ".".join(str(part) for part in errors[0]["loc"])
    place = f" at {where}" if where else ""
    reason = errors[0]["msg"].splitlines()[0]
    return f"{path}: not a front that tinypareto wrote ({reason}{place}); run the search anew"


def _volume(points: Iterable[tuple[float, ...]]) -> float:
    values = list(points)
    return hypervolume(values) if values else 0.0
