"""A TensorFlow Lite model, with a script that runs it in LiteRT."""

import json

from tinypareto.export.onnx import answers, vectors
from tinypareto.export.package import Files, Format, Package
from tinypareto.tflite.writer import to_tflite

USE = """\
    pip install ai-edge-litert numpy
    python @PROGRAM@.py < recording.csv

`model.tflite` takes and gives int8, (1, height, width, channels); `model.json` holds the scaling of
the input (the table below) and what the outputs mean. `vectors.npz` holds recorded int8 inputs and
the outputs of tinypareto's exact integer network. LiteRT rounds elsewhere: with its default kernels
outputs can differ by a step or a few. Reference kernels, such as those of TensorFlow Lite Micro,
round twice and differ more; single answers can change. The score below is that of the exact
network.
"""


def _files(package: Package) -> Files:
    about = {
        "input_shape": package.graph.input_shape,
        "gains": package.info.gains,
        "biases": package.info.biases,
        **answers(package),
    }
    return {
        "model.tflite": to_tflite(package.graph, f"tinypareto {package.about.version}"),
        "model.json": json.dumps(about, indent=2) + "\n",
        f"{package.program}.py": package.text("classify_tflite.py.txt"),
        "vectors.npz": vectors(package),
    }


FORMAT = Format("TensorFlow Lite, int8", _files, lambda package: package.filled(USE))
