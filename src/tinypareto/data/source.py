"""Description of a data source, known before any data is loaded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.dataset import Dataset
from tinypareto.errors import ConfigError
from tinypareto.registry import unknown
from tinypareto.resources import Limits
from tinypareto.tasks.task import DEFAULT, Targets
from tinypareto.units import parse_duration

Value = int | str
Options = Mapping[str, Value]


@dataclass(frozen=True)
class Option:
    """An option of a source.

    Attributes:
        default: Default value, which also determines the type.
        summary: One line for the list of data sets.
        low: Smallest integer allowed.
        high: Largest integer allowed.
        duration: Whether a time with a unit, such as 2s or 500ms, is allowed too.
    """

    default: Value
    summary: str
    low: int = 0
    high: int = 2**31
    duration: bool = False

    def read(self, where: str, value: Value) -> Value:
        """Convert a value to the type of the default and check its range.

        Args:
            where: Name of the option, for the message.
            value: Value to convert.

        Raises:
            ConfigError: An integer or a time is expected, and the value is none or out of range.
        """
        if isinstance(self.default, str):
            return str(value)
        if self.duration and isinstance(value, str):
            parse_duration(value, where)
            return value
        if isinstance(value, str) or not self.low <= value <= self.high:
            wanted = f"a whole number in [{self.low}, {self.high}]"
            raise ConfigError(f"{where}: got {value!r}; wanted {wanted}, such as {self.default}")
        return value


@dataclass(frozen=True)
class Request:
    """A request to load data from a source.

    Attributes:
        what: A path, or the part of a name after the colon.
        folder: Folder of downloads.
        options: A value for each option of the source.
        task: Key in `tinypareto.tasks.registry.TASKS`; sources that read classes only get no other.
    """

    what: str
    folder: Path
    options: Options
    task: str = DEFAULT


@dataclass(frozen=True)
class Cases:
    """Cases to predict.

    Attributes:
        x: Raw values, float32 [n, channels, length] or [n, channels, height, width].
        classes: Name of each case's class, as far as the data says it; "" where it does not.
        recordings: Name of the recording or image that each case comes from.
        rows: Row of the recording at which each case begins; 0 for images.
        notes: Changes made while reading, one line each.
        targets: True values of the cases, [n] or [n, targets], for tasks without classes; None if
            they are unknown.
    """

    x: NDArray[np.float32]
    classes: Sequence[str]
    recordings: Sequence[str] = ()
    rows: Sequence[int] = ()
    notes: Sequence[str] = ()
    targets: Targets | None = None


@dataclass(frozen=True)
class Source:
    """A named data source, or a file format.

    Attributes:
        summary: One line for the list of data sets.
        load: Reads the data; raises DataError if that fails.
        limits: Sensible resource limits for the data; the loaded `Dataset` carries the same.
        options: Options by name.
        claims: Tells whether the source reads a path; used by file formats only.
        argument: Placeholder of the argument after the name and a colon, such as NAME; empty if
            the name takes no argument.
        downloads: Whether loading may need network access.
        cases: Reads cases to predict, whose classes need not be known; None for the test part.
        any_task: Whether it reads the targets of any task, as a request asks for; others hold
            classes.
    """

    summary: str
    load: Callable[[Request], Dataset]
    limits: Limits = field(default_factory=Limits)
    options: Mapping[str, Option] = field(default_factory=dict)
    claims: Callable[[Path], bool] = lambda path: False
    argument: str = ""
    downloads: bool = False
    cases: Callable[[Request], Cases] | None = None
    any_task: bool = False

    def record(self) -> dict[str, Any]:
        """Convert the description to JSON values."""
        return {
            "summary": self.summary,
            "argument": self.argument,
            "downloads": self.downloads,
            "limits": asdict(self.limits),
            "options": {name: asdict(option) for name, option in self.options.items()},
        }

    def complete(self, name: str, values: Options) -> dict[str, Value]:
        """Check the values of options and add the defaults of all others.

        Args:
            name: Name of the source, for messages.
            values: Values by name of the option.

        Raises:
            ConfigError: An option is unknown, or its value is not allowed.
        """
        for key in values:
            if key not in self.options:
                raise ConfigError(f"data {name}: {unknown('option', key, self.options)}")
        return {
            key: option.read(f"data {name}: {key}", values.get(key, option.default))
            for key, option in self.options.items()
        }
