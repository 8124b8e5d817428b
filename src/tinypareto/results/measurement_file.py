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


def check(folder: Path, *needed: str) -> None:
    """Compare a trial's files with its measurement.

    Args:
        folder: Folder of the trial.
        *needed: Files that the measurement must list if it lists any.

    Raises:
        ResultFolderError: A file is missing or differs, or tinypareto did not write the
            measurement.
    """
    sums = sums_of(_content(folder / FILE), str(folder / FILE))
    for name in needed if sums else ():
        if name not in sums:
            raise ResultFolderError(f"{folder / FILE}: has no SHA-256 of {name}; {_AGAIN}")
    for name, wanted in sums.items():
        if problem := _change(folder / name, _content(folder / name), wanted):
            raise ResultFolderError(problem)


def changed(folder: Path) -> list[str]:
    """Describe each file of a trial that is there and differs from its SHA-256.

    Args:
        folder: Folder of the trial.

    Returns:
        One line for each such file; also if the measurement cannot be used.
    """
    try:
        sums = sums_of(_content(folder / FILE), str(folder / FILE))
        found = [(folder / name, sha256) for name, sha256 in sums.items()]
        lines = [_change(file, _content(file), sha) for file, sha in found if file.is_file()]
    except ResultFolderError as error:
        return [str(error)]
    return [line for line in lines if line]


def _change(file: Path, content: bytes, wanted: str) -> str:
    if (got := digest(content)) == wanted:
        return ""
    return (
        f"{file}: was changed after it was written (its SHA-256 is {got}, {FILE} has {wanted}); "
        f"{_AGAIN}"
    )


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise ResultFolderError(f"{file}: no such file; {_AGAIN}") from None
    except OSError as cause:
        raise ResultFolderError(f"{file}: cannot be read ({cause.strerror}); {_AGAIN}") from cause


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
        if version == FORMAT:
            return _checked_sums(record.get("sha256"), source)
    # RecursionError: JSON may be nested deeper than the parser can follow.
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as cause:
        raise ResultFolderError(f"{source}: is not a measurement; {_AGAIN}") from cause
    raise ResultFolderError(
        f"{source}: has format {version!r}, this version reads 1 and {FORMAT}; "
        "use the version of tinypareto that wrote it"
    )


def _checked_sums(sums: Any, source: str) -> dict[str, str]:
    """Refuse checksums that were removed: what nobody vouches for was not written by tinypareto."""
    if not isinstance(sums, dict) or not sums:
        raise ResultFolderError(f"{source}: has no SHA-256 of the trial's files; {_AGAIN}")
    if not all(isinstance(value, str) for value in sums.values()):
        raise TypeError("a SHA-256 is a text")
    _check_names(sums, source)
    return sums


def _check_names(names: Mapping[str, str], source: str) -> None:
    """Refuse names that are not plain paths below the trial's folder."""
    for name in names:
        parts = name.split("/")
        plain = all(part.strip(".") and part.isprintable() for part in parts)
        if not plain or "\\" in name or ":" in name:
            raise ResultFolderError(f"{source}: names the file {name!r}; {_AGAIN}")
