"""C files that several formats share: the network, its input scaling, and the self-test."""

from importlib.metadata import distribution

import numpy as np
from numpy.typing import NDArray

from tinypareto.codegen import emit
from tinypareto.codegen.text import comment_text, wrapped
from tinypareto.export.package import Files, Package


def sources(package: Package, folder: str) -> dict[str, str | bytes]:
    """Write the network and `model_io.h`, to be compiled as C99."""
    prefix = package.prefix
    files = emit(package.graph, package.info, prefix)
    files[f"{prefix}_io.h"] = package.text("model_io.h")
    return {f"{folder}/{name}": content for name, content in files.items()}


def selftest(package: Package, folder: str) -> Files:
    """Write a program that compares the network's outputs with those computed in Python."""
    program = package.text("selftest.c")
    return {f"{folder}/selftest.c": program, f"{folder}/vectors.h": vectors(package)}


def vectors(package: Package) -> str:
    """Write the header that holds the self-test's inputs and expected outputs."""
    inputs = package.cases.reshape(len(package.cases), -1)
    raw = np.array(package.raw)
    blocks = [
        f"/* {comment_text(package.origin)}; outputs of the exact interpreter in Python. */",
        "#include <stdint.h>",
        f"#define VECTORS {len(inputs)}",
        _table("vector_inputs", inputs),
        _table("vector_outputs", package.outputs),
        "/* Raw values and what they are as input, by channel. */",
        f"static const float raw_values[] = {{\n{wrapped(map(float, package.raw))}\n}};",
        "static const int8_t quantized_values[] = {\n"
        f"{wrapped(package.info.to_int8(raw).tolist())}\n}};",
    ]
    body = "\n\n".join(blocks)
    return f"#ifndef VECTORS_H\n#define VECTORS_H\n\n{body}\n\n#endif\n"


def license_text() -> str:
    """Read the Apache License that was installed with tinypareto."""
    license = distribution("tinypareto").read_text("licenses/LICENSE")
    assert license, "tinypareto was installed without its license"
    return license


def _table(name: str, rows: NDArray[np.int8]) -> str:
    lines = (f"{{\n{wrapped(row)}\n}}" for row in rows.tolist())
    return f"static const int8_t {name}[][{rows.shape[1]}] = {{\n{', '.join(lines)}\n}};"
