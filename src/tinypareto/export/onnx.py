"""int8 ONNX (QDQ), with a script that runs it."""

import io
import json
from typing import Any

import numpy as np

from tinypareto.export.package import Files, Format, Package
from tinypareto.qdq.writer import to_onnx

USE = """\
    pip install onnxruntime numpy
    python @PROGRAM@.py < recording.csv

`model.onnx` holds every operator between DequantizeLinear and QuantizeLinear, with int8 weights and
activations. Its input, float32 [batch, channels, height, width]{series}, is
`(raw * gain + bias - zero_point) * scale`; these numbers are in the model's metadata, and
`@PROGRAM@.py` does that. `vectors.npz` holds recorded int8 inputs and the outputs of tinypareto's
exact integer network. ONNX Runtime rounds elsewhere: single outputs can differ by a step.
"""


def answers(package: Package) -> dict[str, Any]:
    """Facts by which a script turns outputs into answers, as values of JSON."""
    info, quant = package.info, package.graph.quants[package.graph.output]
    if not info.quantities:
        return {"class_names": info.class_names}
    return {
        "output_names": [one.name for one in info.quantities],
        "output_gains": [one.gain for one in info.quantities],
        "output_biases": [one.bias for one in info.quantities],
        "output_scale": quant.scale,
        "output_zero_point": quant.zero_point,
    }


def _metadata(package: Package) -> dict[str, str]:
    graph, info = package.graph, package.info
    quant = graph.quants[graph.input]
    values = {
        "input_shape": graph.input_shape,
        "gains": info.gains,
        "biases": info.biases,
        "input_scale": quant.scale,
        "input_zero_point": quant.zero_point,
        **answers(package),
        "name": package.name,
        **package.about.facts,
    }
    return {key: json.dumps(value) for key, value in values.items()}


def vectors(package: Package) -> bytes:
    """Write the recorded inputs and outputs as .npz bytes."""
    stored = io.BytesIO()
    np.savez(stored, inputs=package.cases, outputs=package.outputs)
    return stored.getvalue()


def _files(package: Package) -> Files:
    return {
        "model.onnx": to_onnx(package.graph, package.about.version, _metadata(package)),
        f"{package.program}.py": package.text("classify_onnx.py.txt"),
        "vectors.npz": vectors(package),
    }


def _use(package: Package) -> str:
    return package.filled(USE).format(series=" (a series has height 1)" if package.series else "")


FORMAT = Format("int8 ONNX (QDQ)", _files, _use)
