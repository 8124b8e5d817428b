"""Sections of the README of a network that another tool trained and quantized."""

from collections.abc import Mapping

from tinypareto.export.fill_template import markdown
from tinypareto.export.package import ImportedAbout, Package
from tinypareto.export.readme_parts import LICENSE, LIMITS, layout, scaling, size


def sections(package: Package, about: ImportedAbout) -> Mapping[str, str]:
    """Markdown by heading."""
    quant = package.graph.quants[package.graph.output]
    note = "`tinypareto measure FILE --board NAME` measures Flash, RAM and instructions."
    return {
        "Comparison": about.comparison.replace("\n", "\n\n"),
        "Size": size(package, note=note),
        "Input": _input(package),
        "Output": f"{package.outputs.shape[1]} int8 values: real = {quant.scale:.9g} * (int8 - "
        f"{quant.zero_point}). The example prints the number of the largest; where the network "
        "does not classify, read all of them.",
        "Limits": LIMITS,
        "Origin and license": f"tinypareto {about.version} read {markdown(about.file)}. {LICENSE}",
    }


def _input(package: Package) -> str:
    return f"""\
{layout(package)}, as the model's
own real input takes them. Whatever came before it in training, a normalization above all, is up to
you. All channels are scaled alike: `int8 = clamp(round(raw * gain + bias), -128, 127)`.

{scaling(package, 1)}"""
