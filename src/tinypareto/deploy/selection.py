"""Selection of one network from a result folder, together with its search's settings and data."""

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
from tinypareto.results.front import Front
from tinypareto.results.front_file import read_front
from tinypareto.results.front_point import FrontPoint


@dataclass(frozen=True)
class SelectedNetwork:
    """A network of a front.

    Attributes:
        front: The front that lists the network.
        point: The network's entry in the front.
    """

    front: Front
    point: FrontPoint

    @cached_property
    def config(self) -> RunConfig | None:
        """Configuration of the search; None if the folder has none, or its data folder is gone."""
        file = self.front.folder / FILE
        if not file.is_file():
            return None
        try:
            # The study is not opened, so its database does not matter.
            return resolve(load_toml(file).without("storage", "study", "artifacts"))
        except DataError:
            return None

    @cached_property
    def network(self) -> Network:
        """The network, loaded from its trial.

        Raises:
            ResultFolderError: Its files are missing or damaged.
        """
        return self.front.load(self.point.number)

    @cached_property
    def dataset(self) -> Dataset | None:
        """The data of the search; None if it can no longer be loaded or has another shape."""
        if self.config is None:
            return None
        try:
            options = self.config.data_options, self.config.data_dir, self.config.task
            dataset = data.load(self.config.dataset, *options)
        except DataError:
            return None
        same = dataset.input_shape == self.network.recipe.input_shape
        return dataset if same else None

    def inputs(self, count: int) -> tuple[NDArray[np.int8], str]:
        """Make inputs for the network, from the test split if the data can be loaded, else random.

        Args:
            count: Number of inputs; the test split may have fewer.

        Returns:
            Quantized inputs, int8 [n, height, width, channels], and their origin in words.
        """
        if self.dataset is not None:
            x = self.network.to_int8(self.dataset.x_test[:count])
            return x, f"{len(x)} cases of the test split of {self.dataset.name}"
        return random_inputs(self.network.graph, count), f"{count} random inputs"


def random_inputs(graph: Graph, count: int) -> NDArray[np.int8]:
    """Draw inputs of a network uniformly from the int8 range, with a fixed seed.

    Returns:
        int8 [count, height, width, channels].
    """
    rng = np.random.default_rng(0)
    return rng.integers(-128, 128, (count, *graph.input_shape)).astype(np.int8)


def select_network(folder: Path, trial: int | None = None) -> SelectedNetwork:
    """Select a network from the front of a result folder.

    Args:
        folder: A result folder.
        trial: Trial number of a network in the front; by default the recommended one.

    Raises:
        InputError: The folder or the trial cannot be used.
    """
    front = read_front(folder)
    if not front.points:
        raise ResultFolderError(
            f"{folder}: its front is empty; raise the limits or lower --min-accuracy, and search "
            "again"
        )
    points = {point.number: point for point in front.points}
    recommended = front.recommended
    assert recommended is not None, "a front with networks has a recommended one"
    number = recommended if trial is None else trial
    if number not in points:
        listed = ", ".join(map(str, points))
        raise ResultFolderError(f"trial {number}: is not in the front; listed are: {listed}")
    return SelectedNetwork(front, points[number])
