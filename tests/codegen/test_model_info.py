import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.codegen import ModelInfo
from tinypareto.graph.requantize import affine, to_int8


@given(
    st.floats(-10, 10), st.floats(0.1, 10), st.floats(-5, 0), st.floats(0.1, 5), st.floats(-99, 99)
)
def test_folded_normalisation_equals_the_two_steps(
    mean: float, std: float, low: float, high: float, raw: float
) -> None:
    quant = affine(low, high)
    gain = 1 / (std * quant.scale)
    info = ModelInfo("net", (), (gain,), (quant.zero_point - mean * gain,))
    folded = int(info.to_int8(np.array([raw]))[0])
    assert abs(folded - int(to_int8(np.array([(raw - mean) / std]), quant)[0])) <= 1
