"""Likely mistakes in data that can be read: idle channels, and axes in another order."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

COLOURS = (1, 3, 4)
"""Numbers of channels of images, which many programs put last."""


def suspicions(x: NDArray[np.float32], names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Name what is probably not meant, one line each.

    Args:
        x: Training cases [n, channels, length] or [n, channels, height, width].
        names: Names of the channels; numbers from 0 by default.
    """
    titles = names or tuple(map(str, range(x.shape[1])))
    return (*_swapped_axes(x.shape[1:]), *_idle_channels(x, titles))


def _swapped_axes(shape: tuple[int, ...]) -> Iterator[str]:
    if len(shape) == 2:
        channels, length = shape
        if channels > length > 1:
            yield (
                f"a case is read as {channels} channels of {length} steps; if it is {length} "
                f"channels of {channels} steps, write X.transpose(0, 2, 1)"
            )
        elif channels == length > COLOURS[-1]:
            yield (
                f"a case is read as {channels} channels of {length} steps; if it is an image, "
                "write X[:, None]"
            )
    elif shape[-1] in COLOURS and shape[0] not in COLOURS:
        yield (
            f"a case is read as {shape[0]} channels of {shape[1]} x {shape[2]} pixels; if the "
            "channels are the last axis, write X.transpose(0, 3, 1, 2)"
        )


def _idle_channels(x: NDArray[np.float32], titles: tuple[str, ...]) -> Iterator[str]:
    axes = (0, *range(2, x.ndim))
    constant = x.max(axis=axes) == x.min(axis=axes)
    for channel in np.flatnonzero(constant).tolist():
        yield f"channel {titles[channel]} has the value {x[0, channel].flat[0]:g} in all cases"
    first_of: dict[int, int] = {}
    for channel in np.flatnonzero(~constant).tolist():
        first = first_of.setdefault(hash(x[:, channel].tobytes()), channel)
        if first != channel and np.array_equal(x[:, first], x[:, channel]):
            yield f"channel {titles[channel]} has the same values as channel {titles[first]}"
