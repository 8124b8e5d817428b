"""Edge Impulse's data acquisition format, in JSON or CBOR.

A file is a recording: `payload` holds the names of its sensors, the milliseconds between two
samples (`interval_ms`), and the values, one list for each sample. Signatures are not checked. The
classes are in `info.labels`, or in front of the first point of a file's name.

Source: https://docs.edgeimpulse.com/reference/data-acquisition-format
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tinypareto.data.array_columns import table_of
from tinypareto.data.recording_format import Format, Query, optional, refused
from tinypareto.data.table import Table
from tinypareto.errors import DataError

ADVICE = "export it anew from Edge Impulse"


def _json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _cbor(path: Path) -> Any:
    cbor2 = optional("cbor2", path, "cbor")
    return cbor2.loads(path.read_bytes())


def _reader(load: Callable[[Path], Any]) -> Callable[[Path, str, Query], Table]:
    def read(path: Path, _: str, query: Query) -> Table:
        with refused(path, ADVICE):
            return _table(path, load(path), query)

    return read


def _table(path: Path, content: Any, query: Query) -> Table:
    payload = content.get("payload") if isinstance(content, dict) else None
    if not isinstance(payload, dict) or "values" not in payload:
        raise DataError(f"{path}: has no payload with values, as of Edge Impulse; {ADVICE}")
    names = [str(sensor["name"]) for sensor in payload["sensors"]]
    if len(set(names)) < len(names):
        raise DataError(f"{path}: two of its sensors have the same name; {ADVICE}")
    values = payload["values"]
    if any(isinstance(value, str | bytes) for value in values):
        raise DataError(
            f"{path}: refers to values that are kept elsewhere; export the recording as .wav or "
            "with its values"
        )
    array = np.array(values, np.float64).reshape(len(values), -1)
    if array.shape[1] != len(names):
        raise DataError(
            f"{path}: has {array.shape[1]} values a sample for {len(names)} sensors; {ADVICE}"
        )
    interval = float(payload.get("interval_ms") or 0)
    channels = {name: array[:, i] for i, name in enumerate(names)}
    return table_of(str(path), channels, query, 1000 / interval if interval > 0 else None)


def _label(name: str) -> str:
    return name.partition(".")[0]


JSON = Format("a recording of Edge Impulse", _reader(_json), label=_label)
CBOR = Format("a recording of Edge Impulse", _reader(_cbor), label=_label)
