"""Recordings as arrays in one .npz file: each array is one, [rows] or [rows, channels]."""

import re
import zipfile
from pathlib import Path

import numpy as np

from tinypareto.data.array_columns import table_of
from tinypareto.data.recording_format import Format, Query, refused
from tinypareto.data.table import Table
from tinypareto.errors import DataError

ADVICE = "write it anew with numpy.savez, without object arrays"
_CASES = re.compile(r"(x|y|class_names|labels?|data|targets?)(_.*)?|.*_(train|test|val)", re.I)
"""Names of arrays that hold cases rather than recordings."""


def members(path: Path) -> list[str]:
    """Names of the recordings; none if the arrays hold cases, or if the file cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
    # A damaged archive can make zipfile raise nearly anything; `read` says so.
    except Exception:
        return []
    return [] if any(_CASES.fullmatch(name) for name in names) else names


def read(path: Path, member: str, query: Query) -> Table:
    """Read one array; its channels are named 1, 2, ...

    Raises:
        DataError: The array cannot be read, or has another shape or type.
    """
    where = f"{path}: {member}"
    if not member:
        raise DataError(
            f"{path}: holds cases rather than recordings, or cannot be read; give the path of the "
            "file itself, or move it away"
        )
    with refused(where, ADVICE), np.load(path, allow_pickle=False) as file:
        values = np.asarray(file[member])
    if values.ndim not in (1, 2) or values.dtype.kind not in "biuf":
        raise DataError(
            f"{where}: has shape {list(values.shape)} and type {values.dtype}; wanted numbers "
            "[rows] or [rows, channels]"
        )
    columns = values.reshape(len(values), -1)
    if columns.shape[1] > len(columns):
        raise DataError(
            f"{where}: has {len(columns)} rows of {columns.shape[1]} channels; transpose it if "
            "its first axis is the channels"
        )
    names = {str(i + 1): columns[:, i] for i in range(columns.shape[1])}
    return table_of(where, names, query)


FORMAT = Format("several recordings as arrays [rows] or [rows, channels]", read, members)
