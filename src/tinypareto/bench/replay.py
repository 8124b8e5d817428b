"""Replayed searches: a regression of real trainings answers in their place.

Resources are exact, from the cost model. Accuracy comes from a forest fitted to a table that
`benchmarks/replay_table.py` wrote, with noise as large as that between real repeats. A replay
ranks solvers; it is not a model to choose networks by.
"""

import csv
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import KFold, cross_val_predict

from tinypareto.bench.problem import Array, Params, Problem
from tinypareto.errors import DataError
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits
from tinypareto.search_space.parameter import Parameter
from tinypareto.search_space.presets import PREFIX
from tinypareto.search_space.space import build_space
from tinypareto.search_space.training_settings import SETTINGS

RESOURCES = ("rom_bytes", "ram_bytes", "flops")
_DRAWS = 2048


@dataclass(frozen=True)
class Fidelity:
    """Distance of a replay from reality, by five-fold cross-validation.

    Attributes:
        rows: Number of evaluations with an accuracy.
        r2: Explained share of the variance, at most 1.
        rmse: Root mean squared error of the accuracy.
        rmse_best: Root mean squared error over the tenth of the rows with the highest accuracy.
        noise: Standard deviation between repeats of the same candidate.
    """

    rows: int
    r2: float
    rmse: float
    rmse_best: float
    noise: float


class Replay(Problem):
    """Error, ROM, RAM and FLOPs of pruned networks, all minimized, as a test problem.

    Args:
        table: Path of a .csv.gz written by `benchmarks/replay_table.py`.
        feasible: Share of uniform candidates that keep all limits, in (0, 1]; with one, even the
            unpruned network does.
        seed: Seed of the noise.

    Attributes:
        space: Optuna distribution by parameter name.
        absolute: (3,) limits in bytes, bytes and FLOPs.
        fidelity: Distance of the replay from reality.
    """

    num_objectives: ClassVar[int] = 4
    known_indices: ClassVar[tuple[int, ...]] = (1, 2, 3)
    limits: ClassVar[tuple[float, ...]] = (1.0, 1.0, 1.0)

    def __init__(self, table: Path, feasible: float = 1 / 3, seed: int = 0) -> None:
        about, rows = read_table(table)
        shape, classes = tuple(about["input_shape"]), about["classes"]
        spec = NetSpec(about["net"], about["settings"], shape, classes)
        self._predictor = CostModel.from_spec(spec, Limits())
        # Settings that are younger than the table keep their defaults, as they did then.
        younger = {
            name: (setting.default, setting.default)
            for name, setting in SETTINGS.items()
            if name not in rows and name not in about["space"]
        }
        space = younger | about["space"]
        self._parameters = build_space(about["preset"], self._predictor.layers, space)
        self.space = {p.name: _distribution(p) for p in self._parameters.free}
        self.kept = tuple(name for name in self.space if name.startswith(PREFIX))
        self.ideal, self.reference = np.zeros(4), np.ones(4)
        self._seed = seed
        self.absolute = self._limits_for(feasible)
        self._fit(rows)

    def resources(self, params: Params) -> Array:
        """Compute (n, 3) ROM, RAM and FLOPs divided by their limits."""
        return self._used(params) / self.absolute

    def features(self, params: Params) -> Array:
        """Compute the (n, k) features of the cost model; see `CostModel.features`."""
        return self._predictor.features(_floats(params))

    def true(self, params: Params) -> Array:
        """Compute the (n, 4) objectives without noise."""
        inputs, used = self._inputs(params), self._used(params)
        error = 1.0 - np.clip(self._forest.predict(inputs), 0.0, 1.0)
        return np.column_stack([error, used / self.absolute])

    def evaluate(self, params: Params) -> Array:
        """Compute the (n, 4) objectives of one training each; equal candidates have equal noise."""
        values = self.true(params)
        error = values[:, 0]
        # Like that of a share of test cases, the noise vanishes at errors of zero and one.
        scale = self.fidelity.noise * np.sqrt(4.0 * error * (1.0 - error))
        values[:, 0] = np.clip(error + scale * self._luck(params), 0.0, 1.0)
        return values

    def _luck(self, params: Params) -> Array:
        """(n,) standard normal numbers, seeded by a digest of each candidate."""
        rows = np.column_stack([np.asarray(params[n], np.float64) for n in self.space])
        digests = [hashlib.sha256(row.tobytes()).digest()[:8] for row in rows]
        seeds = [int.from_bytes(digest, "little") for digest in digests]
        return np.array([np.random.default_rng([self._seed, s]).normal() for s in seeds])

    def _used(self, params: Params) -> Array:
        """(n, 3) ROM, RAM and FLOPs in their units."""
        return self._predictor.ratios(_floats(params)) * _absolute(Limits())

    def _inputs(self, params: Params) -> Array:
        """(n, inputs) of the forest: parameters, logs of two, features and log resources."""
        raw = np.column_stack([np.asarray(params[n], np.float64) for n in self.space])
        step = np.log(raw[:, [list(self.space).index(n) for n in ("lr", "batch_size")]])
        size = np.log(self._used(params))
        return np.concatenate([raw, step, self.features(params), size], axis=1)

    def _fit(self, rows: Mapping[str, Array]) -> None:
        """Fit the forest, and measure its fidelity on rows that it has not seen."""
        scored = np.isfinite(rows["accuracy"])
        params = {name: rows[name][scored] for name in self.space}
        x, y = self._inputs(params), rows["accuracy"][scored]
        self._forest = ExtraTreesRegressor(
            300, min_samples_leaf=2, max_features=0.5, random_state=0
        )
        guesses = cross_val_predict(self._forest, x, y, cv=KFold(5, shuffle=True, random_state=0))
        self._forest.fit(x, y)
        wrong, best = guesses - y, y >= np.quantile(y, 0.9)
        self.fidelity = Fidelity(
            rows=len(y),
            r2=float(1.0 - (wrong**2).mean() / y.var()),
            rmse=float(np.sqrt((wrong**2).mean())),
            rmse_best=float(np.sqrt((wrong[best] ** 2).mean())),
            noise=_repeat_noise(np.column_stack(list(params.values())), y),
        )

    def _limits_for(self, feasible: float) -> Array:
        """(3,) limits: the quantile, common to all resources, that leaves that share feasible."""
        free = self._parameters.free
        unit = np.random.default_rng(0).random((_DRAWS, len(free)))
        params = {
            p.name: np.array([p.from_unit(u) for u in column])
            for p, column in zip(free, unit.T, strict=True)
        }
        # The last row prunes nothing, so that a share of one admits the unpruned network.
        used = self._used({name: np.append(v, 0.0) for name, v in params.items()})
        ranks = used.argsort(axis=0).argsort(axis=0).max(axis=1)
        level = np.quantile(ranks, feasible, method="higher") / _DRAWS
        return np.asarray(np.quantile(used, level, axis=0, method="higher"))


