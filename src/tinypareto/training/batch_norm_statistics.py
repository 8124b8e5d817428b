"""Exact batch-norm statistics for the final weights."""

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

BATCH = 256


def recalibrate(module: nn.Module, x: Tensor) -> None:
    """Replace the running statistics by means over all cases; the module is then in eval mode.

    After a few short epochs, the last of them on a freshly pruned network, the running averages
    still contain the influence of earlier weights and of removed filters.

    Args:
        module: A module on the device of the cases.
        x: Normalized training cases [n, ...], n >= 2.
    """
    norms = [layer for layer in module.modules() if isinstance(layer, _BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    module.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.train()
        # Without a momentum, torch averages the statistics of all batches with equal weight.
        norm.momentum = None
    if norms:
        with torch.no_grad():
            for batch in x.tensor_split(-(-len(x) // BATCH)):
                module(batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    module.eval()
