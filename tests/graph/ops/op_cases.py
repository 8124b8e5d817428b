"""Random cases of any operator, for the conformance tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.op import Op, Shape
from tinypareto.graph.requantize import Quant, affine

CASES = 24
BATCH = 4
SHIFTS = (31, 21, 32, 33, 38, 31, 46, 53)
"""At 33 the kernels change their way."""
C_TYPES = {np.dtype(name): f"{name}_t" for name in ("int8", "int16", "int32")}


@dataclass(frozen=True)
class Case:
    """A quantized operator with inputs."""

    op: Op
    shapes: tuple[Shape, ...]
    constants: Mapping[str, NDArray[Any]]
    scalars: Mapping[str, int]
    inputs: tuple[NDArray[np.int8], ...]

    def run(self) -> NDArray[np.int8]:
        return self.op.run(self.constants, self.scalars, *self.inputs)

    def c_arrays(self, prefix: str) -> tuple[str, dict[str, str]]:
        """C text of the constants, and their names in it."""
        names = {key: f"{prefix}_{key}" for key in self.constants}
        text = "".join(
            f"static const {C_TYPES[array.dtype]} {names[key]}[] = "
            f"{{{', '.join(map(str, array.ravel().tolist()))}}};\n"
            for key, array in self.constants.items()
        )
        return text, names


def random_quant(rng: np.random.Generator, spread: float) -> Quant:
    low, high = np.sort(rng.normal(size=2)) * 10 ** rng.uniform(-spread, spread)
    return affine(float(low), float(high))


def case(op_type: type[Op], seed: int) -> Case:
    """The even ones are realistic, the odd ones as hostile as a finite network can be.

    Every third one has integers of its own, where the operator has filters.
    """
    rng = np.random.default_rng(seed)
    spread = 9.0 * (seed % 2)
    op, weights, shapes = op_type.example(rng)
    for name, values in weights.items():
        scale = 10 ** rng.uniform(-spread, spread, values.shape) * (rng.random(values.shape) < 0.9)
        weights[name] = (values * scale).astype(np.float32)
    quants = [random_quant(rng, spread) for _ in shapes]
    output = op.output_quant(quants, *(float(x) for x in np.sort(rng.normal(size=2) * 4)))
    if spread:
        output = op.output_quant(quants, 0.0, float(10 ** rng.uniform(-spread, spread)))
    constants, scalars = op.quantize(weights, quants, output)
    if seed % 3 == 2 and "bias" in constants:
        constants = any_scale(constants, SHIFTS[seed // 3 % len(SHIFTS)], rng)
    return Case(op, shapes, constants, scalars, tuple(random_int8(rng, shape) for shape in shapes))


def any_scale(
    constants: Mapping[str, NDArray[Any]], least: int, rng: np.random.Generator
) -> dict[str, NDArray[Any]]:
    """Filters with any ratio that a rescale may have, and sums that it maps into int8."""
    bias, weight = constants["bias"], constants["weight"]
    shift = least + rng.integers(2, size=bias.shape)
    multiplier = rng.integers(2**30, 2**31, bias.shape)
    reach = min(300 * 2.0 ** (shift.min() - 30), 2.0**29)
    taps = max(weight.size // bias.size, 1)
    steps = np.clip(rng.normal(size=weight.shape) * reach / 128 / taps, -127, 127)
    return {
        "weight": np.rint(steps).astype(np.int8),
        "bias": rng.uniform(-reach, reach, bias.shape).astype(np.int32),
        "multiplier": multiplier.astype(np.int32),
        "shift": shift.astype(np.int8),
    }


def random_int8(rng: np.random.Generator, shape: Shape) -> NDArray[np.int8]:
    """Uniform values, then extremes only, then each extreme everywhere."""
    values = rng.integers(-128, 128, (BATCH, *shape))
    values[1] = rng.choice([-128, 127], shape)
    values[2], values[3] = -128, 127
    return values.astype(np.int8)
