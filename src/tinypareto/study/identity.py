"""Identity of a search, recorded in its study so that no other search resumes it."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna

from tinypareto.config import MAY_CHANGE, OF_THE_MACHINE, RunConfig
from tinypareto.data.dataset import Dataset
from tinypareto.errors import ResultFolderError
from tinypareto.study.storage import EMBEDDED_NAME, Storage, translate_storage_errors
from tinypareto.tasks.task import DEFAULT

FORMAT = 1
_KEY = "tinypareto"
_MAY_CHANGE = MAY_CHANGE | {"dataset"}
"""A data set is known by its content; its name and path may change."""

Identity = Mapping[str, Any]


def identity_of(config: RunConfig, data_sha256: str) -> Identity:
    """Build the record that identifies a search.

    Args:
        config: Resolved configuration; settings that belong to a machine are left out.
        data_sha256: `fingerprint` of the data.
    """
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
    """Read the identity that a study records.

    Returns:
        The identity; None if there is no study yet, or if an early version of tinypareto wrote it
        without one.

    Raises:
        ResultFolderError: The study does not belong to a search, or a later version wrote it.
        StorageError: The database cannot be read.
    """
    with translate_storage_errors(storage.location, ValueError, TypeError):
        names = optuna.get_all_study_names(storage.rdb)
        if storage.study not in names:
            if names and storage.study == EMBEDDED_NAME:
                raise ResultFolderError(
                    f"{storage.location}: holds other studies ({', '.join(names[:3])}); restore "
                    "the search's own, or give another --out"
                )
            return None
        study = optuna.load_study(study_name=storage.study, storage=storage.rdb)
        identity = study.user_attrs.get(_KEY)
        # Without identity: a result folder of format 1, or a shared study that is being created.
        early = storage.study == EMBEDDED_NAME or not study.get_trials(deepcopy=False)
    if identity is None and early:
        return None
    if not isinstance(identity, dict) or not isinstance(identity.get("config"), dict):
        raise ResultFolderError(
            f"{storage.location}: is not of tinypareto search; give another --study"
        )
    if identity.get("format") != FORMAT:
        raise ResultFolderError(
            f"{storage.location}: has format {identity.get('format')!r}, this version reads "
            f"{FORMAT}; use the version of tinypareto that wrote it"
        )
    return identity


def write_identity(storage: Storage, identity: Identity) -> None:
    """Record the identity of the search in its study.

    Raises:
        StorageError: The database cannot be used.
    """
    with translate_storage_errors(storage.location):
        study = optuna.load_study(study_name=storage.study, storage=storage.rdb)
        study.set_user_attr(_KEY, identity)


def check_identity(location: str, stored: Identity, expected: Identity) -> None:
    """Check that a study belongs to this search.

    Args:
        location: Name of the study in error messages.
        stored: Identity that the study records.
        expected: Identity of this search.

    Raises:
        ResultFolderError: The study belongs to another search, or the data has changed.
    """
    if stored.get("data_sha256") != expected["data_sha256"]:
        raise ResultFolderError(
            f"{location}: was made with other data (its arrays or class names differ); give the "
            "same data, or start another search"
        )
    # A study written before an option existed was run with today's default of that option.
    new = expected["config"]
    defaults = {name: RunConfig.model_fields[name].default for name in new}
    old = defaults | stored["config"]
    for key in sorted({*old, *new} - _MAY_CHANGE):
        if old.get(key) != new.get(key):
            raise ResultFolderError(
                f"{location}: is of another search: its {key} is {old.get(key)!r}, here it is "
                f"{new.get(key)!r}; give another --out or --study"
            )
