"""Reuse of networks that an earlier search trained.

The result of training depends on the candidate, the number of its trial (which determines the
random streams) and the fingerprint that a trial's measurement records as `made_of`. If all of these
are equal, the networks are equal to the last bit, so the network is taken from the trial with the
same number in the earlier result folder.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from tinypareto.config import FILE as CONFIG
from tinypareto.config import RunConfig
from tinypareto.data.split import Selection
from tinypareto.errors import ConfigError, ResultFolderError
from tinypareto.evaluation.network import Network
from tinypareto.nets.spec import NetSpec
from tinypareto.results import measurement_file
from tinypareto.results.front_file import trial_path
from tinypareto.results.model_file import FILE as MODEL
from tinypareto.results.model_file import load_network, load_recipe
from tinypareto.search_space.candidate import Candidate
from tinypareto.targets.host import compilers
from tinypareto.tasks.registry import find_task
from tinypareto.tasks.task import DEFAULT
from tinypareto.training.engine.kernels import kernels
from tinypareto.training.engine.library_cache import compiler_identity, machine

PACKAGE = Path(__file__).parents[1]

Fingerprint = Mapping[str, Any]
"""Everything besides candidate and trial number that affects the result of training, as JSON."""


class Record(BaseModel):
    """The part of a trial's `measurement.json` that reuse needs."""

    model_config = ConfigDict(allow_inf_nan=False)

    number: int
    settings: dict[str, float]
    sparsities: dict[str, float]
    structure: dict[str, int | str] = {}
    channels: dict[str, int]
    score_search: float
    score_float: float
    history: list[dict[str, int | float]]
    answers_search: str | None = None
    score_by_checkpoint: dict[str, float] = {}
    made_of: dict[str, Any] = {}
    task: str = DEFAULT

    @model_validator(mode="before")
    @classmethod
    def _from_file(cls, content: Any) -> Any:
        """Give scores their generic names, whatever the task calls them."""
        if not isinstance(content, dict):
            return content
        return find_task(str(content.get("task", DEFAULT))).score.from_file(content)

    @model_validator(mode="after")
    def _check_scores(self) -> Self:
        for value in (self.score_search, self.score_float, *self.score_by_checkpoint.values()):
            find_task(self.task).score.check(value)
        return self


@dataclass(frozen=True)
class Earlier:
    """A trained network of an earlier search.

    Attributes:
        folder: Folder of its trial.
        record: Contents of its measurement.
        network: The trained network.
    """

    folder: Path
    record: Record
    network: Network


def training_fingerprint(
    config: RunConfig, data: str, selection: Selection, start: Mapping[str, float] | None
) -> Fingerprint:
    """Collect everything about a search that affects the result of training a candidate.

    Args:
        config: Configuration of the search.
        data: SHA-256 of the data.
        selection: The part of the data that steers the search.
        start: Settings with which warm starts train the unpruned network; None without warm starts.

    Returns:
        Values of JSON, to be completed by `machine_fingerprint`.
    """
    folds = hashlib.sha256(selection.kind.encode())
    for fold in selection.folds:
        for index in (fold.train_index, fold.eval_index):
            folds.update(f"{len(index)} ".encode() + index.tobytes())
    return {
        "data": data,
        "selection": folds.hexdigest(),
        "net": config.net,
        "net_options": dict(config.net_options),
        "seed": config.seed,
        "warm_start": start and dict(start),
        "threads": config.threads,
    }


@cache
def machine_fingerprint() -> Fingerprint:
    """Collect everything about this machine that affects the training result."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    compiled = [compiler_identity(command) for command in compilers().values()]
    parts = [machine(), gpu, str(kernels() is not None), *compiled]
    return {
        "code": digest_of_code(PACKAGE),
        "libraries": f"torch {torch.__version__}, numpy {np.__version__}",
        "machine": measurement_file.digest("\0".join(parts).encode()),
    }


def digest_of_code(home: Path) -> str:
    """Hash tinypareto's own sources, since its version does not change during development.

    Args:
        home: Folder of the package.

    Returns:
        SHA-256 of all Python and C files and their paths, in hexadecimal digits.
    """
    digest = hashlib.sha256()
    for file in sorted(home.rglob("*.[pchS]*")):
        if file.suffix in (".py", ".c", ".h", ".S"):
            digest.update(f"{file.relative_to(home).as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def check_folders(folders: Sequence[Path], expected: Fingerprint) -> None:
    """Refuse result folders from which a search cannot reuse anything.

    Args:
        folders: Result folders of earlier searches.
        expected: Fingerprint of the search's own trials.

    Raises:
        ConfigError: A folder holds no run.
        ResultFolderError: All trials in a folder have another fingerprint.
    """
    for folder in folders:
        if not (folder / CONFIG).is_file():
            raise ConfigError(f"reuse: {folder}: no run is there; give an earlier result folder")
        files = sorted(folder.glob(f"trials/*/{measurement_file.FILE}"))
        found = [record.made_of for file in files if (record := _read(file))]
        differing = [[key for key in expected if one.get(key) != expected[key]] for one in found]
        if differing and all(differing):
            keys = ", ".join(differing[-1])
            raise ResultFolderError(
                f"reuse: {folder}: nothing in it can be reused, since it differs in: {keys}; "
                "leave it out"
            )


def find_reusable(
    folders: Sequence[Path],
    number: int,
    candidate: Candidate,
    spec: NetSpec,
    channels: Mapping[str, int],
    expected: Fingerprint,
) -> Earlier | None:
    """Find the network that training would give in the result folders of earlier searches.

    Args:
        folders: Result folders of earlier searches.
        number: Trial number.
        candidate: The candidate that would be trained.
        spec: Its unpruned network.
        channels: Number of filters that its sparsities leave, by prunable layer.
        expected: Fingerprint of the trial.

    Returns:
        The first undamaged match; None if no folder has one.
    """
    parts = candidate.settings, candidate.sparsities, candidate.structure
    wanted = number, *parts, dict(channels), expected
    for trial_folder in (folder / trial_path(number) for folder in folders):
        record = _read(trial_folder / measurement_file.FILE)
        if record is None:
            continue
        if (
            record.number,
            record.settings,
            record.sparsities,
            record.structure,
            record.channels,
            record.made_of,
        ) == wanted and (network := _network(trial_folder, spec, channels)):
            return Earlier(trial_folder, record, network)
    return None


def _read(file: Path) -> Record | None:
    """Read a measurement; None if it is damaged or, as in format 1, has no checksums."""
    try:
        text = file.read_bytes()
        return (
            Record.model_validate_json(text) if measurement_file.sums_of(text, str(file)) else None
        )
    except (OSError, ValidationError, ConfigError, ResultFolderError):
        return None


def _network(folder: Path, spec: NetSpec, channels: Mapping[str, int]) -> Network | None:
    try:
        recipe = load_recipe(folder / MODEL)
        # Compared before loading: loading imports the function that the file names as its network,
        # which must be the search's own and not one that the author of the folder chose.
        stored = recipe.net, dict(recipe.net_settings), dict(recipe.channels)
        if stored != (spec.name, dict(spec.options), dict(channels)):
            return None
        return load_network(folder)
    except (OSError, ResultFolderError):
        return None
