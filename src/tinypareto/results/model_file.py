"""The file of a trained network, `model.safetensors`: its weights and its recipe."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from torch import nn

from tinypareto.errors import ResultFolderError
from tinypareto.evaluation.network import FORMAT, Network, Recipe
from tinypareto.nets.trust import check_named
from tinypareto.pruning.prune import rebuild
from tinypareto.results import measurement_file

FILE = "model.safetensors"

_RECIPES = TypeAdapter(Recipe)
"""Checks types, because a custom network is called with values from the file."""


def load_network(path: str | Path, *, trust: bool = False) -> Network:
    """Load a network that a search wrote.

    Args:
        path: Folder of a trial, or its `model.safetensors`.
        trust: Import and call the function `module:function` that the file may name as its network,
            though nobody named it in this process.

    Raises:
        ConfigError: The file names a function, and it is neither trusted nor named by the user.
        ResultFolderError: A file of the trial is missing or was changed, or was not written by
            tinypareto.
    """
    file = Path(path) / FILE if Path(path).is_dir() else Path(path)
    if not file.is_file():
        raise ResultFolderError(f"{file}: no such file; give the folder of a trained trial")
    if (file.parent / measurement_file.FILE).is_file():
        measurement_file.check(file.parent, FILE)
    try:
        with safe_open(file, "pt") as stored:
            recipe = _recipe(file, stored.metadata() or {})
            if not trust:
                check_named(recipe.net, file)
            state = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (SafetensorError, ValidationError) as cause:
        raise ResultFolderError(f"{file}: damaged ({cause}); run the trial again") from cause
    module = _module(file, recipe)
    try:
        module.load_state_dict(state)
    except RuntimeError as cause:
        raise ResultFolderError(
            f"{file}: its weights do not fit net {recipe.net!r}, which has changed since; restore "
            "it, or run the search again"
        ) from cause
    return Network(recipe, module.eval())


def load_recipe(file: Path) -> Recipe:
    """The recipe of a stored network, without its weights.

    Raises:
        ResultFolderError: The file is damaged, or was not written by tinypareto.
    """
    try:
        with safe_open(file, "pt") as stored:
            return _recipe(file, stored.metadata() or {})
    except (SafetensorError, ValidationError) as cause:
        raise ResultFolderError(f"{file}: damaged ({cause}); run the trial again") from cause


def _module(file: Path, recipe: Recipe) -> nn.Module:
    try:
        return rebuild(recipe.spec, recipe.channels)
    # A foreign file may have impossible shapes and settings.
    except (RuntimeError, ValueError, TypeError, ArithmeticError, MemoryError) as cause:
        reason = " ".join(str(cause).split())
        raise ResultFolderError(f"{file}: damaged ({reason}); run the trial again") from cause


def _recipe(file: Path, metadata: Mapping[str, str]) -> Recipe:
    if metadata.get("format") != str(FORMAT):
        raise ResultFolderError(
            f"{file}: has format {metadata.get('format')!r}, this version reads {FORMAT}; "
            "use the version of tinypareto that wrote it"
        )
    return _RECIPES.validate_json(metadata.get("tinypareto", ""))
