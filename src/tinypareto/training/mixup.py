"""Mixup: cases are blended with others, and their losses alike (Zhang 2018)."""

import torch
from torch import Tensor


def blended(x: Tensor, largest: float) -> tuple[Tensor, Tensor]:
    """Mix a share of the case before it into every case of a batch.

    Zhang's shares follow a beta distribution; here they are uniform up to a bound, so that the
    case's own share is never less than the other's and a bound of 0 changes nothing. They come from
    torch's global random state.

    Args:
        x: Cases in random order, [n, channels, ...].
        largest: Largest share, in [0, 0.5].

    Returns:
        The blends, in the shape of x, and the shares of the other cases, [n, 1].
    """
    shares = largest * torch.rand(len(x), 1, device=x.device)
    return torch.lerp(x, x.roll(1, 0), shares.view(-1, *[1] * (x.ndim - 1))), shares
