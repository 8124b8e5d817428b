"""Everything that reads a file of a user, as functions of its bytes.

Each gives back nothing, or raises what a user must never see: any error that is not ours.
"""

import io
import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from tinypareto.config import resolve
from tinypareto.config.sources import load_toml
from tinypareto.data import load
from tinypareto.deploy.imported import import_network
from tinypareto.errors import TinyparetoError, ToolchainError
from tinypareto.evaluation.network import Network, Recipe
from tinypareto.graph.requantize import Quant
from tinypareto.nets.registry import find
from tinypareto.nets.spec import NetSpec
from tinypareto.quantize.calibrate import calibrate
from tinypareto.results import measurement_file
from tinypareto.results.front_file import read_front
from tinypareto.results.model_file import load_network
from tinypareto.study.artifacts import pack, unpack
from tinypareto.tflite.builder import Builder

Reader = Callable[[Path], object]


def _read(name: str, reader: Reader, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(content)
        with suppress(TinyparetoError):
            reader(path)


def toml(content: bytes) -> None:
    """A configuration."""
    _read("my.toml", lambda path: resolve(load_toml(path)), content)


def npz(content: bytes) -> None:
    """A user's arrays."""
    _read("my.npz", load, content)


def ts(content: bytes) -> None:
    """A UEA series; the test part is the same."""

    def both(path: Path) -> None:
        path.with_name("my_TEST.ts").write_bytes(content)
        load(path)

    _read("my_TRAIN.ts", both, content)


def csv(content: bytes) -> None:
    """A recording; another one is the same, so that both parts have one."""

    def several(path: Path) -> None:
        for name in ("a/2.csv", "b/1.csv", "b/2.csv"):
            other = path.parent.parent / name
            other.parent.mkdir(exist_ok=True)
            other.write_bytes(content)
        load(path.parent.parent, {"window": 2})

    _read("data/a/1.csv", several, content)


def front(content: bytes) -> None:
    """front.json."""
    _read("front.json", lambda path: read_front(path.parent), content)


def measurement(content: bytes) -> None:
    """measurement.json."""
    _read(measurement_file.FILE, lambda path: measurement_file.check(path.parent), content)


def weights(content: bytes) -> None:
    """model.safetensors."""
    _read("model.safetensors", load_network, content)


def artifact(content: bytes) -> None:
    """The archive of a trial."""
    with suppress(TinyparetoError):
        unpack(content, "here")


def tflite(content: bytes) -> None:
    """A TensorFlow Lite model; without LiteRT it is refused, which is our error too."""
    _read("my.tflite", import_network, content)


READERS: Mapping[str, Callable[[bytes], None]] = {
    function.__name__: function
    for function in (toml, npz, ts, csv, front, measurement, weights, artifact, tflite)
}


def _npz() -> bytes:
    buffer = io.BytesIO()
    x, y = np.zeros((4, 1, 3), np.float32), np.array([0, 1, 0, 1])
    np.savez(buffer, X_train=x, y_train=y, X_test=x, y_test=y, class_names=np.array(["a", "b"]))
    return buffer.getvalue()


def _weights() -> bytes:
    shape, settings = (1, 8), find("dscnn").complete({"width": 8, "depth": 1})
    module = NetSpec("dscnn", settings, shape, 2).build().eval()
    ranges = calibrate(module, np.ones((1, *shape), np.float32)).ranges
    recipe = Recipe("dscnn", settings, shape, ("a", "b"), {}, (0.0,), (1.0,), ranges)
    return Network(recipe, module).to_bytes()


def _tflite() -> bytes:
    try:
        to = Builder()
    except ToolchainError:
        return b""
    quant, scales = Quant(0.1, 3), np.array([0.01, 0.02])
    source, result = to.activation("x", (4, 4, 2), quant), to.activation("y", (4, 4, 2), quant)
    weight = to.constant("weight", np.ones((2, 3, 3, 2), np.int8), scales)
    bias = to.constant("bias", np.array([5, -7], np.int32), scales * quant.scale)
    window = {"strideH": 1, "strideW": 1, "padding": to.enum("Padding", "SAME")}
    to.add("CONV_2D", [source, weight, bias], result, "Conv2DOptions", **window)
    unit, sizes = Quant(1 / 256, -128), np.array([1, 32], np.int32)
    shares, flat = to.activation("shares", (4, 4, 2), unit), to.activation("flat", (32,), unit)
    to.add("SOFTMAX", [result], shares, "SoftmaxOptions", beta=1.0)
    to.add("RESHAPE", [shares, to.constant("sizes", sizes)], flat, "ReshapeOptions")
    return to.model(source, flat, "")


SEEDS: Mapping[str, bytes] = {
    "toml": b'dataset = "a.npz"\nrom = "64KB"\nseed = 1\nstudy = "s"\nobjectives = ["accuracy"]\n'
    b'[net_options]\nwidth = 8\n[space]\nepochs = [1, 2]\nlr = 0.1\n[data_options]\nx = "y"\n',
    "npz": _npz(),
    "ts": b"# a\n@problemName x\n@timeStamps false\n@univariate false\n@dimensions 2\n"
    b"@classLabel true a b\n@data\n1,2,?:3,4,5:a\n1,2:2,3:b\n",
    "csv": b"t,ax,ay\n1,2,3\n2,,?\n3,4,5e3\n4,-1,nan\n",
    "front": json.dumps(
        {
            "format": 1,
            "dataset": "a",
            "net": "dscnn",
            "limits": {"rom_bytes": 1, "ram_bytes": 1, "flops": 1},
            "hypervolume": 0.5,
            "search_hypervolume": 0.5,
            "select_on": "test",
            "selection": "all",
            "trials": 1,
            "front": [
                {
                    "number": 0,
                    "params": {"lr": 0.1},
                    "accuracy": 0.5,
                    "accuracy_float": 0.5,
                    "accuracy_search": 0.5,
                    "rom_bytes": 1,
                    "ram_bytes": 1,
                    "flops": 1,
                    "path": "trials/0000",
                }
            ],
        }
    ).encode(),
    "measurement": measurement_file.with_manifest({"accuracy": 0.5}, {"c/model.h": b"x"})[
        measurement_file.FILE
    ],
    "weights": _weights(),
    "tflite": _tflite(),
    "artifact": pack(measurement_file.with_manifest({}, {"c/model.h": b"x"})),
}
