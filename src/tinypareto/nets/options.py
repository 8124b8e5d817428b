"""Types of the options that a network takes."""

from collections.abc import Mapping

NetOption = bool | int | float | str
NetOptions = Mapping[str, NetOption]
"""Options of a network by name; those of the families are integers."""
