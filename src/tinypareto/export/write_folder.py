"""Writes an exported folder, and nothing outside it."""

import re
from pathlib import Path

from tinypareto.atomic_files import write_atomic
from tinypareto.errors import ResultFolderError
from tinypareto.export.package import Files

PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def check_free(out: Path, force: bool) -> None:
    """Refuse a folder that holds something, unless forced.

    Raises:
        ResultFolderError: It does, or it is a file.
    """
    if out.exists() and not out.is_dir():
        raise ResultFolderError(f"{out}: is a file; give a folder as --out")
    if not force and out.is_dir() and any(out.iterdir()):
        raise ResultFolderError(
            f"{out}: exists and is not empty; give another --out, or --force to write into it"
        )


def write(out: Path, files: Files) -> list[Path]:
    """Write all files, each whole or not at all; what else the folder holds is left alone.

    Returns:
        Their paths, in order.

    Raises:
        ResultFolderError: The folder cannot be written.
        ValueError: A path is none that a format may write, such as `../x`.
    """
    for name in files:
        if not all(PART.fullmatch(part) for part in name.split("/")):
            raise ValueError(f"export path {name!r}: wanted names of letters, digits, _ . and -")
    paths = [out / name for name in sorted(files)]
    try:
        for name, path in zip(sorted(files), paths, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, files[name])
    except OSError as cause:
        raise ResultFolderError(
            f"{out}: cannot be written ({cause.strerror}); give another --out"
        ) from cause
    return paths
