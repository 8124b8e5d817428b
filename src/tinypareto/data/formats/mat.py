"""MATLAB's files up to version 7: each variable of more than one number is a channel.

A matrix gives a channel for each of its columns. A name such as `X097_DE_time`, which begins with
the number of the recording, loses that beginning: the channel is `DE_time` in all files. A single
number named `fs` or the like is the sampling rate.
"""

import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.array_columns import table_of
from tinypareto.data.recording_format import Format, Query, refused
from tinypareto.data.table import Table
from tinypareto.errors import DataError

RATES = {"fs", "sr", "rate", "samplerate", "samplingrate", "samplingfrequency"}
_NUMBERED = re.compile(r"^[A-Za-z]*\d+_(?=[A-Za-z])")


def read(path: Path, _: str, query: Query) -> Table:
    """Read the variables of a file.

    Raises:
        DataError: The file is damaged or of version 7.3, or has no numbers.
    """
    from scipy.io import loadmat

    with refused(path, "save it anew from MATLAB by save(..., '-v7')"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if _is_hdf5(path):
            raise DataError(f"{path}: is a MATLAB file of version 7.3; save it by save(..., '-v7')")
        variables = {k: v for k, v in loadmat(path).items() if not k.startswith("__")}
        channels: dict[str, NDArray[Any]] = {}
        for name, values in _channels(variables):
            if name in channels:
                raise DataError(
                    f"{path}: two of its variables are channel {name!r}; keep one of them"
                )
            channels[name] = values
        return table_of(str(path), channels, query, _rate(variables))


def _channels(variables: Mapping[str, Any]) -> Iterator[tuple[str, NDArray[Any]]]:
    for variable, value in variables.items():
        name = _NUMBERED.sub("", variable)
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and value.size > 1:
            columns = value.reshape(-1, 1) if 1 in value.shape else value
            if columns.ndim == 2:
                single = columns.shape[1] == 1
                for i in range(columns.shape[1]):
                    yield name if single else f"{name}_{i + 1}", columns[:, i]


def _rate(variables: Mapping[str, Any]) -> float | None:
    for name, value in variables.items():
        if name.lower().replace("_", "") in RATES and np.size(value) == 1:
            rate = float(np.asarray(value).reshape(-1)[0])
            return rate if rate > 0 else None
    return None


def _is_hdf5(path: Path) -> bool:
    """Tell whether a file is HDF5, which MATLAB puts behind 512 bytes of its own."""
    with path.open("rb") as file:
        start = file.read(520)
    return start[:4] == b"\x89HDF" or start[512:516] == b"\x89HDF"


FORMAT = Format("variables of MATLAB up to version 7", read)
