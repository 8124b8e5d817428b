"""The files of a folder of recordings, and what their paths say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

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

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"[\s_.-]*\(?\d+\)?$")


@dataclass(frozen=True)
class RecordingFile:
    """A file and what its path says.

    Attributes:
        path: Path of the file.
        inner: The path relative to the folder of recordings, or to that of its part.
        part: "train", "validation" or "test"; "" if no folder says it.
        fields: Parts of the path by their names in the pattern.
    """

    path: Path
    inner: PurePath
    part: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Class by the pattern, else by the file's folder, else by its name without a number."""
        if "label" in self.fields:
            return self.fields["label"]
        return self.inner.parent.name or _NUMBER.sub("", self.inner.stem)


def find_files(root: Path, pattern: str = "") -> tuple[list[RecordingFile], list[Path]]:
    """Find the recordings in a folder and its subfolders, without hidden files and folders.

    Args:
        root: The folder.
        pattern: Names for parts of the paths, such as `{label}/{person}_{n}`; `*` stands for
            anything. It is compared with the last parts of a path, without the ending `.csv`.

    Returns:
        The recordings, sorted by path, and the files that lie beside the folders `train` and `test`
        and are therefore left out.

    Raises:
        DataError: There is no recording, or a path does not have the form of the pattern.
    """
    if not root.is_dir():
        raise DataError(f"{root}: wanted a folder of recordings; give the folder it is in")
    paths = [path for path in sorted(root.rglob("*")) if _is_recording(root, path)]
    if not paths:
        raise DataError(
            f"{root}: has no .csv files in it; see tinypareto datasets for what is read"
        )
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
        return _named([RecordingFile(path, inner) for path, inner in relative.items()], pattern), []
    inside = [
        RecordingFile(path, PurePath(*relative[path].parts[1:]), part)
        for path, part in parts.items()
        if part
    ]
    return _named(inside, pattern), [path for path, part in parts.items() if not part]


def check_labels(root: Path, files: Sequence[RecordingFile]) -> bool:
    """Check that every file's path says a class.

    Args:
        root: The folder of recordings.
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
            raise DataError(f"{file.path}: its name says no class; {advice}")
    return bool(loose)


def _is_recording(root: Path, path: Path) -> bool:
    hidden = any(p.startswith(".") or p == "__MACOSX" for p in path.relative_to(root).parts)
    return path.suffix.lower() == ".csv" and not hidden and not path.is_dir()


def _named(files: Sequence[RecordingFile], pattern: str) -> list[RecordingFile]:
    if not pattern:
        return list(files)
    names = _PLACEHOLDER.findall(pattern)
    if not names or len(set(names)) < len(names):
        raise DataError(
            f"path={pattern}: wanted different names in braces, such as {{label}}_{{n}}"
        )
    expression = _expression(pattern)
    depth = pattern.count("/") + 1
    named = []
    for file in files:
        text = "/".join(file.inner.with_suffix("").parts[-depth:])
        match = expression.fullmatch(text)
        if match is None:
            raise DataError(
                f"{file.path}: {text!r} does not have the form {pattern}; rename it, or correct "
                "path="
            )
        named.append(RecordingFile(file.path, file.inner, file.part, match.groupdict()))
    return named


def _expression(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression.

    A placeholder takes none of the pattern's own marks: with `{label}_{n}`, walk_up_1 is refused
    rather than cut at either place.
    """
    pieces = _PLACEHOLDER.split(pattern)
    marks = {c for text in pieces[::2] for c in text if not c.isalnum() and c != "*"} | {"/"}
    excluded = re.escape("".join(sorted(marks)))
    literals = [re.escape(text).replace(r"\*", "[^/]*") for text in pieces[::2]]
    names = [f"(?P<{name}>[^{excluded}]+)" for name in pieces[1::2]]
    return re.compile("".join(a + b for a, b in zip(literals, [*names, ""], strict=True)))
