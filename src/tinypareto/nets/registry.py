"""Network families: one file each, one line each in `NETS`."""

from tinypareto.nets import custom
from tinypareto.nets.blocks import is_series
from tinypareto.nets.dscnn import DSCNN
from tinypareto.nets.family import ClosedForm, Family
from tinypareto.nets.mcunet import MCUNET
from tinypareto.nets.mobilenetv3 import MOBILENETV3
from tinypareto.nets.resnet8 import RESNET8
from tinypareto.nets.resnet18 import RESNET18
from tinypareto.nets.rocket import ROCKET
from tinypareto.nets.window import LINEAR, MLP
from tinypareto.registry import lookup

NETS: dict[str, Family] = {
    "dscnn": DSCNN,
    "resnet18": RESNET18,
    "resnet8": RESNET8,
    "mobilenetv3": MOBILENETV3,
    "mcunet": MCUNET,
    "rocket": ROCKET,
    "linear": LINEAR,
    "mlp": MLP,
}


def suited(input_shape: tuple[int, ...]) -> tuple[str, ...]:
    """Names of the families that a search tries on such data, at least one.

    Args:
        input_shape: (channels, length) or (channels, height, width).
    """
    kind = "series" if is_series(input_shape) else "images"
    return tuple(name for name, family in NETS.items() if kind in family.suits)


def find(name: str) -> Family | custom.CustomNet:
    """The family of that name, or the custom network if the name is `module:function`.

    Raises:
        ConfigError: No such network exists.
    """
    if ":" in name:
        return custom.find(name)
    return lookup("net", name, NETS)


def closed_form(name: str) -> ClosedForm | None:
    """The fit of a family that is not trained by gradients, or None."""
    found = find(name)
    return found.fit if isinstance(found, Family) else None
