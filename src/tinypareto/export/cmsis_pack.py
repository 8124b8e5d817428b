"""A CMSIS-Pack: its description, and the zip that pack managers install."""

import io
import xml.etree.ElementTree as ET
import zipfile
from importlib.metadata import version

from tinypareto.export.fill_template import plain
from tinypareto.export.package import Files, Format, Package
from tinypareto.export.shared_sources import license_text, selftest, sources

VENDOR = "tinypareto"
SCHEMA = {
    "schemaVersion": "1.7.36",
    "xmlns:xs": "http://www.w3.org/2001/XMLSchema-instance",
    "xs:noNamespaceSchemaLocation": "https://raw.githubusercontent.com/Open-CMSIS-Pack/"
    "Open-CMSIS-Pack-Spec/v1.7.36/schema/PACK.xsd",
}
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Date of every entry in the zip, so that the same network gives the same bytes."""

USE = """\
    cpackget add {pack}

Then choose the component *Machine Learning: Network: {name}* in your project and include
`model_io.h`. The component brings the template `@PROGRAM@.c`: a `main` that reads raw values from
the standard input (retarget it, for example with CMSIS-Compiler, or put your sensor into its
`read_value`) and prints the @ANSWER@.
"""


def _template(package: Package) -> dict[str, str]:
    return {"attr": "template", "select": f"{package.program.title()} windows"}


def _description(package: Package) -> str:
    about = package.about
    root = ET.Element("package", SCHEMA)
    for tag, content in {
        "vendor": VENDOR,
        "name": package.name,
        "description": f"{plain(about.sentence)}: {plain(about.details)}.",
        "url": "",
        "license": "LICENSE",
    }.items():
        ET.SubElement(root, tag).text = content
    release = ET.SubElement(ET.SubElement(root, "releases"), "release", version=package.version)
    release.text = f"Exported by tinypareto {version('tinypareto')}."
    place = {"Cclass": "Machine Learning", "Cgroup": "Network", "Csub": package.name}
    component = ET.SubElement(
        ET.SubElement(root, "components"), "component", place | {"Cversion": package.version}
    )
    ET.SubElement(component, "description").text = "The network as C99, without heap or float"
    files = ET.SubElement(component, "files")
    for category, name, more in (
        ("include", "src/", {}),
        ("header", f"src/{package.prefix}_io.h", {}),
        ("source", f"src/{package.prefix}.c", {}),
        ("source", f"templates/{package.program}.c", _template(package)),
    ):
        ET.SubElement(files, "file", {"category": category, "name": name} | more)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _content(package: Package) -> dict[str, str | bytes]:
    return {
        **sources(package, "src"),
        **selftest(package, "test"),
        f"templates/{package.program}.c": package.text("stdin.c"),
        f"{VENDOR}.{package.name}.pdsc": _description(package),
    }


def _files(package: Package) -> Files:
    files = _content(package)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted({**files, "LICENSE": license_text()}.items()):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content)
    return {**files, _pack_name(package): packed.getvalue()}


def _pack_name(package: Package) -> str:
    return f"{VENDOR}.{package.name}.{package.version}.pack"


def _use(package: Package) -> str:
    return package.filled(USE).format(pack=_pack_name(package), name=package.name)


FORMAT = Format("a CMSIS-Pack", _files, _use)
