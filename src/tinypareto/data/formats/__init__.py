"""File formats of recordings: one file each, and one line in `FILES`."""

from collections.abc import Mapping

from tinypareto.data.formats import arrow, csv, edge_impulse, mat, npz, wav
from tinypareto.data.recording_format import Format

__all__ = ["FILES"]

FILES: Mapping[str, Format] = {
    ".csv": csv.FORMAT,
    ".tsv": csv.FORMAT,
    ".wav": wav.FORMAT,
    ".parquet": arrow.PARQUET,
    ".feather": arrow.FEATHER,
    ".arrow": arrow.FEATHER,
    ".mat": mat.FORMAT,
    ".json": edge_impulse.JSON,
    ".cbor": edge_impulse.CBOR,
    ".npz": npz.FORMAT,
}
"""Formats by the ending of their files."""
