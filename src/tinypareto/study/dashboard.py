"""Files that Optuna's dashboard shows for a search: the C of its trials, and the report.

    optuna-dashboard sqlite:///DIR/study.db --artifact-dir DIR/artifacts

The dashboard reads the names of the objectives and the constraints from the study itself. Its
artifacts are files that a study or a trial points to; they cannot be added to a finished trial.
"""

import io
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from optuna import Study, Trial
from optuna.artifacts import get_all_artifact_meta, upload_artifact
from optuna.storages import BaseStorage

from tinypareto.atomic_files import naming
from tinypareto.results.folder import STUDY
from tinypareto.study.artifacts import Store, open_store
from tinypareto.study.storage import Storage, translate_storage_errors
from tinypareto.study.study import read_study

FOLDER = "artifacts"
_SOURCES = "c/"
_HEADER = "c/model.h"


def attach(folder: Path, trial: Trial, files: Mapping[str, bytes]) -> None:
    """Attach `model.h`, and an archive of all C files, to a running trial.

    Args:
        folder: The result folder.
        trial: Running trial of the study in that folder.
        files: Files of the trial by path relative to the trial's folder.

    Raises:
        StorageError: The study cannot be used.
        OSError: A file cannot be written.
    """
    sources = {n.removeprefix(_SOURCES): f for n, f in files.items() if n.startswith(_SOURCES)}
    shown = {f"trial-{trial.number:04d}-c.zip": _archive(sources)}
    if _HEADER in files:
        shown["model.h"] = files[_HEADER]
    store = open_store(str(folder / FOLDER), make=True)
    with translate_storage_errors(str(folder / STUDY)), naming(folder / FOLDER):
        for name, content in shown.items():
            _put(store, trial, trial.storage, name, content)


def attach_report(folder: Path, storage: Storage, report: Path) -> None:
    """Attach the report to the study, replacing an earlier one.

    Args:
        folder: The result folder.
        storage: Storage of the folder's study.
        report: The HTML file.

    Raises:
        StorageError: The study cannot be used.
        OSError: The file cannot be written.
    """
    store = open_store(str(folder / FOLDER), make=True)
    with translate_storage_errors(storage.location), naming(folder / FOLDER):
        _put(store, read_study(storage), storage.rdb, report.name, report.read_bytes())


def _archive(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _put(
    store: Store, owner: Study | Trial, storage: BaseStorage, name: str, content: bytes
) -> None:
    known = get_all_artifact_meta(owner, storage=storage)
    same = next((meta for meta in known if meta.filename == name), None)
    if same is not None:
        store.write(same.artifact_id, io.BytesIO(content))
        return
    with tempfile.TemporaryDirectory(prefix="tinypareto-") as scratch:
        file = Path(scratch) / name
        with naming(file):
            file.write_bytes(content)
        upload_artifact(
            artifact_store=store, file_path=str(file), study_or_trial=owner, storage=storage
        )
