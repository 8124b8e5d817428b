"""Writes the functions of `Table` as ONNX nodes."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinypareto.qdq.builder import Builder

Arguments = Mapping[str, float]

SINGLE: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}),
    "hardswish": ("HardSwish", {}),
    "hardsigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "softplus": ("Softplus", {}),
    "neg": ("Neg", {}),
    "gelu": ("Gelu", {}),
}
"""Functions that are one ONNX operator without arguments of their own."""

RENAMED = {
    "leakyrelu": ("LeakyRelu", {"negative_slope": ("alpha", 0.01)}),
    "elu": ("Elu", {"alpha": ("alpha", 1.0)}),
}
"""Functions whose arguments are attributes of an operator: their name there and default."""

CLAMPS = {"relu6": (0.0, 6.0), "hardtanh": (-1.0, 1.0), "clamp": (None, None)}
ARITHMETIC = {"add": "Add", "sub": "Sub", "rsub": "Sub", "mul": "Mul", "div": "Div"}


def write_function(name: str, arguments: Arguments, to: Builder, x: str, output: str) -> str:
    """Append the nodes of a function of one value.

    Args:
        name: Key in `graph.ops.table.FUNCTIONS`.
        arguments: Arguments of the function.
        to: The model.
        x: Name of the real input.
        output: Name for the result.

    Returns:
        The name of the result.
    """
    if name in SINGLE:
        kind, attributes = SINGLE[name]
        return to.add(kind, [x], output, **attributes)
    if name in RENAMED:
        kind, names = RENAMED[name]
        values = {other: arguments.get(key, usual) for key, (other, usual) in names.items()}
        return to.add(kind, [x], output, **values)
    if name in CLAMPS:
        return _clamp(name, arguments, to, x, output)
    if name in ARITHMETIC:
        number = _number(
            to, output, arguments.get("other", 0.0 if "sub" in name or name == "add" else 1)
        )
        inputs = [number, x] if name == "rsub" else [x, number]
        return to.add(ARITHMETIC[name], inputs, output)
    assert name == "silu", f"{name}: has no ONNX form; add it here"
    return to.add("Mul", [x, to.add("Sigmoid", [x], f"{output}/sigmoid")], output)


def _number(to: Builder, output: str, value: float, key: str = "number") -> str:
    return to.constant(f"{output}/{key}", np.float32(value))


def _clamp(name: str, arguments: Arguments, to: Builder, x: str, output: str) -> str:
    keys = ("min", "max") if name == "clamp" else ("min_val", "max_val")
    bounds = [arguments.get(key, usual) for key, usual in zip(keys, CLAMPS[name], strict=True)]
    names = [
        "" if bound is None else _number(to, output, bound, key)
        for key, bound in zip(keys, bounds, strict=True)
    ]
    return to.add("Clip", [x, *names], output)
