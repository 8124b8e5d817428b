"""Labels of an export of Edge Impulse: `info.labels`, in the folder or in those of its parts.

Source: https://docs.edgeimpulse.com/tools/specifications/data-annotation/ei-labels
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinypareto.data.recording_file import RecordingFile
from tinypareto.data.recording_format import refused
from tinypareto.errors import DataError

NAME = "info.labels"


def labelled(root: Path, files: Sequence[RecordingFile]) -> list[RecordingFile]:
    """Give recordings the classes and the metadata that `info.labels` states, if there is one.

    Args:
        root: The folder of the export.
        files: Its recordings.

    Raises:
        DataError: The file is damaged, misses a recording, or gives one several classes.
    """
    known: dict[Path, Mapping[str, Any]] = {}
    for path in sorted({root / NAME, *(file.path.parent / NAME for file in files)}):
        if path.is_file():
            with refused(path, "export it anew from Edge Impulse"):
                entries = json.loads(path.read_bytes())["files"]
                known |= {(path.parent / entry["path"]).resolve(): entry for entry in entries}
    return [_labelled(file, known) for file in files] if known else list(files)


def _labelled(file: RecordingFile, known: Mapping[Path, Mapping[str, Any]]) -> RecordingFile:
    entry = known.get(file.path.resolve())
    if entry is None:
        raise DataError(f"{file.path}: is not listed in {NAME}; add it there, or move it away")
    with refused(file.path, f"correct its entry in {NAME}"):
        label = entry.get("label") or {"type": "unlabeled"}
        if label["type"] == "multi-label":
            raise DataError(
                f"{file.path}: has several labels in {NAME}; cut it into recordings of one class"
            )
        metadata = {str(key): str(value) for key, value in (entry.get("metadata") or {}).items()}
        name = str(label["label"]) if label["type"] == "label" else ""
        return replace(file, fields={**metadata, "label": name})
