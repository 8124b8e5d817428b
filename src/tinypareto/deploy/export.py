"""Export of a network of a front into a folder of its own."""

from importlib.metadata import version
from pathlib import Path

import numpy as np

from tinypareto.codegen import ModelInfo
from tinypareto.deploy.selection import SelectedNetwork, select_network
from tinypareto.export import find_format
from tinypareto.export.package import About, Files, Package
from tinypareto.export.readme import readme
from tinypareto.export.shared_sources import license_text
from tinypareto.export.write_folder import check_free, write
from tinypareto.registry import identifier
from tinypareto.resources import Limits
from tinypareto.targets.boards import find_board

CASES = 8
"""Number of recorded inputs, whose outputs the self-tests of the formats compare."""


def export(
    folder: Path, out: Path, form: str, *, trial: int | None = None, force: bool = False
) -> list[Path]:
    """Write a network of a front in an export format.

    Args:
        folder: A result folder.
        out: Folder to write; it must be missing or empty.
        form: Key in `tinypareto.export.FORMATS`.
        trial: Trial number of a network in the front; by default the
            recommended one.
        force: Write into a folder that is not empty.

    Returns:
        Paths of the files that were written.

    Raises:
        InputError: The folder, the trial, the format or `out` cannot be used.
    """
    chosen = find_format(form)
    check_free(out, force)
    content = package(select_network(folder, trial))
    files: Files = {
        **chosen.files(content),
        "README.md": readme(content, chosen),
        "LICENSE": license_text(),
    }
    return write(out, files)


def package(selected: SelectedNetwork) -> Package:
    """Collect everything that an export format may need of a network."""
    network, front, point = selected.network, selected.front, selected.point
    cases, origin = selected.inputs(CASES)
    name = identifier(f"{front.net}_{front.dataset}_{point.number}")
    note = f"Trial {point.number}; int8 top-1 accuracy on the test split: {point.accuracy:.4f}."
    info = network.info(f"{front.net} on {front.dataset}", (note,))
    return Package(
        graph=network.graph,
        info=info,
        name=name,
        about=_about(selected),
        series=len(network.recipe.input_shape) == 2,
        cases=cases,
        origin=origin,
        raw=_example_values(selected, info),
    )


def _about(selected: SelectedNetwork) -> About:
    front, point, config = selected.front, selected.point, selected.config
    return About(
        net=front.net,
        dataset=front.dataset,
        trial=point.number,
        accuracy=point.accuracy,
        accuracy_float=point.accuracy_float,
        accuracy_search=point.accuracy_search,
        select_on=front.select_on,
        selection=front.selection,
        limits=Limits(**front.limits.model_dump()),
        used=point.resources,
        board=find_board(config.board).name if config and config.board else "",
        seed=config.seed if config else None,
        version=version("tinypareto"),
    )


def _example_values(selected: SelectedNetwork, info: ModelInfo) -> tuple[float, ...]:
    """Choose one raw value per channel, with few digits, for the worked example of the README.

    The values are those of a test case that lie closest to half a standard deviation above the
    channel's mean, or exactly there if the data cannot be loaded.
    """
    recipe = selected.network.recipe
    values = np.array(recipe.mean) + np.array(recipe.std) / 2
    if selected.dataset is not None:
        channels = selected.dataset.x_test[0].reshape(len(values), -1).astype(np.float64)
        near = np.abs(channels - values[:, None]).argmin(1)
        values = channels[np.arange(len(values)), near]
    gains, biases = np.array(info.gains), np.array(info.biases)
    steps = values * gains + biases
    # Near the middle of two int8 steps, a chip's float32 arithmetic could round to the other one:
    # such values are moved onto the step.
    off = (np.rint(steps) - steps) / gains
    safe = np.where(np.abs(steps - np.rint(steps)) > 0.3, values + off, values)
    return tuple(float(f"{value:.6g}") for value in safe)
