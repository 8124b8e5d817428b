"""Plain C99 with a Makefile, a CMakeLists.txt, a self-test and an example."""

from tinypareto.export.package import Files, Format, Package
from tinypareto.export.shared_sources import selftest, sources

USE = """\
    make check
    make && ./@PROGRAM@ < recording.txt

or `cmake -B build && cmake --build build && ctest --test-dir build`. `src/` is all that your own
project needs: compile `model.c`, include `model_io.h`. `example/@PROGRAM@.c` reads raw values from
the standard input; put your sensor into its `read_value`.
"""


def _files(package: Package) -> Files:
    return {
        **sources(package, "src"),
        **selftest(package, "test"),
        f"example/{package.program}.c": package.text("stdin.c"),
        "Makefile": package.text("Makefile"),
        "CMakeLists.txt": package.text("CMakeLists.txt", NAME=package.name),
    }


FORMAT = Format(
    "C99 sources, Makefile, CMakeLists.txt, self-test", _files, lambda package: package.filled(USE)
)
