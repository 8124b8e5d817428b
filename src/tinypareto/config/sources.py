"""Where configuration values come from, so that messages name the place."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinypareto.errors import ConfigError


@dataclass(frozen=True)
class Given:
    """Values from one place.

    Attributes:
        values: By key of `tinypareto.config.RunConfig`.
        folder: What relative paths are relative to; absolute.
        file: The TOML file, if it is one.
        flags: Whether they are command-line flags.
    """

    values: Mapping[str, Any]
    folder: Path
    file: Path | None = None
    flags: bool = False

    def label(self, key: str) -> str:
        """The place of a key, such as `--rom` or `my.toml: rom`."""
        if self.file is not None:
            return f"{self.file}: {key}"
        if not self.flags:
            return key
        return "--" + key.replace("_options", "_option").replace("_", "-")


def load_toml(path: Path) -> Given:
    """Values from a TOML file; its relative paths are relative to its folder.

    Raises:
        ConfigError: The file is missing or is not TOML; says the line.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; give the path of a TOML file") from None
    except OSError as cause:
        raise ConfigError(f"{path}: cannot be read ({cause.strerror})") from cause
    except UnicodeDecodeError as cause:
        raise ConfigError(f"{path}: is not UTF-8 text; save it as UTF-8") from cause
    # Python's reader has no limit on nesting but its own stack.
    except (tomllib.TOMLDecodeError, RecursionError) as cause:
        raise ConfigError(f"{path}: is not TOML: {cause}; correct it there") from cause
    return Given(values, path.absolute().parent, file=path)


def from_flags(flags: Mapping[str, Any]) -> Given:
    """Values from the command line; those that are None were not given."""
    return Given(_without_none(flags), Path.cwd(), flags=True)


def from_arguments(arguments: Mapping[str, Any]) -> Given:
    """Values from Python; those that are None were not given."""
    return Given(_without_none(arguments), Path.cwd())


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
