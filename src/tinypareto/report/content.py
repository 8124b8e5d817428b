"""Gathering of everything that the report shows of a search, as data for the page."""

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from optuna import Study

from tinypareto.config import FILE as CONFIG
from tinypareto.config.sources import ConfigSource, load_toml
from tinypareto.config.storage_url import checked, without_password
from tinypareto.config.values import checked_values
from tinypareto.errors import ConfigError, InputError, ResultFolderError
from tinypareto.evaluation.network import Recipe
from tinypareto.nets.trust import check_named
from tinypareto.report.insights import FEWEST, importance, volumes
from tinypareto.report.networks import Networks
from tinypareto.report.records import read_record
from tinypareto.report.structures import describe_all, nets_of
from tinypareto.report.trials import History, Row, columns, read_history
from tinypareto.results import measurement_file
from tinypareto.results.folder import STUDY
from tinypareto.results.front import Front
from tinypareto.results.front_file import FILE as FRONT
from tinypareto.results.front_file import trial_path
from tinypareto.results.model_file import FILE as MODEL
from tinypareto.results.model_file import load_recipe
from tinypareto.study.storage import Embedded, Shared, Storage, translate_storage_errors
from tinypareto.study.study import read_study
from tinypareto.targets.boards import BOARDS, Board, find_board

_ORDER = ("front", "dominated", "infeasible")


@dataclass(frozen=True)
class Content:
    """Contents of the page, as values of JSON.

    Attributes:
        page: Data that the page needs when it opens.
        details: Data shown when a single trial is opened, the trials of the front first.
        counts: Number of trials by status.
        damaged: Numbers of the trials whose files are missing or were changed.
    """

    page: dict[str, Any]
    details: list[dict[str, Any]]
    counts: Mapping[str, int]
    damaged: list[int]


def read_content(
    front: Front, storage: Storage | None = None, database: str | None = None
) -> Content:
    """Read everything about a search from its result folder.

    Args:
        front: Front read from the result folder.
        storage: Storage of the study if it is already open; by default, the file in the folder.
        database: Address of the shared database that holds the study. The folder's configuration
            names one too, but nobody connects to it because a folder says so.

    Raises:
        ConfigError: The study is in a shared database, and `database` is None.
        ResultFolderError: The folder holds no study.
        StorageError: The study cannot be read.
    """
    if storage is None:
        with closing(_storage(front.folder, database)) as opened:
            return read_content(front, opened)
    study = read_study(storage)
    # An edited database can make Optuna's reader raise these.
    with translate_storage_errors(
        storage.location, ValueError, KeyError, TypeError, AttributeError
    ):
        history = read_history(study, front)
    return gather(front, study, history)


def gather(front: Front, study: Study, history: History) -> Content:
    """Gather everything about a search from its study and its result folder.

    Args:
        front: Front read from the result folder.
        study: Study of the search.
        history: Finished trials of that study.
    """
    # In the order of importance: a report that would be too large leaves out the last details.
    opened = sorted(
        (row for row in history.rows if row.status in _ORDER),
        key=lambda row: (_ORDER.index(row.status), row.number),
    )
    score = front.learning_task.score.name
    details: list[dict[str, Any]] = [
        {
            "number": row.number,
            **(read_record(front.folder, row.number, score) if row.objectives else {}),
        }
        for row in opened
    ]
    intact = {detail["number"] for detail in details if not detail.get("missing")}
    recipes = _recipes(front.folder, opened)
    recipe = next(iter(recipes.values()), None)
    structures, missing = None, "no trained network is left in the folder"
    if recipe is not None:
        try:
            # Drawing the layers of a custom network runs its code.
            for net in nets_of(recipes, opened):
                check_named(net, front.folder / FRONT)
            structures = describe_all(recipes, opened, details)
        except InputError as error:
            missing = str(error)
    return Content(
        page=_page(front, study, history, recipe, structures, missing),
        details=details,
        counts=Counter(row.status for row in history.rows),
        damaged=sorted({row.number for row in opened} - intact),
    )


def score_name(front: Front) -> str:
    """The score in words, such as "balanced accuracy"."""
    return front.learning_task.score.name.replace("_", " ")


def _page(
    front: Front,
    study: Study,
    history: History,
    recipe: Recipe | None,
    structures: list[Networks] | None,
    missing: str,
) -> dict[str, Any]:
    board = _board(front.folder)
    boards = BOARDS | ({board.name: board} if board else {})
    return {
        "metrics": [asdict(metric) for metric in history.metrics],
        "trials": columns(history.rows, history.metrics),
        "knee": front.knee,
        "recommended": front.recommended,
        "score": score_name(front),
        "board": board.name if board else None,
        "boards": [asdict(one) for one in boards.values()],
        "classes": recipe.class_names if recipe else [],
        "structures": [{"layers": one.layers, "orders": one.orders} for one in structures or []],
        "missing": "" if structures else missing,
        "volumes": [round(volume, 6) for volume in volumes(history.rows)],
        "importance": asdict(importance(study)),
        "fewest": FEWEST,
    }


def _storage(folder: Path, database: str | None) -> Storage:
    config, file = folder / CONFIG, folder / STUDY
    if config.is_file() and "storage" in (source := load_toml(config)).values:
        return _shared(source, database)
    if not file.is_file():
        raise ResultFolderError(f"{file}: no such file; give a folder that a search wrote")
    return Embedded(file)


def _shared(source: ConfigSource, database: str | None) -> Storage:
    values = checked_values(source)
    if database is None:
        address = without_password(values["storage"].get_secret_value())
        raise ConfigError(
            f"{source.file}: its study is in {address}; give --storage {address} to connect to it"
        )
    study = values.get("study", source.folder.name)
    return Shared(checked(database, "--storage"), study, heartbeat=1)


def _board(folder: Path) -> Board | None:
    """The board of the search; sizes are those of linked programs where it has one."""
    config = folder / CONFIG
    board = load_toml(config).values.get("board") if config.is_file() else None
    return find_board(board, folder, f"{config}: board") if board else None


def _recipes(folder: Path, rows: list[Row]) -> dict[str, Recipe]:
    """Load the recipe of one trained network of each family, by its name."""
    found: dict[str, Recipe] = {}
    for row in rows:
        model = folder / trial_path(row.number) / MODEL
        if row.objectives and model.is_file() and not measurement_file.changed(model.parent):
            recipe = load_recipe(model)
            found.setdefault(recipe.net, recipe)
    return found
