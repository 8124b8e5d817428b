"""The UEA and UCR archives of time series: `uea:NAME` from timeseriesclassification.com.

The archives publish no checksums. The SHA-256 of the first download is therefore written next to
the file, which is checked against it at every later use.
"""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from tinypareto.data import ts
from tinypareto.data.dataset import Dataset
from tinypareto.data.download import Remote, fetch
from tinypareto.data.source import Request, Source
from tinypareto.data.uea_names import NAMES
from tinypareto.errors import DataError
from tinypareto.registry import nearest

ADDRESS = "https://timeseriesclassification.com/aeon-toolkit/{name}.zip"


def load(request: Request) -> Dataset:
    """Read NAME from the folder of downloads, unpacked or as NAME.zip, or download it now.

    Raises:
        DataError: The name is unknown, or the files cannot be downloaded or read.
    """
    name = request.what
    for folder in (request.folder, request.folder / name):
        if (folder / f"{name}_TRAIN.ts").is_file():
            return ts.load(folder / f"{name}_TRAIN.ts")
    remote = Remote(ADDRESS.format(name=name), f"{name}.zip")
    if name not in NAMES and not (request.folder / remote.name).is_file():
        raise DataError(_unknown(name))
    return from_zip(fetch(remote, request.folder, lambda path: _check(path, name)), name)


def from_zip(path: Path, name: str) -> Dataset:
    """Read NAME_TRAIN.ts and NAME_TEST.ts from an archive.

    Raises:
        DataError: A file is missing or damaged.
    """
    parts = []
    with _archive(path) as archive:
        for member in _members(path, archive, name):
            with archive.open(member) as raw:
                text = io.TextIOWrapper(raw, encoding="utf-8-sig")
                parts.append(ts.parse(text, f"{path}: {member}"))
    return ts.assembled(str(path), name, *parts)


def _check(path: Path, name: str) -> None:
    with _archive(path) as archive:
        _members(path, archive, name)
        if archive.testzip() is not None:
            raise DataError(f"{name}.zip: is damaged; try again")


def _members(path: Path, archive: zipfile.ZipFile, name: str) -> list[str]:
    found = {PurePosixPath(member).name: member for member in archive.namelist()}
    wanted = [f"{name}{part}.ts" for part in ts.PARTS]
    for file in wanted:
        if file not in found:
            raise DataError(f"{name}.zip: has no {file}; get another archive")
    return [found[file] for file in wanted]


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except DataError:
        raise
    # A damaged archive can make zipfile and zlib raise nearly anything.
    except Exception as cause:
        raise DataError(
            f"{path}: cannot be read as .zip ({cause}); it may be cut short: get it anew"
        ) from cause


def _unknown(name: str) -> str:
    near = nearest(name, NAMES, 5)
    hint = f"did you mean {', '.join(near)}?" if near else "such as uea:ERing"
    return f"unknown data set 'uea:{name}'; {hint} (others: give the path of their {name}_TRAIN.ts)"


SOURCE = Source(
    "a data set of the UEA and UCR time series archives, such as uea:ERing",
    load,
    argument="NAME",
    downloads=True,
)
