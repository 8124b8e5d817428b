"""What the registries know of a data source before it is loaded."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tinypareto.data.dataset import Dataset
from tinypareto.errors import ConfigError
from tinypareto.registry import unknown
from tinypareto.resources import Limits

Value = int | str
Options = Mapping[str, Value]


@dataclass(frozen=True)
class Option:
    """A setting of a source; whole numbers keep to [low, high]."""

    default: Value
    summary: str
    low: int = 0
    high: int = 2**31

    def read(self, where: str, value: Value) -> Value:
        """The value in the type of the default.

        Raises:
            ConfigError: It is no whole number where one is wanted, or out of range.
        """
        if isinstance(self.default, str):
            return str(value)
        if isinstance(value, str) or not self.low <= value <= self.high:
            wanted = f"a whole number in [{self.low}, {self.high}]"
            raise ConfigError(f"{where}: got {value!r}; wanted {wanted}, such as {self.default}")
        return value


@dataclass(frozen=True)
class Request:
    """What is asked of a source.

    Attributes:
        what: What follows the colon of a name, or a path.
        folder: Where downloads are kept.
        options: All options of the source.
    """

    what: str
    folder: Path
    options: Options


@dataclass(frozen=True)
class Source:
    """A named data source, or a format of files.

    Attributes:
        summary: One line for the list of data sets.
        load: Reads it; raises DataError where that fails.
        limits: Limits that make sense for it; the loaded `Dataset` carries the same.
        options: What can be set, by name.
        claims: Whether it reads this path; formats only.
        argument: What must follow the name and a colon, such as NAME; nothing by default.
        downloads: Whether it may need a network.
    """

    summary: str
    load: Callable[[Request], Dataset]
    limits: Limits = field(default_factory=Limits)
    options: Mapping[str, Option] = field(default_factory=dict)
    claims: Callable[[Path], bool] = lambda path: False
    argument: str = ""
    downloads: bool = False

    def record(self) -> dict[str, Any]:
        """What is known of it, for JSON."""
        return {
            "summary": self.summary,
            "argument": self.argument,
            "downloads": self.downloads,
            "limits": asdict(self.limits),
            "options": {name: asdict(option) for name, option in self.options.items()},
        }

    def complete(self, name: str, given: Options) -> dict[str, Value]:
        """All options: those given, checked, and the defaults of the others.

        Raises:
            ConfigError: An option is unknown or has no such value.
        """
        for key in given:
            if key not in self.options:
                raise ConfigError(f"data {name}: {unknown('option', key, self.options)}")
        return {
            key: option.read(f"data {name}: {key}", given.get(key, option.default))
            for key, option in self.options.items()
        }
