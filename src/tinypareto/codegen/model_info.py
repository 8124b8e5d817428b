"""Names, input scaling and notes for the generated files, besides the graph."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import ConfigError
from tinypareto.graph.requantize import INT8_MAX, INT8_MIN


@dataclass(frozen=True)
class Quantity:
    """A quantity that an output stands for: value = q * gain + bias.

    Attributes:
        name: Name of the quantity; any text.
        gain: Size of one int8 step of the output, in the unit of the quantity.
        bias: Value of the quantity for q = 0.
    """

    name: str
    gain: float
    bias: float

    def value(self, step: int) -> float:
        """The quantity for an int8 output."""
        return step * self.gain + self.bias


@dataclass(frozen=True)
class ModelInfo:
    """Names of a model and its classes, and the scaling of raw values to the int8 input.

    The input is clamp(rint(raw * gain + bias), -128, 127), with the data's normalization and the
    input's quantization folded into one gain and one bias per channel: raw values normalized by
    (raw - mean) / std have gain = 1 / (std * scale) and bias = zero_point - mean * gain.

    Attributes:
        name: Name of the model; any text.
        class_names: Names of the classes, one per output channel, any text; may be empty.
        gains: Int8 steps per raw unit, one per input channel.
        biases: Int8 steps to add, one per input channel.
        notes: Lines for the header's comment, such as the accuracy; any text.
        quantities: Quantities that the outputs stand for, one per output; empty for classes.
    """

    name: str
    class_names: tuple[str, ...]
    gains: tuple[float, ...]
    biases: tuple[float, ...]
    notes: tuple[str, ...] = ()
    quantities: tuple[Quantity, ...] = ()

    def __post_init__(self) -> None:
        if (
            len(self.gains) != len(self.biases)
            or not np.isfinite([*self.gains, *self.biases]).all()
        ):
            raise ConfigError(
                f"model {self.name!r}: got gains {self.gains} and biases {self.biases}, wanted as "
                "many finite numbers of each; check the normalization of the data"
            )

    def to_int8(self, raw: NDArray[np.floating]) -> NDArray[np.int8]:
        """Quantize raw values (..., channels) by the formula of the header; the shape stays."""
        steps = np.rint(raw * np.array(self.gains) + np.array(self.biases))
        clipped: NDArray[np.int8] = np.clip(steps, INT8_MIN, INT8_MAX).astype(np.int8)
        return clipped
