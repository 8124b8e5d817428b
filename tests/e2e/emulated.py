"""Beginnings that tests of programs on emulated boards share."""

from pathlib import Path

import numpy as np
import pytest

from tinypareto.data.dataset import Dataset
from tinypareto.errors import ToolchainError
from tinypareto.targets.toolchain import find_toolchain


def require_emulation() -> None:
    """Skip the test, or the fixture's tests, where zig or unicorn is missing."""
    try:
        find_toolchain("zig")
    except ToolchainError as missing:
        pytest.skip(str(missing))
    pytest.importorskip("unicorn", reason="unicorn is not installed")


def save(dataset: Dataset, path: Path) -> Path:
    """Write a data set as an .npz file."""
    np.savez(
        path,
        X_train=dataset.x_train,
        y_train=dataset.y_train,
        X_test=dataset.x_test,
        y_test=dataset.y_test,
    )
    return path
