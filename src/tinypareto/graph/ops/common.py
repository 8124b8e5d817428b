"""Helpers that the operators share: C text, refusals of a call, and fixed-point scalars."""

from collections.abc import Iterable

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.requantize import INT8_MAX, INT8_MIN, Quant, fixed_point

COMMON = kernel_text("common.h")
"""C text that is emitted once, before the kernels.

Its functions are `static inline`, so helpers that a network does not use cause no warnings.
"""


def unsupported(kind: str, call: Call, problem: str) -> UnsupportedLayerError:
    """Make the error for a call that an operator cannot represent.

    Args:
        kind: Name of the operator.
        call: Call to refuse, named in the message by its layer.
        problem: Description of what was found, what is wanted, and what to do.
    """
    return UnsupportedLayerError(f"{kind} {call.layer or call.name!r}: {problem}")


def check_padding_mode(kind: str, call: Call) -> None:
    """Refuse padding with anything but zeros.

    Raises:
        UnsupportedLayerError: The call pads by reflection, replication or wrapping.
    """
    mode = call.attributes.get("padding_mode", "zeros")
    if mode != "zeros":
        raise unsupported(kind, call, f"padding_mode={mode!r} is unknown; use 'zeros'")


def activation_bounds(activation: str, output: Quant) -> dict[str, int]:
    """Compute the bounds of the output that a fused activation implies.

    Args:
        activation: 'none', 'relu' or 'relu6'.
        output: Quantization of the output.

    Returns:
        The scalars `low` and `high`, in [-128, 127].
    """
    low = INT8_MIN if activation == "none" else output.zero_point
    six = output.zero_point + round(min(6 / output.scale, INT8_MAX - INT8_MIN))
    return {"low": low, "high": min(six, INT8_MAX) if activation == "relu6" else INT8_MAX}


def ratio_fixed_point(ratio: float) -> tuple[int, int]:
    """Compute multiplier and shift of a ratio of scales.

    Ratios are limited to 2^9, beyond which every sum but 0 saturates anyway.
    """
    return fixed_point(min(float(ratio), 2.0**9))


def c_statement(function: str, arguments: Iterable[str | int]) -> str:
    """Write the call of a C function as a statement."""
    return f"{function}({', '.join(map(str, arguments))});"
