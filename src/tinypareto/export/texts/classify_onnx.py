"""Reads windows of raw sensor values from the standard input, and prints the class of each.

Values are numbers as text, a time step or pixel after the other, all channels of one together: the
rows of a CSV file. Needs onnxruntime and numpy.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

MODEL = Path(__file__).parent / "model.onnx"


def load() -> tuple[onnxruntime.InferenceSession, dict[str, Any]]:
    """The session and what the model says of itself."""
    session = onnxruntime.InferenceSession(MODEL, providers=["CPUExecutionProvider"])
    stored = session.get_modelmeta().custom_metadata_map
    return session, {key: json.loads(value) for key, value in stored.items()}


def real_input(raw: np.ndarray, about: dict[str, Any]) -> np.ndarray:
    """Raw values (n, height, width, channels) as the float input (n, channels, height, width)."""
    steps = raw * np.array(about["gains"]) + np.array(about["biases"])
    real = (steps - about["input_zero_point"]) * about["input_scale"]
    planes: np.ndarray = np.moveaxis(real, -1, 1).astype(np.float32)
    return planes


def main() -> None:
    """Classify the standard input."""
    session, about = load()
    values = np.array(sys.stdin.read().replace(",", " ").split(), np.float64)
    raw = values.reshape(-1, *about["input_shape"])
    for case in real_input(raw, about):
        (logits,) = session.run(None, {"input": case[None]})
        number = int(logits.argmax())
        print(number, about["class_names"][number])


if __name__ == "__main__":
    main()
