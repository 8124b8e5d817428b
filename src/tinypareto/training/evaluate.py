"""Outputs of a float network for many cases."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tinypareto.data.normalize import Normalizer
from tinypareto.tasks.task import Outputs

BATCH = 512


def float_outputs(
    module: nn.Module, x: NDArray[np.float32], normalizer: Normalizer | None = None
) -> Outputs:
    """Outputs of the float network in eval mode, float32 [n, outputs].

    Args:
        module: The network, on any device; its mode is restored afterwards.
        x: Cases, [n, channels, length] or [n, channels, height, width].
        normalizer: Normalization to apply to the cases; None if they are normalized.
    """
    device = next((p.device for p in module.parameters()), torch.device("cpu"))
    training = module.training
    module.eval()
    outputs = []
    with torch.inference_mode():
        # Normalized batch by batch, so that large data needs no second copy.
        for start in range(0, len(x), BATCH):
            cases = x[start : start + BATCH]
            cases = normalizer.apply(cases) if normalizer else cases
            outputs.append(module(torch.from_numpy(cases).to(device)).cpu().numpy())
    module.train(training)
    return np.concatenate(outputs)
