"""A data set of recordings or of images, divided into its parts."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.check import checked
from tinypareto.data.dataset import Dataset
from tinypareto.data.gaps import fill_channels
from tinypareto.data.recording_parts import Unit, divide, numbered
from tinypareto.data.source import Options


def assembled(
    where: str,
    name: str,
    units: Sequence[Unit],
    shape: tuple[int, ...],
    options: Options,
    notes: Iterable[str],
    *,
    channel_names: Sequence[str] = (),
    rate: float | None = None,
    alike: bool = True,
) -> Dataset:
    """Divide units into parts and join their cases.

    Args:
        where: Origin of the data, for messages.
        name: Name of the data set.
        units: Recordings or images.
        shape: Shape of a case.
        options: Values of `test` and `seed`.
        notes: Changes that were made while reading.
        channel_names: Name of each channel.
        rate: Sampling rate in Hz, if it is known.
        alike: Whether the cases of a unit are alike, so that they stay together in any split.

    Raises:
        DataError: A class has too few units, or a value cannot be used.
    """
    parts = divide(where, units, options)
    train = parts[0]
    names = sorted({label for unit in train for label in unit.labels})
    x = [joined(part, shape) for part in parts]
    number = {label: i for i, label in enumerate(names)}
    y = [np.array([number[label] for unit in part for label in unit.labels]) for part in parts]
    if len(shape) == 2:
        fill_channels(where, *x)
    sizes = [len(unit.labels) for unit in train]
    held = np.repeat([unit.file.part == "validation" for unit in train], sizes)
    return checked(
        where,
        name,
        x[0],
        y[0],
        x[1],
        y[1],
        class_names=names,
        notes=(_counted(parts, shape), *notes),
        groups=np.repeat(numbered(train), sizes) if alike else None,
        validation=held if held.any() else None,
        channel_names=channel_names,
        rate=rate,
    )


def joined(units: Sequence[Unit], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Join the cases of units, float32 [n, *shape]."""
    x = np.empty((sum(len(unit.labels) for unit in units), *shape), np.float32)
    start = 0
    for unit in units:
        unit.fill(x[start : start + len(unit.labels)])
        start += len(unit.labels)
    return x


def _counted(parts: Sequence[Sequence[Unit]], shape: tuple[int, ...]) -> str:
    train, test = (sum(len(unit.labels) for unit in part) for part in parts)
    if len(shape) == 3:
        return f"{train} images to train, {test} to test"
    files = [len({unit.file.where for unit in part}) for part in parts]
    return f"{train} windows of {files[0]} recordings to train, {test} of {files[1]} to test"
