"""The result folder: one run at a time; every entry is complete or absent."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from tinypareto.atomic_files import sync_folder, write_atomic
from tinypareto.config import FILE as CONFIG
from tinypareto.config import RunConfig, to_toml
from tinypareto.errors import ResultFolderError
from tinypareto.results.front_file import FILE as FRONT
from tinypareto.results.front_file import trial_path

STUDY = "study.db"
REPORT = "report.html"
TRIALS = "trials"
LOCK = ".lock"
_DRAFT = ".part"


@contextmanager
def claimed(config: RunConfig, resume: bool) -> Iterator[None]:
    """Lock the folder for a new run, or for one to resume.

    Raises:
        ResultFolderError: A new run would mix with existing files, there is no run to resume, its
            study was lost, or another process is at work in the folder.
    """
    out, embedded = config.out, config.storage is None
    _check(out, resume, embedded)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with FileLock(out / LOCK, timeout=0):
            _check(out, resume, embedded)
            _sweep(out)
            write_atomic(out / CONFIG, to_toml(config))
            yield
    except Timeout:
        raise ResultFolderError(
            f"{out}: another search is at work in it; wait for its end, or give another --out"
        ) from None


def check_trials_known(out: Path, trials: int, study: object) -> None:
    """Refuse a folder with trials that its study has never begun: the study was lost.

    Args:
        out: The result folder.
        trials: Number of trials that the study has begun.
        study: Name of the study in the message.

    Raises:
        ResultFolderError: A trial's folder has a number that the study does not have.
    """
    numbers = [int(path.name) for path in out.glob(f"{TRIALS}/*") if path.name.isdecimal()]
    lost = sum(number >= trials for number in numbers)
    if lost:
        raise ResultFolderError(
            f"{study}: knows nothing of {lost} trials that are in {out / TRIALS}; restore it from "
            f"a copy, or repeat the search with another --out and --reuse {out}, which does not "
            "train them again"
        )


def _has_content(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _check(out: Path, resume: bool, embedded: bool) -> None:
    if resume and not (out / CONFIG).is_file():
        raise ResultFolderError(f"{out}: no run to resume; leave out --resume to start one")
    if resume and embedded and not _has_content(out / STUDY):
        check_trials_known(out, 0, out / STUDY)
    if (out / TRIALS).is_symlink():
        raise ResultFolderError(
            f"{out / TRIALS}: is a link out of the folder; replace it by a folder"
        )
    if not resume and out.exists() and (not out.is_dir() or any(map(_foreign, out.iterdir()))):
        problem = "holds another run" if (out / CONFIG).is_file() else "exists and is not empty"
        raise ResultFolderError(f"{out}: {problem}; give another --out, or add --resume to go on")


def _foreign(path: Path) -> bool:
    """Whether a path is none of the files that a run leaves if it is killed at its start."""
    return path.name != LOCK and not path.name.startswith(f".{CONFIG}.")


def _sweep(out: Path) -> None:
    """Remove drafts that a killed run left."""
    for name in (CONFIG, FRONT, REPORT):
        for draft in out.glob(f".{name}.*"):
            draft.unlink()
    for folder in out.glob(f"{TRIALS}/.*{_DRAFT}"):
        shutil.rmtree(folder)


def write_trial(out: Path, number: int, files: Mapping[str, bytes]) -> None:
    """Write all files of a trained trial in one step.

    Args:
        out: The result folder.
        number: Number of the trial.
        files: Contents by path within the trial's folder.
    """
    final = out / trial_path(number)
    draft = final.with_name(f".{final.name}{_DRAFT}")
    shutil.rmtree(draft, ignore_errors=True)
    for name, content in files.items():
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomic(draft / name, content)
    shutil.rmtree(final, ignore_errors=True)
    draft.replace(final)
    sync_folder(final.parent)
