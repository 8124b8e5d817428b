"""Types of network options, and the name of no network in particular."""

from collections.abc import Mapping

NetOption = bool | int | float | str
NetOptions = Mapping[str, NetOption]
"""Network options by name; families take only integers."""

AUTO = "auto"
"""Name that stands for all families that suit the data."""

PAPER = "dscnn"
"""Name of the network that the preset `paper` searches unless another one is named."""
