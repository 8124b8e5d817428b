"""Ridge regression in closed form, its strength chosen by leave-one-out errors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import ConfigError
from tinypareto.tasks.task import Targets

Floats = NDArray[np.float64]
Rows = NDArray[np.float32]

STRENGTHS = np.logspace(-6, 1, 15)
"""Strengths that are compared, as multiples of the mean squared norm of a case."""

USUAL = 1e-3
"""The strength where comparing would take too long."""

LARGEST = 1024
"""Most rows and columns of a matrix whose eigenvalues are computed: about a second."""


@dataclass(frozen=True)
class Readout:
    """A linear map of features to outputs.

    Attributes:
        weight: [outputs, features].
        bias: [outputs].
        strength: Ridge penalty, as a multiple of the mean squared norm of a case.
    """

    weight: Floats
    bias: Floats
    strength: float


def regression_targets(y: Targets, outputs: int) -> Floats:
    """Numbers to regress on, [n, outputs]: 1 and -1 for classes, else the targets themselves.

    Args:
        y: Classes, integers [n], or numbers [n] or [n, outputs].
        outputs: Number of outputs.

    Raises:
        ConfigError: The targets are neither.
    """
    if y.ndim == 1 and np.issubdtype(y.dtype, np.integer) and outputs > 1:
        return np.where(y[:, None] == np.arange(outputs), 1.0, -1.0)
    if y.size != len(y) * outputs:
        raise ConfigError(
            f"ridge regression: targets have shape {y.shape}, wanted ({len(y)}, {outputs}); "
            "choose a network that is trained by gradients"
        )
    return y.reshape(len(y), outputs).astype(np.float64)


def fit_ridge(x: Rows, y: Floats, strength: float | None = None) -> Readout:
    """Fit a readout with an intercept, which is not penalized.

    Args:
        x: Features, float32 [n, features].
        y: Targets, [n, outputs].
        strength: Penalty as a multiple of the mean squared norm of a case; None to choose it.
    """
    mean, middle = x.mean(axis=0, dtype=np.float64), y.mean(axis=0)
    centred, targets = x - mean.astype(np.float32), y - middle
    dual = len(x) <= x.shape[1]
    gram = (centred @ centred.T if dual else centred.T @ centred).astype(np.float64)
    norm = max(float(np.trace(gram)) / len(x), 1e-12)
    if strength is None:
        strength = _least_error(centred, targets, gram, norm) if len(gram) <= LARGEST else USUAL
    gram[np.diag_indices(len(gram))] += strength * norm
    wanted = targets if dual else centred.T.astype(np.float64) @ targets
    solution = np.linalg.solve(gram, wanted)
    weight = (centred.T @ solution if dual else solution).T.astype(np.float64)
    return Readout(weight, middle - weight @ mean, strength)


def _least_error(centred: Rows, targets: Floats, gram: Floats, norm: float) -> float:
    """The strength with the least mean squared leave-one-out error."""
    values, vectors = np.linalg.eigh(gram)
    values = np.maximum(values, 0.0)
    # The left singular vectors of the cases; those of singular values of 0 have no share below.
    bases: NDArray[Any] = vectors
    if len(gram) < len(centred):
        bases = centred @ vectors / np.sqrt(np.maximum(values, 1e-9 * values[-1] + 1e-300))
    projected = bases.T @ targets
    errors = []
    for strength in STRENGTHS:
        kept = values / (values + strength * norm)
        residuals = targets - bases @ (kept[:, None] * projected)
        leverage = (bases**2) @ kept + 1 / len(centred)
        errors.append(np.mean((residuals / np.maximum(1 - leverage, 1e-6)[:, None]) ** 2))
    return float(STRENGTHS[int(np.argmin(errors))])
