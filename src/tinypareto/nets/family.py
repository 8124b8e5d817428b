"""What a network family says of itself: one family = one file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import nn

from tinypareto.errors import ConfigError
from tinypareto.names import unknown


@dataclass(frozen=True)
class Setting:
    """An integer setting of a family, in [low, high]."""

    default: int
    low: int
    high: int
    summary: str


@dataclass(frozen=True)
class Family:
    """Networks that differ in a few settings.

    Attributes:
        name: Key in `NETS`.
        summary: One line for lists of networks.
        settings: By name, with defaults and ranges.
        build: Makes the module from all settings, the shape of one case and the class count.
    """

    name: str
    summary: str
    settings: Mapping[str, Setting]
    build: Callable[[Mapping[str, int], tuple[int, ...], int], nn.Module]

    def complete(self, given: Mapping[str, float]) -> dict[str, int]:
        """All settings: those given, checked, and the defaults of the others.

        Raises:
            ConfigError: A setting is unknown, out of range or no integer.
        """
        for name, value in given.items():
            if name not in self.settings:
                raise ConfigError(f"net {self.name!r}: {unknown('setting', name, self.settings)}")
            setting = self.settings[name]
            if not setting.low <= value <= setting.high or value != int(value):
                wanted = f"an integer in [{setting.low}, {setting.high}]"
                raise ConfigError(f"net {self.name!r}: {name}={value}; choose {wanted}")
        return {name: int(given.get(name, s.default)) for name, s in self.settings.items()}
