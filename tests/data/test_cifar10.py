import io
import os
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinypareto.data import cifar10, load
from tinypareto.errors import DataError

BATCHES = (*cifar10.TRAIN, cifar10.TEST)
LABELS = [label.encode() for label in ("plane", "car")]


def python2_batch(data: np.ndarray, labels: list[int]) -> bytes:
    """As cPickle of Python 2 and old NumPy wrote the official files."""

    def text(value: bytes) -> bytes:
        return b"U" + bytes([len(value)]) + value

    count = len(data).to_bytes(2, "little")
    columns = data.shape[1].to_bytes(2, "little")
    numbers = b"".join(b"K" + bytes([label]) for label in labels)
    content: bytes = data.tobytes()
    batch: bytes = (
        b"\x80\x02}q\x01(" + text(b"batch_label") + b"q\x02" + text(b"a batch") + b"q\x03"
        + text(b"labels") + b"q\x04]q\x05(" + numbers + b"e"
        + text(b"data") + b"q\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08"
        + b"K\x00\x85" + text(b"b") + b"\x87Rq\x09(K\x01M" + count + b"M" + columns + b"\x86"
        + b"cnumpy\ndtype\nq\x0a" + text(b"u1") + b"K\x00K\x01\x87Rq\x0b(K\x03" + text(b"|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"
        + len(content).to_bytes(4, "little") + content + b"tbu."
    )  # fmt: skip
    return batch


def files() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    batches = {
        name: python2_batch(rng.integers(0, 256, (4, 3072), np.uint8), [0, 1, 1, number % 2])
        for number, name in enumerate(BATCHES)
    }
    return batches | {cifar10.NAMES: pickle.dumps({b"label_names": LABELS}, 3)}


def archive(path: Path, content: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in content.items():
            entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


def test_the_archive_and_its_folder_hold_the_same(tmp_path: Path) -> None:
    data = load(archive(tmp_path / "cifar-10-python.tar.gz", files()))
    assert (data.name, data.class_names) == ("cifar10", ("plane", "car"))
    assert data.x_train.shape == (20, 3, 32, 32)
    assert data.y_train.tolist() == [0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 0]
    assert data.y_test.tolist() == [0, 1, 1, 1]
    first = np.random.default_rng(0).integers(0, 256, (4, 3072), np.uint8)
    np.testing.assert_array_equal(data.x_train[:4].reshape(4, -1), first)
    folder = tmp_path / cifar10.FOLDER
    folder.mkdir()
    for name, content in files().items():
        (folder / name).write_bytes(content)
    for again in (load(folder), load("cifar10", folder=tmp_path)):
        np.testing.assert_array_equal(again.x_test, data.x_test)


class Malicious:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.mark}",)


def test_a_malicious_archive_is_refused_and_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "owned"
    content = files() | {"data_batch_3": pickle.dumps({"data": Malicious(mark)}, 2)}
    with pytest.raises(DataError, match=r"data_batch_3 asks for .*system, which is not loaded"):
        load(archive(tmp_path / "bad.tar.gz", content))
    assert not mark.exists()


def without(name: str) -> dict[str, bytes]:
    return {key: value for key, value in files().items() if key != name}


BAD = {
    "missing batch": (without("data_batch_5"), "has no data_batch_5"),
    "missing names": (without(cifar10.NAMES), "has no batches.meta"),
    "cut batch": (files() | {"test_batch": files()["test_batch"][:-99]}, "test_batch"),
    "a list": (files() | {"test_batch": pickle.dumps([1])}, "holds a list, wanted a dict"),
    "no data": (files() | {"test_batch": pickle.dumps({"labels": [1]})}, "no uint8 array 'data'"),
    "columns": (
        files() | {"test_batch": python2_batch(np.zeros((4, 300), np.uint8), [0, 1, 0, 1])},
        "no uint8 array 'data' of 3072 columns",
    ),
    "labels": (
        files() | {"test_batch": python2_batch(np.zeros((4, 3072), np.uint8), [0, 1])},
        "X_test has 4 cases but y_test has 2 labels",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_archives_are_refused_in_one_line(tmp_path: Path, case: str) -> None:
    content, message = BAD[case]
    with pytest.raises(DataError) as refusal:
        load(archive(tmp_path / "bad.tar.gz", content))
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "cut.tar.gz", files())
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(DataError, match=r"cannot be read as .tar.gz .* cut short"):
        load(path)
