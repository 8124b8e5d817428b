"""C that several formats share: the network, its input scaling, and recorded inputs and outputs."""

from importlib.metadata import distribution

import numpy as np
from numpy.typing import NDArray

from tinypareto.codegen import emit
from tinypareto.codegen.text import comment_text, wrapped
from tinypareto.export.fill_template import text
from tinypareto.export.package import Files, Package


def sources(package: Package, folder: str) -> dict[str, str | bytes]:
    """The network and `model_io.h`, to be compiled as C99."""
    files = {**emit(package.graph, package.info), "model_io.h": text("model_io.h")}
    return {f"{folder}/{name}": content for name, content in files.items()}


def selftest(package: Package, folder: str) -> Files:
    """A program that compares the network with what Python computed."""
    return {f"{folder}/selftest.c": text("selftest.c"), f"{folder}/vectors.h": vectors(package)}


def vectors(package: Package) -> str:
    """The header of the self-test's inputs and outputs."""
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
    """The Apache License, as it was installed with tinypareto."""
    found = distribution("tinypareto").read_text("licenses/LICENSE")
    assert found, "tinypareto was installed without its licence"
    return found


def _table(name: str, rows: NDArray[np.int8]) -> str:
    lines = (f"{{\n{wrapped(row)}\n}}" for row in rows.tolist())
    return f"static const int8_t {name}[][{rows.shape[1]}] = {{\n{', '.join(lines)}\n}};"
