"""Tables of Apache Parquet and of Arrow, which pandas calls Feather."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.array_columns import table_of
from tinypareto.data.recording_format import Format, Query, optional, refused
from tinypareto.data.table import Table

EXTRA = "parquet"


def _parquet(path: Path) -> Any:
    return optional("pyarrow.parquet", path, EXTRA).ParquetFile(path).read()


def _feather(path: Path) -> Any:
    ipc = optional("pyarrow.ipc", path, EXTRA)
    with path.open("rb") as file:
        kind = ipc.open_file if file.read(6) == b"ARROW1" else ipc.open_stream
        file.seek(0)
        return kind(file).read_all()


def _reader(load: Callable[[Path], Any]) -> Callable[[Path, str, Query], Table]:
    def read(path: Path, _: str, query: Query) -> Table:
        with refused(path, "write it anew"):
            table = load(path)
            names = query.chosen(str(path), table.column_names)
            # Columns are taken out of the table one by one, so that no second copy is made.
            arrays = {}
            for name in names:
                arrays[name] = _array(table.column(name))
                table = table.drop_columns([name])
        return table_of(str(path), arrays, query)

    return read


def _array(column: Any) -> NDArray[Any]:
    """Make a NumPy array of a column; a missing number is NaN."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _array(column.cast(kind.value_type))
    if pa.types.is_boolean(kind):
        return np.array([np.nan if v is None else v for v in column.to_pylist()], np.float32)
    if pa.types.is_decimal(kind):
        return _array(column.cast(pa.float64()))
    if pa.types.is_integer(kind) and column.null_count:
        return _array(column.cast(pa.float64()))
    values: NDArray[Any] = column.to_numpy()
    return values


PARQUET = Format("a Parquet table, a column for each channel", _reader(_parquet))
FEATHER = Format("an Arrow or Feather table, a column for each channel", _reader(_feather))
