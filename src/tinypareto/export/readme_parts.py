"""Parts of an exported README that do not depend on where the network comes from."""

from collections.abc import Iterable

import numpy as np

from tinypareto.export.fill_template import markdown
from tinypareto.export.package import Package
from tinypareto.graph.cost import resources
from tinypareto.units import format_flops

LIMITS = """\
The network always answers with one of its classes, also for what it has never seen. Accuracy holds
for data like those it was measured on: the same sensor, unit, sampling rate and mounting."""

QUANTITY_LIMITS = """\
The network always answers with values within the range of its output, also for what it has never
seen. Its score holds for data like those it was measured on: the same sensor, unit, sampling rate
and mounting."""

LICENSE = """\
The code is tinypareto's, under the Apache License 2.0 (see LICENSE). tinypareto claims no rights in
the weights; what the license of your data says of networks trained on it is for you to check."""


def size(package: Package, more: Iterable[str] = (), note: str = "") -> str:
    """The table of sizes, with more rows and a note."""
    exact = resources(package.graph)
    rows = [
        "| what | how much |",
        "|---|---|",
        f"| constants (weights, biases, tables) | {exact.rom_bytes} bytes |",
        f"| arena (input, activations, output) | {exact.ram_bytes} bytes |",
        f"| work of one inference | {format_flops(exact.flops)} FLOPs, "
        f"{exact.flops // 2} multiply-accumulates |",
    ]
    return "\n".join([*rows, *more, "", note])


def layout(package: Package) -> str:
    """The order of the input's values, in words."""
    height, width, channels = package.graph.input_shape
    what = f"{width} time steps" if package.series else f"{height} rows of {width} pixels"
    return f"{what}, {channels} channel{'s' * (channels > 1)} each, in that order (channels last)"


def scaling(package: Package, channels: int) -> str:
    """The table of gains and biases of the first channels, and a worked example."""
    info = package.info
    steps = info.to_int8(np.array(package.raw)).tolist()
    rows = [
        f"| {channel} | {gain:.9g} | {bias:.9g} | {raw:.6g} | {step} |"
        for channel, (gain, bias, raw, step) in enumerate(
            zip(info.gains, info.biases, package.raw, steps, strict=True)
        )
    ]
    exact = package.raw[0] * info.gains[0] + info.biases[0]
    first = f"{package.raw[0]:.6g} * {info.gains[0]:.6g} + {info.biases[0]:.6g} = {exact:.2f}"
    return f"""\
| channel | gain | bias | for example raw | int8 |
|---|---|---|---|---|
{chr(10).join(rows[:channels])}

Channel 0: {first}, which becomes {steps[0]}."""


def classes(package: Package) -> str:
    """The names of the classes, numbered."""
    names = package.info.class_names
    return "\n".join(f"{label}. {markdown(name)}" for label, name in enumerate(names))


def quantities(package: Package) -> str:
    """The values that the outputs stand for, with a worked example."""
    rows = [
        f"| {markdown(one.name)} | {one.gain:.9g} | {one.bias:.9g} | {one.value(-128):.6g} | "
        f"{one.value(127):.6g} |"
        for one in package.info.quantities
    ]
    first, step = package.info.quantities[0], int(package.outputs[0, 0])
    return f"""\
In the unit of the data, `value = int8 * gain + bias`: scale and zero point of the output, and the
mean and spread of the training data, are in these numbers.

| value | gain | bias | lowest | highest |
|---|---|---|---|---|
{chr(10).join(rows)}

The first recorded input gives {step}: {step} * {first.gain:.6g} + {first.bias:.6g} =
{first.value(step):.6g}."""
