"""What a study says of its search, so that nobody goes on with another one's."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna

from tinypareto.config import OF_THE_MACHINE, RunConfig
from tinypareto.data.dataset import Dataset
from tinypareto.errors import ResultFolderError
from tinypareto.study.storage import EMBEDDED_NAME, Storage, usable
from tinypareto.tasks.task import DEFAULT

FORMAT = 1
_KEY = "tinypareto"
_MAY_CHANGE = {"trials", "threads", "heartbeat", "dataset"}
"""A data set is known by its content; its name and path may change."""

Identity = Mapping[str, Any]


def identity_of(config: RunConfig, data_sha256: str) -> Identity:
    """What the study of a search is to say."""
    settings = config.model_dump(mode="json", exclude_none=True, exclude=OF_THE_MACHINE)
    return {"format": FORMAT, "config": settings, "data_sha256": data_sha256}


def fingerprint(dataset: Dataset) -> str:
    """SHA-256 of the arrays, class names and task, whatever file they came from."""
    digest = hashlib.sha256()
    for array in (dataset.x_train, dataset.y_train, dataset.x_test, dataset.y_test):
        digest.update(f"{array.dtype} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).data)
    digest.update(repr(dataset.class_names).encode())
    if dataset.task != DEFAULT:
        # Searches from before there were tasks keep their fingerprints.
        digest.update(dataset.task.encode())
    return digest.hexdigest()


def read_identity(storage: Storage) -> Identity | None:
    """What the study says; nothing where there is no study yet, or an early version's.

    Raises:
        ResultFolderError: The study is not of a search, or of a newer version.
        StorageError: The database cannot be read.
    """
    with usable(storage.place, ValueError, TypeError):
        names = optuna.get_all_study_names(storage.rdb)
        if storage.study not in names:
            if names and storage.study == EMBEDDED_NAME:
                raise ResultFolderError(
                    f"{storage.place}: holds other studies ({', '.join(names[:3])}); restore the "
                    "search's own, or give another --out"
                )
            return None
        study = optuna.load_study(study_name=storage.study, storage=storage.rdb)
        identity = study.user_attrs.get(_KEY)
        early = storage.study == EMBEDDED_NAME or not study.get_trials(deepcopy=False)
    if identity is None and early:
        return None
    if not isinstance(identity, dict) or not isinstance(identity.get("config"), dict):
        raise ResultFolderError(
            f"{storage.place}: is not of tinypareto search; give another --study"
        )
    if identity.get("format") != FORMAT:
        raise ResultFolderError(
            f"{storage.place}: has format {identity.get('format')!r}, this version reads {FORMAT}; "
            "use the version of tinypareto that wrote it"
        )
    return identity


def write_identity(storage: Storage, mine: Identity) -> None:
    """Note in the study whose it is.

    Raises:
        StorageError: The database cannot be used.
    """
    with usable(storage.place):
        study = optuna.load_study(study_name=storage.study, storage=storage.rdb)
        study.set_user_attr(_KEY, mine)


def check_identity(place: str, theirs: Identity, mine: Identity) -> None:
    """Compare what a study says with what it should.

    Raises:
        ResultFolderError: They are of different searches, or the data changed.
    """
    if theirs.get("data_sha256") != mine["data_sha256"]:
        raise ResultFolderError(
            f"{place}: was made with other data (its arrays or class names differ); give the same "
            "data, or start another search"
        )
    # A study from before an option existed was run with what is its default today.
    new = mine["config"]
    defaults = {name: RunConfig.model_fields[name].default for name in new}
    old = defaults | theirs["config"]
    for key in sorted({*old, *new} - _MAY_CHANGE):
        if old.get(key) != new.get(key):
            raise ResultFolderError(
                f"{place}: is of another search: its {key} is {old.get(key)!r}, here it is "
                f"{new.get(key)!r}; give another --out or --study"
            )
