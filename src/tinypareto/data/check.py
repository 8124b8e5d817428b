"""Checks that every data set must pass, whatever its arrays come from."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.dataset import Dataset
from tinypareto.data.overlap import overlapping
from tinypareto.errors import DataError
from tinypareto.resources import Limits
from tinypareto.tasks.registry import find_task
from tinypareto.tasks.task import DEFAULT, Names

LARGEST = 1e30
SMALLEST_SPAN = 1e-30
"""Gains for values within a smaller span would overflow float32."""

_SHAPES = "series [n, channels, length] or images [n, channels, height, width]"


def checked(
    source: str,
    name: str,
    x_train: NDArray[Any],
    y_train: NDArray[Any],
    x_test: NDArray[Any],
    y_test: NDArray[Any],
    *,
    class_names: Names | None = None,
    limits: Limits | None = None,
    notes: tuple[str, ...] = (),
    groups: NDArray[np.int64] | None = None,
    task: str = DEFAULT,
    validation: NDArray[np.bool_] | None = None,
    channel_names: Sequence[str] = (),
    rate: float | None = None,
) -> Dataset:
    """Make a data set of arrays that may be wrong.

    Args:
        source: Origin of the arrays, for messages.
        name: Name of the data set.
        x_train: Series [n, channels, length] or images [n, channels, height, width]; numbers.
        y_train: Targets [n, ...]; for classification labels 0 .. classes - 1, each class present.
        x_test: Cases of the test split, in the same form.
        y_test: Targets of the test split, in the same form; classes may be absent.
        class_names: One name per class; numbers by default.
        limits: Limits that suit the data.
        notes: Changes that were made while reading.
        groups: Number of the recording of each training case.
        task: Key in `tinypareto.tasks.registry.TASKS`.
        validation: Whether each training case belongs to the official validation part, bool [n].
        channel_names: Name of each channel; may be empty.
        rate: Sampling rate in Hz; None if it is unknown.

    Raises:
        ConfigError: There is no such task.
        DataError: The arrays make no sense; says which and why.
    """
    xs = [checked_values(source, k, x) for k, x in (("X_train", x_train), ("X_test", x_test))]
    *ys, names = find_task(task).check_targets(
        source,
        as_array(source, "y_train", y_train),
        as_array(source, "y_test", y_test),
        class_names,
    )
    if xs[0].shape[1:] != xs[1].shape[1:]:
        raise DataError(
            f"{source}: one case of X_train has shape {list(xs[0].shape[1:])}, one of X_test "
            f"{list(xs[1].shape[1:])}; bring both to the same shape"
        )
    for part, x, y in zip(("train", "test"), xs, ys, strict=True):
        _check_lengths(source, part, x, y)
    _check_spread(source, xs[0])
    if groups is None and (groups := overlapping(xs[0])) is not None:
        notes = (
            *notes,
            "training cases overlap with the next one: those that follow each other are kept "
            f"together as {groups[-1] + 1} recordings",
        )
    if groups is not None:
        groups = _one_a_case(source, "groups", groups, len(xs[0]))
    if validation is not None:
        validation = _one_a_case(source, "validation", validation, len(xs[0])).astype(bool)
    return Dataset(
        name,
        xs[0],
        ys[0],
        xs[1],
        ys[1],
        names,
        limits or Limits(),
        tuple(notes),
        groups,
        task,
        validation,
        tuple(channel_names),
        rate,
    )


def as_array(source: str, key: str, values: Any) -> NDArray[Any]:
    """NumPy array of values from Python: an array, a list, or a tensor of PyTorch.

    Args:
        source: Origin of the values, for messages.
        key: Name of the values.
        values: The values.

    Raises:
        DataError: They do not form an array.
    """
    # A tensor on a device or with a gradient does not convert by itself.
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    try:
        return np.asarray(values)
    except (ValueError, TypeError, RuntimeError) as cause:
        reason = str(cause).splitlines()[0]
        raise DataError(
            f"{source}: {key} is no array ({reason}); give cases of one shape as a NumPy array"
        ) from cause


def checked_values(source: str, key: str, values: Any) -> NDArray[np.float32]:
    """Raw cases as float32.

    Args:
        source: Origin of the cases, for messages.
        key: Name of the array.
        values: The cases: an array, nested lists, or a tensor of PyTorch.

    Raises:
        DataError: They have another shape or type, are not finite, or exceed `LARGEST`.
    """
    array = as_array(source, key, values)
    title = f"{source}: {key}"
    if array.ndim not in (3, 4):
        hint = f"reshape it to {_SHAPES}"
        if array.ndim == 2:
            hint = "for series of one channel write X[:, None, :]"
        raise DataError(f"{title} has shape {list(array.shape)}; wanted {_SHAPES}; {hint}")
    if array.size == 0:
        raise DataError(f"{title} is empty (shape {list(array.shape)}); give at least one case")
    if array.dtype.kind not in "iuf":
        raise DataError(f"{title} has type {array.dtype}; wanted floats or integers; convert it")
    with np.errstate(over="ignore"):
        numbers = np.ascontiguousarray(array, dtype=np.float32)
    bad = ~np.isfinite(numbers)
    if bad.any():
        first = [int(i) for i in np.unravel_index(int(bad.argmax()), bad.shape)]
        raise DataError(
            f"{title} has {int(bad.sum())} values that are NaN, infinite or beyond float32, the "
            f"first at index {first}; replace them or drop these cases"
        )
    if max(numbers.max(), -numbers.min()) > LARGEST:
        raise DataError(
            f"{title} has values beyond {LARGEST:g}, which overflow when they are normalized; "
            "choose a larger unit"
        )
    return numbers


def _check_lengths(source: str, part: str, x: NDArray[np.float32], y: NDArray[Any]) -> None:
    if len(x) != len(y):
        raise DataError(
            f"{source}: X_{part} has {len(x)} cases but y_{part} has {len(y)} labels; "
            "give one label a case"
        )


def _check_spread(source: str, x: NDArray[np.float32]) -> None:
    axes = (0, *range(2, x.ndim))
    spans = x.max(axis=axes).astype(np.float64) - x.min(axis=axes)
    small = (spans > 0) & (spans < SMALLEST_SPAN)
    if small.any():
        channel = int(small.argmax())
        raise DataError(
            f"{source}: channel {channel} of X_train only spans {spans[channel]:.3g}, too little "
            "for float32; choose a smaller unit or leave it out"
        )


def _one_a_case(source: str, key: str, values: Any, cases: int) -> NDArray[Any]:
    array = as_array(source, key, values)
    if array.shape != (cases,):
        raise DataError(
            f"{source}: {key} has shape {list(array.shape)}; wanted one number for each of the "
            f"{cases} training cases"
        )
    return array
