"""The file `front.json` of a result folder, and the places of trials in it."""

from pathlib import Path

from pydantic import ValidationError

from tinypareto.atomic_files import write_atomic
from tinypareto.errors import ConfigError, ResultFolderError
from tinypareto.results.front import FORMAT, Front

FILE = "front.json"


def trial_path(number: int) -> str:
    """Folder of a trial, relative to the result folder."""
    return f"trials/{number:04d}"


def write_front(front: Front) -> None:
    """Write `front.json` into the front's folder."""
    write_atomic(front.folder / FILE, front.to_json())


def read_front(folder: Path) -> Front:
    """Read `front.json` from a result folder.

    Raises:
        ResultFolderError: The folder is missing, is not a result folder, or was written by another
            version.
    """
    if not folder.is_dir():
        raise ResultFolderError(f"{folder}: no such folder; give a folder that a search wrote")
    try:
        text = (folder / FILE).read_bytes()
    except FileNotFoundError:
        raise ResultFolderError(
            f"{folder}: no {FILE} in it; give a folder that a search wrote, or start one with "
            "tinypareto search"
        ) from None
    except OSError as cause:
        raise ResultFolderError(f"{folder / FILE}: cannot be read ({cause.strerror})") from cause
    try:
        front = Front.model_validate_json(text)
    except ValidationError as cause:
        raise ResultFolderError(_refusal(folder / FILE, cause)) from cause
    # A task that only a later version has.
    except ConfigError as cause:
        raise ResultFolderError(
            f"{folder / FILE}: {cause}; use the version of tinypareto that wrote it"
        ) from cause
    return front.model_copy(update={"folder": folder})


def _refusal(path: Path, cause: ValidationError) -> str:
    errors = cause.errors(include_url=False)
    for error in errors:
        if error["loc"] == ("format",) and isinstance(error["input"], int):
            return (
                f"{path}: has format {error['input']}, this version reads {FORMAT}; "
                "use the version of tinypareto that wrote it"
            )
    location = ".".join(str(part) for part in errors[0]["loc"])
    place = f" at {location}" if location else ""
    reason = errors[0]["msg"].splitlines()[0]
    return f"{path}: not a front that tinypareto wrote ({reason}{place}); run the search anew"
