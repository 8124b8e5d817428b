"""A library for the Arduino IDE and arduino-cli (Arduino library specification 1.5)."""

from tinypareto.export.fill_template import plain, text
from tinypareto.export.package import Files, Format, Package
from tinypareto.export.shared_sources import selftest, sources

USE = """\
Copy this folder into the `libraries` folder of your sketchbook (or zip it, and choose
Sketch > Include Library > Add .ZIP Library). Then open File > Examples > @NAME@ > @TITLE@.
It reads @SOURCE@ and prints the @ANSWER@; put your sensor into its `read_value`.
"""


def sketch(package: Package) -> str:
    """Write the example program for the Arduino framework."""
    read = text("read_analog.cpp" if package.series else "read_serial.cpp")
    return package.text("sketch.cpp", READ=read.rstrip())


def source_of(package: Package) -> str:
    """Name the source of the sketch's input values."""
    return "analog pins" if package.series else "images from the serial port"


def _properties(package: Package) -> str:
    about = package.about
    lines = {
        "name": package.name,
        "version": package.version,
        "author": "tinypareto",
        "maintainer": "tinypareto",
        "sentence": f"{plain(about.sentence)}.",
        "paragraph": f"{plain(about.details)}; plain C, no heap.",
        "category": "Data Processing",
        "url": "https://arxiv.org/abs/2305.14109",
        "architectures": "*",
        "includes": f"{package.prefix}_io.h",
    }
    return "".join(f"{key}={value}\n" for key, value in lines.items())


def _files(package: Package) -> Files:
    return {
        **sources(package, "src"),
        **selftest(package, "extras/test"),
        "library.properties": _properties(package),
        f"examples/{package.program.title()}/{package.program.title()}.ino": sketch(package),
    }


def _use(package: Package) -> str:
    return (
        package.filled(USE).replace("@NAME@", package.name).replace("@SOURCE@", source_of(package))
    )


FORMAT = Format("a library for the Arduino IDE", _files, _use)
