"""TOML files that users write."""

import tomllib
from pathlib import Path
from typing import Any

from tinypareto.errors import ConfigError


def read_toml(path: Path, wanted: str = "a TOML file") -> dict[str, Any]:
    """Read a TOML file.

    Args:
        path: Path of the file.
        wanted: Description of the file, for messages.

    Raises:
        ConfigError: The file is missing, or is not TOML; the message names the line.
    """
    try:
        # A pipe would block until somebody writes to it.
        if path.is_fifo():
            raise ConfigError(f"{path}: is a pipe; give the path of {wanted}")
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; give the path of {wanted}") from None
    except OSError as cause:
        raise ConfigError(f"{path}: cannot be read ({cause.strerror})") from cause
    except UnicodeDecodeError as cause:
        raise ConfigError(f"{path}: is not UTF-8 text; save it as UTF-8") from cause
    # Python's reader has no limit on nesting but its own stack. A number of more than 4300 digits
    # is a plain ValueError.
    except (ValueError, RecursionError) as cause:
        raise ConfigError(f"{path}: is not TOML: {cause}; correct it there") from cause
