"""The files of a folder of recordings, and the parts of the data that their folders say."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from tinypareto.data.edge_impulse_labels import labelled
from tinypareto.data.formats import FILES
from tinypareto.data.path_pattern import named
from tinypareto.data.recording_file import RecordingFile
from tinypareto.errors import DataError

PARTS: Mapping[str, str] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
"""Part of the data by the name of its folder in lower case."""


@dataclass(frozen=True)
class Found:
    """The files of a folder.

    Attributes:
        files: The recordings, sorted by path.
        beside: Files that lie beside the folders `train` and `test` and are left out.
        others: Number of files of each other ending that could be read, which are left out.
    """

    files: list[RecordingFile]
    beside: list[Path]
    others: Mapping[str, int]


def find_files(root: Path, pattern: str = "", ending: str = "") -> Found:
    """Find the recordings in a folder and its subfolders, without hidden files and folders.

    Args:
        root: The folder, or a file.
        pattern: Names for parts of the paths; see `path_pattern.named`.
        ending: Ending of the files to read, with its point; by default the most frequent one.

    Raises:
        DataError: There is no recording, or a path does not have the form of the pattern.
    """
    if not root.exists():
        raise DataError(f"{root}: no such file or folder; give an existing one")
    if not root.is_dir():
        return Found(named(_opened(RecordingFile(root, PurePath(root.name))), pattern), [], {})
    paths = visible_files(root, FILES)
    counts = Counter(map(_ending, paths))
    chosen = _chosen(root, counts, ending)
    files, beside = in_parts(root, [path for path in paths if _ending(path) == chosen])
    opened = [member for file in labelled(root, files) for member in _opened(file)]
    others = {name: count for name, count in counts.items() if name != chosen}
    return Found(named(opened, pattern), beside, others)


def _chosen(root: Path, counts: Mapping[str, int], ending: str) -> str:
    """The ending that is asked for, or the most frequent one."""
    if ending and ending not in FILES:
        raise DataError(f"format={ending[1:]}: wanted one of {', '.join(e[1:] for e in FILES)}")
    chosen = ending or max(counts, key=lambda name: counts[name], default="")
    if chosen not in counts:
        wanted = f"{ending} files" if ending else "files of recordings"
        raise DataError(f"{root}: has no {wanted} in it; see tinypareto datasets for what is read")
    return chosen


def visible_files(root: Path, endings: Collection[str]) -> list[Path]:
    """Files with one of these endings in any case, sorted by path, without hidden ones."""
    found = []
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
        if not hidden and _ending(path) in endings and not path.is_dir():
            found.append(path)
    return found


def in_parts(root: Path, paths: Sequence[Path]) -> tuple[list[RecordingFile], list[Path]]:
    """Sort files into the parts that folders at the top say.

    Args:
        root: The folder.
        paths: Files in it.

    Returns:
        The recordings, and the files that lie beside the folders `train` and `test`.

    Raises:
        DataError: There is a folder for the validation part, but not for both others.
    """
    relative = {path: path.relative_to(root) for path in paths}
    parts = {path: PARTS.get(inner.parts[0].lower(), "") for path, inner in relative.items()}
    present = set(parts.values()) - {""}
    if len(present) == 2 and "validation" in present:
        missing = next(iter({"train", "test"} - present))
        raise DataError(
            f"{root}: has folders for the parts {' and '.join(sorted(present))}, but none for "
            f"{missing}; add it, or move all recordings to folders of their classes"
        )
    if not {"train", "test"} <= present:
        return [RecordingFile(path, inner) for path, inner in relative.items()], []
    inside = [
        RecordingFile(path, PurePath(*relative[path].parts[1:]), part)
        for path, part in parts.items()
        if part
    ]
    return inside, [path for path, part in parts.items() if not part]


def check_labels(files: Sequence[RecordingFile]) -> bool:
    """Check that every file's path says a class.

    Args:
        files: The recordings.

    Returns:
        Whether the classes are the names of the files without their numbers.

    Raises:
        DataError: A path says no class, or some files lie beside the folders of the classes.
    """
    if any("label" in file.fields for file in files):
        return False
    advice = "put it in a folder named as its class, or give label=COLUMN or path={label}_{n}"
    loose = [file for file in files if not file.inner.parent.name]
    if loose and len(loose) < len(files):
        raise DataError(f"{loose[0].path}: lies beside the folders of the classes; {advice}")
    for file in files:
        if not file.label:
            raise DataError(f"{file.where}: its name says no class; {advice}")
    return bool(loose)


def _ending(path: Path) -> str:
    return path.suffix.lower()


def _opened(file: RecordingFile) -> list[RecordingFile]:
    """The recordings in a file of several, or the file itself."""
    members = FILES[_ending(file.path)].members
    names = members(file.path) if members else []
    ending, folder = file.path.suffix, file.inner.parent
    found = [replace(file, inner=folder / f"{name}{ending}", member=name) for name in names]
    return found or [file]
