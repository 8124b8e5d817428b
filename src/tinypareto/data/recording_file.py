"""A recording, and what its path says about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from tinypareto.data.formats import FILES
from tinypareto.data.recording_format import Query, without_number
from tinypareto.data.table import Table
from tinypareto.errors import DataError


@dataclass(frozen=True)
class RecordingFile:
    """A recording, and what its path says.

    Attributes:
        path: Path of the file.
        inner: The path relative to the folder of recordings, or to that of its part.
        part: "train", "validation" or "test"; "" if no folder says it.
        fields: Parts of the path by their names in the pattern, and what a file of labels says.
        member: Name of the recording within a file of several.
    """

    path: Path
    inner: PurePath
    part: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    member: str = ""

    @property
    def where(self) -> str:
        """Name in messages."""
        return f"{self.path}: {self.member}" if self.member else str(self.path)

    @property
    def label(self) -> str:
        """Class by the pattern, else by the file's folder, else by its name without a number."""
        if "label" in self.fields:
            return self.fields["label"]
        kind = FILES.get(self.path.suffix.lower())
        name_of = kind.label if kind else without_number
        return self.inner.parent.name or name_of(self.inner.name)

    def read(self, query: Query) -> Table:
        """Read the recording.

        Raises:
            DataError: It cannot be read.
        """
        # A pipe blocks whoever opens it.
        if self.path.exists() and not self.path.is_file():
            raise DataError(f"{self.path}: is no regular file; save the recording as a file")
        return FILES[self.path.suffix.lower()].read(self.path, self.member, query)
