"""A synthetic test problem: invented functions in the shape of a search, not measurements.

`TinyMLSynthetic` copies the structure of the real search (training settings, one sparsity per
layer, resources from integer filter counts) with an invented accuracy. It ranks solvers in
seconds; for real networks its results are no more than a hint.
"""

from typing import ClassVar

import numpy as np
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from tinypareto.bench.problem import Array, Params, Problem, column


class TinyMLSynthetic(Problem):
    """Error, ROM, RAM and FLOPs of an imagined depthwise-separable network, all minimized.

    Resources are those of one convolution and ten depthwise-separable ones with integer filter
    counts, divided by limits that about a quarter of uniform candidates keep. Accuracy
    saturates in the capacity (layers weigh differently, the thinnest one counts extra) and in
    the training settings, which interact: learning rate with batch size and momentum, epochs
    with the decay, pruning with the time that is left to recover. Deterministic given `seed`.

    Args:
        layers: Number of prunable layers, at least 2; the dimension is 10 + layers.
        seed: Seed of the layers' weights and of the best settings.

    Attributes:
        dim: Number of parameters.
    """

    num_objectives: ClassVar[int] = 4
    known_indices: ClassVar[tuple[int, ...]] = (1, 2, 3)
    limits: ClassVar[tuple[float, ...]] = (1.0, 1.0, 1.0)
    width: ClassVar[int] = 128

    def __init__(self, layers: int = 11, seed: int = 0) -> None:
        self.layers = tuple(f"sparsity_{i:02d}" for i in range(layers))
        self.space: dict[str, BaseDistribution] = {
            "epochs": IntDistribution(10, 60),
            "batch_size": IntDistribution(8, 64),
            "lr": FloatDistribution(1e-4, 1e-1, log=True),
            "momentum": FloatDistribution(0.7, 0.99),
            "lr_schedule": FloatDistribution(0.4, 0.9),
            "lr_gamma": FloatDistribution(0.1, 0.9),
            "weight_decay": FloatDistribution(1e-6, 1e-2, log=True),
            "pruning_start": FloatDistribution(0.0, 0.6),
            "pruning_end": FloatDistribution(0.65, 0.95),
            "pruning_steps": IntDistribution(1, 20),
            **{name: FloatDistribution(0.1, 0.99) for name in self.layers},
        }
        self.dim = len(self.space)
        self.kept = self.layers
        self.ideal, self.reference = np.zeros(4), np.ones(4)
        rng = np.random.default_rng(seed)
        self._weights = rng.dirichlet(np.full(layers, 3.0))
        self._best_step = rng.uniform(-1.0, -0.2)
        self._best_decay = rng.uniform(-4.5, -3.5)
        self._limits = self._absolute_limits(layers)

    def _absolute_limits(self, layers: int) -> Array:
        return np.asarray(
            0.28 * self._usage(np.full((1, layers), float(self.width)))[0] * [0.9, 2.35, 1.0]
        )

    def channels(self, params: Params) -> Array:
        """Compute the (n, layers) numbers of filters left, integers >= 1."""
        kept = 1.0 - np.stack([column(params, name) for name in self.layers], axis=1)
        return np.maximum(1.0, np.round(self.width * kept))

    @staticmethod
    def _usage(c: Array, length: int = 64, inputs: int = 4, classes: int = 6) -> Array:
        before, after = c[:, :-1], c[:, 1:]
        rom = inputs * 5 * c[:, 0] + classes * c[:, -1] + (before * (3 + after)).sum(1)
        rom = rom + 4 * (c[:, 0] + (before + after).sum(1) + classes)
        ram = length * np.maximum((before + after).max(1), inputs + c[:, 0])
        macs = length * (inputs * 5 * c[:, 0] + (before * (3 + after)).sum(1)) + classes * c[:, -1]
        return np.stack([rom, ram, 2.0 * macs], axis=1)

    def resources(self, params: Params) -> Array:
        """Compute (n, 3) ROM, RAM and FLOPs divided by their limits, step functions of sparsity."""
        return np.asarray(self._usage(self.channels(params)) / self._limits)

    def features(self, params: Params) -> Array:
        """Compute (n, layers + 2) logs of the fractions kept by layer, their minimum and mean."""
        kept = np.log(self.channels(params) / self.width)
        summary = np.stack([kept.min(axis=1), kept.mean(axis=1)], axis=1)
        return np.concatenate([kept, summary], axis=1)

    def error(self, params: Params) -> Array:
        """One minus the invented accuracy, in [0.02, 5/6], (n,)."""
        log_kept = np.log(self.channels(params) / self.width)
        thinnest = -np.log(np.exp(-2.0 * log_kept).mean(axis=1)) / 2.0
        capacity = 2.6 + log_kept @ self._weights + 0.35 * thinnest
        fit = 1.0 / (1.0 + np.exp(-1.8 * capacity))
        accuracy = 1 / 6 + (0.98 - 1 / 6) * fit * self._training(params, log_kept.mean(axis=1))
        return np.asarray(1.0 - accuracy)

    def _training(self, params: Params, log_kept: Array) -> Array:
        step = np.log10(column(params, "lr") / (1.0 - column(params, "momentum")))
        step = step - 0.5 * np.log10(column(params, "batch_size") / 16.0)
        decay = np.log10(column(params, "weight_decay"))
        epochs = column(params, "epochs") * (
            column(params, "lr_schedule") + 0.3 * column(params, "lr_gamma")
        )
        recover = epochs * (1.0 - 0.8 * column(params, "pruning_end"))
        span = column(params, "pruning_end") - column(params, "pruning_start")
        smooth = span * np.sqrt(column(params, "pruning_steps") / 20.0)
        good = np.exp(-0.5 * ((step - self._best_step) / 0.8) ** 2)
        good *= np.exp(-0.5 * ((decay - self._best_decay + 0.15 * log_kept) / 2.0) ** 2)
        good *= 1.0 - np.exp(-epochs / 9.0)
        shock = np.exp(-recover / 4.0 - 3.0 * smooth) * np.minimum(-0.3 * log_kept, 1.0)
        return np.asarray(good * (1.0 - shock))

    def evaluate(self, params: Params) -> Array:
        """All objectives of n candidates, (n, 4), minimized.

        Args:
            params: (n,) values by parameter name.
        """
        return np.column_stack([self.error(params), self.resources(params)])
