"""Runs whole searches as parts of an experiment, and reads their folders."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinypareto import data
from tinypareto.api import search
from tinypareto.config import FILE as CONFIG
from tinypareto.reproduce.experiment import ExperimentRequest
from tinypareto.reproduce.trace import Array, Trace
from tinypareto.resources import OBJECTIVES, Limits, Resources
from tinypareto.results.front import Front
from tinypareto.study.progress import Silent, Step


@dataclass(frozen=True)
class FinishedSearch:
    """A finished search.

    Attributes:
        front: Front of the search.
        trace: Trials of the search, with the accuracy that steered it.
    """

    front: Front
    trace: Trace


class _ProgressLines(Silent):
    """Reports each trial of a search as a line of the experiment."""

    def __init__(self, request: ExperimentRequest, title: str, trials: int) -> None:
        self._request, self._title, self._trials = request, title, trials

    def trial(self, step: Step) -> None:
        """Report the trial."""
        volume = f"hypervolume {step.hypervolume:.4f}"
        self._request.tell(f"{self._title}: trial {step.done}/{self._trials}, {volume}")


def source_of(name: str, folder: Path | None) -> str:
    """Resolve a data set: a path, NAME.npz in the folder if it exists, else a UEA data set."""
    if data.is_path(name) or name in data.SOURCES:
        return name
    if folder is not None and (folder / f"{name}.npz").is_file():
        return str(folder / f"{name}.npz")
    return f"uea:{name}"


def run_search(
    request: ExperimentRequest,
    dataset: str,
    sampler: str,
    seed: int,
    trials: int,
    options: Mapping[str, Any],
    limits: Limits | None = None,
) -> FinishedSearch:
    """Run or resume a search that the test split steers, as in the paper.

    Args:
        request: Request that the search is part of.
        dataset: A name in the paper's table, or a path.
        sampler: Name of the sampler.
        seed: Seed of the search.
        trials: Number of trials.
        options: Further keys of `RunConfig`.
        limits: Limits of the search; the data set's own by default.
    """
    name = data.short_name(dataset)
    title = f"{name}, {sampler}, seed {seed}"
    out = request.out / "searches" / f"{name}-{sampler}-{seed}"
    front = search(
        source_of(dataset, request.data_dir),
        limits=limits,
        resume=(out / CONFIG).is_file(),
        reporter=_ProgressLines(request, title, trials),
        data_dir=request.data_dir and str(request.data_dir),
        sampler=sampler,
        seed=seed,
        trials=trials,
        select_on="test",
        out=str(out),
        **options,
    )
    return FinishedSearch(front, Trace(name, sampler, seed, _values(front)))


def _values(front: Front) -> Array:
    """(trials, 4) objectives; NaN for a trial that was not trained or failed."""
    limits = Limits(**front.limits.model_dump())
    values = np.full((front.trials, len(OBJECTIVES)), np.nan)
    for file in (front.folder / "trials").glob("*/measurement.json"):
        record = json.loads(file.read_text(encoding="utf-8"))
        ratios = limits.ratios(Resources(**record["resources"]))
        if max(ratios) <= 1.0:
            values[record["number"]] = (1 - record["accuracy_search"], *ratios)
    return values
