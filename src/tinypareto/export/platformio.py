"""A library for PlatformIO."""

import json

from tinypareto.export.arduino import sketch, source_of
from tinypareto.export.fill_template import plain
from tinypareto.export.package import Files, Format, Package
from tinypareto.export.shared_sources import selftest, sources

USE = """\
Put this folder into the `lib` folder of your project, or name it in `lib_deps` as
`symlink:///path/to/it`. `examples/@PROGRAM@` is a project of its own: choose your board in its
`platformio.ini`, then `pio run -d examples/@PROGRAM@ -t upload -t monitor`. It reads @SOURCE@ and
prints the @ANSWER@; put your sensor into its `read_value`.
"""

PROJECT = """\
; Any board with the Arduino framework.
[env:nano33ble]
platform = nordicnrf52
board = nano33ble
framework = arduino
monitor_speed = 115200
lib_deps = symlink://../..
"""


def _manifest(package: Package) -> str:
    about = package.about
    fields = {
        "name": package.name,
        "version": package.version,
        "description": f"{plain(about.sentence)}: {plain(about.details)}.",
        "keywords": ["tinyml", "neural network"],
        "license": "Apache-2.0",
        "frameworks": "*",
        "platforms": "*",
        "headers": f"{package.prefix}_io.h",
        "examples": [
            {
                "name": package.program.title(),
                "base": f"examples/{package.program}",
                "files": ["src/main.cpp"],
            },
        ],
    }
    return json.dumps(fields, indent=2) + "\n"


def _files(package: Package) -> Files:
    return {
        **sources(package, "src"),
        **selftest(package, "extras/test"),
        "library.json": _manifest(package),
        f"examples/{package.program}/platformio.ini": PROJECT,
        f"examples/{package.program}/src/main.cpp": sketch(package),
    }


FORMAT = Format(
    "a library for PlatformIO",
    _files,
    lambda package: package.filled(USE).replace("@SOURCE@", source_of(package)),
)
