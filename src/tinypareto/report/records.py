"""Reading of the trials' folders for the report; missing and changed files are noted."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tinypareto.evaluation.evaluator import DETAILS
from tinypareto.results import measurement_file
from tinypareto.results.front_file import trial_path
from tinypareto.results.measurement_file import FILE as MEASUREMENT
from tinypareto.search_space.training_settings import TrainingSettings
from tinypareto.training.schedule import removals


class _File(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)


class _Measurement(_File):
    settings: dict[str, float] = {}
    structure: dict[str, int | str] = {}
    sparsities: dict[str, float] = {}
    channels: dict[str, int] = {}
    seconds: float | None = None
    reused_from: str | None = None
    history: list[dict[str, float]] = []
    metrics: dict[str, float] = {}


class _Target(_File):
    name: str
    r2: float
    mae: float
    true: list[float]
    given: list[float]


class _Details(_File):
    confusion: list[list[int]] | None = None
    targets: list[_Target] = []
    instructions: list[int] | None = None


_Kind = TypeVar("_Kind", bound=_File)


def read_record(folder: Path, number: int, score: str = "accuracy") -> dict[str, Any]:
    """Read the training history and the confusion matrix of a trained trial.

    Args:
        folder: The result folder.
        number: Trial number.
        score: Name of the task's score, whose curve is called "accuracy".

    Returns:
        Values of JSON: "settings" (of structure and training), "channels" (filters that are left,
        by prunable layer),
        "seconds", "reused_from" (the trial of an earlier search from which the network was taken,
        or None), "curves" (values per epoch, by name), "pruning" (epochs, from 1, before which
        filters are removed, each with the fraction of the final sparsities that is reached),
        "confusion" (None if unknown), "targets" (of a regression, each with "name", "r2", "mae",
        and some cases' "true" and "given" values), "instructions" (by node and of the call; None if
        not emulated), "metrics" (figures of merit on the test split), and "missing" (what is
        missing, in words).
    """
    home = folder / trial_path(number)
    missing: list[str] = []
    measured = _read(home / MEASUREMENT, _Measurement, missing)
    changed = [] if missing else measurement_file.changed(home)
    details = _read(home / DETAILS, _Details, missing)
    if changed:
        # Nothing is shown of a trial that someone changed.
        missing, measured, details = missing + changed, _Measurement(), _Details()
    return {
        "settings": {**measured.structure, **measured.settings},
        "channels": measured.channels,
        "seconds": measured.seconds,
        "reused_from": measured.reused_from,
        "curves": {
            key: [_short(epoch[name]) for epoch in measured.history if name in epoch]
            for key, name in {"loss": "loss", "accuracy": score, "parameters": "parameters"}.items()
        },
        "pruning": _pruning(measured),
        "confusion": details.confusion,
        "targets": [target.model_dump() for target in details.targets],
        "metrics": measured.metrics,
        "instructions": details.instructions,
        "missing": missing,
    }


def _read(path: Path, kind: type[_Kind], missing: list[str]) -> _Kind:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        missing.append(f"{path.parent.name}/{path.name} is missing or cannot be read")
        return kind()


def _pruning(measured: _Measurement) -> list[tuple[int, float]]:
    if not any(measured.sparsities.values()):
        return []
    steps = removals(TrainingSettings.from_settings(measured.settings))
    return [(epoch + 1, round(fraction, 4)) for epoch, fraction in sorted(steps.items())]


def _short(value: float) -> float:
    return float(f"{value:.5g}")
