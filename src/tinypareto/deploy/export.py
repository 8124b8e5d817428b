"""Export of a network of a front, or of another tool, into a folder of its own."""

from dataclasses import replace
from importlib.metadata import version
from math import prod
from pathlib import Path

import numpy as np

from tinypareto.codegen import ModelInfo
from tinypareto.codegen.prefix import check_prefix
from tinypareto.deploy.imported import ImportedNetwork, import_network, is_model
from tinypareto.deploy.selection import SelectedNetwork, random_inputs, select_network
from tinypareto.errors import ConfigError, UnsupportedLayerError
from tinypareto.export import find_format
from tinypareto.export.package import About, Files, ImportedAbout, Package
from tinypareto.export.readme import readme
from tinypareto.export.shared_sources import license_text
from tinypareto.export.write_folder import check_free, write
from tinypareto.registry import identifier
from tinypareto.resources import Limits
from tinypareto.targets.boards import find_board

CASES = 8
"""Number of recorded inputs, whose outputs the self-tests of the formats compare."""


def export(
    source: Path,
    out: Path,
    form: str,
    *,
    trial: int | None = None,
    name: str | None = None,
    force: bool = False,
) -> list[Path]:
    """Write a network of a front, or one that another tool quantized, in an export format.

    Args:
        source: A result folder, or an int8 model: .onnx or .tflite.
        out: Folder to write; it must be missing or empty.
        form: Key in `tinypareto.export.FORMATS`.
        trial: Trial number of a network in the front; by default the
            recommended one.
        name: Replaces `model` in the names of symbols, macros, files and packages.
        force: Write into a folder that is not empty.

    Returns:
        Paths of the files that were written.

    Raises:
        InputError: The folder or the model, the trial, the format, the name or `out` cannot be
            used, or the model's C would be wrong.
    """
    chosen = find_format(form)
    if name is not None:
        check_prefix(name)
    check_free(out, force)
    if is_model(source):
        if trial is not None:
            raise ConfigError(f"--trial: got {trial}; {source} is a file and holds one network")
        content = package_imported(import_network(source))
    else:
        content = package(select_network(source, trial))
    if name is not None:
        content = replace(content, name=name, prefix=name)
    files: Files = {
        **chosen.files(content),
        "README.md": readme(content, chosen),
        "LICENSE": license_text(),
    }
    return write(out, files)


def package_imported(network: ImportedNetwork) -> Package:
    """Collect the same of a network that another tool quantized.

    Raises:
        UnsupportedLayerError: A layer differs from the model's own runtime.
    """
    graph, compared = network.graph, network.compare()
    if compared.wrong_layer:
        raise UnsupportedLayerError(str(compared.wrong_layer))
    outputs = prod(graph.shapes()[graph.output])
    info = network.info(tuple(f"class {number}" for number in range(outputs)))
    # Steps of the input stand exactly for their real values.
    raw = graph.quants[graph.input].scale * (8 - graph.quants[graph.input].zero_point)
    return Package(
        graph=graph,
        info=info,
        name=identifier(network.path.stem),
        about=ImportedAbout(network.path.name, str(compared), version("tinypareto")),
        series=graph.input_shape[0] == 1,
        cases=random_inputs(graph, CASES),
        origin=f"{CASES} random inputs",
        raw=(float(f"{raw:.6g}"),) * graph.input_shape[2],
    )


def package(selected: SelectedNetwork) -> Package:
    """Collect everything that an export format may need of a network."""
    network, front, point = selected.network, selected.front, selected.point
    cases, origin = selected.inputs(CASES)
    name = identifier(f"{network.recipe.net}_{front.dataset}_{point.number}")
    title = front.learning_task.score.title
    note = f"Trial {point.number}; int8 {title} on the test split: {point.score:.4f}."
    info = network.info(f"{network.recipe.net} on {front.dataset}", (note,))
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
        net=selected.network.recipe.net,
        dataset=front.dataset,
        trial=point.number,
        kind=front.learning_task.score,
        score=point.score,
        score_float=point.score_float,
        score_search=point.score_search,
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
