"""Downloads of files that are either complete or absent.

A file is written under a temporary name, checked, and only then given its own name. Its size and
SHA-256 must match if the source knows them. Otherwise the SHA-256 of the first download is written
next to the file and must match whenever the file is used again.
"""

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tempfile import NamedTemporaryFile

from tinypareto.atomic_files import write_atomic
from tinypareto.errors import DataError

CHUNK = 1 << 20
TIMEOUT_S = 30
RECORD = ".sha256"


def default_folder() -> Path:
    """Return the folder `tinypareto` in the user's cache: $XDG_CACHE_HOME, or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tinypareto"


@dataclass(frozen=True)
class Remote:
    """A file on the network.

    Attributes:
        address: URL of the file.
        name: Name of the file in the folder of downloads.
        sha256: Checksum in hexadecimal digits; empty if it is unknown.
        bytes: Size in bytes; 0 if it is unknown.
    """

    address: str
    name: str
    sha256: str = ""
    bytes: int = 0


def fetch(remote: Remote, folder: Path, check: Callable[[Path], None]) -> Path:
    """Download a file unless the folder has it already, and verify its checksum.

    Args:
        remote: The file to fetch.
        folder: Folder of downloads; it is created if it is missing.
        check: Called with the path of a new download; raises DataError if it cannot be used.

    Returns:
        Path of the file in the folder.

    Raises:
        DataError: The file cannot be downloaded or is not the expected one; nothing is left behind.
    """
    path = folder / remote.name
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _download(remote, path, check)
    _verify(remote, path)
    return path


def _download(remote: Remote, path: Path, check: Callable[[Path], None]) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        part = Path(file.name)
        try:
            with _refusals(remote, path):
                for chunk in _chunks(remote):
                    file.write(chunk)
            file.close()
            digest = sha256(part)
            if remote.sha256 and digest != remote.sha256:
                raise DataError(
                    f"{remote.address}: has SHA-256 {digest}, wanted {remote.sha256}; nothing was "
                    "kept: try again, or get the file elsewhere"
                )
            check(part)
            if not remote.sha256:
                write_atomic(path.with_name(path.name + RECORD), f"{digest}  {path.name}\n")
            part.chmod(0o644)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _verify(remote: Remote, path: Path) -> None:
    record = path.with_name(path.name + RECORD)
    wanted = remote.sha256
    if not wanted and record.is_file():
        wanted = (record.read_text().split() or [""])[0]
    if wanted and sha256(path) != wanted:
        raise DataError(
            f"{path}: is damaged (its SHA-256 is not {wanted}); delete it to download it anew"
        )


def sha256(path: Path) -> str:
    """Compute the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _chunks(remote: Remote) -> Iterator[bytes]:
    request = urllib.request.Request(remote.address, headers={"User-Agent": "tinypareto"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        size = int(answer.headers.get("Content-Length") or 0)
        wanted = remote.bytes or size
        if remote.bytes and size not in (0, remote.bytes):
            raise DataError(f"{remote.address}: has {size} bytes, wanted {remote.bytes}; not kept")
        got = 0
        with _progress(remote.name, wanted) as advance:
            while chunk := answer.read(CHUNK):
                got += len(chunk)
                advance(len(chunk))
                yield chunk
        if wanted and got != wanted:
            raise DataError(
                f"{remote.address}: ended after {got} of {wanted} bytes; nothing was kept: "
                "try again"
            )


@contextmanager
def _refusals(remote: Remote, path: Path) -> Iterator[None]:
    """Turn network errors into a `DataError` of one line that offers a way around."""
    otherwise = f"or put {path.name} into {path.parent}"
    try:
        yield
    except urllib.error.HTTPError as cause:
        cause.close()
        raise DataError(
            f"{remote.address}: answers {cause.code} {cause.reason}; try again later, {otherwise}"
        ) from cause
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as cause:
        reason = getattr(cause, "reason", None) or cause
        raise DataError(
            f"{remote.address}: cannot be reached ({reason}); check the network, {otherwise} "
            "(--data-dir names the folder)"
        ) from cause


@contextmanager
def _progress(name: str, size: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar, if there is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=size or None)
        yield lambda count: bar.advance(task, count)
