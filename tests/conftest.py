import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings

from tinypareto.data.dataset import Dataset
from tinypareto.resources import Limits
from tinypareto.results.front import Front

# As the command does; more threads than free cores make small networks many times slower.
torch.set_num_threads(1)

# A loaded machine is not a slow algorithm.
settings.register_profile("tinypareto", deadline=None)
settings.load_profile("ci" if "CI" in os.environ else "tinypareto")


def make_series(cases: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Three kinds of waves on two channels, with noise; an easy problem."""
    rng = np.random.default_rng(seed)
    y = np.arange(cases) % 3
    time = np.linspace(0, 1, 24)
    waves = np.sin(2 * np.pi * (y[:, None] + 1) * time + rng.uniform(0, 6, (cases, 1)))
    noise = rng.normal(0, 0.1, (cases, 2, 24))
    x = noise + np.stack([waves, 5 + 20 * waves], axis=1)
    return x.astype(np.float32), y.astype(np.int64)


@pytest.fixture(scope="session")
def series() -> Dataset:
    """A small, learnable data set of two-channel series."""
    names = ("one", "two", "three")
    return Dataset("waves", *make_series(60, 0), *make_series(30, 1), names, Limits())


@pytest.fixture
def series_file(series: Dataset, tmp_path: Path) -> Path:
    """The same as a user's .npz file."""
    path = tmp_path / "waves.npz"
    np.savez(
        path,
        X_train=series.x_train,
        y_train=series.y_train,
        X_test=series.x_test,
        y_test=series.y_test,
        class_names=np.array(series.class_names),
    )
    return path


@pytest.fixture(scope="session")
def made_front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    """Of a made-up search with every kind of trial, in which all names are hostile."""
    from made_folder import EVIL, make_folder  # it imports Optuna, which few tests need

    out = tmp_path_factory.mktemp("report") / "run"
    return make_folder(out, 60, dataset=EVIL, classes=("rest", EVIL, "run"), cause=EVIL)
