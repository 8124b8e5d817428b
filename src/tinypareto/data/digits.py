"""Scikit-learn's handwritten digits: 1,797 images of 8 x 8 pixels, values 0 to 16, 10 classes."""

import numpy as np

from tinypareto.data.dataset import Dataset
from tinypareto.data.source import Source
from tinypareto.resources import Limits

LIMITS = Limits(rom_bytes=10_000, ram_bytes=4_000, flops=500_000)


def load() -> Dataset:
    """Load the digits, split 75 % to 25 % with a fixed seed, as they have no official split."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bunch = load_digits()
    x = bunch.images.astype(np.float32)[:, None]
    y = bunch.target.astype(np.int64)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=0.25, stratify=y, random_state=0
    )
    names = tuple(str(name) for name in bunch.target_names)
    return Dataset("digits", x_train, y_train, x_test, y_test, names, LIMITS)


SOURCE = Source(
    "handwritten digits, 8 x 8 images, 10 classes (scikit-learn)", lambda _: load(), LIMITS
)
