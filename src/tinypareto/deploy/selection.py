"""One network of a result folder, with what is known of the search that found it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto import data
from tinypareto.config import FILE, RunConfig, resolve
from tinypareto.config.sources import load_toml
from tinypareto.data.dataset import Dataset
from tinypareto.errors import DataError, ResultFolderError
from tinypareto.evaluation.network import Network
from tinypareto.graph.graph import Graph
from tinypareto.results.front import Front, FrontPoint, read_front


@dataclass(frozen=True)
class SelectedNetwork:
    """A network of a front.

    Attributes:
        front: Where it is listed.
        point: Its entry.
    """

    front: Front
    point: FrontPoint

    @cached_property
    def config(self) -> RunConfig | None:
        """Of its search; None where the folder holds none, or its folder of data is gone."""
        file = self.front.folder / FILE
        try:
            return resolve(load_toml(file)) if file.is_file() else None
        except DataError:
            return None

    @cached_property
    def network(self) -> Network:
        """The network itself.

        Raises:
            ResultFolderError: Its files are missing or damaged.
        """
        return self.front.load(self.point.number)

    @cached_property
    def dataset(self) -> Dataset | None:
        """The data of the search; None where it can no longer be loaded or has another shape."""
        if self.config is None:
            return None
        try:
            options = self.config.data_options, self.config.data_dir
            dataset = data.load(self.config.dataset, *options)
        except DataError:
            return None
        same = dataset.input_shape == self.network.recipe.input_shape
        return dataset if same else None

    def inputs(self, count: int) -> tuple[NDArray[np.int8], str]:
        """Quantized inputs [n, height, width, channels], and where they come from."""
        if self.dataset is not None:
            x = self.network.to_int8(self.dataset.x_test[:count])
            return x, f"{len(x)} cases of the test split of {self.dataset.name}"
        return random_inputs(self.network.graph, count), f"{count} random inputs"


def random_inputs(graph: Graph, count: int) -> NDArray[np.int8]:
    """Inputs of a network over the whole range, always the same."""
    rng = np.random.default_rng(0)
    return rng.integers(-128, 128, (count, *graph.input_shape)).astype(np.int8)


def select_network(folder: Path, trial: int | None = None) -> SelectedNetwork:
    """A network of a front.

    Args:
        folder: A result folder.
        trial: Number of a network of the front; by default its knee, if it has one, or the one
            of best accuracy.

    Raises:
        InputError: The folder or the trial cannot be used.
    """
    front = read_front(folder)
    if not front.points:
        raise ResultFolderError(f"{folder}: its front is empty; raise the limits and search again")
    points = {point.number: point for point in front.points}
    best = front.points[0].number if front.knee is None else front.knee
    number = best if trial is None else trial
    if number not in points:
        listed = ", ".join(map(str, points))
        raise ResultFolderError(f"trial {number}: is not in the front; listed are: {listed}")
    return SelectedNetwork(front, points[number])
