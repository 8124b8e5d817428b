"""CIFAR-10 (Krizhevsky 2009): 60,000 images of 3 x 32 x 32 pixels, values 0 to 255, 10 classes.

Read from the official "python version": the archive, or the folder that it contains. Its batches
are pickles, which are read without executing their instructions (see `pickles`).
"""

import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data import pickles
from tinypareto.data.check import checked
from tinypareto.data.dataset import Dataset
from tinypareto.data.download import Remote, fetch
from tinypareto.data.source import Request, Source
from tinypareto.errors import DataError

FOLDER = "cifar-10-batches-py"
TRAIN = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST, NAMES = "test_batch", "batches.meta"
SHAPE = (3, 32, 32)
LARGEST_BATCH_BYTES = 64 * 2**20

REMOTE = Remote(
    address="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    name="cifar-10-python.tar.gz",
    # As pinned by Keras (keras.datasets.cifar10); torchvision pins the MD5 of the same file.
    sha256="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    bytes=170_498_071,
)


def load(path: Path) -> Dataset:
    """Read the archive, or the folder of its batches.

    Args:
        path: Path of `cifar-10-python.tar.gz` or `cifar-10-batches-py`.

    Raises:
        DataError: The files are damaged, or hold something else.
    """
    files = _from_folder(path) if path.is_dir() else _from_archive(path)
    batches = {name: _unpickled(path, name, files) for name in (*TRAIN, TEST, NAMES)}
    parts = [_batch(path, name, batches[name]) for name in (*TRAIN, TEST)]
    x, y = (np.concatenate(arrays) for arrays in zip(*parts[:-1], strict=True))
    names = batches[NAMES].get(b"label_names", batches[NAMES].get("label_names"))
    return checked(str(path), "cifar10", x, y, *parts[-1], class_names=names)


def _from_folder(folder: Path) -> dict[str, bytes]:
    files = [folder / name for name in (*TRAIN, TEST, NAMES)]
    return {file.name: file.read_bytes() for file in files if file.is_file()}


def _from_archive(path: Path) -> dict[str, bytes]:
    if not path.is_file():
        raise DataError(f"{path}: no such file; give the path of cifar-10-python.tar.gz")
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                name = PurePosixPath(member.name).name
                content = archive.extractfile(member) if name in (*TRAIN, TEST, NAMES) else None
                if content is not None and member.size <= LARGEST_BATCH_BYTES:
                    found[name] = content.read()
    # A damaged archive can make tarfile and zlib raise nearly anything.
    except Exception as cause:
        raise DataError(
            f"{path}: cannot be read as .tar.gz ({cause}); it may be cut short: get it anew"
        ) from cause
    return found


def _unpickled(path: Path, name: str, files: Mapping[str, bytes]) -> Mapping[Any, Any]:
    if name not in files:
        raise DataError(f"{path}: has no {name}; wanted the python version of CIFAR-10")
    try:
        value = pickles.load(files[name])
    except pickles.Refused as cause:
        raise DataError(f"{path}: {name} {cause}; get it from the official address") from cause
    if not isinstance(value, dict):
        raise DataError(f"{path}: {name} holds a {type(value).__name__}, wanted a dict")
    return value


def _batch(
    path: Path, name: str, batch: Mapping[Any, Any]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    data, labels = (batch.get(key.encode(), batch.get(key)) for key in ("data", "labels"))
    pixels = int(np.prod(SHAPE))
    if not isinstance(data, np.ndarray) or data.ndim != 2 or data.shape[1] != pixels:
        raise DataError(f"{path}: {name} has no uint8 array 'data' of {pixels} columns")
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise DataError(f"{path}: {name} has no list 'labels' of whole numbers")
    return data.reshape(-1, *SHAPE), np.array(labels, np.int64)


def _named(request: Request) -> Dataset:
    """Read CIFAR-10 from the folder of downloads, downloading the archive if it is missing."""
    if (request.folder / FOLDER).is_dir():
        return load(request.folder / FOLDER)
    # No further check of the download is needed: its checksum is known.
    return load(fetch(REMOTE, request.folder, lambda path: None))


SOURCE = Source("photographs, 3 x 32 x 32, 10 classes; 170 MB to download", _named, downloads=True)
ARCHIVE = Source(
    "the python version of CIFAR-10, or its folder cifar-10-batches-py",
    lambda request: load(Path(request.what)),
    claims=lambda path: path.name.endswith(".tar.gz") or (path / TRAIN[0]).is_file(),
)
