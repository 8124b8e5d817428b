import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.data.check import checked
from tinypareto.data.overlap import overlapping


def windows(seed: int, count: int, length: int, hop: int, channels: int = 2) -> np.ndarray:
    steps = hop * (count - 1) + length
    signal = np.random.default_rng(seed).normal(size=(channels, steps)).astype(np.float32)
    views = np.lib.stride_tricks.sliding_window_view(signal, length, axis=1)[:, ::hop]
    return np.moveaxis(views, 1, 0)


@given(
    st.lists(st.integers(2, 900), min_size=1, max_size=4),
    st.integers(8, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n - 6))),
)
def test_windows_of_a_recording_are_found(counts: list[int], sizes: tuple[int, int]) -> None:
    x = np.concatenate([windows(i, count, *sizes) for i, count in enumerate(counts)])
    found = overlapping(x)
    assert found is not None
    np.testing.assert_array_equal(found, np.repeat(np.arange(len(counts)), counts))


@pytest.mark.parametrize(
    "x",
    [
        windows(0, 20, 8, 8),
        np.zeros((9, 2, 30), np.float32),
        np.ones((9, 1, 5, 5), np.float32),
        np.ones((1, 1, 9), np.float32),
        np.tile(np.array([0, 1, 1, 0], np.float32), (9, 1, 2)),
    ],
    ids=["apart", "constant", "images", "one", "too alike"],
)
def test_other_cases_are_not(x: np.ndarray) -> None:
    assert overlapping(x) is None


def test_they_are_kept_together_with_a_note() -> None:
    x = np.concatenate([windows(i, 5, 16, 8) for i in range(4)])
    y = np.repeat([0, 1, 0, 1], 5)
    data = checked("here", "made", x, y, x, y)
    assert data.groups is not None
    assert data.groups.tolist() == np.repeat(range(4), 5).tolist()
    assert data.notes[0].endswith("kept together as 4 recordings")
