"""Where workers put the files of their trials: a folder they share, or an S3-compatible address.

Optuna's artifact stores keep them. A trial is one archive (.zip, not compressed: weights do not
shrink), known by its id and SHA-256 in the study.
"""

import io
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optuna.artifacts import Boto3ArtifactStore, FileSystemArtifactStore, upload_artifact
from optuna.artifacts.exceptions import ArtifactNotFound
from optuna.trial import Trial

from tinypareto.errors import ConfigError, ResultFolderError, StorageError
from tinypareto.results import measurement_file

Store = FileSystemArtifactStore | Boto3ArtifactStore
KEY = "artifact"
S3 = "s3://"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def open_store(address: str, *, make: bool = False) -> Store:
    """The store at an address.

    Args:
        address: An absolute folder, or s3://bucket; keys and other servers are boto3's affair
            (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, ~/.aws).
        make: Make a missing folder.

    Raises:
        ConfigError: The folder is missing here, or boto3 is.
    """
    if address.startswith(S3):
        try:
            return Boto3ArtifactStore(address.removeprefix(S3))
        except ImportError as cause:
            raise ConfigError(
                "--artifacts: S3 needs boto3; pip install 'tinypareto[s3]'"
            ) from cause
    folder = Path(address)
    if make:
        folder.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir():
        raise ConfigError(
            f"--artifacts: {folder}: no such folder on this machine; mount it, or start the "
            "search with --artifacts s3://bucket"
        )
    return FileSystemArtifactStore(folder)


def upload(store: Store, trial: Trial, files: Mapping[str, bytes]) -> dict[str, str]:
    """Store a trial's files; returns what finds them again.

    Raises:
        StorageError: The store cannot be written.
    """
    packed = pack(files)
    with tempfile.NamedTemporaryFile(prefix=f"trial-{trial.number:04d}-", suffix=".zip") as file:
        file.write(packed)
        file.flush()
        try:
            key = upload_artifact(artifact_store=store, file_path=file.name, study_or_trial=trial)
        # Of botocore, whose errors have their root in Exception, or of the file system.
        except Exception as cause:
            raise StorageError(
                f"trial {trial.number}: its files cannot be stored ({cause}); check --artifacts"
            ) from cause
    return {"id": key, "sha256": measurement_file.digest(packed)}


def download(store: Store, number: int, artifact: Any) -> dict[str, bytes]:
    """A trial's files.

    Args:
        store: Where they are.
        number: Of the trial.
        artifact: What `upload` returned, as the study has it.

    Raises:
        ResultFolderError: They are missing, or not those that were stored.
        StorageError: The store cannot be read.
    """
    place = f"artifact of trial {number}"
    try:
        key, wanted = str(artifact["id"]), str(artifact["sha256"])
        with store.open_reader(key) as reader:
            packed = reader.read()
    except (ArtifactNotFound, KeyError, TypeError, ValueError) as cause:
        raise ResultFolderError(f"{place}: is missing ({cause}); restore the store") from cause
    except Exception as cause:
        raise StorageError(f"{place}: cannot be read ({cause}); check --artifacts") from cause
    if measurement_file.digest(packed) != wanted:
        raise ResultFolderError(f"{place}: its SHA-256 is not {wanted}; restore the store")
    return unpack(packed, place)


def pack(files: Mapping[str, bytes]) -> bytes:
    """One archive of all files; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return buffer.getvalue()


def unpack(packed: bytes, place: str) -> dict[str, bytes]:
    """The files in an archive: those that its measurement names, and that one.

    Args:
        packed: As `pack` made it.
        place: For messages.

    Raises:
        ResultFolderError: It is damaged, or its files are not those of the measurement.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            record = archive.read(measurement_file.FILE)
            sums = measurement_file.sums_of(record, place)
            files = {name: archive.read(name) for name in sums}
    except ResultFolderError:
        raise
    # A damaged archive can make zipfile and zlib raise nearly anything.
    except Exception as cause:
        raise ResultFolderError(f"{place}: is damaged ({cause}); restore the store") from cause
    for name, content in files.items():
        if measurement_file.digest(content) != sums[name]:
            raise ResultFolderError(f"{place}: {name} is damaged; restore the store")
    return {measurement_file.FILE: record, **files}
