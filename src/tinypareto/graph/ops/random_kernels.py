"""Random convolutional kernels, and how often the results of each exceed a threshold (MiniRocket).

Each feature convolves the sum of a few channels with one of the kernels of `dilated_kernels`,
counts the positions with results above a threshold, subtracts the mean of that count and scales it
by a power of two (Dempster 2021, "MiniRocket"). There are no products.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Dim, Op, Shape
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.dilated_kernels import KERNELS, MOST_CHANNELS, TAPS
from tinypareto.graph.ops.kernel_counts import HALVINGS, group_counts, standardized
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.requantize import INT8_MAX, INT8_MIN, Quant

UNIT = Quant(1 / 32, 0)
"""Quantization of features: of unit variance, they saturate at four standard deviations."""

LONGEST = 2**15 - 2
"""Most positions whose count fits the 16-bit sums of the kernel."""

FEATURE_BYTES = 7
"""Bytes of taps, threshold, mean and shift."""


@dataclass(frozen=True)
class RandomKernels(Op):
    """Standardized counts of results above thresholds.

    Weights have one row for each feature, (out channels, ...): `kernel` (row of `KERNELS`),
    `dilation`, `padded` (whether positions count where a tap lies beyond the series), `channels`
    (out channels, in channels; not zero where a channel belongs to the sum), `threshold` (in the
    unit of the input), `mean` (a count) and `gain`. The feature is (count - mean) * gain.

    Consecutive features with the same dilation and channels form a group, whose sums are computed
    once.

    Attributes:
        out_channels: Number of features.
        groups: Most groups.
        dilation: Largest dilation.
    """

    kind = "random_kernels"
    channels = ChannelRule.OWN
    kernel = kernel_text("random_kernels.c")

    out_channels: Dim
    groups: int
    dilation: int

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read the module `nets.random_kernels.RandomKernels`; see Op."""
        length, weights = prod(call.input_shapes[0][1:]), dict(call.weights)
        most = int((weights["channels"] != 0).sum(axis=1).max())
        if length > LONGEST or most > MOST_CHANNELS:
            problem = f"{length} positions and sums of {most} channels; wanted at most {LONGEST} "
            raise unsupported(cls.kind, call, f"{problem}and {MOST_CHANNELS}; use fewer")
        op = cls(
            len(weights["kernel"]),
            call.attributes["most_groups"],
            call.attributes["largest_dilation"],
        )
        if (groups := len(_starts(weights))) > op.groups:
            problem = f"{groups} groups, wanted at most {op.groups}; sort the features by group"
            raise unsupported(cls.kind, call, problem)
        return op, weights

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case; see Op."""
        features, channels, height = (int(size) for size in rng.integers(1, 10, 3))
        width, dilation = int(rng.integers(1, 70)), int(rng.integers(1, 5))
        weights = {
            "kernel": rng.integers(len(KERNELS), size=features),
            "dilation": rng.integers(1, dilation + 1, features),
            "padded": rng.integers(2, size=features),
            "channels": rng.integers(2, size=(features, channels)),
            "threshold": rng.normal(size=features),
            "mean": rng.integers(height * width + 1, size=features),
            "gain": 2.0 ** rng.integers(-9, 4, features),
        }
        # Any weights make at most one group a feature.
        op = cls(features, features + int(rng.integers(3)), dilation)
        floats = {name: values.astype(np.float32) for name, values in weights.items()}
        return op, floats, ((height, width, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""
        return (1, 1, self.out_channels)

    def macs(self, *inputs: Shape) -> Dim:
        """Count the additions: four a feature and position, and those of the groups.

        No network with as many features and groups needs more.
        """
        height, width, channels = inputs[0]
        grouped = self._groups * (np.minimum(channels, MOST_CHANNELS) + 2)
        return height * width * (4 * self.out_channels + grouped)

    def work(self, *inputs: Shape) -> tuple[Dim, Dim, Dim]:
        """Count the additions of the groups, the features, and the additions of these."""
        height, width, channels = inputs[0]
        positions = height * width
        grouped = self._groups * (np.minimum(channels, MOST_CHANNELS) + 2)
        return positions * grouped, self.out_channels, positions * 4 * self.out_channels

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Count the bytes of the features and of the groups, also of groups that are not used."""
        group_bytes = 4 + (inputs[0][2] + 7) // 8
        return FEATURE_BYTES * self.out_channels + self._groups * group_bytes

    def workspace_bytes(self, *inputs: Shape) -> Dim:
        """Count the bytes of the sum of channels and of the sums of its taps, and of alignment."""
        height, width, _ = inputs[0]
        return 2 * (2 * height * width + (TAPS - 1) * self.dilation) + 4

    @property
    def _groups(self) -> Dim:
        return np.minimum(self.out_channels, self.groups)

    def output_quant(self, inputs: Sequence[Quant], low: float, high: float) -> Quant:
        """Return the fixed quantization of standardized values."""
        return UNIT

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Write thresholds in steps of the input, gains as powers of two, and pack the rest."""
        ratios = np.abs(weights["gain"].astype(np.float64)) / output.scale
        shifts = np.rint(np.log2(np.maximum(ratios, 2.0**-60))) + HALVINGS
        steps = np.floor(weights["threshold"].astype(np.float64) / inputs[0].scale) + 1
        # No result of an int8 input is beyond these bounds.
        reach = 6 * (INT8_MAX - INT8_MIN) * MOST_CHANNELS
        padded = (weights["padded"] != 0).astype(np.int64)
        taps = KERNELS[_clipped(weights["kernel"], 0, len(KERNELS) - 1)] << [0, 4, 8]
        features = {
            "taps": (taps.sum(axis=1) | padded << 12).astype(np.int16),
            "threshold": _clipped(steps, -reach, reach + 1).astype(np.int16),
            "mean": _clipped(weights["mean"], 0, 2**15 - 1).astype(np.int16),
            "shift": _clipped(shifts, 0, 15).astype(np.int8),
        }
        return self._grouped(weights) | features, {"input_zero_point": inputs[0].zero_point}

    def _grouped(self, weights: Arrays) -> dict[str, NDArray[Any]]:
        """Sizes, dilations and channels of the groups; those that are not used have no feature."""
        starts, count = _starts(weights), int(self._groups)
        members = weights["channels"][starts] != 0
        dilations = _clipped(weights["dilation"][starts], 1, self.dilation)
        sizes = np.diff(np.append(starts, len(weights["kernel"])))
        unused = (0, count - len(starts))
        return {
            "size": np.pad(sizes, unused).astype(np.int16),
            "dilation": np.pad(dilations, unused).astype(np.int16),
            "channels": np.pad(
                np.packbits(members, axis=1, bitorder="little"), (unused, (0, 0))
            ).view(np.int8),
        }

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        x = inputs[0].reshape(len(inputs[0]), -1, inputs[0].shape[-1])
        return standardized(
            self.counts(constants, scalars, x), constants["mean"], constants["shift"]
        ).reshape(len(x), 1, 1, -1)

    def counts(
        self, constants: Arrays, scalars: Mapping[str, int], x: NDArray[np.int8]
    ) -> NDArray[np.int16]:
        """Count the positions that reach the thresholds: int16 [n, out channels].

        Args:
            constants: Arrays of `quantize`.
            scalars: Scalars of `quantize`.
            x: Inputs, int8 [n, positions, channels].
        """
        return group_counts(constants, scalars["input_zero_point"], x)

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        height, width, channels = context.input_shapes[0]
        constants = context.named("size", "dilation", "channels")
        features = context.named("taps", "threshold", "mean", "shift")
        table = f"static const tp_kernels kernels = {{{', '.join(map(str, features))}}};"
        arguments = (
            *(context.inputs[0], context.output, context.workspace, *constants, "&kernels"),
            *(height * width, channels, int(self._groups), context.scalars["input_zero_point"]),
        )
        return f"{{ {table} {c_statement('tp_random_kernels', arguments)} }}"


def _clipped(values: NDArray[Any], low: int, high: int) -> NDArray[np.int64]:
    clipped: NDArray[np.int64] = np.clip(np.rint(values), low, high).astype(np.int64)
    return clipped


def _starts(weights: Arrays) -> NDArray[np.int64]:
    """Index of the first feature of each group."""
    keys = np.column_stack([weights["dilation"], weights["channels"] != 0])
    changes = (keys[1:] != keys[:-1]).any(axis=1)
    return np.flatnonzero(np.concatenate([[True], changes]))
