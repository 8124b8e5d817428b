"""README.md of an exported folder."""

from collections.abc import Mapping

from tinypareto.codegen.prefix import prefixed
from tinypareto.export import readme_imported
from tinypareto.export.fill_template import markdown
from tinypareto.export.package import About, Format, ImportedAbout, Package
from tinypareto.export.readme_parts import (
    LICENSE,
    LIMITS,
    QUANTITY_LIMITS,
    classes,
    layout,
    quantities,
    scaling,
    size,
)
from tinypareto.units import format_flops

TEST_WARNING = (
    "The test split steered this search (the paper's protocol): its scores are optimistic."
)


def readme(package: Package, form: Format) -> str:
    """Write the README of an exported network, in Markdown."""
    about = package.about
    if isinstance(about, ImportedAbout):
        own = readme_imported.sections(package, about)
    else:
        own = _sections(package, about)
    sections = {"Use": prefixed(form.use(package), package.prefix), **own}
    texts = [f"## {name}\n\n{text.strip(chr(10))}\n" for name, text in sections.items()]
    title = f"# {markdown(about.title)}"
    head = f"{title}\n\nAn int8 network, exported by tinypareto {about.version}.\n"
    return "\n".join([head, *texts])


def _sections(package: Package, about: About) -> Mapping[str, str]:
    """Markdown by heading, for a network that a search found."""
    return {
        about.kind.name.replace("_", " ").capitalize(): _scores(about),
        "Size": _size(package, about),
        "Input": _input(package),
        **(
            {"Output": quantities(package)}
            if package.info.quantities
            else {"Classes": classes(package)}
        ),
        "Limits": _limits(about, package),
        "Origin and license": _origin(about),
    }


def _scores(about: About) -> str:
    title = about.kind.title
    return f"""\
{title[0].upper()}{title[1:]} on {markdown(about.dataset)} (best: {about.kind.best:g}):

| network | data | {about.kind.name.replace("_", " ")} |
|---|---|---|
| int8 (this one) | test split | {about.score:.4f} |
| float, before quantization | test split | {about.score_float:.4f} |
| int8 | what steered the search | {about.score_search:.4f} |

Selected on {markdown(about.selection)}. {TEST_WARNING if about.select_on == "test" else ""}"""


def _size(package: Package, about: About) -> str:
    rows = []
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
    return size(package, rows, note)


def _input(package: Package) -> str:
    return f"""\
{layout(package)}, as your sensor gives
them: the normalization is part of the scaling
`int8 = clamp(round(raw * gain + bias), -128, 127)`.

{scaling(package, len(package.raw))}"""


def _limits(about: About, package: Package) -> str:
    limits, known = about.limits, QUANTITY_LIMITS if package.info.quantities else LIMITS
    return f"""\
The search kept ROM <= {limits.rom_bytes} bytes, RAM <= {limits.ram_bytes} bytes and
{format_flops(limits.flops)} FLOPs.

{known}"""


def _origin(about: About) -> str:
    seed = "unknown" if about.seed is None else about.seed
    return f"tinypareto {about.version}, seed {seed}, trial {about.trial}. {LICENSE}"
