"""A network of a front as a folder to take home."""

from importlib.metadata import version
from pathlib import Path

import numpy as np

from tinypareto.codegen import ModelInfo
from tinypareto.deploy.selection import Found, find
from tinypareto.export import find_format
from tinypareto.export.package import About, Files, Package
from tinypareto.export.readme import readme
from tinypareto.export.shared_sources import license_text
from tinypareto.export.write_folder import check_free, write
from tinypareto.registry import identifier
from tinypareto.resources import Limits
from tinypareto.targets.boards import find_board

CASES = 8
"""Recorded inputs and outputs."""


def export(
    folder: Path, out: Path, form: str, *, trial: int | None = None, force: bool = False
) -> list[Path]:
    """Write a network of a front in a format.

    Args:
        folder: A result folder.
        out: Where to; must not exist or be empty.
        form: Key in `tinypareto.export.FORMATS`.
        trial: Number of a network of the front; by default its knee.
        force: Write into a folder that is not empty.

    Returns:
        The files that were written.

    Raises:
        InputError: The folder, the trial, the format or `out` cannot be used.
    """
    chosen = find_format(form)
    check_free(out, force)
    made = package(find(folder, trial))
    files: Files = {
        **chosen.files(made),
        "README.md": readme(made, chosen),
        "LICENSE": license_text(),
    }
    return write(out, files)


def package(found: Found) -> Package:
    """All that a format may write of a network."""
    network, front, point = found.network, found.front, found.point
    cases, origin = found.inputs(CASES)
    name = identifier(f"{front.net}_{front.dataset}_{point.number}")
    note = f"Trial {point.number}; int8 top-1 accuracy on the test split: {point.accuracy:.4f}."
    info = network.info(f"{front.net} on {front.dataset}", (note,))
    return Package(
        graph=network.graph,
        info=info,
        name=name,
        about=_about(found),
        series=len(network.recipe.input_shape) == 2,
        cases=cases,
        origin=origin,
        raw=_worked(found, info),
    )


def _about(found: Found) -> About:
    front, point, config = found.front, found.point, found.config
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


def _worked(found: Found, info: ModelInfo) -> tuple[float, ...]:
    """A raw value for each channel, from the data where they are there, with few digits."""
    recipe = found.network.recipe
    values = np.array(recipe.mean) + np.array(recipe.std) / 2
    if found.dataset is not None:
        channels = found.dataset.x_test[0].reshape(len(values), -1).astype(np.float64)
        near = np.abs(channels - values[:, None]).argmin(1)
        values = channels[np.arange(len(values)), near]
    gains, biases = np.array(info.gains), np.array(info.biases)
    steps = values * gains + biases
    # Between two steps the float of a chip could round to the other one.
    off = (np.rint(steps) - steps) / gains
    safe = np.where(np.abs(steps - np.rint(steps)) > 0.3, values + off, values)
    return tuple(float(f"{value:.6g}") for value in safe)
