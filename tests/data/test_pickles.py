import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.data.pickles import Refused, load

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values, st.integers(3, 5))
def test_plain_values_come_back(value: Any, protocol: int) -> None:
    assert load(pickle.dumps(value, protocol)) == value


def test_arrays_of_bytes_come_back() -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 12)
    got = load(pickle.dumps({"data": array, "again": [array]}, 4))
    np.testing.assert_array_equal(got["data"], array)
    np.testing.assert_array_equal(got["again"][0], array)


class Malicious:
    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", range(6))
def test_nothing_that_a_pickle_asks_for_is_run(tmp_path: Path, protocol: int) -> None:
    mark = tmp_path / "owned"
    for attack in (Malicious(os.system, f"touch {mark}"), Malicious(eval, f"open({str(mark)!r})")):
        with pytest.raises(Refused, match="which is not loaded"):
            load(pickle.dumps({"data": attack}, protocol))
    assert not mark.exists()


HOSTILE = {
    "attributes of the reader's own functions": b"cnumpy\ndtype\n}(X\x01\x00\x00\x00aK\x01ub.",
    "state for a name": b"cnumpy\nndarray\n}X\x01\x00\x00\x00aK\x01sb.",
    "an array of objects": b"cnumpy\ndtype\n(X\x02\x00\x00\x00O8I0\nI1\ntR.",
    "a bare type": b"cnumpy\ndtype\n.",
    "a persistent name": b"Pevil\n.",
    "an extension": b"\x82\x01.",
    "nothing": b"",
    "cut short": pickle.dumps(np.zeros(99, np.uint8), 4)[:-30],
    "floats": pickle.dumps(np.zeros(3), 4),
    "a set": pickle.dumps({1, 2}, 4),
    "fortran order": pickle.dumps(np.zeros((3, 3), np.uint8, order="F"), 4),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_other_content_is_refused(case: str) -> None:
    with pytest.raises(Refused):
        load(HOSTILE[case])


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        load(content)
    except Refused:
        return
