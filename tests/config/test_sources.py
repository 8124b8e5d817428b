"""Values as users have them: from editors, NumPy and PyTorch, and with ~ for their home."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tinypareto.config import resolve
from tinypareto.config.sources import from_arguments, load_toml
from tinypareto.data.dataset import Dataset
from tinypareto.errors import ConfigError
from tinypareto.resources import Limits


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_bytes(b'\xef\xbb\xbfdataset = "digits"\n')
    assert resolve(load_toml(tmp_path / "my.toml")).dataset == "digits"


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "my.toml")
    with pytest.raises(ConfigError, match=r"my\.toml: is a pipe"):
        load_toml(tmp_path / "my.toml")


@pytest.mark.parametrize(
    ("key", "value", "plain"),
    [
        ("trials", np.int64(7), 7),
        ("trials", np.array(7), 7),
        ("trials", torch.tensor(7), 7),
        ("space", {"lr": np.float64(0.25)}, {"lr": (0.25, 0.25)}),
        ("space", {"lr": np.array([0.25, 0.5])}, {"lr": (0.25, 0.5)}),
        ("space", {"epochs": [np.int32(2), torch.tensor(3)]}, {"epochs": (2, 3)}),
        ("rom", np.int64(64000), 64000),
        ("net_options", {"width": np.int64(8)}, None),
    ],
)
def test_numbers_of_numpy_and_torch_are_numbers(key: str, value: Any, plain: Any) -> None:
    found = getattr(resolve(from_arguments({"dataset": "digits", key: value})), key)
    if plain is None:
        assert found["width"] == 8
    else:
        assert found == plain


@pytest.mark.parametrize("value", [np.array([1, 2]), np.float64("nan"), torch.ones(2)])
def test_other_arrays_are_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match="trials"):
        resolve(from_arguments({"dataset": "digits", "trials": value}))


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    values = {"dataset": "~/a.npz", "out": "~/runs/a", "data_dir": Path("~/data")}
    config = resolve(from_arguments(values))
    assert config.dataset == str(tmp_path / "a.npz")
    assert (config.out, config.data_dir) == (tmp_path / "runs" / "a", tmp_path / "data")


def test_a_tilde_of_an_unknown_user_is_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = resolve(from_arguments({"dataset": "~no-such-user/a.npz", "out": "~no-such-user"}))
    assert config.out == tmp_path / "~no-such-user"


def test_limits_of_a_data_set_may_be_of_numpy() -> None:
    x, y = np.zeros((4, 1, 5), np.float32), np.array([0, 1, 0, 1])
    sizes: Any = np.array([1000, 2000, 3000])
    limits = Limits(*sizes)
    config = resolve(from_arguments({}), dataset=Dataset("made", x, y, x, y, ("a", "b"), limits))
    assert config.limits == Limits(1000, 2000, 3000)
