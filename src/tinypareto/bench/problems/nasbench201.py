"""NAS-Bench-201 (Dong 2020) as a table: six categories, nothing to train.

The table is not part of the project: an .npz with `ops` (15625, 6), `op_names`,
`val_acc_cifar10`, `params_M_cifar10`, `flops_M_cifar10` and a latency, `lat_ms_raspi4`
(HW-NAS-Bench, Li 2021).
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import CategoricalDistribution

from tinypareto.bench.problem import Array, Params, Problem
from tinypareto.errors import DataError
from tinypareto.pareto import hypervolume

_COLUMNS = ("val_acc_cifar10", "params_M_cifar10", "flops_M_cifar10", "lat_ms_raspi4")


class NASBench201(Problem):
    """Validation error on CIFAR-10, parameters, FLOPs and latency on a Raspberry Pi 4.

    The corners are the least and the greatest values of the table, except that the reference of
    the error is 0.5: a worse network is of no use.

    Args:
        table: Path of the .npz file.

    Raises:
        DataError: The file is not such a table.
    """

    def __init__(self, table: Path) -> None:
        try:
            with np.load(table, allow_pickle=False) as data:
                ops, names = data["ops"], data["op_names"].tolist()
                accuracy, *costs = (np.asarray(data[name], np.float64) for name in _COLUMNS)
        except (OSError, ValueError, LookupError) as error:
            raise DataError(
                f"{table}: cannot be read as a table of NAS-Bench-201 ({error}); give an .npz "
                f"with ops, op_names, {', '.join(_COLUMNS)}"
            ) from error
        self._names = names
        self.space = {f"edge{i}": CategoricalDistribution(names) for i in range(ops.shape[1])}
        values = np.column_stack([1.0 - accuracy / 100.0, *costs])
        self._values = np.empty_like(values)
        self._values[self._rows(ops)] = values
        self.ideal, self.reference = values.min(axis=0), values.max(axis=0)
        self.reference[0] = 0.5
        self.best = hypervolume(self.scaled(values))

    def _rows(self, ops: NDArray[np.integer]) -> NDArray[np.intp]:
        shape = (len(self._names),) * ops.shape[1]
        return np.asarray(np.ravel_multi_index(tuple(ops.T), shape))

    def evaluate(self, params: Params) -> Array:
        """Look up the (n, 4) objectives."""
        index = {name: i for i, name in enumerate(self._names)}
        ops = np.array([[index[value] for value in params[name]] for name in self.space]).T
        return np.asarray(self._values[self._rows(ops)])
