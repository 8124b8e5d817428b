"""Files that are either complete or absent, whenever the process dies."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_atomic(path: Path, data: str | bytes) -> None:
    """Write a file in one step: readers see the old content or the new, never a part of it.

    Args:
        path: Path of the file; its folder must exist.
        data: Text (written as UTF-8) or bytes.

    Raises:
        OSError: It cannot be written; the error always names a file.
    """
    content = data.encode() if isinstance(data, str) else data
    with (
        naming(path),
        NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file,
    ):
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            # Temporary files are readable by their owner only; results get the usual permissions.
            Path(file.name).chmod(0o666 & ~_umask())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name a file in each OSError of the block that has no name yet, such as that of a full disk.

    Args:
        path: The file that the block writes.

    Raises:
        OSError: The block failed.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk so that they survive a power loss, on POSIX systems."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
