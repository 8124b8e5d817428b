"""Sources of configuration values, which messages name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tinypareto.config.model import FILE, OPTIONS
from tinypareto.toml_file import read_toml


@dataclass(frozen=True)
class ConfigSource:
    """Values from one source: a TOML file, the command line, or Python.

    Attributes:
        values: Values by key of `tinypareto.config.RunConfig`.
        folder: Absolute path of the folder that relative paths start from.
        file: The TOML file; None for other sources.
        flags: Whether the values come from command-line flags.
        origin: Name of the origin for messages, if neither the user nor a file gives the values.
    """

    values: Mapping[str, Any]
    folder: Path
    file: Path | None = None
    flags: bool = False
    origin: str = ""

    @property
    def foreign(self) -> str | Path:
        """The file or other origin if someone else may have written the values, otherwise empty.

        The user chooses what flags, arguments and a TOML file of their own say. The configuration
        of a result folder may have been written by anyone.
        """
        return self.file if self.file is not None and self.file.name == FILE else self.origin

    def without(self, *keys: str) -> "ConfigSource":
        """The same source without some keys."""
        kept = {key: value for key, value in self.values.items() if key not in keys}
        return replace(self, values=kept)

    def label(self, key: str) -> str:
        """Name of a key for messages, such as `--rom` or `my.toml: rom`."""
        if self.file is not None:
            return f"{self.file}: {key}"
        return OPTIONS[key].flag if self.flags else key


def load_toml(path: Path) -> ConfigSource:
    """Read a TOML file; its relative paths start from its folder.

    Raises:
        ConfigError: The file is missing, or is not TOML; the message names the line.
    """
    return ConfigSource(read_toml(path), path.absolute().parent, file=path)


def from_flags(flags: Mapping[str, Any]) -> ConfigSource:
    """Values from the command line, without those that are None."""
    return ConfigSource(_without_none(flags), Path.cwd(), flags=True)


def from_arguments(arguments: Mapping[str, Any]) -> ConfigSource:
    """Values from Python, without those that are None; numbers of NumPy or PyTorch become plain."""
    values = {key: _plain(value) for key, value in arguments.items()}
    return ConfigSource(_without_none(values), Path.cwd())


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    # NumPy's numbers and arrays have it, and PyTorch's tensors.
    return value.tolist() if hasattr(value, "tolist") else value


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
