"""Sound: 8 to 32 bits or floats, and any number of channels.

Whole numbers become fractions of full scale, from -1 to 1, so that files of different depths agree.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.array_columns import table_of
from tinypareto.data.recording_format import Format, Query, refused
from tinypareto.data.table import Table

FULL_SCALE = {"uint8": 128.0, "int16": 2.0**15, "int32": 2.0**31, "int64": 2.0**63}
"""Values of full scale; SciPy gives 24 bits as the upper ones of 32."""


def read(path: Path, _: str, query: Query) -> Table:
    """Read a file; its channels are named 1, 2, ...

    Raises:
        DataError: The file is damaged or compressed.
    """
    from scipy.io import wavfile

    with refused(path, "save it anew as PCM"), warnings.catch_warnings():
        # Chunks of other programs are skipped, but a file that ends early is refused.
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message="Reached EOF")
        rate, samples = wavfile.read(path)
        values = samples.reshape(len(samples), -1)
        names = [str(i + 1) for i in range(values.shape[1])]
        channels = {
            name: _fractions(values[:, int(name) - 1]) for name in query.chosen(str(path), names)
        }
        return table_of(str(path), channels, query, float(rate) or None)


def _fractions(samples: NDArray[Any]) -> NDArray[np.float32]:
    values = samples.astype(np.float32)
    scale = FULL_SCALE.get(samples.dtype.name)
    if scale is None:
        return values
    # The middle of unsigned bytes is 128.
    values -= np.float32(128 if samples.dtype == np.uint8 else 0)
    values /= np.float32(scale)
    return values


FORMAT = Format("sound of any rate and depth", read)
