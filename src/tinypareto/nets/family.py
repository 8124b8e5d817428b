"""Description of a network family: one family = one file."""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import nn

from tinypareto.errors import ConfigError
from tinypareto.graph.requantize import Quant
from tinypareto.nets.options import NetOption, NetOptions
from tinypareto.registry import unknown
from tinypareto.tasks.task import Targets


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
class TrainingData:
    """Data for a fit in closed form.

    Attributes:
        x: Normalized cases, float32 [n, channels, ...].
        y: Their targets, [n] or [n, ...].
        quant: Quantization that the input of the integer network will have.
        seed: Seed of all random choices; the same for all networks of one part of the data.
        cache: What fits on this part of the data may share; it lives as long as the search.
    """

    x: NDArray[np.float32]
    y: Targets
    quant: Quant
    seed: int
    cache: MutableMapping[Any, Any]


ClosedForm = Callable[[nn.Module, TrainingData], None]
"""Sets the weights of a module that has the filters of a candidate."""


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
        fit: Sets the weights of a pruned module in closed form; None to train it by gradients.
    """

    name: str
    summary: str
    settings: Mapping[str, Setting]
    build: Callable[[Mapping[str, int], tuple[int, ...], int], nn.Module]
    width: str | None = None
    suits: frozenset[str] = frozenset()
    fit: ClosedForm | None = None

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
