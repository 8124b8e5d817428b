"""The outputs of a classifier as numbers that sum to one."""

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.check import checked_values
from tinypareto.errors import ConfigError, DataError
from tinypareto.evaluation.network import Network


def uncalibrated_probabilities(network: Network, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The softmax of the integer network's outputs.

    It ranks classes and cases. It is not calibrated: nothing was done that makes 90 % mean that 9
    of 10 such cases are right. Outputs are int8 steps, so there are few different values, and a
    network that is fitted in closed form (such as rocket) has outputs around zero and one, whose
    softmax stays near the uniform distribution.

    Args:
        network: A network of a front, as `front.load` gives it.
        x: Raw cases [n, channels, ...].

    Returns:
        Shares [n, classes] in [0, 1] that sum to 1; the largest one is the answer of `predict`.

    Raises:
        DataError: The cases are not finite numbers, or have another shape than the network's.
        ConfigError: The network does not choose among classes.
    """
    classes = len(network.recipe.class_names)
    x = checked_values("uncalibrated_probabilities", "x", x)
    if x.shape[1:] != network.recipe.input_shape:
        raise DataError(
            f"uncalibrated_probabilities: one case of x has shape {list(x.shape[1:])}; wanted "
            f"{list(network.recipe.input_shape)}; window the data as those of the search"
        )
    outputs = np.asarray(network.outputs(x))
    if outputs.shape[1:] != (classes,):
        raise ConfigError(
            f"uncalibrated_probabilities: the network has outputs of shape "
            f"{list(outputs.shape[1:])}; wanted one for each of {classes} classes: use outputs(x)"
        )
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return shares
