"""MATLAB's files, and other files of several recordings."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from tinypareto.data import load
from tinypareto.data.dataset import Dataset
from tinypareto.errors import DataError

RNG = np.random.default_rng(0)


def bearing(root: Path, **more: object) -> Path:
    """Variables named as those of CWRU's bearing data: the number of the recording in front."""
    for label in ("inner", "outer"):
        (root / label).mkdir(parents=True)
        for number in range(3):
            ends = {f"X{number:03}_{end}_time": RNG.normal(size=(60, 1)) for end in ("DE", "FE")}
            savemat(root / label / f"{number}.mat", {**ends, f"X{number:03}RPM": 1797, **more})
    return root


def test_variables_are_channels_of_the_same_name_in_all_files(tmp_path: Path) -> None:
    root = bearing(tmp_path / "rec", info="made")
    data = load(root, {"window": 20})
    assert (data.channel_names, data.input_shape) == (("DE_time", "FE_time"), (2, 20))
    assert load(root, {"window": 20, "columns": "FE_time"}).channel_names == ("FE_time",)
    with pytest.raises(DataError, match="unknown column 'BA_time'; did you mean"):
        load(root, {"window": 20, "columns": "BA_time"})


def test_a_number_named_fs_is_the_rate(tmp_path: Path) -> None:
    assert load(bearing(tmp_path / "rec", fs=100.0), {"window": "0.2s"}).rate == 100


def test_channels_of_different_lengths_are_refused_unless_others_are_named(tmp_path: Path) -> None:
    root = bearing(tmp_path / "rec", speed=RNG.normal(size=(7, 1)))
    with pytest.raises(DataError, match=r"different lengths .*speed 7.*name those of one length"):
        load(root, {"window": 20})
    assert load(root, {"window": 20, "columns": "DE_time"}).input_shape == (1, 20)


def test_two_variables_of_one_channel_are_refused(tmp_path: Path) -> None:
    root = bearing(tmp_path / "rec", X555_DE_time=RNG.normal(size=(60, 1)))
    with pytest.raises(DataError, match="two of its variables are channel 'DE_time'"):
        load(root, {"window": 20})


def test_version_7_3_is_refused_with_advice(tmp_path: Path) -> None:
    root = bearing(tmp_path / "rec")
    header = b"MATLAB 7.3 MAT-file".ljust(512, b" ") + b"\x89HDF\r\n\x1a\n" + b"\0" * 99
    (root / "inner/1.mat").write_bytes(header)
    with pytest.raises(DataError, match=r"1\.mat: is a MATLAB file of version 7\.3; save it by"):
        load(root, {"window": 20})


def container(path: Path, **more: object) -> Path:
    arrays = {f"{label}_{n}": RNG.normal(size=(60, 2)) for label in ("inner", "outer")
              for n in range(3)}  # fmt: skip
    np.savez(path, **{**arrays, **more})  # type: ignore[arg-type]
    return path


def test_arrays_of_one_file_are_recordings(tmp_path: Path) -> None:
    data: Dataset = load(container(tmp_path / "all.npz"), {"window": 20, "rate": 100})
    assert (data.class_names, data.channel_names, data.rate) == (
        ("inner", "outer"),
        ("1", "2"),
        100,
    )
    assert data.notes[0] == "20 windows of 4 recordings to train, 10 of 2 to test"
    named = load(tmp_path / "all.npz", {"window": 20, "path": "{fault}_{load}", "label": "fault"})
    assert named.class_names == data.class_names


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.ones((2, 60)), "outer_9: has 2 rows of 60 channels; transpose it"),
        (np.ones((2, 3, 4)), "outer_9: has shape [2, 3, 4]"),
        (np.array(["a"] * 60), "and type <U1; wanted numbers"),
        (np.array([None] * 60), "outer_9: cannot be read"),
    ],
)
def test_arrays_that_are_no_recordings_are_refused(
    array: np.ndarray, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as refusal:
        load(container(tmp_path / "all.npz", outer_9=array), {"window": 20})
    assert reason in str(refusal.value)


def test_arrays_of_cases_are_no_recordings(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="missing X_train"):
        load(container(tmp_path / "all.npz", x_train=np.ones(60)))
