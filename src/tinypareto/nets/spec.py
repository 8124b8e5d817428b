"""Everything that decides the layers of an unpruned network."""

from dataclasses import dataclass

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from tinypareto.errors import ConfigError
from tinypareto.nets.custom import CustomNet
from tinypareto.nets.options import NetOptions
from tinypareto.nets.registry import find


@dataclass(frozen=True)
class NetSpec:
    """A network family or custom network, its options and the sizes of its ends.

    `tinypareto.pruning.prune.rebuild` builds the same network with fewer filters.

    Attributes:
        name: Key in `NETS`, or `module:function`.
        options: Options of the network; the others have their defaults.
        input_shape: Shape of one case, (channels, length) or (channels, height, width).
        outputs: Number of outputs, at least 1; see `Task.outputs`.
    """

    name: str
    options: NetOptions
    input_shape: tuple[int, ...]
    outputs: int

    @property
    def key(self) -> str:
        """Text that is equal for equal networks."""
        return f"{self.name} {sorted(self.options.items())} {self.input_shape} {self.outputs}"

    def build(self) -> nn.Module:
        """The network with fresh weights from torch's global random state.

        Raises:
            ConfigError: The name, an option, the shape or the number of outputs cannot be used.
        """
        if len(self.input_shape) not in (2, 3) or min(self.input_shape) < 1:
            raise ConfigError(
                f"net {self.name!r}: input shape {tuple(self.input_shape)}; wanted (channels, "
                "length) or (channels, height, width), all positive; reshape the data"
            )
        if self.outputs < 1:
            raise ConfigError(
                f"net {self.name!r}: {self.outputs} outputs; wanted at least 1; check the targets"
            )
        return find(self.name).make(self.options, tuple(self.input_shape), self.outputs)

    def normalizes(self) -> bool:
        """Whether any layer is a norm, such as batch norm.

        Raises:
            ConfigError: See `build`.
        """
        norms = (_NormBase, nn.GroupNorm, nn.LayerNorm)
        return any(isinstance(layer, norms) for layer in self.build().modules())

    def build_repeatable(self) -> nn.Module:
        """Like `build`, after checking that a custom network is the same at each call.

        Raises:
            ConfigError: It is not; or see `build`.
        """
        module, found = self.build(), find(self.name)
        if isinstance(found, CustomNet):
            found.check_repeatable(self.options, tuple(self.input_shape), self.outputs)
        return module
