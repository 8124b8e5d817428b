"""Result folders with one small network each, whose weights are random, and what runs exports."""

import subprocess
from pathlib import Path

import numpy as np
import torch

from tinypareto.config import FILE as CONFIG
from tinypareto.config import resolve, to_toml
from tinypareto.config.sources import from_flags
from tinypareto.data.normalize import Normalizer
from tinypareto.deploy.selection import SelectedNetwork, select_network
from tinypareto.evaluation.network import Network, Recipe
from tinypareto.graph.cost import resources
from tinypareto.nets.registry import find as find_net
from tinypareto.nets.spec import NetSpec
from tinypareto.quantize.calibrate import calibrate
from tinypareto.resources import Limits
from tinypareto.results.folder import write_trial
from tinypareto.results.front import build_front
from tinypareto.results.front_file import trial_path, write_front
from tinypareto.results.front_point import FrontPoint
from tinypareto.results.measurement_file import with_manifest
from tinypareto.results.model_file import FILE

SHIMS = Path(__file__).parent / "shims"
HOSTILE = '*/ x";system(`id`)\n</b>|#\\'
NETS = {
    "series": ("dscnn", {"width": 8, "depth": 2}, (2, 24)),
    "image": ("resnet8", {"width": 4}, (3, 8, 8)),
}
TRIAL = 7


def make_run(
    folder: Path, kind: str, dataset_name: str = "waves", board: str = ""
) -> SelectedNetwork:
    """A result folder as a search leaves it, and its only network."""
    net, options, shape = NETS[kind]
    rng = np.random.default_rng(0)
    x = rng.integers(0, 40, (24, *shape)).astype(np.float32)
    y = np.arange(24) % 3
    folder.mkdir(parents=True)
    data = folder.parent / "waves.npz"
    names = np.array(["still", "walk", HOSTILE])
    np.savez(data, X_train=x, y_train=y, X_test=x, y_test=y, class_names=names)
    settings = find_net(net).complete(options)
    torch.manual_seed(0)
    module = NetSpec(net, settings, shape, 3).build().eval()
    normalizer = Normalizer.fit(x)
    calibration = calibrate(module, normalizer.apply(x))
    recipe = Recipe(
        net=net,
        net_settings=settings,
        input_shape=shape,
        class_names=tuple(names.tolist()),
        channels={},
        mean=tuple(normalizer.mean.tolist()),
        std=tuple(normalizer.std.tolist()),
        ranges=calibration.ranges,
        biases=calibration.biases,
    )
    network = Network(recipe, module)
    write_trial(folder, TRIAL, with_manifest({}, {FILE: network.to_bytes()}))
    flags = {"dataset": str(data), "net": net, "net_options": options, "seed": 5}
    config = resolve(from_flags(flags | {"out": str(folder)} | ({"board": board} if board else {})))
    (folder / CONFIG).write_text(to_toml(config))
    accuracy = network.accuracy(x, y)
    used = resources(network.graph)
    point = FrontPoint(
        number=TRIAL,
        params={},
        score=accuracy,
        score_float=accuracy,
        score_search=accuracy,
        rom_bytes=used.rom_bytes,
        ram_bytes=used.ram_bytes,
        flops=used.flops,
        path=trial_path(TRIAL),
    )
    write_front(
        build_front(
            [point],
            Limits(),
            dataset=dataset_name,
            net=net,
            select_on="validation",
            selection="a part of the training data",
            trials=1,
            folder=folder,
        )
    )
    return select_network(folder)


def check_output(command: list[str], folder: Path, given: bytes = b"") -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(command, cwd=folder, input=given, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return done.stdout.decode()
