"""The file `measurement.json` of a trial, which lists every file of its folder with its SHA-256."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinypareto.errors import ResultFolderError

FILE = "measurement.json"
FORMAT = 2
"""Format 1 has no checksums; its files are read unchecked."""


def with_manifest(record: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a trial together with the measurement that names them.

    Args:
        record: The figures.
        files: Contents by path within the trial's folder.
    """
    sums = {name: digest(content) for name, content in files.items()}
    text = json.dumps({"format": FORMAT, **record, "sha256": sums}, indent=2) + "\n"
    return {FILE: text.encode(), **files}


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def check(folder: Path) -> None:
    """Compare a trial's files with its measurement.

    Raises:
        ResultFolderError: A file is missing or differs, or tinypareto did not write the
            measurement.
    """
    try:
        sums = sums_of((folder / FILE).read_bytes(), str(folder / FILE))
    except FileNotFoundError:
        raise ResultFolderError(f"{folder / FILE}: no such file; {_AGAIN}") from None
    for name, wanted in sums.items():
        try:
            content = (folder / name).read_bytes()
        except FileNotFoundError:
            raise ResultFolderError(f"{folder / name}: no such file; {_AGAIN}") from None
        if (got := digest(content)) != wanted:
            raise ResultFolderError(
                f"{folder / name}: was changed after it was written (its SHA-256 is {got}, "
                f"{FILE} has {wanted}); {_AGAIN}"
            )


_AGAIN = "restore the trial's folder from a copy, or search again"


def sums_of(text: bytes, source: str) -> dict[str, str]:
    """SHA-256 of each file that a measurement lists.

    Args:
        text: Content of `measurement.json`.
        source: Origin of the text, for messages.

    Raises:
        ResultFolderError: Tinypareto did not write the measurement.
    """
    try:
        record = json.loads(text)
        version = record["format"]
        if version == 1:
            return {}
        sums = record.get("sha256", {})
        known = version == FORMAT and isinstance(sums, dict)
        if known and all(isinstance(value, str) for value in sums.values()):
            _check_names(sums, source)
            return dict(sums)
    # RecursionError: JSON may be nested deeper than the parser can follow.
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as cause:
        raise ResultFolderError(f"{source}: is not a measurement; {_AGAIN}") from cause
    raise ResultFolderError(
        f"{source}: has format {version!r}, this version reads 1 and {FORMAT}; "
        "use the version of tinypareto that wrote it"
    )


def _check_names(names: Mapping[str, str], source: str) -> None:
    """Refuse names that are not plain paths below the trial's folder."""
    for name in names:
        parts = name.split("/")
        plain = all(part.strip(".") and part.isprintable() for part in parts)
        if not plain or "\\" in name or ":" in name:
            raise ResultFolderError(f"{source}: names the file {name!r}; {_AGAIN}")
