"""Networks that an earlier search trained, so that they are not trained again.

What training gives depends on a candidate, the number of its trial (its random streams come from
it) and on what a trial's measurement notes as `made_of`. Where all of that is equal, so is the
network, to the last bit: the trial of that number in the earlier result folder has it already.
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
from tinypareto.results import measurement_file
from tinypareto.results.front import trial_path
from tinypareto.results.model_file import FILE as MODEL
from tinypareto.results.model_file import load_network, load_recipe
from tinypareto.search_space.candidate import Candidate
from tinypareto.targets.host import compilers
from tinypareto.tasks.registry import find_task
from tinypareto.tasks.task import DEFAULT
from tinypareto.training.engine.kernels import kernels
from tinypareto.training.engine.library_cache import compiler_identity, machine

HOME = Path(__file__).parents[1]

MadeOf = Mapping[str, Any]


class Record(BaseModel):
    """What is read of a trial's measurement."""

    model_config = ConfigDict(allow_inf_nan=False)

    number: int
    settings: dict[str, float]
    sparsities: dict[str, float]
    channels: dict[str, int]
    score_search: float
    score_float: float
    history: list[dict[str, int | float]]
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
        place: Folder of its trial.
        record: What its measurement says.
        network: As it was trained.
    """

    place: Path
    record: Record
    network: Network


def made_of(
    config: RunConfig, data: str, selection: Selection, start: Mapping[str, float] | None
) -> MadeOf:
    """All of a search that decides what training a candidate gives, as JSON has it.

    Args:
        config: Of the search.
        data: SHA-256 of the data.
        selection: The part of it that steers the search.
        start: Settings with which the unpruned network is trained, for warm starts.
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
def here() -> MadeOf:
    """All of this machine that decides it."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    compiled = [compiler_identity(command) for command in compilers().values()]
    parts = [machine(), gpu, str(kernels() is not None), *compiled]
    return {
        "code": digest_of_code(HOME),
        "libraries": f"torch {torch.__version__}, numpy {np.__version__}",
        "machine": measurement_file.digest("\0".join(parts).encode()),
    }


def digest_of_code(home: Path) -> str:
    """SHA-256 of tinypareto itself: its version says nothing where it is being developed."""
    digest = hashlib.sha256()
    for file in sorted(home.rglob("*.[pch]*")):
        if file.suffix in (".py", ".c", ".h"):
            digest.update(f"{file.relative_to(home).as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def check_folders(folders: Sequence[Path], mine: MadeOf) -> None:
    """Refuse result folders that cannot have what a search needs.

    Args:
        folders: Of earlier searches.
        mine: What the search's own trials will be made of.

    Raises:
        ConfigError: There is no run in a folder.
        ResultFolderError: All its trials are made of something else.
    """
    for folder in folders:
        if not (folder / CONFIG).is_file():
            raise ConfigError(f"reuse: {folder}: no run is there; give an earlier result folder")
        files = sorted(folder.glob(f"trials/*/{measurement_file.FILE}"))
        found = [record.made_of for file in files if (record := _read(file))]
        differing = [[key for key in mine if one.get(key) != mine[key]] for one in found]
        if differing and all(differing):
            keys = ", ".join(differing[-1])
            raise ResultFolderError(
                f"reuse: {folder}: nothing in it can be reused, since it differs in: {keys}; "
                "leave it out"
            )


def find(
    folders: Sequence[Path],
    number: int,
    candidate: Candidate,
    channels: Mapping[str, int],
    mine: MadeOf,
) -> Earlier | None:
    """The network that training would give, where one of the folders has it whole.

    Args:
        folders: Of earlier searches.
        number: Of the trial.
        candidate: What would be trained.
        channels: Filters that its sparsities leave, by prunable layer.
        mine: What the trial is made of.
    """
    wanted = number, candidate.settings, candidate.sparsities, dict(channels), mine
    for folder in folders:
        place = folder / trial_path(number)
        record = _read(place / measurement_file.FILE)
        if record is None:
            continue
        if (
            record.number,
            record.settings,
            record.sparsities,
            record.channels,
            record.made_of,
        ) == wanted and (network := _network(place, channels, mine)):
            return Earlier(place, record, network)
    return None


def _read(file: Path) -> Record | None:
    """The record, where it is one with checksums."""
    try:
        text = file.read_bytes()
        return (
            Record.model_validate_json(text) if measurement_file.sums_of(text, str(file)) else None
        )
    except (OSError, ValidationError, ConfigError, ResultFolderError):
        return None


def _network(place: Path, channels: Mapping[str, int], mine: MadeOf) -> Network | None:
    try:
        recipe = load_recipe(place / MODEL)
        # Loading one of a net that the file names instead would import what a stranger chose.
        given = recipe.net, dict(recipe.net_settings), dict(recipe.channels)
        if given != (mine["net"], mine["net_options"], dict(channels)):
            return None
        return load_network(place)
    except (OSError, ResultFolderError):
        return None
