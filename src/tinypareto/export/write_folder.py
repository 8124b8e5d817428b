"""Writing of an exported folder, and of nothing outside it."""

import re
from pathlib import Path

from tinypareto.atomic_files import write_atomic
from tinypareto.errors import ResultFolderError
from tinypareto.export.package import Files

# A path part that starts with a dot is not allowed, so neither `..` nor an absolute path matches.
PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def check_free(out: Path, force: bool) -> None:
    """Refuse a folder that is not empty, unless forced.

    Raises:
        ResultFolderError: The folder is not empty, or the path is that of a file.
    """
    if out.exists() and not out.is_dir():
        raise ResultFolderError(f"{out}: is a file; give a folder as --out")
    if not force and out.is_dir() and any(out.iterdir()):
        raise ResultFolderError(
            f"{out}: exists and is not empty; give another --out, or --force to write into it"
        )


def write(out: Path, files: Files) -> list[Path]:
    """Write files, each completely or not at all, and leave other files in the folder alone.

    Args:
        out: The folder; it is created if it is missing.
        files: File contents by path relative to the folder.

    Returns:
        Paths of the files, sorted.

    Raises:
        ResultFolderError: The folder cannot be written.
        ValueError: A format must not write such a path, for example `../x`.
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
