"""Description of a network family: one family = one file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from torch import nn

from tinypareto.errors import ConfigError
from tinypareto.nets.options import NetOption, NetOptions
from tinypareto.registry import unknown


class Span(NamedTuple):
    """The values of a setting that a search tries, on a linear or a logarithmic scale."""

    low: int
    high: int
    log: bool = False


@dataclass(frozen=True)
class Setting:
    """An integer setting of a family, in [low, high].

    Attributes:
        default: Value where none is chosen.
        low: Least value.
        high: Largest value.
        summary: Meaning, in one line.
        searched: The values that a search tries by default; None if it keeps the default value.
    """

    default: int
    low: int
    high: int
    summary: str
    searched: Span | None = None


@dataclass(frozen=True)
class Family:
    """Networks that differ in a few settings.

    Attributes:
        name: Key in `NETS`.
        summary: One line for lists of networks.
        settings: Defaults and ranges of the settings by name.
        build: Makes the module from all settings, the shape of one case and the number of outputs.
        width: Name of the setting that changes nothing but numbers of channels, if there is one:
            with any value of it there are the same layers, kernels and strides.
        suits: The data for which a search over families tries it: "series", "images".
    """

    name: str
    summary: str
    settings: Mapping[str, Setting]
    build: Callable[[Mapping[str, int], tuple[int, ...], int], nn.Module]
    width: str | None = None
    suits: frozenset[str] = frozenset()

    def make(self, options: NetOptions, input_shape: tuple[int, ...], outputs: int) -> nn.Module:
        """Build the module; settings that the options leave out take their defaults.

        Raises:
            ConfigError: See `complete`.
        """
        return self.build(self._integers(options), input_shape, outputs)

    def complete(self, options: NetOptions) -> dict[str, NetOption]:
        """All settings: the checked options, and the defaults of the others.

        Raises:
            ConfigError: A setting is unknown, out of range or not an integer.
        """
        return dict(self._integers(options))

    def checked(self, options: NetOptions) -> dict[str, NetOption]:
        """The options alone, after the checks of `complete`.

        Raises:
            ConfigError: See `complete`.
        """
        chosen = self._integers(options)
        return {name: chosen[name] for name in options}

    def _integers(self, options: NetOptions) -> dict[str, int]:
        chosen = {name: setting.default for name, setting in self.settings.items()}
        for name, value in options.items():
            if name not in self.settings:
                raise ConfigError(f"net {self.name!r}: {unknown('setting', name, self.settings)}")
            setting = self.settings[name]
            if type(value) is not int or not setting.low <= value <= setting.high:
                wanted = f"an integer in [{setting.low}, {setting.high}]"
                raise ConfigError(f"net {self.name!r}: {name}={value!r}; choose {wanted}")
            chosen[name] = value
        return chosen
