"""The result folder: claimed once, every entry whole or absent."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from tinypareto.config import FILE as CONFIG
from tinypareto.config import RunConfig, to_toml
from tinypareto.errors import ResultFolderError
from tinypareto.evaluate import Evaluation
from tinypareto.files import write_atomic
from tinypareto.front import trial_path
from tinypareto.network import FILE as MODEL
from tinypareto.records import Candidate

STUDY = "study.db"
MEASUREMENT = "measurement.json"
FORMAT = 1


def claim(config: RunConfig, resume: bool) -> None:
    """Make the folder for a new run, or check that it holds the run to resume.

    Raises:
        ResultFolderError: A new run would mix with what is there, or there is nothing to resume.
    """
    out = config.out
    if resume and not (out / CONFIG).is_file():
        raise ResultFolderError(f"{out}: no run to resume; leave out --resume to start one")
    if not resume and out.exists() and (not out.is_dir() or any(out.iterdir())):
        what = "holds another run" if (out / CONFIG).is_file() else "exists and is not empty"
        raise ResultFolderError(f"{out}: {what}; give another --out, or add --resume to go on")
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_atomic(out / CONFIG, to_toml(config))
    except OSError as cause:
        raise ResultFolderError(
            f"{out}: cannot be written ({cause.strerror}); give another --out"
        ) from cause


def write_trial(out: Path, candidate: Candidate, evaluation: Evaluation, title: str) -> None:
    """Write all files of a trained trial in one step."""
    measurement, network = evaluation.measurement, evaluation.network
    final = out / trial_path(measurement.number)
    draft = final.with_name(f".{final.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "c").mkdir(parents=True)
    record = {"format": FORMAT, **asdict(candidate), **asdict(measurement)}
    write_atomic(draft / MEASUREMENT, json.dumps(record, indent=2) + "\n")
    write_atomic(draft / MODEL, network.to_bytes())
    for name, text in network.c_files(title, _notes(evaluation)).items():
        write_atomic(draft / "c" / name, text)
    shutil.rmtree(final, ignore_errors=True)
    draft.replace(final)


def _notes(evaluation: Evaluation) -> tuple[str, ...]:
    m = evaluation.measurement
    accuracies = f"int8 {m.accuracy:.4f}, float {m.accuracy_float:.4f}"
    return (f"Trial {m.number}; top-1 accuracy on the test split: {accuracies}.",)