def read_table(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """Read a table of evaluations.

    Returns:
        The description on the first line (JSON after a #), and the numbers by column.

    Raises:
        DataError: The file is not such a table.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            about = json.loads(file.readline().removeprefix("#"))
            rows = list(csv.DictReader(file))
        names = [name for name in rows[0] if name != "kind"]
        return about, {name: np.array([float(r[name] or "nan") for r in rows]) for name in names}
    except (OSError, EOFError, ValueError, LookupError) as error:
        raise DataError(
            f"{path}: cannot be read as a table of evaluations ({error}); give a .csv.gz of "
            "benchmarks/replay_table.py"
        ) from error


def _repeat_noise(x: Array, y: Array) -> float:
    """Standard deviation of the accuracy within groups of equal candidates; 0 without any."""
    _, group, counts = np.unique(x, axis=0, return_inverse=True, return_counts=True)
    means = np.bincount(group.ravel(), y) / counts
    spare = int((counts - 1).sum())
    return float(np.sqrt(((y - means[group.ravel()]) ** 2).sum() / spare)) if spare else 0.0


def _floats(params: Params) -> dict[str, Array]:
    return {name: np.asarray(values, dtype=np.float64) for name, values in params.items()}


def _absolute(limits: Limits) -> Array:
    return np.array([limits.rom_bytes, limits.ram_bytes, limits.flops], dtype=np.float64)


def _distribution(parameter: Parameter) -> BaseDistribution:
    low, high, log = parameter.low, parameter.high, parameter.scale == "log"
    if parameter.kind == "int":
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(low, high, log=log)
