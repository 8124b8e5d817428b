"""Recordings that Python holds: data frames and arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.array_columns import table_of
from tinypareto.data.check import as_array
from tinypareto.data.dataset import Dataset
from tinypareto.data.path_pattern import named
from tinypareto.data.recording_file import RecordingFile
from tinypareto.data.recording_files import Found
from tinypareto.data.recording_format import Query
from tinypareto.data.recordings import SOURCE, from_files
from tinypareto.data.source import Options
from tinypareto.data.table import Table
from tinypareto.errors import DataError

NAME = "data"


@dataclass(frozen=True)
class HeldRecording(RecordingFile):
    """A recording that Python holds.

    Attributes:
        content: A data frame, or an array [rows] or [rows, channels].
    """

    content: Any = None

    def read(self, query: Query) -> Table:
        """Make a table of it.

        Raises:
            DataError: It is no table of numbers.
        """
        return table_of(self.where, _columns(self.where, self.content), query)


def is_recordings(data: object) -> bool:
    """Tell whether an object is a data frame, or recordings by name."""
    return isinstance(data, Mapping) or hasattr(data, "columns")


def recordings_from(data: Any, options: Options) -> Dataset:
    """Make a data set of a data frame with columns for the class and the group, or of recordings.

    Args:
        data: A data frame of pandas, polars or the like, a row for each point in time; or
            recordings by name, such as `{"walk/1": frame}`: data frames or arrays [rows] or
            [rows, channels]. A name is read as the path of a file.
        options: Options of a folder of recordings; those left out take their defaults.

    Raises:
        ConfigError: An option is unknown, or its value is not allowed.
        DataError: The data cannot be used.
    """
    complete = SOURCE.complete(NAME, options)
    held = data if isinstance(data, Mapping) else {NAME: data}
    if not held:
        raise DataError(f"{NAME}: holds no recordings; give some, by their names")
    files = [
        HeldRecording(Path(str(name)), PurePath(f"{name}.csv"), content=content)
        for name, content in held.items()
    ]
    return from_files(NAME, NAME, Found(named(files, str(complete["path"])), [], {}), complete)


def _columns(where: str, content: Any) -> dict[str, NDArray[Any]]:
    """Columns of a data frame, its times in front if they are its index, or of an array."""
    if hasattr(content, "columns"):
        columns = {str(name): np.asarray(content[name]) for name in content.columns}
        if len(columns) < len(content.columns):
            raise DataError(f"{where}: two of its columns have the same name; rename one")
        index = np.asarray(getattr(content, "index", ()))
        return {"time": index, **columns} if index.dtype.kind in "mM" else columns
    array = as_array(where, "the recording", content)
    if array.ndim not in (1, 2):
        raise DataError(
            f"{where}: has shape {list(array.shape)}; wanted [rows] or [rows, channels]"
        )
    rows = array.reshape(len(array), -1)
    if rows.shape[1] > len(rows):
        raise DataError(
            f"{where}: has {len(rows)} rows of {rows.shape[1]} channels; transpose it if its first "
            "axis is the channels"
        )
    return {str(i + 1): rows[:, i] for i in range(rows.shape[1])}
