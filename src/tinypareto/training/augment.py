"""Random distortions of training cases, such as another sensor or another person would cause."""

import torch
from torch import Tensor
from torch.nn import functional

STRETCH, SHIFT = 1 / 4, 1 / 8
"""Largest change of length and of position at strength 1, as fractions of the length."""
LEVEL = 0.3
"""Standard deviation of a channel's level at strength 1; that of the values is 1."""


def augmented(x: Tensor, strength: float) -> Tensor:
    """Scale, stretch and shift cases at random, using torch's global random state (Um 2017).

    Every channel of every case is multiplied by its own gain 1 + `strength` * N(0, 1), and its own
    level `LEVEL` * `strength` * N(0, 1) is added, such as the bias of a sensor. Along time,
    or along height and width, a case is stretched about its centre by a factor in 1 ± `STRETCH` *
    `strength` and shifted by up to `SHIFT` * `strength` of its length, with linear interpolation.
    Positions outside the case take the value at its border.

    Args:
        x: Normalized cases, [n, channels, length] or [n, channels, height, width].
        strength: Strength of all distortions, at least 0.

    Returns:
        Distorted cases in the shape of x, in memory of their own.
    """
    planes = x.unsqueeze(2) if x.ndim == 3 else x
    gains, levels = strength * torch.randn(2, *planes.shape[:2], 1, 1, device=x.device)
    drawn = strength * (2 * torch.rand(2, 2, len(x), 1, device=x.device) - 1)
    # grid_sample's coordinates run from -1 to 1, so a shift by the length is a shift by 2.
    rows, columns = (
        torch.linspace(-1, 1, size, device=x.device) * (1 + STRETCH * stretch) + 2 * SHIFT * move
        for size, stretch, move in zip(planes.shape[2:], *drawn, strict=True)
    )
    size = (len(x), *planes.shape[2:])
    grid = torch.stack([columns[:, None].expand(size), rows[:, :, None].expand(size)], 3)
    read = functional.grid_sample(planes, grid, padding_mode="border", align_corners=True)
    return torch.addcmul(LEVEL * levels, 1 + gains, read).view(x.shape)
