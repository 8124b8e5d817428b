"""Every registered data set keeps the contract of `Dataset`."""

import numpy as np
import pytest

from tinypareto.data import SOURCES, load

# Those that download are tested on small files in tests/data.
here = pytest.mark.parametrize("name", [n for n, s in SOURCES.items() if not s.downloads])


@here
def test_dataset_contract(name: str) -> None:
    data = load(name)
    assert data.name == name
    assert len(data.input_shape) in (2, 3)
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        assert x.dtype == np.float32
        assert y.dtype == np.int64
        assert x.shape == (len(y), *data.input_shape)
        assert np.isfinite(x).all()
        assert y.min() >= 0
        assert y.max() < len(data.class_names)
    np.testing.assert_array_equal(np.unique(data.y_train), np.arange(len(data.class_names)))
    assert len(set(data.class_names)) == len(data.class_names)


@here
def test_source_entry(name: str) -> None:
    source = SOURCES[name]
    assert source.limits == load(name).limits
    assert source.summary
    assert "\n" not in source.summary
    np.testing.assert_array_equal(load(name).x_train, load(name).x_train)
