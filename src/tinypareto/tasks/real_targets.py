"""Checks of real targets that a user made."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import DataError
from tinypareto.tasks.task import Names

LARGEST = 1e15
"""Squares of larger targets, and sums of these, could overflow."""
COARSE = 1e-3
"""Largest rounding to float32, as a part of a target's standard deviation."""


def checked_targets(
    source: str, train: NDArray[Any], test: NDArray[Any]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The targets of both parts as float32, [n] for one target and [n, targets] for several.

    Args:
        source: Origin of the targets, for messages.
        train: Targets of the training part.
        test: Targets of the test part.

    Raises:
        DataError: They make no sense; says which and why.
    """
    parts = [
        checked_numbers(source, key, array) for key, array in (("y_train", train), ("y_test", test))
    ]
    if parts[0].shape[1:] != parts[1].shape[1:]:
        raise DataError(
            f"{source}: y_train has shape {list(train.shape)}, y_test {list(test.shape)}; give "
            "both the same targets"
        )
    _check_spread(source, parts[0].reshape(len(train), -1))
    numbers = [part.astype(np.float32) for part in parts]
    return numbers[0], numbers[1]


def checked_numbers(source: str, key: str, array: NDArray[Any]) -> NDArray[np.float64]:
    """Finite numbers, [n] or [n, targets] with several targets.

    Args:
        source: Origin of the targets, for messages.
        key: Name of the array.
        array: The targets.

    Raises:
        DataError: They have another shape or type, or are not finite.
    """
    title = f"{source}: {key}"
    if array.ndim not in (1, 2) or 0 in array.shape:
        wanted = "[n] for one target or [n, targets] for several"
        raise DataError(f"{title} has shape {list(array.shape)}; wanted {wanted}")
    if array.dtype.kind not in "iuf":
        raise DataError(f"{title} has type {array.dtype}; wanted numbers; convert it")
    numbers: NDArray[np.float64] = array.astype(np.float64)
    bad = ~(np.abs(numbers) <= LARGEST)
    if bad.any():
        first = [int(i) for i in np.unravel_index(int(bad.argmax()), bad.shape)]
        raise DataError(
            f"{title} has {int(bad.sum())} values that are NaN or beyond {LARGEST:g}, the first at "
            f"index {first}; drop these cases or choose a larger unit"
        )
    return numbers[:, 0] if numbers.shape[1:] == (1,) else numbers


def _check_spread(source: str, columns: NDArray[np.float64]) -> None:
    for number, column in enumerate(columns.T):
        title = f"{source}: target {number} of y_train"
        if column.min() == column.max():
            raise DataError(f"{title} is {column[0]:g} in all cases; there is nothing to learn")
        if np.spacing(np.float32(np.abs(column).max())) > COARSE * column.std():
            raise DataError(
                f"{title} has a mean of {column.mean():g} and a standard deviation of only "
                f"{column.std():.3g}, too little for float32; subtract the mean"
            )


def target_names(source: str, names: Names | None, targets: int) -> tuple[str, ...]:
    """One name per target, "target" or numbers by default.

    Raises:
        DataError: There are more or fewer names than targets, or two are the same.
    """
    if names is None:
        return ("target",) if targets == 1 else tuple(f"target {n}" for n in range(targets))
    array = np.asarray(names)
    if array.shape != (targets,):
        raise DataError(
            f"{source}: target_names has shape {list(array.shape)}, but there are {targets} "
            f"targets; give {targets} names"
        )
    texts = tuple(n.decode(errors="replace") if isinstance(n, bytes) else str(n) for n in array)
    if len(set(texts)) < targets:
        raise DataError(f"{source}: target_names names two targets alike; rename one")
    return texts
