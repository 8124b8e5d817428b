"""Description of a file format of recordings."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tinypareto.data.table import Table
from tinypareto.data.times import is_time_name
from tinypareto.errors import DataError
from tinypareto.registry import unknown

_NUMBER = re.compile(r"[\s_.-]*\(?\d+\)?$")


@dataclass(frozen=True)
class Query:
    """Request for parts of a recording.

    Attributes:
        texts: Names of columns to keep as text; a recording may lack them.
        columns: Names of the channels to read; empty for all.
        decimal: Decimal mark of numbers in text; "" if it is to be found.
    """

    texts: frozenset[str] = frozenset()
    columns: tuple[str, ...] = ()
    decimal: str = ""

    def chosen(self, where: str, names: Iterable[str]) -> list[str]:
        """Choose the columns that have to be read; one that tells the time says the rate.

        Args:
            where: Name of the recording in messages.
            names: Names of all columns.

        Raises:
            DataError: A channel that is wanted is missing.
        """
        known = list(names)
        for name in self.columns:
            if name not in known:
                raise DataError(f"{where}: {unknown('column', name, known)}")
        wanted = {*self.columns, *self.texts}
        return [n for n in known if not self.columns or n in wanted or is_time_name(n)]


def without_number(name: str) -> str:
    """Name of a file without its ending and the number before that."""
    return _NUMBER.sub("", Path(name).stem)


@dataclass(frozen=True)
class Format:
    """A file format of recordings.

    Attributes:
        summary: One line for the list of formats.
        read: Reads a recording: the path, the name of the recording within the file ("" if the
            file is one), and what is wanted. It raises DataError with the reason.
        members: Names of the recordings in a file that holds several; None for other formats.
        label: Reads the class from the name of a file.
    """

    summary: str
    read: Callable[[Path, str, Query], Table]
    members: Callable[[Path], Sequence[str]] | None = None
    label: Callable[[str], str] = without_number


@contextmanager
def refused(path: Path | str, advice: str) -> Iterator[None]:
    """Turn whatever a library raises for a damaged file into one line.

    Args:
        path: The file.
        advice: The next step for the user.

    Raises:
        DataError: Something was raised.
    """
    try:
        yield
    except DataError:
        raise
    except OSError as cause:
        if cause.strerror is None:
            raise DataError(f"{path}: cannot be read ({_reason(cause)}); {advice}") from cause
        raise DataError(f"{path}: cannot be read ({cause.strerror}); {advice}") from cause
    # Readers of binary files raise nearly anything for damaged ones.
    except Exception as cause:
        raise DataError(f"{path}: cannot be read ({_reason(cause)}); {advice}") from cause


def optional(module: str, path: Path | str, extra: str) -> ModuleType:
    """Import a module of an optional package.

    Args:
        module: Name of the module.
        path: The file that needs it.
        extra: The extra of tinypareto that installs it.

    Raises:
        DataError: It is not installed.
    """
    try:
        return import_module(module)
    except ImportError as cause:
        package = module.partition(".")[0]
        raise DataError(
            f"{path}: is read by {package}, which is not installed; run: pip install "
            f"'tinypareto[{extra}]'"
        ) from cause


def _reason(cause: Exception) -> str:
    lines = str(cause).splitlines()
    return lines[0][:200] if lines else type(cause).__name__
