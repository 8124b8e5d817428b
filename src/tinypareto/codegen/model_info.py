"""What the generated files say beyond the graph."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import ConfigError
from tinypareto.graph.requantize import INT8_MAX, INT8_MIN


@dataclass(frozen=True)
class ModelInfo:
    """Names, and how raw values become the int8 input.

    The input is clamp(rint(raw * gain + bias), -128, 127), with the data's normalisation and the
    input's quantization folded into one gain and one bias per channel: raw values normalised by
    (raw - mean) / std have gain = 1 / (std * scale) and bias = zero_point - mean * gain.

    Attributes:
        name: Of the model; any text.
        class_names: One per output channel, any text; empty where they have none.
        gains: Steps per raw unit, by input channel.
        biases: Steps, by input channel.
        notes: Lines for the header's comment, such as the accuracy; any text.
    """

    name: str
    class_names: tuple[str, ...]
    gains: tuple[float, ...]
    biases: tuple[float, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (
            len(self.gains) != len(self.biases)
            or not np.isfinite([*self.gains, *self.biases]).all()
        ):
            raise ConfigError(
                f"model {self.name!r}: got gains {self.gains} and biases {self.biases}, wanted as "
                "many finite numbers of each; check the normalisation of the data"
            )

    def to_int8(self, raw: NDArray[np.floating]) -> NDArray[np.int8]:
        """The input that the header's formula makes of raw values (..., channels)."""
        steps = np.rint(raw * np.array(self.gains) + np.array(self.biases))
        clipped: NDArray[np.int8] = np.clip(steps, INT8_MIN, INT8_MAX).astype(np.int8)
        return clipped
