"""Types of network options."""

from collections.abc import Mapping

NetOption = bool | int | float | str
NetOptions = Mapping[str, NetOption]
"""Network options by name; families take only integers."""
