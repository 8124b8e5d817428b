"""Training cases distorted at random, as another sensor or another hand might have given them."""

import torch
from torch import Tensor
from torch.nn import functional

STRETCH, SHIFT = 1 / 4, 1 / 8
"""Most change of length and of place at strength 1, as fractions of the length."""


def augmented(x: Tensor, strength: float) -> Tensor:
    """Cases with other gains, stretched and shifted; drawn from torch's global random state.

    Every channel of every case is multiplied by its own 1 + `strength` * N(0, 1). Along time, or
    along height and width, a case is stretched about its middle by a factor within 1 ± `STRETCH` *
    `strength` and moved by up to `SHIFT` * `strength` of its length (Um 2017), with linear
    interpolation; what comes in from outside has the value at the border.

    Args:
        x: Normalised cases, [n, channels, length] or [n, channels, height, width].
        strength: At least 0.

    Returns:
        As x, in its own memory.
    """
    planes = x.unsqueeze(2) if x.ndim == 3 else x
    gains = 1 + strength * torch.randn(*planes.shape[:2], 1, 1, device=x.device)
    drawn = strength * (2 * torch.rand(2, 2, len(x), 1, device=x.device) - 1)
    # From -1 to 1, so that a move by the length is one by 2.
    rows, columns = (
        torch.linspace(-1, 1, size, device=x.device) * (1 + STRETCH * stretch) + 2 * SHIFT * move
        for size, stretch, move in zip(planes.shape[2:], *drawn, strict=True)
    )
    size = (len(x), *planes.shape[2:])
    grid = torch.stack([columns[:, None].expand(size), rows[:, :, None].expand(size)], 3)
    read = functional.grid_sample(planes, grid, padding_mode="border", align_corners=True)
    return (gains * read).view(x.shape)
