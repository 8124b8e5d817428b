"""Network families: one file each, one line each in `NETS`."""

from torch import nn

from tinypareto.errors import ConfigError
from tinypareto.nets import custom
from tinypareto.nets.dscnn import DSCNN
from tinypareto.nets.family import Family
from tinypareto.nets.mcunet import MCUNET
from tinypareto.nets.mobilenetv3 import MOBILENETV3
from tinypareto.nets.options import NetOptions
from tinypareto.nets.resnet8 import RESNET8
from tinypareto.nets.resnet18 import RESNET18
from tinypareto.registry import lookup

NETS: dict[str, Family] = {
    "dscnn": DSCNN,
    "resnet18": RESNET18,
    "resnet8": RESNET8,
    "mobilenetv3": MOBILENETV3,
    "mcunet": MCUNET,
}


def find(name: str) -> Family | custom.Own:
    """The family of that name, or the user's own network where it is `module:function`.

    Raises:
        ConfigError: There is none.
    """
    if ":" in name:
        return custom.find(name)
    return lookup("net", name, NETS)


def build(name: str, settings: NetOptions, input_shape: tuple[int, ...], classes: int) -> nn.Module:
    """Make a network with fresh weights from torch's global random state.

    Args:
        name: Key in `NETS`, or `module:function`.
        settings: Settings of the network; those left out take their defaults.
        input_shape: (channels, length) or (channels, height, width).
        classes: Number of outputs, at least 2.

    Raises:
        ConfigError: The name, a setting, the shape or the class count is not usable.
    """
    if len(input_shape) not in (2, 3) or min(input_shape) < 1:
        raise ConfigError(
            f"net {name!r}: input shape {tuple(input_shape)}; wanted (channels, length) or "
            "(channels, height, width), all positive; reshape the data"
        )
    if classes < 2:
        raise ConfigError(f"net {name!r}: {classes} classes; wanted at least 2; check the labels")
    return find(name).make(settings, tuple(input_shape), classes)


def build_checked(
    name: str, settings: NetOptions, input_shape: tuple[int, ...], classes: int
) -> nn.Module:
    """As `build`, and the user's own network must come out the same each time.

    Raises:
        ConfigError: It does not; or see `build`.
    """
    module, found = build(name, settings, input_shape, classes), find(name)
    if isinstance(found, custom.Own):
        found.check_repeatable(settings, input_shape, classes)
    return module
