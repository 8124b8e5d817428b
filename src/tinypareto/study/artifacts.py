"""Store for the files of trials that workers share: a folder or an S3-compatible address.

Optuna's artifact stores hold the files. Each trial is one archive (.zip, stored uncompressed, since
weights hardly compress). The study records its id and SHA-256.
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

from tinypareto.atomic_files import naming
from tinypareto.errors import ConfigError, ResultFolderError, StorageError
from tinypareto.results import measurement_file

Store = FileSystemArtifactStore | Boto3ArtifactStore
KEY = "artifact"
S3 = "s3://"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Date of every archive entry, the earliest that zip can hold: equal files give equal bytes."""


def open_store(address: str, *, make: bool = False) -> Store:
    """Open the store at an address.

    Args:
        address: Absolute path of a folder, or s3://bucket. Credentials and the endpoint are
            configured as usual for boto3 (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
            AWS_ENDPOINT_URL, ~/.aws).
        make: Create the folder if it is missing.

    Raises:
        ConfigError: The folder is missing on this machine, or boto3 is not installed.
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
    """Store a trial's files.

    Args:
        store: The store to write to.
        trial: The running trial.
        files: File contents by path relative to the trial's folder.

    Returns:
        The "id" and the "sha256" of the archive, which `download` takes.

    Raises:
        StorageError: The store cannot be written.
    """
    packed = pack(files)
    with tempfile.NamedTemporaryFile(prefix=f"trial-{trial.number:04d}-", suffix=".zip") as file:
        with naming(Path(file.name)):
            file.write(packed)
            file.flush()
        try:
            key = upload_artifact(artifact_store=store, file_path=file.name, study_or_trial=trial)
        # botocore's errors share no base class but Exception; the file system raises OSError.
        except Exception as cause:
            raise StorageError(
                f"trial {trial.number}: its files cannot be stored ({cause}); check --artifacts"
            ) from cause
    return {"id": key, "sha256": measurement_file.digest(packed)}


def download(store: Store, number: int, artifact: Any) -> dict[str, bytes]:
    """Fetch a trial's files and check them.

    Args:
        store: The store to read from.
        number: Trial number.
        artifact: Return value of `upload`, as recorded in the study; may be damaged.

    Returns:
        File contents by path relative to the trial's folder.

    Raises:
        ResultFolderError: The archive is missing or differs from the one that was stored.
        StorageError: The store cannot be read.
    """
    location = f"artifact of trial {number}"
    try:
        key, wanted = str(artifact["id"]), str(artifact["sha256"])
        with store.open_reader(key) as reader:
            packed = reader.read()
    except (ArtifactNotFound, KeyError, TypeError, ValueError) as cause:
        raise ResultFolderError(f"{location}: is missing ({cause}); restore the store") from cause
    except Exception as cause:
        raise StorageError(f"{location}: cannot be read ({cause}); check --artifacts") from cause
    if measurement_file.digest(packed) != wanted:
        raise ResultFolderError(f"{location}: its SHA-256 is not {wanted}; restore the store")
    return unpack(packed, location)


def pack(files: Mapping[str, bytes]) -> bytes:
    """Pack all files into one archive; equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return buffer.getvalue()


def unpack(packed: bytes, location: str) -> dict[str, bytes]:
    """Unpack the measurement of a trial and the files that it lists.

    Args:
        packed: Archive written by `pack`.
        location: Name of the archive in error messages.

    Raises:
        ResultFolderError: The archive is damaged, or its files do not match the measurement.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            record = archive.read(measurement_file.FILE)
            sums = measurement_file.sums_of(record, location)
            files = {name: archive.read(name) for name in sums}
    except ResultFolderError:
        raise
    # A damaged archive can make zipfile and zlib raise nearly anything.
    except Exception as cause:
        raise ResultFolderError(f"{location}: is damaged ({cause}); restore the store") from cause
    for name, content in files.items():
        if measurement_file.digest(content) != sums[name]:
            raise ResultFolderError(f"{location}: {name} is damaged; restore the store")
    return {measurement_file.FILE: record, **files}
