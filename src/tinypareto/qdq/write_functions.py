"""The ONNX nodes of each function of `Table`."""

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
"""Functions that are one operator."""

RENAMED = {
    "leakyrelu": ("LeakyRelu", {"negative_slope": ("alpha", 0.01)}),
    "elu": ("Elu", {"alpha": ("alpha", 1.0)}),
}
"""Those whose arguments are attributes: name there and default."""

CLAMPS = {"relu6": (0.0, 6.0), "hardtanh": (-1.0, 1.0), "clamp": (None, None)}
ARITHMETIC = {"add": "Add", "sub": "Sub", "rsub": "Sub", "mul": "Mul", "div": "Div"}


def write_function(name: str, given: Arguments, to: Builder, x: str, made: str) -> str:
    """Append the nodes of a function of the tensor `x`; returns its result, `made`."""
    if name in SINGLE:
        kind, attributes = SINGLE[name]
        return to.add(kind, [x], made, **attributes)
    if name in RENAMED:
        kind, names = RENAMED[name]
        values = {other: given.get(key, usual) for key, (other, usual) in names.items()}
        return to.add(kind, [x], made, **values)
    if name in CLAMPS:
        return _clamp(name, given, to, x, made)
    if name in ARITHMETIC:
        number = _number(to, made, given.get("other", 0.0 if "sub" in name or name == "add" else 1))
        inputs = [number, x] if name == "rsub" else [x, number]
        return to.add(ARITHMETIC[name], inputs, made)
    assert name == "silu", f"{name}: has no ONNX form; add it here"
    return to.add("Mul", [x, to.add("Sigmoid", [x], f"{made}/sigmoid")], made)


def _number(to: Builder, made: str, value: float, key: str = "number") -> str:
    return to.constant(f"{made}/{key}", np.float32(value))


def _clamp(name: str, given: Arguments, to: Builder, x: str, made: str) -> str:
    keys = ("min", "max") if name == "clamp" else ("min_val", "max_val")
    bounds = [given.get(key, usual) for key, usual in zip(keys, CLAMPS[name], strict=True)]
    names = [
        "" if bound is None else _number(to, made, bound, key)
        for key, bound in zip(keys, bounds, strict=True)
    ]
    return to.add("Clip", [x, *names], made)
