"""All that the report shows of a search, as data for the page."""

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from optuna import Study

from tinypareto.config import FILE as CONFIG
from tinypareto.config import resolve
from tinypareto.config.sources import load_toml
from tinypareto.errors import InputError, ResultFolderError
from tinypareto.evaluation.cost_model import Predictor
from tinypareto.evaluation.network import Recipe
from tinypareto.report.insights import FEWEST, importance, volumes
from tinypareto.report.networks import Networks, describe
from tinypareto.report.records import read_record
from tinypareto.report.trials import History, Row, columns, read_history
from tinypareto.resources import Limits
from tinypareto.results.folder import STUDY
from tinypareto.results.front import Front, trial_path
from tinypareto.results.model_file import FILE as MODEL
from tinypareto.results.model_file import load_recipe
from tinypareto.search_space.space import to_candidate
from tinypareto.study.search_loop import open_storage
from tinypareto.study.storage import Embedded, Storage, usable
from tinypareto.study.study import read_study
from tinypareto.targets.boards import BOARDS, Board, find_board

_ORDER = ("front", "dominated", "infeasible")


@dataclass(frozen=True)
class Content:
    """What the page is made of, for JSON.

    Attributes:
        page: What the page needs at once.
        details: What it shows of a single trial, those of the front first.
        counts: Trials by status.
    """

    page: dict[str, Any]
    details: list[dict[str, Any]]
    counts: Mapping[str, int]


def read_content(front: Front, storage: Storage | None = None) -> Content:
    """Everything about a search.

    Args:
        front: As its folder holds it.
        storage: Where the study is, if it is open; what the folder says by default.

    Raises:
        ResultFolderError: The folder holds no study.
        StorageError: The study cannot be read.
    """
    if storage is None:
        with closing(_storage(front.folder)) as opened:
            return read_content(front, opened)
    study = read_study(storage)
    # An edited database can make Optuna's reader raise these.
    with usable(storage.place, ValueError, KeyError, TypeError, AttributeError):
        history = read_history(study, front)
    return gather(front, study, history)


def gather(front: Front, study: Study, history: History) -> Content:
    """Everything about a search, from its study and its folder.

    Args:
        front: As its folder holds it.
        study: Of the search.
        history: Of the same study.
    """
    opened = sorted(
        (row for row in history.rows if row.status in _ORDER),
        key=lambda row: (_ORDER.index(row.status), row.number),
    )
    details: list[dict[str, Any]] = [
        {"number": row.number, **(read_record(front.folder, row.number) if row.objectives else {})}
        for row in opened
    ]
    recipe = _recipe(front.folder, opened)
    structure, missing = None, "no trained network is left in the folder"
    if recipe is not None:
        try:
            structure = _networks(recipe, opened, details)
        except InputError as error:
            missing = str(error)
    return Content(
        page=_page(front, study, history, recipe, structure, missing),
        details=details,
        counts=Counter(row.status for row in history.rows),
    )


def _page(
    front: Front,
    study: Study,
    history: History,
    recipe: Recipe | None,
    structure: Networks | None,
    missing: str,
) -> dict[str, Any]:
    board = _board(front.folder)
    boards = BOARDS | ({board.name: board} if board else {})
    return {
        "metrics": [asdict(metric) for metric in history.metrics],
        "trials": columns(history.rows, history.metrics),
        "knee": front.knee,
        "board": board.name if board else None,
        "boards": [asdict(one) for one in boards.values()],
        "classes": recipe.class_names if recipe else [],
        "layers": structure.layers if structure else [],
        "orders": structure.orders if structure else [],
        "missing": "" if structure else missing,
        "volumes": [round(volume, 6) for volume in volumes(history.rows)],
        "importance": asdict(importance(study)),
        "fewest": FEWEST,
    }


def _storage(folder: Path) -> Storage:
    config, file = folder / CONFIG, folder / STUDY
    if config.is_file() and "storage" in (given := load_toml(config)).values:
        return open_storage(resolve(given))
    if not file.is_file():
        raise ResultFolderError(f"{file}: no such file; give a folder that a search wrote")
    return Embedded(file)


def _board(folder: Path) -> Board | None:
    """The board of the search; sizes are those of linked programs where it has one."""
    config = folder / CONFIG
    board = load_toml(config).values.get("board") if config.is_file() else None
    return find_board(board, folder, f"{config}: board") if board else None


def _recipe(folder: Path, rows: list[Row]) -> Recipe | None:
    """Of any trained network: all have the same structure."""
    for row in rows:
        model = folder / trial_path(row.number) / MODEL
        if row.objectives and model.is_file():
            return load_recipe(model)
    return None


def _networks(recipe: Recipe, rows: list[Row], details: list[dict[str, Any]]) -> Networks:
    """Describe all networks, and add to each trial's details its own."""
    classes = len(recipe.class_names)
    predictor = Predictor.of(recipe.net, recipe.net_settings, recipe.input_shape, classes, Limits())
    for told in details:
        if told.get("channels") and told["channels"].keys() != set(predictor.layers):
            raise ResultFolderError(f"net {recipe.net!r} has changed since")
    channels = [
        told.pop("channels", None) or predictor.channels(to_candidate(dict(row.params)).sparsities)
        for row, told in zip(rows, details, strict=True)
    ]
    networks = describe(predictor, channels)
    for told, network in zip(details, networks.rows, strict=True):
        told["network"] = network
    return networks
