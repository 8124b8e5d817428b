"""README.md of an exported folder."""

import numpy as np

from tinypareto.export.fill_template import markdown
from tinypareto.export.package import About, Format, Package
from tinypareto.graph.cost import resources
from tinypareto.units import format_flops

TEST_WARNING = (
    "The test split steered this search (the paper's protocol): its accuracies are optimistic."
)


def readme(package: Package, form: Format) -> str:
    """Write the README of an exported network, in Markdown."""
    about = package.about
    title = f"# {markdown(about.net)} on {markdown(about.dataset)}, trial {about.trial}"
    sections = {
        "Use": form.use(package),
        "Accuracy": _accuracy(about),
        "Size": _size(package),
        "Input": _input(package),
        "Classes": _classes(package),
        "Limits": _limits(package),
        "Origin and license": _origin(package),
    }
    texts = [f"## {name}\n\n{text.strip(chr(10))}\n" for name, text in sections.items()]
    head = f"{title}\n\nAn int8 network, exported by tinypareto {about.version}.\n"
    return "\n".join([head, *texts])


def _accuracy(about: About) -> str:
    return f"""\
Top-1, fractions, on {markdown(about.dataset)}:

| network | data | accuracy |
|---|---|---|
| int8 (this one) | test split | {about.accuracy:.4f} |
| float, before quantization | test split | {about.accuracy_float:.4f} |
| int8 | what steered the search | {about.accuracy_search:.4f} |

Selected on {markdown(about.selection)}. {TEST_WARNING if about.select_on == "test" else ""}"""


def _size(package: Package) -> str:
    about, exact = package.about, resources(package.graph)
    rows = [
        f"| constants (weights, biases, tables) | {exact.rom_bytes} bytes |",
        f"| arena (input, activations, output) | {exact.ram_bytes} bytes |",
        f"| work of one inference | {format_flops(exact.flops)} FLOPs, "
        f"{exact.flops // 2} multiply-accumulates |",
    ]
    if about.board:
        rows += [
            f"| Flash on {about.board}, code included | {about.used.rom_bytes} bytes |",
            f"| RAM on {about.board}, stack included | {about.used.ram_bytes} bytes |",
        ]
    if about.used.latency_ms is not None:
        rows.append(f"| time on {about.board}, estimated | {about.used.latency_ms:.3f} ms |")
    note = (
        "Flash and RAM were measured on the linked program."
        if about.board
        else "The search had no board, so code and stack were not measured; "
        "`tinypareto verify DIR --board NAME` does that."
    )
    return "\n".join(["| what | how much |", "|---|---|", *rows, "", note])


def _input(package: Package) -> str:
    info, (height, width, channels) = package.info, package.graph.input_shape
    steps = info.to_int8(np.array(package.raw)).tolist()
    what = f"{width} time steps" if package.series else f"{height} rows of {width} pixels"
    each = f"{channels} channel{'s' * (channels > 1)} each"
    rows = [
        f"| {channel} | {gain:.9g} | {bias:.9g} | {raw:.6g} | {step} |"
        for channel, (gain, bias, raw, step) in enumerate(
            zip(info.gains, info.biases, package.raw, steps, strict=True)
        )
    ]
    exact = package.raw[0] * info.gains[0] + info.biases[0]
    first = f"{package.raw[0]:.6g} * {info.gains[0]:.6g} + {info.biases[0]:.6g} = {exact:.2f}"
    return f"""\
{what}, {each}, in that order (channels last), as your sensor gives
them: the normalization is part of the scaling
`int8 = clamp(round(raw * gain + bias), -128, 127)`.

| channel | gain | bias | for example raw | int8 |
|---|---|---|---|---|
{chr(10).join(rows)}

Channel 0: {first}, which becomes {steps[0]}."""


def _classes(package: Package) -> str:
    names = package.info.class_names
    return "\n".join(f"{label}. {markdown(name)}" for label, name in enumerate(names))


def _limits(package: Package) -> str:
    limits = package.about.limits
    return f"""\
The search kept ROM <= {limits.rom_bytes} bytes, RAM <= {limits.ram_bytes} bytes and
{format_flops(limits.flops)} FLOPs.

The network always answers with one of its classes, also for what it has never seen. Accuracy holds
for data like those it was measured on: the same sensor, unit, sampling rate and mounting."""


def _origin(package: Package) -> str:
    about = package.about
    seed = "unknown" if about.seed is None else about.seed
    return f"""\
tinypareto {about.version}, seed {seed}, trial {about.trial}. The code is tinypareto's, under the
Apache License 2.0 (see LICENSE). tinypareto claims no rights in the weights; what the license of
your data says of networks trained on it is for you to check."""
